// What waits: by level, in the order in which it would run, each with why; then what is paused.
import type { TaskView } from '@cuehub/protocol';
import { useState } from 'preact/hooks';
import { clockTime, count, duration, plural } from '../model/format.js';
import type { LaneModel } from '../model/lane-model.js';
import { levelName } from '../model/levels.js';
import { pausedTasks, queuedByLevel, unlisted, whyItWaits } from '../model/waiting.js';
import { Empty, LevelMark, Panel, TaskLink } from './parts.js';
import { useStore } from './use-store.js';

/** Rows drawn of a level at first, and added with each click. */
const ROWS_MIN = 20;
const ROWS_MORE = 100;

export interface WaitingActs {
  readonly cancel: (task_id: string, name: string) => void;
}

export function WaitingPanel({ cancel }: WaitingActs) {
  const { model } = useStore().follower;
  const levels = queuedByLevel(model);
  const paused = pausedTasks(model);
  const missing = unlisted(model);
  const waiting = model.status?.queue_size ?? 0;
  return (
    <Panel
      id="waiting"
      title="Waiting"
      class="waiting"
      note={model.status === null ? undefined : `${count(waiting)} queued, ${count(paused.length)} paused`}
    >
      <div class="scroll" tabIndex={0} role="region" aria-label="Waiting tasks">
        {waiting + paused.length === 0 ? (
          <Empty title="Nobody waits.">A task that cannot run at once stands here, with the reason.</Empty>
        ) : null}
        {paused.length === 0 ? null : (
          <div class="waiting-group" data-test="paused">
            <h3>
              Paused, the next to go on first <span class="soft">{count(paused.length)}</span>
            </h3>
            <Rows tasks={paused} model={model} cancel={cancel} />
          </div>
        )}
        {levels.map(({ priority, tasks }) =>
          tasks.length === 0 ? null : (
            <div class="waiting-group" key={priority} data-test={`level-${priority}`}>
              <h3>
                <LevelMark priority={priority} bare />
                <span aria-hidden="true">{levelName(priority)}</span> <span class="soft">{count(tasks.length)}</span>
              </h3>
              <Rows tasks={tasks} model={model} cancel={cancel} />
            </div>
          ),
        )}
        {missing === 0 ? null : (
          <p class="hint">{plural(missing, 'more waits', 'more wait')} that are not listed here.</p>
        )}
      </div>
    </Panel>
  );
}

function Rows({ tasks, model, cancel }: WaitingActs & { tasks: readonly TaskView[]; model: LaneModel }) {
  const [shown, setShown] = useState(ROWS_MIN);
  const rest = tasks.length - shown;
  return (
    <>
      <ul class="rows">
        {tasks.slice(0, shown).map((task) => (
          <Row key={task.task_id} task={task} model={model} cancel={cancel} />
        ))}
      </ul>
      {rest <= 0 ? null : (
        <button type="button" class="button button-small" onClick={() => setShown(shown + ROWS_MORE)}>
          Show {count(Math.min(rest, ROWS_MORE))} more of {count(rest)}
        </button>
      )}
    </>
  );
}

function Row({ task, model, cancel }: WaitingActs & { task: TaskView; model: LaneModel }) {
  const store = useStore();
  const now = model.hubTime(Date.now());
  const why = whyItWaits(model, task, now, clockTime);
  const isPaused = task.state === 'paused';
  return (
    <li class="row" data-task={task.task_id} data-why={why.waiting_for}>
      <div class="row-main">
        {isPaused ? <LevelMark priority={task.priority} bare /> : null}
        <TaskLink lane={model.lane} task_id={task.task_id}>
          {task.name}
        </TaskLink>
        {why.deferred ? <span class="tag tag-warn">deferred</span> : null}
        <span class="soft row-source">{task.source.client_name}</span>
        <span class="mono soft row-time" title="since it was submitted">
          {duration(now - task.submitted_at)}
        </span>
      </div>
      <p class="row-why">
        <span class="why-word">{why.waiting_for}</span> {why.text}
      </p>
      {store.rights.cancel ? (
        <button
          type="button"
          class="icon-button"
          aria-label={`Cancel ${task.name}`}
          title="Cancel"
          disabled={!store.connected}
          onClick={() => cancel(task.task_id, task.name)}
        >
          ×
        </button>
      ) : null}
    </li>
  );
}
