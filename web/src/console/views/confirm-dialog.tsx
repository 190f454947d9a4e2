// Asks before what cannot be undone.
import { useState } from 'preact/hooks';
import { Dialog } from './dialog.js';

export interface Question {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  /** Asks for a reason, too. */
  readonly reason: boolean;
  readonly act: (reason: string) => void;
}

/** As long as the hub takes. */
const REASON_CHARS_MAX = 512;

export function ConfirmDialog({ question, close }: { question: Question; close: () => void }) {
  const [reason, setReason] = useState('');
  return (
    <Dialog title={question.title} close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          close();
          question.act(reason.trim());
        }}
      >
        <p>{question.text}</p>
        {question.reason ? (
          <label class="field">
            <span>Reason, for whoever waits for it</span>
            <input
              type="text"
              value={reason}
              maxLength={REASON_CHARS_MAX}
              onInput={({ currentTarget }) => setReason(currentTarget.value)}
            />
          </label>
        ) : null}
        <div class="form-acts">
          <button type="button" class="button" autofocus onClick={close}>
            Leave it
          </button>
          <button type="submit" class="button button-danger">
            {question.button}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
