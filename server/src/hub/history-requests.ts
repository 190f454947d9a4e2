/** What passed, for those who may ask: rights first, then the journal, with the lane where it is in memory. */
import type { Access } from '../auth/access.js';
import { refusal } from '../auth/rights.js';
import type { Clock } from '../config/clock.js';
import type { History } from '../journal/port.js';
import type { LaneRuntime } from './lane-runtime.js';
import type { Lanes } from './lanes.js';
import type { HistoryRequest, Outcome, RequestError, TimelineRequest } from './port.js';

export interface HistoryRequestsOptions {
  readonly clock: Clock;
  readonly lanes: Lanes;
  readonly history: History;
}

export class HistoryRequests {
  readonly #options: HistoryRequestsOptions;

  constructor(options: HistoryRequestsOptions) {
    this.#options = options;
  }

  tasks({ lane, ...query }: HistoryRequest, access: Access, signal?: AbortSignal): Promise<Outcome> {
    const refused = refusal({ type: 'task.list', lane }, access);
    if (refused !== null) return Promise.resolve({ error: refused });
    const { clock, history } = this.#options;
    return unlessAborted(signal, async () => {
      const page = await history.tasks(lane, this.#live(lane), { ...query, now_ms: clock.now() }, signal);
      return { ok: { ...page } };
    });
  }

  timeline({ lane, ...query }: TimelineRequest, access: Access, signal?: AbortSignal): Promise<Outcome> {
    const refused = refusal({ type: 'task.get', lane, task_id: query.task_id }, access);
    if (refused !== null) return Promise.resolve({ error: refused });
    const { history } = this.#options;
    return unlessAborted(signal, async () => {
      const timeline = await history.timeline(lane, this.#live(lane), query, signal);
      if (timeline !== null) return { ok: { ...timeline } };
      return { error: notKept(lane, query.task_id, history.keptFrom(lane)) };
    });
  }

  /** A parked lane stays where it is: to ask what passed brings nothing back. */
  #live(lane: string): LaneRuntime | null {
    const runtime = this.#options.lanes.inMemory(lane);
    return runtime?.made === true ? runtime : null;
  }
}

async function unlessAborted(signal: AbortSignal | undefined, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    return { error: { code: 'internal', message: 'whoever asked went away' } };
  }
}

function notKept(lane: string, task_id: string, kept_from: number | null): RequestError {
  const kept =
    kept_from === null
      ? 'it may have ended long ago'
      : `its history is kept from ${new Date(kept_from).toISOString()} on`;
  return { code: 'not_found', message: `nothing is known of a task ${task_id} in lane ${lane}; ${kept}` };
}
