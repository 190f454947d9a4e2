// Follows one lane: what the hub tells goes into its model, and what a snapshot leaves out is asked for.
import { type CueHub, RequestError } from '@cuehub/client';
import type { TaskState } from '@cuehub/protocol';
import { LaneModel } from '../model/lane-model.js';
import { History } from './history.js';
import type { HubHttp } from './hub-http.js';

const LIST_TASKS = 500;
/** 5 000 a level are all there can be; the rest is counted, not listed. */
const QUEUE_PAGES_MAX = 20;
/** Why paused tasks wait is asked again after clients came or went, at most this often. */
const ASK_PAUSED_MS = 1_000;

export class LaneFollower {
  readonly model: LaneModel;
  readonly history: History;
  /** Why the hub does not let this token watch the lane; null when it does. */
  refused: string | null = null;
  readonly #hub: CueHub;
  readonly #changed: () => void;
  readonly #ended = new AbortController();
  #leave: (() => void) | undefined;
  #askPausedTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(hub: CueHub, http: HubHttp, lane: string, changed: () => void) {
    this.#hub = hub;
    this.#changed = changed;
    this.model = new LaneModel(lane);
    this.history = new History(http, this.model, changed, this.#ended.signal);
    void this.#follow();
  }

  stop(): void {
    this.#ended.abort();
    clearTimeout(this.#askPausedTimer);
    this.#leave?.();
  }

  async #follow(): Promise<void> {
    const events = this.#hub.watch({ lane: this.model.lane, topics: ['state', 'task', 'text', 'client'] });
    this.#leave = () => void events.return();
    try {
      for await (const message of events) {
        if (this.#ended.signal.aborted) return;
        this.model.apply(message, Date.now());
        if (message.type === 'snapshot') void this.#complete(message.queue.length < message.queue_size);
        else if (message.type === 'presence') this.#askPausedLater();
        else if (message.type === 'event') this.history.fill();
        this.#changed();
      }
    } catch (error) {
      // The end of the connection is told by the connection.
      if (error instanceof RequestError) this.refused = error.message;
      this.#changed();
    }
  }

  /** What a snapshot has no room for. */
  async #complete(queueIsLonger: boolean): Promise<void> {
    void this.history.newest();
    const holder = this.model.current;
    await Promise.all([
      queueIsLonger ? this.#list(['queued'], QUEUE_PAGES_MAX) : undefined,
      holder === null ? undefined : this.#get(holder.task_id),
    ]);
  }

  #askPausedLater(): void {
    if (this.#askPausedTimer !== undefined || (this.model.status?.paused_tasks ?? 0) === 0) return;
    this.#askPausedTimer = setTimeout(() => {
      this.#askPausedTimer = undefined;
      void this.#list(['paused'], 1);
    }, ASK_PAUSED_MS);
  }

  async #list(states: TaskState[], pages_max: number): Promise<void> {
    let before: string | undefined;
    try {
      for (let pages = 0; pages < pages_max; pages += 1) {
        const page = await this.#hub.list({
          lane: this.model.lane,
          states,
          limit: LIST_TASKS,
          ...(before === undefined ? {} : { before }),
        });
        if (this.#ended.signal.aborted) return;
        this.model.learn(page.tasks);
        this.#changed();
        before = page.next;
        if (before === undefined) return;
      }
    } catch {
      // The next snapshot asks again.
    }
  }

  async #get(task_id: string): Promise<void> {
    try {
      const task = await this.#hub.get(task_id, { lane: this.model.lane });
      if (this.#ended.signal.aborted) return;
      this.model.learn([task]);
      this.#changed();
    } catch {
      // It has left memory meanwhile.
    }
  }
}
