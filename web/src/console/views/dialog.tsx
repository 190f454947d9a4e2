// A modal dialog of the browser's own: it keeps the focus inside, closes with Escape, and gives the focus back.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

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
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // The browser gives the focus back only to what is closed by its own method, and not when it is taken away.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
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
