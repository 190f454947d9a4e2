// Who had the floor when: the picture, its buttons, and the same as a table.
import { useEffect, useRef, useState } from 'preact/hooks';
import { dateTime, duration } from '../model/format.js';
import { sceneOf } from '../model/scene.js';
import { edges, pan, PRESENT, type Viewport, zoom } from '../model/viewport.js';
import { Empty, LevelMark, Panel, TaskLink } from './parts.js';
import { TimelineCanvas } from './timeline-canvas.js';
import { useStore } from './use-store.js';

const TABLE_ROWS_MAX = 200;
/** Older pages are asked for before the edge of what is known is reached. */
const AHEAD = 0.25;

export function TimelinePanel({ theme }: { theme: string }) {
  const store = useStore();
  const { model, history } = store.follower;
  const [view, setViewState] = useState<Viewport>(PRESENT);
  const [asTable, setAsTable] = useState(false);
  const lane = useRef(model.lane);
  if (lane.current !== model.lane) {
    lane.current = model.lane;
    setViewState(PRESENT);
  }
  const hubNow = (): number => model.hubTime(Date.now());
  const { timeline } = model;
  const { from, to } = edges(view, hubNow());

  // The first view is filled, too, once the newest page is here.
  const first = timeline.loaded_back_to !== null && history;
  useEffect(() => {
    if (first) void first.back(edges(view, hubNow()).from);
  }, [first]);

  function setView(next: Viewport): void {
    setViewState(next);
    void history.back(edges(next, hubNow()).from - next.span_ms * AHEAD);
  }

  const button = (label: string, text: string, next: () => Viewport) => (
    <button type="button" class="button button-small" aria-label={label} title={label} onClick={() => setView(next())}>
      {text}
    </button>
  );
  return (
    <Panel
      id="timeline"
      title="Timeline"
      class="timeline"
      note={
        <>
          {dateTime(from, hubNow())} – {view.to === null ? 'now' : dateTime(to, hubNow())}
          {history.loading ? <span> · loading …</span> : null}
          {history.problem === null ? null : <span class="problem"> · history: {history.problem}</span>}
        </>
      }
      actions={
        <>
          {button('Earlier', '←', () => pan(view, -0.5, hubNow()))}
          {button('Later', '→', () => pan(view, 0.5, hubNow()))}
          {button('Show less, larger', '+', () => zoom(view, 0.5, 0.5, hubNow()))}
          {button('Show more, smaller', '−', () => zoom(view, 2, 0.5, hubNow()))}
          <button
            type="button"
            class="button button-small"
            disabled={view.to === null}
            onClick={() => setView({ ...view, to: null })}
          >
            Now
          </button>
          <button type="button" class="button button-small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            Table
          </button>
        </>
      }
    >
      {asTable ? (
        <SpanTable view={view} older={() => void history.older()} />
      ) : (
        <>
          <TimelineCanvas
            view={view}
            setView={setView}
            sceneAt={(left, right) => sceneOf(timeline, left, right, model.hubTime(store.heardAt()))}
            hubNow={hubNow}
            unknown_before={timeline.complete ? null : timeline.loaded_back_to}
            open={(task_id) => store.goTo({ task_id })}
            theme={theme}
          />
          <Legend />
        </>
      )}
    </Panel>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="What the marks mean">
      <li>
        <i class="mark mark-interrupted" aria-hidden="true" /> interrupted
      </li>
      <li>
        <i class="mark mark-deferred" aria-hidden="true" /> deferred
      </li>
      <li>
        <i class="mark mark-held" aria-hidden="true" /> floor held
      </li>
      <li>
        <i class="mark mark-paused" aria-hidden="true" /> paused
      </li>
      <li>
        <i class="mark mark-failed" aria-hidden="true" /> failed, cancelled, expired
      </li>
      <li>
        <i class="mark mark-stopped" aria-hidden="true" /> lane stopped, or not loaded
      </li>
    </ul>
  );
}

/** Everything the picture shows, for those who read rather than see. */
function SpanTable({ view, older }: { view: Viewport; older: () => void }) {
  const { model, history } = useStore().follower;
  const now = model.hubTime(Date.now());
  const { from, to } = edges(view, now);
  const { boxes, marks } = sceneOf(model.timeline, from, to, now);
  const rows = [
    ...boxes.map((box) => ({
      at: box.from,
      task: box.track,
      what: 'had the floor',
      for_ms: box.to - box.from,
      end: box.span.after ?? (box.span.to === null ? 'goes on' : ''),
    })),
    ...marks.map(({ track, mark }) => ({
      at: mark.at,
      task: track,
      what: mark.kind,
      for_ms: null,
      end: mark.detail,
    })),
  ].sort((a, b) => b.at - a.at);
  return (
    <div class="scroll table-box" tabIndex={0} role="region" aria-label="Timeline as a table">
      <table>
        <caption class="visually-hidden">Who had the floor, interruptions and deferrals, the latest first</caption>
        <thead>
          <tr>
            <th scope="col">At</th>
            <th scope="col">Level</th>
            <th scope="col">Task</th>
            <th scope="col">What</th>
            <th scope="col">For</th>
            <th scope="col">Then</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, TABLE_ROWS_MAX).map((row, index) => (
            <tr key={`${row.task.task_id}-${row.at}-${index}`}>
              <td class="mono">{dateTime(row.at, now)}</td>
              <td>
                <LevelMark priority={row.task.priority} />
              </td>
              <td>
                <TaskLink lane={model.lane} task_id={row.task.task_id}>
                  {row.task.name}
                </TaskLink>
              </td>
              <td>{row.what}</td>
              <td class="mono">{row.for_ms === null ? '' : duration(row.for_ms)}</td>
              <td>{row.end}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 ? <Empty title="Nobody had the floor in this time." /> : null}
      {rows.length > TABLE_ROWS_MAX ? (
        <p class="hint">
          The first {TABLE_ROWS_MAX} of {rows.length}: zoom in for the others.
        </p>
      ) : null}
      {model.timeline.complete ? null : (
        <button type="button" class="button button-small" disabled={history.loading} onClick={older}>
          Load what was before
        </button>
      )}
    </div>
  );
}
