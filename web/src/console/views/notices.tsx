// What came of what somebody did: read out, shown for a while; errors until they are put away.
import { addressOf } from '../model/address.js';
import { useStore } from './use-store.js';

export function Notices() {
  const store = useStore();
  return (
    <div class="notices" role="status" aria-live="polite">
      {store.notices.map(({ id, ok, text, task_id }) => (
        <div key={id} class="notice" data-ok={ok}>
          <p>
            {text}
            {task_id === undefined ? null : (
              <>
                {' '}
                <a href={addressOf({ lane: store.place.lane, task_id })}>Look at it</a>
              </>
            )}
          </p>
          <button type="button" class="icon-button" aria-label="Put this away" onClick={() => store.dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
