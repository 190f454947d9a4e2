// Owns: a producer that knows what it has the hub's word for: every submit under a key of its own, sent again until it
// is answered; cancels; waits for ends.
// Leaves to others: whether the hub keeps its word (ledger.ts).
import type { Frame, Priority } from '../conformance/frames.js';
import type { RawClient } from '../conformance/raw-client.js';
import { Actor } from './actor.js';
import { type KnownTask, TERMINAL } from './ledger.js';

const PRIORITIES = ['URGENT', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND'] as const satisfies readonly Priority[];
/** Tasks that have not ended, as far as it knows: so that a hub killed often still gets on with its work. */
const OPEN_MAX = 14;
const IN_FLIGHT = 4;
const CHUNKS_MAX = 24;

interface Submission {
  readonly key: string;
  readonly chunks: number;
  readonly task: Record<string, unknown>;
}

export class Producer extends Actor {
  readonly #unanswered = new Map<string, Submission>();
  /** Answered ones, to be sent again now and then. */
  readonly #answered: Submission[] = [];
  readonly #open = new Set<string>();
  #made = 0;
  #wake: (() => void) | null = null;

  /** Whether everything it ever said was answered, and has ended. */
  get done(): boolean {
    return this.#unanswered.size === 0 && this.#open.size === 0;
  }

  protected override async joined(): Promise<void> {
    await Promise.resolve();
  }

  protected override hear(_client: RawClient, frame: Frame): void {
    if (frame.type === 'error') this.world.ledger.break(`${this.name} got ${frame.code}: ${frame.message}`);
  }

  protected override async work(client: RawClient): Promise<void> {
    for (const task_id of this.#open) this.start(() => this.#await(client, task_id));
    const again = [...this.#unanswered.values()];
    await Promise.all(again.map((submission) => this.#submit(client, submission)));
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => this.#produce(client)));
  }

  async #produce(client: RawClient): Promise<void> {
    const { prng } = this.world;
    while (client.isOpen && !this.world.calm) {
      if (this.#open.size + this.#unanswered.size >= OPEN_MAX) {
        await new Promise<void>((resolve) => {
          const before = this.#wake;
          this.#wake = () => {
            before?.();
            resolve();
          };
          void client.closed.then(() => resolve());
        });
        continue;
      }
      const repeated = prng.chance(0.1) ? this.#answered[prng.int(this.#answered.length)] : undefined;
      await this.#submit(client, repeated ?? this.#make());
    }
  }

  #make(): Submission {
    const { prng } = this.world;
    this.#made += 1;
    const key = `${this.name}-${this.#made}`;
    const chunks = prng.int(CHUNKS_MAX);
    const task = {
      name: prng.pick(['chat', 'voice']),
      args: { key, chunks },
      priority: prng.pick(PRIORITIES),
      preempt: prng.pick(['interrupt', 'interrupt', 'finish', 'queue']),
      on_interrupt: prng.pick(['pause', 'pause', 'pause', 'pause', 'restart']),
      pause_grace_ms: prng.pick([50, 250]),
      max_attempts: 1 + prng.int(3),
      idempotency_key: key,
    };
    return { key, chunks, task };
  }

  async #submit(client: RawClient, submission: Submission): Promise<void> {
    const { ledger, prng } = this.world;
    this.#unanswered.set(submission.key, submission);
    const reply = await this.ask(client, 'task.submit', { lane: this.lane, task: submission.task });
    if (reply === null) return;
    if (reply.type === 'error') {
      ledger.break(`${submission.key} was refused: ${reply.code} ${reply.message}`);
      return;
    }
    this.#unanswered.delete(submission.key);
    const known = ledger.submitted(this.lane, submission, reply);
    if (!this.#answered.includes(submission)) this.#answered.push(submission);
    if (known.end !== null || this.#open.has(known.task_id)) {
      this.world.settled();
      return;
    }
    this.#open.add(known.task_id);
    this.start(() => this.#await(client, known.task_id));
    if (prng.chance(0.12)) this.start(() => this.#cancel(client, known));
  }

  async #cancel(client: RawClient, { task_id }: KnownTask): Promise<void> {
    this.world.ledger.cancelAsked(task_id);
    const reply = await this.ask(client, 'task.cancel', { task_id });
    if (reply === null) return;
    if (reply.type === 'ok') this.world.ledger.cancelled(reply.task);
    else this.world.ledger.break(`the cancel of ${task_id} was refused: ${reply.code}`);
  }

  async #await(client: RawClient, task_id: string): Promise<void> {
    const reply = await this.ask(client, 'task.wait', { task_id });
    if (reply === null) return;
    if (reply.type === 'error') {
      this.world.ledger.break(`${task_id} was acknowledged, and is now ${reply.code}`, task_id);
    } else if (TERMINAL.has(reply.task.state)) {
      this.world.ledger.ended(task_id, reply.task.state);
    } else {
      this.world.ledger.break(`task.wait of ${task_id} was answered with ${reply.task.state}`);
    }
    this.#open.delete(task_id);
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
    this.world.settled();
  }
}
