// Where a promise of the client is kept: a hub, a lane that nobody else uses, and clients on it.
// Imports no test framework and nothing of Node, so that it runs in a page too.
import type { ConnectOptions, CueHub } from '@cuehub/client';
import { equal } from './expect.js';
import { Transcript } from './transcript.js';

export interface HubUnderTest {
  /** A client of its own; closed by whoever made the hub. */
  connect(options: ConnectOptions): CueHub;
  /** Cuts every connection of the clients made so far, as a network does. Absent where there is nothing to cut. */
  cut?(): void | Promise<void>;
}

export interface Promised {
  /** A sentence about behaviour. */
  name: string;
  /** Needs `cut`. */
  cuts?: boolean;
  run(stage: Stage): Promise<void>;
}

/** A hub, a lane that nobody else uses, and clients on it. */
export class Stage {
  readonly lane: string;
  private readonly hub: HubUnderTest;

  constructor(hub: HubUnderTest, lane: string) {
    this.hub = hub;
    this.lane = lane;
  }

  async client(name: string, options: ConnectOptions = {}): Promise<CueHub> {
    const hub = this.hub.connect({ ...options, lane: this.lane, client: { name, kind: 'contract' } });
    await hub.ready;
    return hub;
  }

  /** A watcher that sees everything from the beginning. */
  async transcript(): Promise<Transcript> {
    const hub = await this.client('watcher');
    const transcript = new Transcript(hub, this.lane);
    await hub.status();
    return transcript;
  }

  /** What a watcher on another client saw of a task is exactly this, once the task has ended. */
  async saw(transcript: Transcript, task_id: string, text: string): Promise<void> {
    await transcript.fact('task.completed', task_id);
    // After a lost connection the facts may be there before the chunks.
    await transcript.until(() => transcript.text(task_id).length >= text.length);
    equal(transcript.text(task_id), text);
  }

  async cut(): Promise<void> {
    if (!this.hub.cut) throw new Error('this hub has no connections to cut');
    await this.hub.cut();
  }
}

export const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `word${index} `);
