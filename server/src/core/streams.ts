/**
 * What an executor streams: opening, chunks in order and once, closing; batches of accepted text for the journal;
 * how far sinks have heard. Frames come here after the fence.
 */
import { emit, NEXT, NOW, order, type Context } from './context.js';
import { releaseStreamHold, renewStreamHold } from './holds.js';
import { streamsOf } from './lane.js';
import type { Task } from './task.js';
import { keep, utf8Bytes, type Stream } from './stream.js';
import type { Input, StepError, StepReply } from './types.js';

const OK: StepReply = { ok: {} };

function fail(code: StepError['code'], message: string, more: Partial<StepError> = {}): StepReply {
  return { error: { code, message, ...more } };
}

export function openStream(ctx: Context, task: Task, input: Extract<Input, { kind: 'stream.open' }>): StepReply {
  const stream = task.streams?.get(input.stream);
  const { streams_per_task_max } = ctx.lane.config;
  if (!stream && (task.streams?.size ?? 0) >= streams_per_task_max) {
    return fail('too_large', `a task has at most ${streams_per_task_max} streams; write to one that is there`);
  }
  const next_seq = stream?.next_seq ?? 0;
  // In the run that opened it a stream goes on; a new attempt without a resume point begins it again.
  const from_seq = input.from_seq ?? (stream?.attached || task.has_resume ? next_seq : 0);
  if (from_seq > next_seq) {
    return fail(
      'seq_gap',
      `stream.from_seq is ${from_seq}, but only chunks below ${next_seq} were accepted; open from ${next_seq} or less`,
      {
        expected: next_seq,
      },
    );
  }
  // What was accepted before `from_seq` stays, so the journal has to have it before it hears of the opening.
  if (stream) flushText(ctx, task, true);
  if (stream && input.can_interrupt) releaseStreamHold(ctx, task, stream);
  emit(ctx, task, {
    at: NOW,
    seq: NEXT,
    kind: 'stream.opened',
    task_id: task.task_id,
    stream: input.stream,
    content_type: input.content_type,
    can_interrupt: input.can_interrupt,
    from_seq,
    ...(input.reason === undefined ? {} : { reason: input.reason }),
  });
  return OK;
}

export function acceptChunk(ctx: Context, task: Task, input: Extract<Input, { kind: 'stream.chunk' }>): StepReply {
  const stream = task.streams?.get(input.stream);
  if (!stream?.open)
    return fail('stream_not_open', `stream ${input.stream} is not open in this run; send stream.open first`);
  const { seq, data } = input;
  if (seq < stream.next_seq) return OK;
  if (seq > stream.next_seq) {
    return fail('seq_gap', `chunk ${seq} came, chunk ${stream.next_seq} is expected next`, {
      expected: stream.next_seq,
    });
  }
  const { lane } = ctx;
  const binary = typeof data !== 'string';
  const bytes = binary ? data.byteLength : utf8Bytes(data);
  keep(
    stream,
    { seq, epoch: task.epoch, data, bytes },
    binary ? lane.config.audio_kept_bytes_max : lane.config.text_kept_bytes_max,
  );
  if (stream.pending_bytes === 0 && stream.pending.length === 0) stream.pending_since = ctx.now;
  if (binary) stream.binary = true;
  else stream.pending.push(data);
  stream.pending_bytes += Math.max(1, bytes);
  renewStreamHold(ctx, stream);
  ctx.effects.push({
    kind: 'chunk',
    chunk: { type: 'chunk', lane: lane.name, task_id: task.task_id, stream: stream.name, epoch: task.epoch, seq, data },
  });
  if (stream.pending_bytes >= lane.config.text_batch_bytes) flushText(ctx, task, true);
  return OK;
}

export function closeStream(ctx: Context, task: Task, name: string): StepReply {
  const stream = task.streams?.get(name);
  if (!stream?.open) return fail('stream_not_open', `stream ${name} is not open in this run; it need not be closed`);
  releaseStreamHold(ctx, task, stream);
  // Opened again it is another stream, with a lease of its own.
  stream.lapsed = false;
  emit(ctx, task, {
    at: NOW,
    seq: NEXT,
    kind: 'stream.closed',
    task_id: task.task_id,
    stream: name,
    next_seq: stream.next_seq,
  });
  return OK;
}

/** Hands accepted chunks to the journal. `ack`: the executor is told once they are there. */
export function flushText(ctx: Context, task: Task, ack: boolean): void {
  if (!task.streams) return;
  let flushed = false;
  for (const stream of task.streams.values()) {
    if (stream.durable_seq === stream.next_seq) continue;
    flushed = true;
    const { pending, durable_seq: from_seq, next_seq } = stream;
    const whole = !stream.binary && from_seq + pending.length === next_seq;
    stream.pending = [];
    stream.pending_bytes = 0;
    emit(ctx, task, {
      at: NOW,
      kind: 'stream.accepted',
      task_id: task.task_id,
      stream: stream.name,
      from_seq,
      next_seq,
      ...(whole ? { chunks: pending } : {}),
    });
  }
  if (!flushed || !ack) return;
  const streams: Record<string, number> = {};
  for (const stream of streamsOf(task)) streams[stream.name] = stream.next_seq;
  order(ctx, task, { type: 'stream.ack', lane: ctx.lane.name, task_id: task.task_id, streams }, true);
}

/** When the holder's oldest unflushed text has to go; infinity for never. */
export function nextFlushDue(task: Task, text_batch_ms: number): number {
  let due = Number.POSITIVE_INFINITY;
  if (!task.streams) return due;
  for (const stream of task.streams.values()) {
    if (stream.durable_seq !== stream.next_seq) due = Math.min(due, stream.pending_since + text_batch_ms);
  }
  return due;
}

/** Streams that the executor left open are closed with its task. */
export function closeOpenStreams(ctx: Context, task: Task): void {
  for (const stream of streamsOf(task)) {
    if (stream.open)
      emit(ctx, task, {
        at: NOW,
        seq: NEXT,
        kind: 'stream.closed',
        task_id: task.task_id,
        stream: stream.name,
        next_seq: stream.next_seq,
      });
  }
}

/** A sink tells what was really shown or played: never more than was accepted, never less than before. */
export function hear(ctx: Context, input: Extract<Input, { kind: 'stream.heard' }>): StepReply {
  const task = ctx.lane.tasks.get(input.task_id);
  const stream: Stream | undefined = task?.streams?.get(input.stream);
  if (!task || !stream) return fail('not_found', `no stream ${input.stream} of task ${input.task_id} here`);
  const seq = Math.min(input.seq, stream.next_seq - 1);
  const before = stream.heard.get(input.sink);
  if (seq < 0 || (before !== undefined && seq <= before)) return OK;
  const { sinks_per_stream_max } = ctx.lane.config;
  if (before === undefined && stream.heard.size >= sinks_per_stream_max) {
    return fail('too_large', `a stream has at most ${sinks_per_stream_max} sinks`);
  }
  // What was heard was accepted: no crash may leave the one without the other.
  if (seq >= stream.durable_seq) flushText(ctx, task, true);
  emit(ctx, task, {
    at: NOW,
    kind: 'heard',
    task_id: input.task_id,
    stream: input.stream,
    sink: input.sink,
    heard_seq: seq,
  });
  return OK;
}
