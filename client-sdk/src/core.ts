// `@cuehub/client/core`: the client without a socket. Bring a `Transport`, for instance a link inside one process.
import { CueHub } from './client.js';
import type { ClientOptions } from './options.js';
import type { AnyTasks, TaskMap } from './task-map.js';

/** Makes a client over the given transport. Returns at once; `ready` tells when it is connected. */
export function createClient<Tasks extends TaskMap<Tasks> = AnyTasks>(options: ClientOptions): CueHub<Tasks> {
  return new CueHub<Tasks>(options);
}

export { CueHub, type Handler, type LaneOption } from './client.js';
export {
  ConnectionClosed,
  CuehubError,
  OutboxFull,
  RequestError,
  TaskCancelled,
  TaskExpired,
  TaskFailed,
  TaskFailure,
} from './errors.js';
export type { HandlerTask } from './handler-task.js';
export type { HandleEvents, TaskHandle } from './handles.js';
export type { HeardReport } from './heard.js';
export type { HubEvents } from './hub-events.js';
export type { Hold, HoldOptions } from './holds.js';
export type { CutEvent, WatchEvent } from './lane-view.js';
export { CLIENT_LIMITS, type ClientLimits, type ClientOptions, type ConnectOptions } from './options.js';
export type { OutStream, StreamOptions } from './out-stream.js';
export type { ConnectionChange, ConnectionStatus } from './session.js';
export type {
  AnyTasks,
  ArgsOf,
  CallSpec,
  HandlerResult,
  InterruptSpec,
  ResultOf,
  SubmitSpec,
  TaskMap,
  TaskName,
  TaskShape,
} from './task-map.js';
export { type Clock, type Frame, type Link, type LinkCodec, objectCodec, type Transport } from './transport.js';
export type { WatchQueue } from './watch-queue.js';
export type { Unregister } from './workers.js';
