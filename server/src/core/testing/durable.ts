/** What of a lane must survive a crash, as plain data: the fold of the records has to give the same as the lane that lived. */
import { isTerminal } from '@cuehub/protocol';
import type { Lane } from '../lane.js';
import type { Task } from '../task.js';
import type { Stream } from '../stream.js';

export function durableTask(task: Task): unknown {
  return {
    task_id: task.task_id,
    order: task.order,
    spec: task.spec,
    principal: task.principal,
    source: task.source,
    level: task.level,
    called: task.called,
    state: task.state,
    reason: task.reason,
    attempt: task.attempt,
    epoch: task.epoch,
    run: task.run,
    self_session: task.self_session,
    restart: task.restart,
    retry_at: task.retry_at,
    submitted_at: task.submitted_at,
    started_at: task.started_at,
    ended_at: task.ended_at,
    running_ms: task.running_ms,
    running_since: task.running_since,
    paused_ms: task.paused_ms,
    paused_since: task.paused_since,
    resume_ttl_since: task.resume_ttl_since,
    interruptions: task.interruptions,
    checkpoint: task.checkpoint,
    checkpoint_streams: task.checkpoint_streams,
    awaiting: task.awaiting && [...task.awaiting],
    waiters: task.waiters && [...task.waiters],
    cancel_then: task.cancel_then,
    result: task.result,
    error: task.error,
    keys: task.keys,
    // Chunks of ended tasks fade by themselves.
    streams: isTerminal(task.state) ? null : [...(task.streams?.values() ?? [])].map(durableStream),
  };
}

function durableStream(stream: Stream): unknown {
  const text: unknown[] = [];
  for (let i = stream.kept_from; i < stream.kept.length; i += 1) {
    const { seq, data } = stream.kept[i]!;
    if (seq < stream.durable_seq && typeof data === 'string') text.push([seq, data]);
  }
  return {
    name: stream.name,
    content_type: stream.content_type,
    durable_seq: stream.durable_seq,
    open: stream.open,
    attached: stream.attached,
    protect: stream.protect,
    heard: [...stream.heard],
    text,
  };
}

export function durableLane(lane: Lane): unknown {
  return {
    seq: lane.seq,
    at: lane.at,
    order: lane.order,
    started: lane.started,
    drain: lane.drain,
    holder: lane.holder?.task_id ?? null,
    tasks_queued: lane.tasks_queued,
    tasks_paused: lane.tasks_paused,
    tasks_completed: lane.tasks_completed,
    waiting_by_level: lane.waiting_by_level,
    waiting_bytes: lane.waiting_bytes,
    tasks: [...lane.tasks.values()].map(durableTask),
    keys: [...lane.keys],
    dedupe: [...lane.dedupe].map(([key, tasks]) => [key, [...tasks].map((task) => task.task_id)]),
    waiting: lane.queue.first(Number.POSITIVE_INFINITY).map((task) => task.task_id),
    claims: [...lane.sessions.values()]
      .filter((session) => session.tasks.size > 0)
      .map((session) => [session.session_id, [...session.tasks].map((task) => task.task_id).sort(byText)] as const)
      .sort(([a], [b]) => byText(a, b)),
  };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
