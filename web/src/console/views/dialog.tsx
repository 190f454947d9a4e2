// A modal dialog of the browser's own: it keeps the focus inside, closes with Escape, and gives the focus back.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface DialogProps {
  readonly title: string;
  /** `drawer`: the whole height at the side. */
  readonly shape?: 'box' | 'drawer';
  readonly close: () => void;
  readonly children: ComponentChildren;
}

let made = 0;

export function Dialog({ title, shape = 'box', close, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useRef('');
  if (id.current === '') {
    made += 1;
    id.current = `dialog-${made}`;
  }
  // Before it is painted: what is typed right after the key that opened it goes into it.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // The browser gives the focus back to what is closed, and not when it is taken away.
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog dialog-${shape}`}
      aria-labelledby={id.current}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => {
        // Beside the box is the dialog itself. A form stays: what was typed would be lost by a slip.
        if (event.target === dialog.current && shape === 'drawer') close();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={id.current}>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" title="Close" onClick={close}>
            ×
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
