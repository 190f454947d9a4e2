// Brings what passed into a lane's timeline: pages of tasks, and the facts of those that a task alone does not explain.
// Owns what was asked for already; one request for a page and a few for facts at a time.
import type { LaneModel } from '../model/lane-model.js';
import type { HubHttp, TaskPage } from './hub-http.js';

const PAGE_TASKS = 100;
/** Pages that have nothing to show in a row; then somebody has to ask again. */
const EMPTY_PAGES_MAX = 10;
/** Older pages read in one go. */
const BACK_PAGES_MAX = 8;
const FACT_REQUESTS_MAX = 4;
/** How often the facts of one task are asked for: an answer may be older than what was seen meanwhile. */
const ASKED_MAX = 3;
const FACT_PAGES_MAX = 4;
/** Newest pages read again after a gap. */
const REFRESH_PAGES_MAX = 5;

export class History {
  /** A page is on its way. */
  loading = false;
  /** Why the last request came to nothing; null when it did not. */
  problem: string | null = null;
  readonly #http: HubHttp;
  readonly #model: LaneModel;
  readonly #changed: () => void;
  readonly #signal: AbortSignal;
  readonly #asked = new Map<string, number>();
  #requests = 0;
  #cursor: string | undefined;

  constructor(http: HubHttp, model: LaneModel, changed: () => void, signal: AbortSignal) {
    this.#http = http;
    this.#model = model;
    this.#changed = changed;
    this.#signal = signal;
  }

  /** The next older page. */
  async older(): Promise<void> {
    const { timeline } = this.#model;
    if (this.loading || timeline.complete) return;
    await this.#load(async () => {
      for (let pages = 0; pages < EMPTY_PAGES_MAX; pages += 1) {
        const page = await this.#page(this.#cursor);
        this.#cursor = page.cursor;
        const last = page.tasks[page.tasks.length - 1];
        if (last !== undefined) timeline.loaded_back_to = last.submitted_at;
        timeline.complete = page.cursor === undefined;
        if (last !== undefined || timeline.complete) return;
      }
    });
  }

  /** Older pages until this moment is reached, a few at most: whoever looks further back asks again by looking. */
  async back(to_at: number): Promise<void> {
    const { timeline } = this.#model;
    for (let pages = 0; pages < BACK_PAGES_MAX; pages += 1) {
      if (this.loading || timeline.complete) return;
      if (timeline.loaded_back_to !== null && timeline.loaded_back_to <= to_at) return;
      await this.older();
      if (this.problem !== null) return;
    }
  }

  /** The newest pages: all at the beginning, and what passed unseen after a gap. */
  async newest(): Promise<void> {
    const { timeline } = this.#model;
    if (timeline.loaded_back_to === null && !timeline.complete) return this.older();
    await this.#load(async () => {
      let cursor: string | undefined;
      for (let pages = 0; pages < REFRESH_PAGES_MAX; pages += 1) {
        const page = await this.#http.tasks(this.#model.lane, { limit: PAGE_TASKS, cursor }, this.#signal);
        cursor = page.cursor;
        // From one whose end was seen on, nothing passed unseen.
        const seen = page.tasks.some(({ task_id }) => (timeline.track(task_id)?.ended_at ?? null) !== null);
        timeline.history(page.tasks);
        if (cursor === undefined || seen) return;
      }
    });
  }

  /** Asks for the facts of tracks that are not explained, the latest first. */
  fill(): void {
    const wanted = this.#model.timeline
      .wants()
      .filter(({ task_id }) => (this.#asked.get(task_id) ?? 0) < ASKED_MAX)
      .sort((a, b) => b.latest_at - a.latest_at);
    for (const { task_id } of wanted) {
      if (this.#requests >= FACT_REQUESTS_MAX) return;
      void this.#facts(task_id);
    }
  }

  async #load(load: () => Promise<void>): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    this.problem = null;
    this.#changed();
    try {
      await load();
    } catch (error) {
      if (!this.#signal.aborted) this.problem = error instanceof Error ? error.message : String(error);
    }
    this.loading = false;
    this.fill();
    this.#changed();
  }

  async #page(cursor: string | undefined): Promise<TaskPage> {
    const page = await this.#http.tasks(this.#model.lane, { limit: PAGE_TASKS, cursor }, this.#signal);
    this.#model.timeline.history(page.tasks);
    return page;
  }

  async #facts(task_id: string): Promise<void> {
    const { lane } = this.#model;
    this.#requests += 1;
    this.#asked.set(task_id, (this.#asked.get(task_id) ?? 0) + 1);
    try {
      const facts = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < FACT_PAGES_MAX; pages += 1) {
        const page = await this.#http.timeline(lane, task_id, cursor, this.#signal);
        facts.push(...page.facts);
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
      this.#model.learnFacts(task_id, facts);
    } catch {
      // Not kept any more, or the hub is away: the rough picture stays, and the next gap asks again.
    }
    this.#requests -= 1;
    if (this.#signal.aborted) return;
    this.fill();
    this.#changed();
  }
}
