// What only HTTP has: lanes, history, figures. Errors are those of the client, so that everything is told in one way.
import { RequestError } from '@cuehub/client';
import {
  type ErrorCode,
  type EventMessage,
  ERROR_CODES,
  type Issue,
  type LaneStatus,
  type TaskView,
} from '@cuehub/protocol';

/** A hub that takes longer has other worries. */
const TIMEOUT_MS = 10_000;
/** How often a request is repeated that came too fast. */
const RATE_RETRIES_MAX = 3;

export interface LaneRow extends LaneStatus {
  readonly lane: string;
}

export interface TaskPage {
  readonly tasks: readonly TaskView[];
  readonly cursor?: string;
}

export interface TaskTimeline {
  readonly facts: readonly EventMessage[];
  /** False where the beginning is not kept any more. */
  readonly complete: boolean;
  readonly cursor?: string;
}

type Query = Readonly<Record<string, string | number | undefined>>;

export class HubHttp {
  readonly #page_url: string;
  readonly #token: string;

  /** `page_url`: the page stands beside the API, also below a path of a proxy. */
  constructor(page_url: string, token: string) {
    this.#page_url = page_url;
    this.#token = token;
  }

  async lanes(signal: AbortSignal): Promise<readonly LaneRow[]> {
    return (await this.#json<{ lanes: LaneRow[] }>('v1/lanes', {}, signal)).lanes;
  }

  tasks(lane: string, query: Query, signal: AbortSignal): Promise<TaskPage> {
    return this.#json(`v1/lanes/${lane}/tasks`, query, signal);
  }

  timeline(lane: string, task_id: string, cursor: string | undefined, signal: AbortSignal): Promise<TaskTimeline> {
    return this.#json(`v1/lanes/${lane}/tasks/${encodeURIComponent(task_id)}/timeline`, { cursor }, signal);
  }

  async metrics(signal: AbortSignal): Promise<string> {
    return (await this.#fetch('metrics', {}, signal)).text();
  }

  async #json<Body>(path: string, query: Query, signal: AbortSignal): Promise<Body> {
    return (await (await this.#fetch(path, query, signal)).json()) as Body;
  }

  async #fetch(path: string, query: Query, signal: AbortSignal): Promise<Response> {
    const url = new URL(path, this.#page_url);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    for (let tries = 1; ; tries += 1) {
      const ended = new AbortController();
      const end = (): void => ended.abort();
      signal.addEventListener('abort', end, { once: true });
      const timer = setTimeout(end, TIMEOUT_MS);
      try {
        const headers = { Authorization: `Bearer ${this.#token}` };
        const response = await fetch(url, { headers, signal: ended.signal, cache: 'no-store' });
        if (response.ok) return response;
        const refused = await refusal(response);
        if (refused.code !== 'rate_limited' || tries >= RATE_RETRIES_MAX) throw refused;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
      }
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

async function refusal(response: Response): Promise<RequestError> {
  let error: { code?: string; message?: string; issues?: Issue[] } = {};
  try {
    error = ((await response.json()) as { error?: typeof error }).error ?? {};
  } catch {
    // A proxy's page, say: the status has to do.
  }
  const { code = '', message = `the hub answered ${response.status}`, issues = [] } = error;
  return new RequestError({ code: code in ERROR_CODES ? (code as ErrorCode) : 'internal', message, issues });
}
