// Every key there is.
import { SHORTCUTS } from '../model/shortcuts.js';
import { Dialog } from './dialog.js';

export interface HelpProps {
  readonly single_keys: boolean;
  readonly setSingleKeys: (on: boolean) => void;
  readonly close: () => void;
}

export function HelpDialog({ single_keys, setSingleKeys, close }: HelpProps) {
  return (
    <Dialog title="Keys" close={close}>
      <dl class="keys">
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <h3>In the timeline</h3>
      <dl class="keys">
        <div>
          <dt>
            <kbd>←</kbd>
            <kbd>→</kbd>
          </dt>
          <dd>earlier, later; with Shift the span before or after</dd>
        </div>
        <div>
          <dt>
            <kbd>+</kbd>
            <kbd>−</kbd>
          </dt>
          <dd>larger, smaller; also the wheel with Ctrl</dd>
        </div>
        <div>
          <dt>
            <kbd>Enter</kbd>
            <kbd>End</kbd>
          </dt>
          <dd>the task of the span; back to now</dd>
        </div>
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={single_keys}
          onChange={({ currentTarget }) => setSingleKeys(currentTarget.checked)}
        />
        <span>Single letters are shortcuts</span>
      </label>
    </Dialog>
  );
}
