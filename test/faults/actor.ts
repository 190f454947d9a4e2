// Owns: what all clients of a run have in common: they join a hub, do their work until the socket ends, and say nothing
// about an end that was the hub's death.
// Leaves to others: what the work is.
import type { Fields, Frame } from '../conformance/frames.js';
import type { Hub } from '../conformance/hub-process.js';
import { joinHub, type JoinOptions, type RawClient } from '../conformance/raw-client.js';
import type { Ledger } from './ledger.js';
import type { Prng } from './prng.js';

/** For one answer, on a machine that has much else to do. */
export const PATIENCE_MS = 100_000;

export interface World {
  readonly ledger: Ledger;
  readonly prng: Prng;
  /** The hub is being killed or stopped: what fails now fails because of that. */
  dying: boolean;
  /** No more mischief: what is left is done and nothing new is begun. */
  calm: boolean;
  /** Called for every frame that came: the moment of a kill is counted in frames. */
  heard(): void;
  /** Called when a producer has one thing less to wait for. */
  settled(): void;
}

export abstract class Actor {
  readonly world: World;
  readonly lane: string;
  readonly name: string;
  #client: RawClient | null = null;
  #work: Promise<void> = Promise.resolve();
  #leaving = false;

  constructor(world: World, lane: string, name: string) {
    this.world = world;
    this.lane = lane;
    this.name = name;
  }

  /** Says hello and begins its work; both end early when the hub dies meanwhile. */
  async join(hub: Hub): Promise<void> {
    await this.#work;
    await this.#unlessCut(async () => {
      const client = await joinHub(hub, { name: this.name, ...this.hello() }, PATIENCE_MS);
      this.#client = client;
      this.#leaving = false;
      void client.closed.then(({ code, reason }) => {
        const expected = this.world.dying || this.#leaving;
        if (!expected) this.world.ledger.break(`the hub closed ${this.name} with ${code} ${reason}`);
      });
      client.socket.on('message', () => this.world.heard());
      await this.joined(client);
      this.#work = Promise.all([this.#listen(client), this.#unlessCut(() => this.work(client))]).then(() => {
        for (const violation of client.violations) this.world.ledger.break(`${this.name}: ${violation}`);
      });
    });
  }

  /** Resolves when its socket has ended and it has understood that. */
  async gone(): Promise<void> {
    await this.#client?.closed;
    await this.#work;
  }

  async leave(): Promise<void> {
    this.#leaving = true;
    if (this.#client?.isOpen === true) await this.#client.close(1000);
    await this.gone();
  }

  protected hello(): JoinOptions {
    return {};
  }

  /** What must be done before frames are looked at. */
  protected abstract joined(client: RawClient): Promise<void>;
  /** Each frame that answers nothing, in order. */
  protected abstract hear(client: RawClient, frame: Frame): void;
  protected abstract work(client: RawClient): Promise<void>;

  /** The reply, or null when the hub died before it came, or said that it goes away. */
  protected async ask(client: RawClient, type: string, fields: Fields): Promise<Frame | null> {
    try {
      const reply = await client.request(type, fields, PATIENCE_MS);
      return reply.type === 'error' && reply.code === 'shutting_down' ? null : reply;
    } catch (error) {
      if (client.isOpen) throw error;
      return null;
    }
  }

  /** Starts what nobody waits for. */
  protected start(work: () => Promise<void>): void {
    void this.#unlessCut(work);
  }

  async #listen(client: RawClient): Promise<void> {
    await this.#unlessCut(async () => {
      while (client.isOpen) this.hear(client, await client.expectFrame(() => true, PATIENCE_MS));
    });
  }

  async #unlessCut(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (!this.world.dying && !this.#leaving) this.world.ledger.break(`${this.name}: ${text}`);
    }
  }
}
