// What somebody can do to the hub from here, and what came of it. An error is told with its fields, never thrown.
import { CuehubError, type CueHub, RequestError } from '@cuehub/client';
import type { Issue, TaskSubmission } from '@cuehub/protocol';

export type Outcome =
  | { readonly ok: true; readonly message: string; readonly task_id?: string }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly issues: readonly Issue[] };

async function attempt(act: () => Promise<{ message: string; task_id?: string }>): Promise<Outcome> {
  try {
    return { ok: true, ...(await act()) };
  } catch (error) {
    if (error instanceof RequestError) {
      return { ok: false, code: error.code, message: error.message, issues: error.issues };
    }
    if (error instanceof CuehubError) return { ok: false, code: error.code, message: error.message, issues: [] };
    throw error;
  }
}

export class Acts {
  readonly #hub: CueHub;

  constructor(hub: CueHub) {
    this.#hub = hub;
  }

  submit(lane: string, task: TaskSubmission): Promise<Outcome> {
    return attempt(async () => {
      const handle = await this.#hub.submit({ lane, ...task } as Parameters<CueHub['submit']>[0]);
      const message = handle.duplicate ? `${task.name} was there already` : `Submitted ${task.name}`;
      return { message, task_id: handle.id };
    });
  }

  cancel(lane: string, task_id: string, name: string, reason: string): Promise<Outcome> {
    return attempt(async () => {
      const task = await this.#hub.cancel(task_id, { lane, ...(reason === '' ? {} : { reason }) });
      return {
        message: task.state === 'cancelling' ? `${name} is being cancelled` : `${name} is ${task.state}`,
        task_id,
      };
    });
  }

  start(lane: string): Promise<Outcome> {
    return attempt(async () => {
      await this.#hub.start({ lane });
      return { message: `Lane ${lane} is started` };
    });
  }

  stop(lane: string, drain: boolean): Promise<Outcome> {
    return attempt(async () => {
      await this.#hub.stop({ lane, drain });
      return { message: drain ? `Lane ${lane} stops when its holder has finished` : `Lane ${lane} is stopped` };
    });
  }

  remove(session_id: string, name: string): Promise<Outcome> {
    return attempt(async () => {
      await this.#hub.remove(session_id);
      return { message: `Removed ${name}` };
    });
  }
}
