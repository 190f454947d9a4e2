// One task, at an address of its own: what it is, its facts in order, args, result, what it said.
import { type EventMessage, isTerminal, type TaskView } from '@cuehub/protocol';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { factWords } from '../model/fact-words.js';
import { clockTime, dateTime, duration, exactTime, plural, pretty } from '../model/format.js';
import { taskOf } from '../model/lane-model.js';
import { whyItWaits } from '../model/waiting.js';
import { Dialog } from './dialog.js';
import { Empty, LevelMark, StateTag, TaskLink } from './parts.js';
import { useStore } from './use-store.js';

export interface TaskPageProps {
  readonly task_id: string;
  readonly close: () => void;
  readonly cancel: (task_id: string, name: string) => void;
  readonly again: (task: TaskView) => void;
}

interface Told {
  readonly task: TaskView | null;
  readonly facts: readonly EventMessage[];
  readonly complete: boolean;
  /** There are more facts than were read. */
  readonly cut: boolean;
  readonly problem: string | null;
}

const NOTHING: Told = { task: null, facts: [], complete: true, cut: false, problem: null };
const FACT_PAGES_MAX = 4;

/** Asks for the task and its facts, and again whenever the lane tells another fact of it. */
function useTask(task_id: string): Told {
  const store = useStore();
  const { model } = store.follower;
  const [told, setTold] = useState(NOTHING);
  const live = model.facts.filter((fact) => taskOf(fact) === task_id);
  const latest = live[live.length - 1];
  const place = `${model.lane}/${task_id}/${store.connection.status}`;

  useEffect(() => {
    const ended = new AbortController();
    const read = async (): Promise<void> => {
      const facts: EventMessage[] = [];
      let complete = true;
      let cursor: string | undefined;
      let problem: string | null = null;
      try {
        for (let pages = 0; pages < FACT_PAGES_MAX; pages += 1) {
          const page = await store.http.timeline(model.lane, task_id, cursor, ended.signal);
          facts.push(...page.facts);
          complete = complete && page.complete;
          cursor = page.cursor;
          if (cursor === undefined) break;
        }
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      const task = await store.hub.get(task_id, { lane: model.lane }).catch(() => null);
      if (ended.signal.aborted) return;
      setTold((before) => ({
        task: task ?? before.task,
        facts: facts.length > 0 ? facts : before.facts,
        complete,
        cut: cursor !== undefined,
        problem,
      }));
    };
    if (store.connected) void read();
    return () => ended.abort();
  }, [place, latest?.seq, latest?.log]);

  // What the lane told since the last answer.
  const last = told.facts[told.facts.length - 1];
  // Under the log of before a crash it told the same: the answer has that under the present one.
  const news = live.filter((fact) => last === undefined || (fact.log === last.log && fact.seq > last.seq));
  const facts = [...told.facts, ...news];
  const views = facts.flatMap((fact) => ('task' in fact ? [fact.task] : []));
  const seen = model.find(task_id) ?? views[views.length - 1] ?? null;
  const whole = views.find(({ args }) => args !== undefined);
  const base = seen ?? told.task;
  const args = told.task?.args ?? whole?.args ?? seen?.args;
  const meta = told.task?.meta ?? whole?.meta ?? seen?.meta;
  const task = base === null ? null : { ...told.task, ...base };
  if (task !== null && args !== undefined) task.args = args;
  if (task !== null && meta !== undefined) task.meta = meta;
  return { ...told, facts, task };
}

export function TaskPage({ task_id, close, cancel, again }: TaskPageProps) {
  const store = useStore();
  const { model } = store.follower;
  const { task, facts, complete, cut, problem } = useTask(task_id);
  const title = task === null ? 'Task' : task.name;
  return (
    <Dialog title={title} shape="drawer" close={close}>
      <p class="mono soft task-id">{task_id}</p>
      {task === null ? (
        <Empty title={problem === null ? 'Asking the hub …' : 'The hub knows no such task on this lane.'}>
          {problem}
        </Empty>
      ) : (
        <>
          <p class="task-head">
            <LevelMark priority={task.priority} />
            <StateTag state={task.state} reason={task.reason} />
          </p>
          <TaskActs task={task} cancel={cancel} again={again} />
          <Details task={task} />
          {task.error === undefined ? null : (
            <Block title="Error">
              <pre class="problem">
                {task.error.code}: {task.error.message}
              </pre>
            </Block>
          )}
          <Block title="Args">
            {task.args === undefined ? <p class="soft">none</p> : <pre>{pretty(task.args)}</pre>}
          </Block>
          {task.meta === undefined ? null : (
            <Block title="Meta">
              <pre>{pretty(task.meta)}</pre>
            </Block>
          )}
          {task.state === 'completed' ? (
            <Block title="Result">
              {task.result === undefined ? <p class="soft">none</p> : <pre>{pretty(task.result)}</pre>}
            </Block>
          ) : null}
          <Said task_id={task_id} over={isTerminal(task.state)} />
          <Block title="Facts">
            {complete ? null : <p class="soft">Its beginning is not kept any more.</p>}
            {problem === null ? null : <p class="problem">{problem}</p>}
            <ol class="facts" data-test="task-facts">
              {facts.map((fact) => {
                const { event, detail } = factWords(fact);
                return (
                  <li key={`${fact.log}-${fact.seq}`}>
                    <span class="mono soft fact-at">{exactTime(fact.at)}</span>
                    <span class="fact-event">{event}</span>
                    <span class="soft">{detail}</span>
                  </li>
                );
              })}
            </ol>
            {cut ? <p class="soft">There are more, which are not shown.</p> : null}
          </Block>
          {task.parent_id === undefined ? null : (
            <p>
              Called by{' '}
              <TaskLink lane={model.lane} task_id={task.parent_id}>
                {model.find(task.parent_id)?.name ?? task.parent_id}
              </TaskLink>
            </p>
          )}
        </>
      )}
    </Dialog>
  );
}

function TaskActs({ task, cancel, again }: Pick<TaskPageProps, 'cancel' | 'again'> & { task: TaskView }) {
  const store = useStore();
  return (
    <p class="task-acts">
      {isTerminal(task.state) || !store.rights.cancel ? null : (
        <button
          type="button"
          class="button"
          disabled={!store.connected}
          onClick={() => cancel(task.task_id, task.name)}
        >
          Cancel
        </button>
      )}
      {store.rights.submit ? (
        <button type="button" class="button" disabled={!store.connected} onClick={() => again(task)}>
          Submit one like it
        </button>
      ) : null}
    </p>
  );
}

function Details({ task }: { task: TaskView }) {
  const { model } = useStore().follower;
  const now = model.hubTime(Date.now());
  const waits = task.state === 'queued' || task.state === 'paused';
  const why = waits ? whyItWaits(model, task, now, clockTime) : null;
  const rows: readonly (readonly [string, ComponentChildren])[] = [
    ['submitted by', `${task.source.client_name}${task.source.kind === '' ? '' : ` (${task.source.kind})`}`],
    ['submitted', dateTime(task.submitted_at, now)],
    ...(why === null ? [] : [['waits for', `${why.waiting_for}: ${why.text}`] as const]),
    ...(task.started_at === undefined
      ? []
      : [
          ['waited', duration(task.started_at - task.submitted_at)] as const,
          ['started', dateTime(task.started_at, now)] as const,
        ]),
    ...(task.ended_at === undefined ? [] : [['ended', dateTime(task.ended_at, now)] as const]),
    ['ran', duration(task.running_ms)],
    ['paused', `${duration(task.paused_ms)}, ${plural(task.interruptions, 'interruption')}`],
    ['attempt', `${task.attempt} of ${task.max_attempts}, epoch ${task.epoch}`],
    ['to a lower one', task.preempt],
    ['when interrupted', task.interruptible ? task.on_interrupt : 'may not be interrupted'],
    ['run by', task.executor === 'self' ? 'the client that submitted it' : 'a worker'],
    ...(task.ttl_ms === undefined ? [] : [['ttl', duration(task.ttl_ms)] as const]),
    ['timeout', duration(task.timeout_ms)],
    ...(task.idempotency_key === undefined ? [] : [['idempotency_key', <code>{task.idempotency_key}</code>] as const]),
    ...(task.dedupe === undefined ? [] : [['dedupe', `${task.dedupe.key}, ${task.dedupe.mode}`] as const]),
  ];
  return (
    <dl class="details">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Said({ task_id, over }: { task_id: string; over: boolean }) {
  const utterances = useStore().follower.model.transcript.of(task_id);
  if (utterances.length === 0) {
    return over ? (
      <Block title="Stream">
        <p class="soft">What it streamed is kept for a minute after its end, and shown where this page saw it.</p>
      </Block>
    ) : null;
  }
  return (
    <>
      {utterances.map(({ key, stream, spoken }) => (
        <Block key={key} title={stream === 'main' ? 'Stream' : `Stream ${stream}`}>
          <p class="said" dir="auto" data-test="said">
            {spoken.begins_late ? '… ' : ''}
            {spoken.text}
          </p>
        </Block>
      ))}
    </>
  );
}

function Block({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="block">
      <h3>{title}</h3>
      {children}
    </section>
  );
}
