/**
 * What the hub sends, one message of each type and of each shape worth having, as it is on the wire. `tools/write-fixtures.ts` makes the
 * golden frames of `fixtures/` from them; tests hold the schemas and codecs against the frames.
 */
import type { ClientMessage } from '../client-messages.js';
import type { HubMessage } from '../hub-messages.js';
import type { LaneSnapshot, TaskView } from '../task.js';
import { AT, CHAT, VOICE, SESSION, LOG } from './golden-ids.js';

const chat: TaskView = {
  task_id: CHAT,
  lane: 'main',
  name: 'chat_response',
  args: { text: 'hi' },
  meta: { channel: 'fido' },
  priority: 'MEDIUM',
  preempt: 'interrupt',
  interruptible: true,
  on_interrupt: 'pause',
  executor: 'worker',
  timeout_ms: 600_000,
  max_attempts: 1,
  pause_grace_ms: 250,
  idempotency_key: 'chat-1',
  state: 'running',
  attempt: 1,
  epoch: 7,
  source: { session_id: SESSION, client_name: 'twitch', kind: 'bridge' },
  submitted_at: AT,
  started_at: AT + 12,
  running_ms: 0,
  paused_ms: 0,
  interruptions: 0,
};

const { args: _args, meta: _meta, ...told } = chat;

const donation: TaskView = {
  ...told,
  task_id: 'tsk_01HF7YAT02DONATION',
  name: 'donation',
  priority: 'HIGH',
  state: 'queued',
  deferred: { reason: 'hold', by_task_id: CHAT },
  waiting_for: 'hold',
  attempt: 0,
  epoch: 0,
  ttl_ms: 60_000,
  dedupe: { key: 'donation-5', mode: 'keep' },
};

const status = {
  state: {
    mode: 'streaming',
    started: true,
    streaming: true,
    can_interrupt: false,
    tasks_queued: 1,
    tasks_paused: 0,
    tasks_deferred: 1,
    tasks_completed: 17,
  },
  current_task: {
    task_id: CHAT,
    name: 'chat_response',
    priority: 'MEDIUM',
    interruptible: true,
    state: 'running',
    epoch: 7,
    started_at: AT + 12,
    running_for: 1.25,
  },
  queue_size: 1,
  paused_tasks: 0,
} as const;

const snapshot: LaneSnapshot = {
  lane: 'main',
  log: LOG,
  seq: 41,
  ...status,
  queue: [donation],
  paused: [],
  streams: [
    { task_id: CHAT, stream: 'main', content_type: 'text/plain', next_seq: 2, text: 'Grüße, 🐕! ', text_from: 0 },
  ],
  clients: [
    {
      session_id: SESSION,
      name: 'fido-voice',
      kind: 'voice',
      version: '1.0.0',
      connected: true,
      roles: ['producer', 'worker'],
      workers: { main: ['voice_command', 'chat_*'] },
    },
  ],
};

const by = { task_id: VOICE, name: 'voice_command', priority: 'URGENT' } as const;
const fact = { type: 'event', lane: 'main', log: LOG, seq: 42, at: AT + 500 } as const;

/** By file name, as above. */
export const hubMessages: Readonly<Record<string, HubMessage>> = {
  ok: { type: 'ok', re: 21 },
  'ok-task.submit': { type: 'ok', re: 1, task_id: VOICE, state: 'queued', position: 1, duplicate: false },
  'ok-task.cancel': {
    type: 'ok',
    re: 3,
    task: { ...told, state: 'cancelled', reason: 'said stop', ended_at: AT + 900 },
  },
  'ok-task.get': { type: 'ok', re: 4, task: chat },
  'ok-task.list': { type: 'ok', re: 6, tasks: [told, donation], next: 'cursor-100' },
  'ok-task.wait': {
    type: 'ok',
    re: 7,
    task: {
      ...told,
      state: 'failed',
      reason: 'timeout',
      error: { code: 'timeout', message: 'ran longer than 600000 ms' },
    },
  },
  'ok-floor.hold': { type: 'ok', re: 13, hold_id: 'hld_1', expires_at: AT + 5000 },
  'ok-lane.status': { type: 'ok', re: 23, lane: 'main', ...status },
  'ok-client.list': { type: 'ok', re: 24, clients: snapshot.clients },
  'ok-subscribe': { type: 'ok', re: 16, lane: 'main', log: LOG, seq: 41, recovered: false, snapshot },
  'ok-ping': { type: 'ok', re: 'p', at: AT },
  'ok-auth.refresh': { type: 'ok', re: 2, grants: { roles: ['observer'], lanes: ['main'], max_priority: 'LOW' } },
  error: {
    type: 'error',
    re: 1,
    code: 'invalid_message',
    message: 'task.submit: task.priority expected one of URGENT, HIGH, MEDIUM, LOW, BACKGROUND (or 1–5), got "SOON"',
    retryable: false,
    issues: [
      { path: 'task.priority', message: 'expected one of URGENT, HIGH, MEDIUM, LOW, BACKGROUND (or 1–5), got "SOON"' },
    ],
  },
  'error-rate_limited': {
    type: 'error',
    re: 's-1',
    code: 'rate_limited',
    message: 'more than 100 requests a second',
    retryable: true,
    retry_after_ms: 120,
  },
  'error-seq_gap': {
    type: 'error',
    code: 'seq_gap',
    message: 'chunk 14 of stream main: 13 is expected',
    retryable: false,
    expected: 13,
    task_id: CHAT,
    epoch: 7,
  },
  welcome: {
    type: 'welcome',
    re: 'h1',
    protocol: 1,
    hub: { name: 'cuehub', version: '0.1.0', instance_id: 'hub_01HF7YAS' },
    session_id: SESSION,
    resume_token: 'a-resume-token',
    session_ttl_ms: 30_000,
    resumed: true,
    heartbeat_ms: 20_000,
    grants: { roles: ['producer', 'worker', 'observer', 'operator'], lanes: ['*'], max_priority: 'URGENT' },
    limits: { frame_bytes_max: 262_144, subscriptions_max: 128 },
    adopted: [CHAT],
    released: [],
  },
  ping: { type: 'ping', at: AT },
  going_away: { type: 'going_away', reason: 'restart', reconnect_after_ms: 1830 },
  'task.dispatch': { type: 'task.dispatch', lane: 'main', task: chat, epoch: 7, attempt: 1, resume: null },
  'task.dispatch-resume': {
    type: 'task.dispatch',
    lane: 'main',
    task: { ...chat, attempt: 2, epoch: 9, max_attempts: 3 },
    epoch: 9,
    attempt: 2,
    resume: {
      checkpoint: { at: 3 },
      checkpoint_streams: { main: 10 },
      streams: { main: 12 },
      heard: { main: { speaker: 9 } },
    },
  },
  'task.pause': { type: 'task.pause', lane: 'main', task_id: CHAT, epoch: 7, grace_ms: 250, style: 'now', by },
  'task.pause-stop': {
    type: 'task.pause',
    lane: 'main',
    task_id: CHAT,
    epoch: 7,
    grace_ms: 3000,
    style: 'finish',
    by: null,
  },
  'task.resume': {
    type: 'task.resume',
    lane: 'main',
    task_id: CHAT,
    epoch: 9,
    checkpoint: { at: 3 },
    streams: { main: 12 },
    heard: { main: { speaker: 11 } },
    paused_ms: 1840,
    by,
  },
  'task.cancel': { type: 'task.cancel', lane: 'main', task_id: CHAT, epoch: 9, reason: 'said stop', grace_ms: 250 },
  'task.revoked': { type: 'task.revoked', lane: 'main', task_id: CHAT, epoch: 9, reason: 'cancelled' },
  'stream.ack': { type: 'stream.ack', lane: 'main', task_id: CHAT, streams: { main: 12 } },
  event: { ...fact, event: 'task.started', task: chat },
  'event-deferred': { ...fact, event: 'task.deferred', task: donation },
  'event-paused': {
    ...fact,
    event: 'task.paused',
    task: { ...told, state: 'paused', reason: 'preempted', waiting_for: 'floor' },
  },
  'event-completed': {
    ...fact,
    event: 'task.completed',
    task: { ...told, state: 'completed', result: { said: 'hello there' }, ended_at: AT + 500, running_ms: 488.5 },
  },
  'event-stream.opened': {
    ...fact,
    event: 'stream.opened',
    task_id: CHAT,
    stream: 'main',
    content_type: 'text/plain',
    can_interrupt: false,
    from_seq: 0,
  },
  'event-stream.closed': { ...fact, event: 'stream.closed', task_id: CHAT, stream: 'main', next_seq: 13 },
  'event-hold.taken': {
    ...fact,
    event: 'hold.taken',
    task_id: CHAT,
    hold_id: 'hld_1',
    reason: 'punch line',
    stream: 'main',
    expires_at: AT + 5000,
  },
  'event-hold.expired': { ...fact, event: 'hold.expired', task_id: CHAT, hold_id: 'hld_1' },
  'event-lane.stopped': { ...fact, event: 'lane.stopped', drain: true },
  state: { type: 'state', lane: 'main', log: LOG, seq: 42, ...status },
  'state-idle': {
    type: 'state',
    lane: 'main',
    log: LOG,
    seq: 0,
    state: { ...status.state, mode: 'idle', streaming: false, can_interrupt: true, tasks_queued: 0, tasks_deferred: 0 },
    current_task: null,
    queue_size: 0,
    paused_tasks: 0,
  },
  progress: { type: 'progress', lane: 'main', task_id: CHAT, ratio: 0.5, note: 'half of it' },
  chunk: { type: 'chunk', lane: 'main', task_id: CHAT, stream: 'main', epoch: 7, seq: 12, data: 'Grüße, 🐕! ' },
  presence: {
    type: 'presence',
    event: 'worker.registered',
    client: { session_id: SESSION, name: 'fido-voice', kind: 'voice', connected: true, roles: ['worker'], workers: {} },
    lane: 'main',
    names: ['voice_command'],
  },
  snapshot: { type: 'snapshot', ...snapshot },
  gap: {
    type: 'gap',
    lane: 'main',
    reason: 'lag',
    facts: null,
    streams: [{ task_id: CHAT, stream: 'main', from_seq: 20, to_seq: 31 }],
  },
  unsubscribed: { type: 'unsubscribed', lane: 'main', reason: 'lag' },
};

/** Bytes go in MessagePack only, so these have no JSON frame. */
export const byteMessages = {
  client: {
    'stream.chunk-bytes': {
      type: 'stream.chunk',
      task_id: CHAT,
      epoch: 9,
      stream: 'voice',
      seq: 0,
      data: new Uint8Array([0, 1, 128, 255]),
    },
  },
  hub: {
    'chunk-bytes': {
      type: 'chunk',
      lane: 'main',
      task_id: CHAT,
      stream: 'voice',
      epoch: 9,
      seq: 0,
      data: new Uint8Array([0, 1, 128, 255]),
    },
  },
} as const satisfies { client: Record<string, ClientMessage>; hub: Record<string, HubMessage> };
