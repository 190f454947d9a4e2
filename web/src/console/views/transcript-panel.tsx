// What is being said, as it is said; above it what was said before, and what broke off in between.
import type { TaskState } from '@cuehub/protocol';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LaneModel } from '../model/lane-model.js';
import { transcriptWords } from '../model/empty-words.js';
import type { Utterance } from '../model/transcript.js';
import { Empty, LevelMark, Panel, StateTag, TaskLink } from './parts.js';
import { useStore } from './use-store.js';

/** Utterances shown; the task's page has all of a text. */
const SHOWN_MAX = 24;
/** Of each that is not the last. */
const CHARS_SHOWN_MAX = 4_000;
/** Nearer to the end than this counts as being there. */
const AT_END_PX = 24;

export function TranscriptPanel() {
  const { model } = useStore().follower;
  const box = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  const top = useRef(0);
  const utterances = model
    .said()
    .filter(({ spoken }) => spoken.text !== '')
    .slice(-SHOWN_MAX);

  const empty = transcriptWords(model);

  useEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  });

  return (
    <Panel
      id="transcript"
      title="Transcript"
      class="transcript"
      actions={
        follows ? undefined : (
          <button type="button" class="button button-small" onClick={() => setFollows(true)}>
            Go to the end
          </button>
        )
      }
    >
      <div
        class="transcript-lines"
        ref={box}
        role="region"
        aria-label="What was said, the latest last"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          // What was added since the page scrolled by itself is no reason to stop: somebody who reads scrolls up.
          if (scrollHeight - scrollTop - clientHeight < AT_END_PX) setFollows(true);
          else if (scrollTop < top.current) setFollows(false);
          top.current = scrollTop;
        }}
      >
        {utterances.length === 0 ? (
          <Empty title={empty.what}>{empty.hint}</Empty>
        ) : (
          utterances.map((utterance) => <Line key={utterance.key} model={model} utterance={utterance} />)
        )}
      </div>
    </Panel>
  );
}

function Line({ model, utterance }: { model: LaneModel; utterance: Utterance }) {
  const { task_id, stream, spoken } = utterance;
  const task = model.find(task_id);
  // Of one that ended before this page was opened, history knows the name.
  const track = task ?? model.timeline.track(task_id);
  const current = model.current;
  const isLive = current?.task_id === task_id;
  const name = track?.name ?? (isLive ? current.name : task_id);
  const priority = track?.priority ?? (isLive ? current.priority : undefined);
  const state: TaskState | undefined = isLive ? current.state : track?.state;
  const cut = spoken.text.length > CHARS_SHOWN_MAX;
  return (
    <article class="line" data-live={isLive} data-state={state} data-task={task_id}>
      <p class="line-head">
        {priority === undefined ? null : <LevelMark priority={priority} bare />}
        <TaskLink lane={model.lane} task_id={task_id}>
          {name}
        </TaskLink>
        {stream === 'main' ? null : <span class="soft">{stream}</span>}
        {state === undefined || state === 'running' || state === 'completed' ? null : (
          <StateTag state={state} reason={state === 'paused' ? undefined : task?.reason} />
        )}
      </p>
      <p class="line-text" dir="auto">
        {spoken.begins_late || cut ? '… ' : ''}
        {cut ? spoken.text.slice(-CHARS_SHOWN_MAX) : spoken.text}
        {isLive && state === 'running' ? <span class="caret" aria-hidden="true" /> : null}
      </p>
    </article>
  );
}
