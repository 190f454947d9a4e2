// Now: who has the floor, for how long, whether it may be taken and why not, and the buttons that change it.
import { clockTime, plural, stopwatch } from '../model/format.js';
import { floorWords, nobodyWorks } from '../model/empty-words.js';
import { floorOf } from '../model/floor.js';
import { LevelMark, Panel, SeeLife, TaskLink } from './parts.js';
import { useStore } from './use-store.js';

export interface FloorActs {
  readonly submit: () => void;
  readonly cancel: (task_id: string, name: string) => void;
}

const MODE_WORDS = {
  unknown: 'Not known yet',
  stopped: 'Stopped',
  idle: 'Idle',
  busy: 'Busy',
  streaming: 'Streaming',
  yielding: 'Yielding',
} as const;

export function FloorPanel({ submit, cancel }: FloorActs) {
  const store = useStore();
  const { model } = store.follower;
  const floor = floorOf(model, store.heardAt(), clockTime);
  const { holder } = floor;
  const started = model.status?.state.started !== false;
  const progress = holder === null ? undefined : model.progress.get(holder.task_id);
  const source = model.holder?.source.client_name;
  return (
    <Panel id="now" title="On the floor" class="floor" actions={<LaneActs />}>
      <div
        class="floor-now"
        data-tone={floor.tone}
        data-level={holder === null ? undefined : levelNumber(holder.priority)}
      >
        <p class="floor-mode">
          <span class="lamp" aria-hidden="true" />
          <span data-test="mode">{MODE_WORDS[floor.tone]}</span>
          {started ? null : <span class="tag tag-warn">lane stopped</span>}
        </p>
        {holder === null ? (
          <>
            <p class="floor-free" data-test="free">
              {floorWords(model, store.laneExists)}
            </p>
            {nobodyWorks(model) ? <SeeLife lane={model.lane} /> : null}
          </>
        ) : (
          <div class="floor-holder">
            <TaskLink lane={model.lane} task_id={holder.task_id}>
              <span class="floor-name" data-test="holder">
                {holder.name}
              </span>
            </TaskLink>
            <p class="floor-facts">
              <LevelMark priority={holder.priority} />
              {source === undefined ? null : <span class="soft">from {source}</span>}
              <span class="soft mono">epoch {holder.epoch}</span>
              {progress?.ratio === undefined ? null : <span>{Math.round(progress.ratio * 100)} %</span>}
              {progress?.note === undefined ? null : <span class="soft">{progress.note}</span>}
            </p>
            <p class="floor-clock mono" title="running time, pauses not counted">
              <span class="visually-hidden">running for </span>
              {stopwatch(floor.running_ms)}
            </p>
          </div>
        )}
        {holder === null ? null : (
          <p class="floor-interrupt" data-can={String(floor.can_interrupt)}>
            <span class="tag">{floor.can_interrupt ? 'can be interrupted' : 'cannot be interrupted'}</span>
            <span class="soft" data-test="because">
              {floor.because}
            </span>
          </p>
        )}
      </div>
      <div class="floor-acts">
        {store.rights.submit ? (
          <button type="button" class="button button-main" disabled={!store.connected} onClick={submit}>
            Submit a task <kbd>n</kbd>
          </button>
        ) : null}
        {holder === null || !store.rights.cancel ? null : (
          <button
            type="button"
            class="button"
            disabled={!store.connected}
            onClick={() => cancel(holder.task_id, holder.name)}
          >
            Cancel this one <kbd>c</kbd>
          </button>
        )}
        <p class="soft floor-counts">
          {plural(model.status?.queue_size ?? 0, 'waits', 'wait')},{' '}
          {plural(model.status?.paused_tasks ?? 0, 'is', 'are')} paused,{' '}
          {plural(model.status?.state.tasks_completed ?? 0, 'is', 'are')} completed
        </p>
      </div>
      {store.rights.note === null ? null : <p class="hint">{store.rights.note}</p>}
    </Panel>
  );
}

function levelNumber(priority: string): number {
  return ['URGENT', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND'].indexOf(priority) + 1;
}

/** Start, stop, drain: all of it can be undone. */
function LaneActs() {
  const store = useStore();
  const { lane, status } = store.follower.model;
  const started = status?.state.started !== false;
  const disabled = !store.connected;
  if (!store.rights.steer) return null;
  if (!started) {
    return (
      <button
        type="button"
        class="button button-main"
        disabled={disabled}
        onClick={() => void store.acts.start(lane).then((outcome) => store.tell(outcome))}
      >
        Start <kbd>s</kbd>
      </button>
    );
  }
  return (
    <>
      <button
        type="button"
        class="button"
        disabled={disabled}
        title="No new grants. What runs now finishes."
        onClick={() => void store.acts.stop(lane, true).then((outcome) => store.tell(outcome))}
      >
        Drain
      </button>
      <button
        type="button"
        class="button"
        disabled={disabled}
        title="No new grants. What runs now is paused, and nothing is lost."
        onClick={() => void store.acts.stop(lane, false).then((outcome) => store.tell(outcome))}
      >
        Stop <kbd>s</kbd>
      </button>
    </>
  );
}
