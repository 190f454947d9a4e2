// Owns: an executor that does as the contract asks: it keeps what was not acknowledged, stops when its socket ends, holds
// its runs through a restart, sends from `streams` on after a resume, and says an unanswered end again.
// Leaves to others: what the hub may and may not do meanwhile (ledger.ts).
import type { Frame } from '../conformance/frames.js';
import type { JoinOptions, RawClient } from '../conformance/raw-client.js';
import { Actor } from './actor.js';
import { piece } from './ledger.js';

interface HeldRun {
  readonly task_id: string;
  readonly key: string;
  readonly chunks: number;
  readonly attempt: number;
  epoch: number;
  next: number;
  /** Of the stream: what is below is in the journal. */
  acked: number;
  /** Something of this attempt was acknowledged, so the hub cannot forget that it gave it. */
  durable: boolean;
  /** The first that there ever was of this task: the position of its stream can be of no run before. */
  readonly first: boolean;
  /** The hub that said that the stream is open; 0 for none. */
  opened_at: number;
  readonly from_seq: number | undefined;
  /** The farthest checkpoint that it sent itself. */
  checkpoint: number;
  /** May send. */
  active: boolean;
  /** The end was sent and its answer did not come. */
  unanswered: boolean;
  /** It was told to stop for good: a restart may follow. */
  stopping: boolean;
}

export class Executor extends Actor {
  readonly #runs = new Map<string, HeldRun>();
  #claim: { session_id: string; resume_token: string } | null = null;

  protected override hello(): JoinOptions {
    const { prng, calm } = this.world;
    for (const run of this.#runs.values()) {
      run.active = false;
      // Now and then it has forgotten what it did, as one does that was restarted itself.
      if (!calm && prng.chance(0.08)) this.#runs.delete(run.task_id);
    }
    const holding = [...this.#runs.values()].map(({ task_id, epoch }) => ({ task_id, epoch }));
    return { holding, ...(this.#claim === null ? {} : { resume: this.#claim }) };
  }

  protected override async joined(client: RawClient): Promise<void> {
    const { ledger } = this.world;
    this.#claim = client.claim;
    if (client.welcome === undefined) throw new Error(`${this.name} was not welcomed`);
    const { adopted, released, resumed } = client.welcome;
    if (resumed) ledger.counts.resumed += 1;
    ledger.counts.adopted += adopted.length;
    ledger.counts.released += released.length;
    for (const { task_id, epoch } of this.#runs.values()) {
      const what = adopted.includes(task_id) ? 'adopted' : 'released';
      ledger.note(task_id, `${this.name} came back with ${epoch}, resumed ${resumed}: ${what}`);
    }
    for (const task_id of released) {
      const run = this.#runs.get(task_id);
      if (run === undefined) continue;
      this.#runs.delete(task_id);
      const may_be_over = run.unanswered || run.stopping || ledger.wasCancelAsked(task_id);
      if (run.durable && !may_be_over)
        ledger.break(`${task_id} was taken from ${this.name}, who held it (${run.epoch})`, task_id);
    }
    for (const run of this.#runs.values()) {
      if (!adopted.includes(run.task_id)) ledger.break(`${run.task_id} is neither adopted nor released`, run.task_id);
    }
    const reply = await this.ask(client, 'worker.register', { lane: this.lane, names: ['chat', 'voice'] });
    if (reply?.type === 'error') ledger.break(`${this.name} cannot register: ${reply.code}`);
  }

  protected override async work(client: RawClient): Promise<void> {
    const over = [...this.#runs.values()].filter((run) => run.unanswered && run.acked >= run.chunks);
    await Promise.all(over.map((run) => this.#end(client, run)));
  }

  protected override hear(client: RawClient, frame: Frame): void {
    const { ledger } = this.world;
    const about = frame.type === 'task.dispatch' ? frame.task.task_id : frame.task_id;
    if (about !== undefined) ledger.note(about, `${this.name} heard ${brief(frame)}`);
    if (frame.type === 'task.dispatch') {
      this.#dispatched(client, frame);
      return;
    }
    if (frame.type === 'error' && frame.code !== 'stale_epoch') {
      ledger.break(`${this.name}: ${frame.code} ${frame.message}`, about);
    }
    const run = this.#runs.get(frame.task_id);
    if (run === undefined) return;
    switch (frame.type) {
      case 'task.resume':
        ledger.granted(run.task_id, frame.epoch, frame.checkpoint);
        this.#goOn(client, run, frame);
        break;
      case 'task.pause':
        if (frame.epoch !== run.epoch) break;
        run.active = false;
        this.#say(client, run, 'task.paused', {});
        break;
      case 'task.cancel':
        if (frame.epoch !== run.epoch) break;
        run.active = false;
        run.stopping = true;
        this.#say(client, run, 'task.cancelled', {});
        break;
      case 'task.revoked':
        if (frame.epoch === run.epoch) this.#runs.delete(run.task_id);
        break;
      case 'stream.ack':
        run.acked = Math.max(run.acked, frame.streams['main'] ?? 0);
        run.durable = true;
        break;
      default:
    }
  }

  #dispatched(client: RawClient, { task, epoch, attempt, resume }: Frame): void {
    const { ledger } = this.world;
    const { key, chunks } = task.args as { key: string; chunks: number };
    const before = this.#runs.get(task.task_id);
    if (before !== undefined && before.durable && before.attempt === attempt && !before.stopping) {
      ledger.break(
        `${task.task_id} was dispatched anew at attempt ${attempt}, and ${this.name} still held it`,
        task.task_id,
      );
    }
    ledger.granted(task.task_id, epoch, resume?.checkpoint);
    if (resume !== null) ledger.begins(task.task_id, Number(resume.checkpoint));
    const from = resume?.checkpoint_streams['main'] ?? 0;
    if (resume !== null && from > Number(resume.checkpoint)) {
      ledger.break(`${task.task_id}: checkpoint ${String(resume.checkpoint)} was taken at ${from}`, task.task_id);
    }
    const run: HeldRun = {
      ...{ task_id: task.task_id, key, chunks, attempt, epoch, next: from, acked: from },
      ...{ durable: false, first: attempt === 1 && task.interruptions === 0 },
      ...{ opened_at: 0, from_seq: resume === null ? undefined : from, checkpoint: 0 },
      ...{ active: true, unanswered: false, stopping: false },
    };
    this.#runs.set(run.task_id, run);
    this.start(() => this.#stream(client, run));
  }

  #goOn(client: RawClient, run: HeldRun, { epoch, streams, checkpoint }: Frame): void {
    const { ledger } = this.world;
    const at = streams['main'];
    // An opening that was not in the journal may be taken back by a crash, and the position is then that of the run before.
    const own = Number(checkpoint) > (run.from_seq ?? 0) && Number(checkpoint) <= run.checkpoint;
    const opened = run.opened_at === ledger.hub || run.acked > (run.from_seq ?? 0) || run.first || own;
    if (at === undefined || !opened) run.opened_at = 0;
    else run.opened_at = ledger.hub;
    if (run.acked > 0 && opened && (at ?? 0) < run.acked) {
      ledger.break(`${run.task_id} goes on at ${at}, chunks below ${run.acked} were acknowledged`, run.task_id);
    }
    run.next = run.opened_at === 0 ? (run.from_seq ?? 0) : (at ?? 0);
    run.epoch = epoch;
    run.active = true;
    run.stopping = false;
    this.start(() => this.#stream(client, run));
  }

  /** A few chunks, then a question, whose answer sets the pace; at last the end. */
  async #stream(client: RawClient, run: HeldRun): Promise<void> {
    const { ledger, prng } = this.world;
    const { epoch } = run;
    const goesOn = (): boolean => run.active && run.epoch === epoch && client.isOpen;
    if (run.opened_at === 0) this.start(() => this.#open(client, run, epoch));
    while (goesOn() && run.next < run.chunks) {
      const until = Math.min(run.chunks, run.next + 1 + prng.int(5));
      for (; run.next < until; run.next += 1) {
        this.#say(client, run, 'stream.chunk', { seq: run.next, data: piece(run.key, run.next) });
      }
      if (!prng.chance(0.4)) {
        await this.ask(client, 'ping', {});
        continue;
      }
      const checkpoint = run.next;
      // One that comes back shows that the opening of the stream was taken before it.
      if (run.opened_at === ledger.hub) run.checkpoint = checkpoint;
      const sent = ledger.checkpointSent(run.task_id, checkpoint);
      ledger.note(run.task_id, `${this.name} says task.checkpoint ${epoch} ${checkpoint}`);
      const reply = await this.ask(client, 'task.checkpoint', { task_id: run.task_id, epoch, checkpoint });
      ledger.note(
        run.task_id,
        `${this.name} heard ${reply === null ? 'nothing' : brief(reply)} of checkpoint ${checkpoint}`,
      );
      if (reply?.type !== 'ok') continue;
      run.durable = true;
      sent.acknowledged = true;
    }
    if (goesOn()) await this.#end(client, run);
  }

  async #open(client: RawClient, run: HeldRun, epoch: number): Promise<void> {
    const { task_id, from_seq } = run;
    const { ledger } = this.world;
    ledger.note(task_id, `${this.name} says stream.open ${epoch} ${from_seq}`);
    const from = from_seq === undefined ? {} : { from_seq };
    const reply = await this.ask(client, 'stream.open', { task_id, epoch, ...from });
    if (reply?.type === 'ok') run.opened_at = ledger.hub;
    else if (reply?.type === 'error' && reply.code !== 'stale_epoch') {
      ledger.break(`the stream of ${task_id} was refused: ${reply.code} ${reply.message}`, task_id);
    }
  }

  async #end(client: RawClient, run: HeldRun): Promise<void> {
    const { ledger } = this.world;
    const { task_id, epoch } = run;
    if (run.unanswered) ledger.counts.ends_again += 1;
    run.unanswered = true;
    ledger.note(task_id, `${this.name} says task.complete ${epoch}`);
    const reply = await this.ask(client, 'task.complete', { task_id, epoch, result: { chunks: run.chunks } });
    ledger.note(task_id, `${this.name} heard ${reply === null ? 'nothing' : brief(reply)} of the end`);
    if (reply === null) return;
    if (reply.type === 'ok') {
      run.active = false;
      if (this.#runs.get(task_id) === run) this.#runs.delete(task_id);
      ledger.ended(task_id, 'completed');
    } else if (reply.code !== 'stale_epoch' && reply.code !== 'not_found') {
      ledger.break(`the end of ${task_id} was refused: ${reply.code} ${reply.message}`, task_id);
    }
  }

  #say(client: RawClient, { task_id, epoch }: HeldRun, type: string, fields: Record<string, unknown>): void {
    if (!client.isOpen) return;
    this.world.ledger.note(task_id, `${this.name} says ${type} ${epoch} ${JSON.stringify(fields)}`);
    client.send(type, { task_id, epoch, ...fields });
  }
}

function brief({ type, epoch, attempt, resume, checkpoint, streams, code, reason }: Frame): string {
  return JSON.stringify({ type, epoch, attempt, resume, checkpoint, streams, code, reason });
}
