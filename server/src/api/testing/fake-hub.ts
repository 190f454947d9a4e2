/** A hub of a few lines for the API's tests: keeps tasks, runs none, and remembers what it was asked. */
import {
  DEFAULT_LANE,
  type LaneStatus,
  type TaskView,
  type WatchMessage,
  isTerminal,
  priorityOf,
  resolveTask,
} from '@cuehub/protocol';
import type {
  Access,
  HistoryRequest,
  HubPort,
  HubStats,
  Outcome,
  PlainRequest,
  Readiness,
  RequestError,
  TimelineRequest,
  Watch,
  WatchOptions,
} from '../../hub/port.js';

export const TOKEN = 'a-good-token';
export const OWNER: Access = {
  principal: 'owner',
  grants: { roles: ['producer', 'worker', 'observer', 'operator'], lanes: ['*'], max_priority: 'URGENT' },
};

interface FakeWatch {
  readonly options: WatchOptions;
  readonly sink: (message: WatchMessage) => boolean;
  readonly closed: (() => void) | undefined;
  over: boolean;
}

export class FakeHub implements HubPort {
  readonly info = { name: 'cuehub', version: '0.0.0-test', instance_id: 'instance-1' };
  readonly requests: PlainRequest[] = [];
  readonly watches: FakeWatch[] = [];
  readonly histories: (HistoryRequest | TimelineRequest)[] = [];
  /** What the next question about what passed is answered with. */
  past: Outcome | undefined;
  /** What the next request is answered with, instead of what it would be. */
  refuse: RequestError | undefined;
  broken: Error | undefined;
  waits_given_up = 0;
  ready: Readiness = { ready: true, reason: 'takes tasks' };
  access: Access = OWNER;
  started = true;
  figures: HubStats = {
    connections: 0,
    sessions: 0,
    lanes: 1,
    tasks: 0,
    waits: 0,
    requests_total: 0,
    facts_total: 0,
    chunks_total: 0,
    dispatches_total: 0,
    deliveries_total: 0,
  };
  readonly tasks = new Map<string, TaskView>();
  readonly #waiting = new Map<string, ((outcome: Outcome) => void)[]>();

  authenticate(token: string | undefined): Access | null {
    return token === TOKEN ? this.access : null;
  }

  async request(
    message: PlainRequest,
    _access: Access,
    source: TaskView['source'],
    signal?: AbortSignal,
  ): Promise<Outcome> {
    this.requests.push(message);
    if (this.broken !== undefined) throw this.broken;
    if (this.refuse !== undefined) return { error: this.refuse };
    switch (message.type) {
      case 'task.submit': {
        const { priority, ...task } = resolveTask(message.task);
        const task_id = `t${this.tasks.size + 1}`;
        this.tasks.set(task_id, {
          ...task,
          priority: priorityOf(priority),
          task_id,
          lane: message.lane ?? DEFAULT_LANE,
          state: 'queued',
          attempt: 0,
          epoch: 0,
          source,
          submitted_at: 1,
          running_ms: 0,
          paused_ms: 0,
          interruptions: 0,
        });
        return { ok: { task_id, state: 'queued', position: this.tasks.size, duplicate: false } };
      }
      case 'task.get':
        return this.#found(message.task_id ?? '');
      case 'task.cancel': {
        const task = this.tasks.get(message.task_id);
        if (task !== undefined) this.end(message.task_id, { state: 'cancelled' });
        return this.#found(message.task_id);
      }
      case 'task.wait': {
        const task = this.tasks.get(message.task_id);
        if (task === undefined || isTerminal(task.state)) return this.#found(message.task_id);
        return new Promise((resolve) => {
          this.#waiting.set(message.task_id, [...(this.#waiting.get(message.task_id) ?? []), resolve]);
          signal?.addEventListener('abort', () => {
            this.waits_given_up += 1;
            resolve({ error: { code: 'internal', message: 'nobody waits any more' } });
          });
        });
      }
      case 'task.list':
        return { ok: { tasks: [...this.tasks.values()] } };
      case 'lane.start':
      case 'lane.stop':
        this.started = message.type === 'lane.start';
        return { ok: {} };
      case 'lane.status':
        return { ok: { lane: message.lane, ...this.#status() } };
      default:
        return { ok: {} };
    }
  }

  watch(
    _access: Access,
    options: WatchOptions,
    sink: FakeWatch['sink'],
    closed?: () => void,
  ): Watch | { error: RequestError } {
    if (this.refuse !== undefined) return { error: this.refuse };
    const watch: FakeWatch = { options, sink, closed, over: false };
    this.watches.push(watch);
    const recovered = options.since !== undefined;
    const position = { lane: options.lane, log: 'log-1', seq: 7 };
    const snapshot = { ...position, ...this.#status(), queue: [], paused: [], streams: [] };
    return {
      reply: { ...position, recovered, ...(recovered ? {} : { snapshot }) },
      close: () => {
        watch.over = true;
      },
    };
  }

  async history(request: HistoryRequest): Promise<Outcome> {
    this.histories.push(request);
    if (this.refuse !== undefined) return { error: this.refuse };
    return this.past ?? { ok: { tasks: [...this.tasks.values()].toReversed() } };
  }

  async timeline(request: TimelineRequest): Promise<Outcome> {
    this.histories.push(request);
    return this.past ?? { error: { code: 'not_found', message: `nothing is known of a task ${request.task_id}` } };
  }

  lanes(): ({ lane: string; log: string; seq: number } & LaneStatus)[] {
    return [{ lane: DEFAULT_LANE, log: 'log-1', seq: 7, ...this.#status() }];
  }

  readiness(): Readiness {
    return this.ready;
  }

  stats(): HubStats {
    return this.figures;
  }

  end(task_id: string, end: Partial<TaskView>): void {
    const task = this.tasks.get(task_id);
    if (task === undefined) throw new Error(`no task ${task_id}`);
    this.tasks.set(task_id, { ...task, ...end });
    for (const resolve of this.#waiting.get(task_id) ?? []) resolve(this.#found(task_id));
    this.#waiting.delete(task_id);
  }

  #found(task_id: string): Outcome {
    const task = this.tasks.get(task_id);
    return task === undefined
      ? { error: { code: 'not_found', message: `there is no task ${task_id}` } }
      : { ok: { task } };
  }

  #status(): LaneStatus {
    const tasks_queued = [...this.tasks.values()].filter(({ state }) => state === 'queued').length;
    return {
      state: {
        mode: 'idle',
        started: this.started,
        streaming: false,
        can_interrupt: true,
        tasks_queued,
        tasks_paused: 0,
        tasks_deferred: 0,
        tasks_completed: 0,
      },
      current_task: null,
      queue_size: tasks_queued,
      paused_tasks: 0,
    };
  }
}
