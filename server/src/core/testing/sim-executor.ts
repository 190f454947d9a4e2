/**
 * An executor of the simulation with a temper: prompt ones do as PROTOCOL §5 says, slow ones late, deaf ones never answer
 * a pause or a cancel, lying ones send what they should not. All of them vanish and return as chance has it.
 */
import type { ExecutorOrder, Json } from '@cuehub/protocol';
import type { Input, StepReply } from '../types.js';
import type { SimRun } from './sim-run.js';
import { NAMES, type SimWorld } from './sim-world.js';

export const TEMPERS = ['prompt', 'prompt', 'prompt', 'slow', 'deaf', 'lying'] as const;
type Temper = (typeof TEMPERS)[number];

type Frame = Extract<Input, { epoch: number; session_id: string }>;
type FrameBody = Frame extends infer F
  ? F extends Frame
    ? Omit<F, 'session_id' | 'task_id' | 'epoch'>
    : never
  : never;

export class SimExecutor {
  temper: Temper;
  session_id: string;
  readonly principal: string;
  connected = false;
  readonly #sim: SimWorld;
  #names: string[];
  readonly #runs = new Map<string, SimRun>();
  #connection = 0;

  constructor(sim: SimWorld, index: number, temper: Temper) {
    this.#sim = sim;
    this.temper = temper;
    this.principal = `p${index % 2}`;
    this.session_id = sim.id('s');
    this.#names = [sim.prng.pick(NAMES), sim.prng.pick(NAMES)];
    this.#register();
  }

  #register(): void {
    this.connected = true;
    const { session_id, principal } = this;
    for (const lane of this.#sim.lane_names)
      this.#sim.send(lane, { kind: 'worker.register', session_id, principal, names: this.#names });
  }

  changeNames(): void {
    if (!this.connected || this.#sim.calm) return;
    const { prng } = this.#sim;
    const names = prng.chance(0.2) ? ['*'] : [prng.pick(NAMES)];
    const kind = prng.chance(0.5) ? 'worker.register' : 'worker.unregister';
    this.#names =
      kind === 'worker.register' ? [...this.#names, ...names] : this.#names.filter((name) => !names.includes(name));
    for (const lane of this.#sim.lane_names) {
      if (kind === 'worker.register')
        this.#sim.send(lane, { kind, session_id: this.session_id, principal: this.principal, names });
      else this.#sim.send(lane, { kind, session_id: this.session_id, names });
    }
  }

  /** The socket ends, with a goodbye or without. */
  vanish(): void {
    if (!this.connected) return;
    this.cutOff();
    const goodbye = this.#sim.prng.chance(0.25);
    for (const lane of this.#sim.lane_names)
      this.#sim.send(lane, { kind: goodbye ? 'session.ended' : 'session.lost', session_id: this.session_id });
    if (goodbye) {
      this.session_id = this.#sim.id('s');
      this.#runs.clear();
    }
  }

  cutOff(): void {
    this.connected = false;
    this.#connection += 1;
    for (const run of this.#runs.values()) {
      run.active = false;
      run.cut_off = true;
    }
  }

  comeBack(): void {
    if (this.connected) return;
    const { prng } = this.#sim;
    const resumed = prng.chance(0.6);
    if (!resumed) this.session_id = this.#sim.id('s');
    this.connected = true;
    for (const task_id of this.#runs.keys()) {
      if (!this.#sim.calm && prng.chance(0.2)) this.#runs.delete(task_id);
    }
    const { session_id, principal } = this;
    for (const lane of this.#sim.lane_names) {
      const mine = [...this.#runs.values()].filter((run) => run.lane === lane);
      const holding = mine.map(({ task_id, epoch }) => ({ task_id, epoch }));
      const claims = this.temper === 'lying' ? this.#claims(lane, resumed) : [];
      this.#sim.send(lane, { kind: 'wake' });
      const waiting = this.#sim.paused(lane);
      const reply = this.#sim.send(lane, {
        kind: 'session.hello',
        session_id,
        principal,
        resumed,
        holding: [...holding, ...claims],
      });
      if (!('ok' in reply)) continue;
      const adopted = reply.ok['adopted'] as string[];
      for (const { task_id, run } of this.#sim.paused(lane))
        if (adopted.includes(task_id) && run.session_id !== session_id)
          throw new Error(`${task_id} was adopted by ${session_id}, and is still with ${run.session_id}`);
      for (const { task_id, epoch } of claims)
        if (adopted.includes(task_id)) throw new Error(`${task_id} was adopted by a lie about epoch ${epoch}`);
      for (const run of mine) {
        if (!adopted.includes(run.task_id)) {
          const mine = waiting.find(({ task_id }) => task_id === run.task_id)?.run;
          if (mine?.session_id === session_id && mine.first_epoch === run.first_epoch)
            throw new Error(`${run.task_id} was taken from ${session_id}, who held it (${run.epoch})`);
          this.#runs.delete(run.task_id);
        }
        // All of its text is in the journal, so its end need not wait for the floor.
        else if (run.unanswered && run.acked >= run.chunks) this.#complete(run);
      }
    }
    this.#register();
  }

  /** Runs of others, and epochs that its own never had: nobody may adopt a run like that. */
  #claims(lane: string, resumed: boolean): { task_id: string; epoch: number }[] {
    const { prng } = this.#sim;
    const claims = [];
    for (const { task_id, epoch, run } of this.#sim.paused(lane)) {
      if (this.#runs.has(task_id) || !prng.chance(0.5)) continue;
      const mine = resumed && run.session_id === this.session_id;
      const foreign = run.principal !== this.principal;
      if (foreign) claims.push({ task_id, epoch });
      else claims.push({ task_id, epoch: mine ? run.first_epoch - 1 : epoch - 1 });
    }
    return claims;
  }

  /** The end of the schedule: prompt, present, and good for every name. */
  calmDown(): void {
    this.temper = 'prompt';
    if (!this.connected) this.comeBack();
    this.#names = ['*'];
    this.#register();
    for (const run of this.#runs.values()) if (run.active) this.#tick(run);
  }

  hear(session_id: string, message: ExecutorOrder): void {
    if (!this.connected || session_id !== this.session_id) return;
    if (message.type === 'task.dispatch') {
      const { resume, task, epoch, attempt } = message;
      const run: SimRun = {
        lane: task.lane,
        task_id: task.task_id,
        first_epoch: epoch,
        honest: this.temper !== 'lying',
        first: attempt === 1 && task.interruptions === 0,
        epoch,
        active: true,
        cut_off: false,
        open: false,
        opened_by: 0,
        acked: 0,
        unanswered: false,
        checkpoints: new Set(),
        next: resume?.checkpoint_streams['main'] ?? 0,
        chunks: this.#sim.prng.int(6),
        hold_id: null,
        protect: this.#sim.prng.chance(0.2),
        from_seq: resume ? (resume.checkpoint_streams['main'] ?? 0) : undefined,
        ticking: false,
      };
      this.#runs.set(run.task_id, run);
      this.#tick(run);
      return;
    }
    const run = this.#runs.get(message.task_id);
    if (!run) return;
    switch (message.type) {
      case 'task.resume':
        if (message.epoch < run.epoch) return;
        run.epoch = message.epoch;
        run.active = true;
        run.cut_off = false;
        this.#goOn(run, message.streams['main'], run.checkpoints.has(JSON.stringify(message.checkpoint)));
        this.#tick(run);
        return;
      case 'stream.ack':
        run.acked = message.streams['main'] ?? 0;
        if (run.honest && run.acked > run.next)
          throw new Error(`${run.task_id} is told that ${run.acked} chunks are in the journal, and sent ${run.next}`);
        return;
      case 'task.pause':
        if (message.epoch === run.epoch)
          this.#obey(run, {
            kind: 'task.paused',
            ...(this.#sim.prng.chance(0.3) ? { checkpoint: this.#checkpoint(run) } : {}),
          });
        return;
      case 'task.cancel':
        if (message.epoch === run.epoch) this.#obey(run, { kind: 'task.cancelled' });
        return;
      case 'task.revoked':
        if (message.epoch === run.epoch && this.temper !== 'lying') this.#runs.delete(run.task_id);
        return;
      default:
    }
  }

  /** From where the hub has it; from its own beginning where a crash may have taken the opening back. */
  #goOn(run: SimRun, position: number | undefined, own: boolean): void {
    const opened = own || run.opened_by === this.#sim.hub || run.first || run.acked > (run.from_seq ?? 0);
    run.open = run.open && opened && position !== undefined;
    if (run.open && position! < run.acked)
      throw new Error(`${run.task_id} goes on at ${position}, chunks below ${run.acked} were in the journal`);
    run.next = run.open ? position! : (run.from_seq ?? 0);
    if (run.open) run.opened_by = this.#sim.hub;
  }

  #obey(run: SimRun, frame: FrameBody): void {
    if (this.temper === 'deaf') return;
    const { epoch } = run;
    const answer = (): void => {
      if (run.epoch !== epoch || !this.connected) return;
      run.active = false;
      this.#frame(run, frame);
    };
    if (this.temper === 'slow') this.#sim.later(this.#sim.prng.int(600), answer);
    else answer();
  }

  #tick(run: SimRun): void {
    if (run.ticking) return;
    run.ticking = true;
    this.#sim.later(this.#sim.prng.int(this.#sim.calm ? 20 : 150), () => {
      run.ticking = false;
      if (this.#runs.get(run.task_id) !== run || !this.connected) return;
      if (this.temper === 'lying' && this.#sim.prng.chance(0.4)) this.#lie(run);
      // A deaf one goes on after its grace, until the hub has told it often enough that its epoch is stale.
      if (!run.active && (this.temper !== 'deaf' || run.cut_off)) return;
      if (this.#work(run)) this.#tick(run);
    });
  }

  /** One thing that an executor does; false when the run is over. */
  #work(run: SimRun): boolean {
    const { prng } = this.#sim;
    if (run.next >= run.chunks && (run.open || run.chunks === 0)) return this.#finish(run);
    if (!run.open) {
      const reply = this.#frame(run, {
        kind: 'stream.open',
        stream: 'main',
        content_type: 'text/plain',
        can_interrupt: !run.protect,
        ...(run.from_seq === undefined ? {} : { from_seq: run.from_seq }),
      });
      run.open = 'ok' in reply;
      if ('error' in reply && reply.error.code === 'seq_gap') throw new Error(`${run.task_id}: ${reply.error.message}`);
      if (run.open) run.opened_by = this.#sim.hub;
      return run.open || run.active;
    }
    const kind = prng.int(10);
    if (!this.#sim.calm && kind === 0 && run.hold_id === null) {
      const reply = this.#frame(run, {
        kind: 'floor.hold',
        new_hold_id: this.#sim.id('h'),
        ttl_ms: 100 + prng.int(3_000),
      });
      if ('ok' in reply) run.hold_id = reply.ok['hold_id'] as string;
    } else if (kind === 1 && run.hold_id !== null) {
      this.#frame(run, { kind: 'floor.release', hold_id: run.hold_id });
      run.hold_id = null;
    } else if (kind === 2) this.#frame(run, { kind: 'task.checkpoint', checkpoint: this.#checkpoint(run) });
    else if (kind === 3) this.#frame(run, { kind: 'task.progress', ratio: run.next / (run.chunks + 1) });
    else if (!this.#sim.calm && kind === 4) this.#call(run);
    else {
      const reply = this.#frame(run, {
        kind: 'stream.chunk',
        stream: 'main',
        seq: run.next,
        data: pieceOf(run, run.next),
      });
      if ('ok' in reply) run.next += 1;
      else if (reply.error.code === 'seq_gap')
        throw new Error(`an honest chunk ${run.next} of ${run.task_id}: ${reply.error.message}`);
    }
    return true;
  }

  #finish(run: SimRun): boolean {
    if (run.unanswered || this.#sim.calm || !this.#sim.prng.chance(0.15)) {
      this.#complete(run);
      return false;
    }
    const { prng } = this.#sim;
    const error = { code: 'sim', message: 'chance had it' };
    run.active = false;
    this.#frame(run, { kind: 'task.fail', error, retryable: prng.chance(0.5) }, () => this.#forget(run));
    return false;
  }

  /** It is held, and said again after a lost connection, until it is acknowledged. */
  #complete(run: SimRun): void {
    run.unanswered = true;
    run.active = false;
    const reply = this.#frame(run, { kind: 'task.complete', result: run.next }, () => this.#forget(run));
    if ('error' in reply || !run.honest || run.chunks === 0) return;
    const expected = [];
    for (let seq = run.from_seq ?? 0; seq < run.chunks; seq += 1) expected.push(pieceOf(run, seq));
    this.#sim.completed(run.lane, run.task_id, run.from_seq ?? 0, expected);
  }

  #forget(run: SimRun): void {
    if (this.#runs.get(run.task_id) === run) this.#runs.delete(run.task_id);
  }

  #checkpoint(run: SimRun): Json {
    const checkpoint = { at: run.next, id: this.#sim.id('c') };
    // One that comes back shows that the opening of the stream was taken before it.
    if (run.open) run.checkpoints.add(JSON.stringify(checkpoint));
    return checkpoint;
  }

  #call(run: SimRun): void {
    const reply = this.#sim.send(run.lane, {
      kind: 'submit',
      task_id: this.#sim.id('t'),
      task: {
        name: this.#sim.prng.pick(NAMES),
        priority: 3,
        preempt: 'interrupt',
        interruptible: true,
        on_interrupt: 'pause',
        executor: 'worker',
        timeout_ms: 600_000,
        max_attempts: 2,
        pause_grace_ms: 100,
        parent_id: run.task_id,
        call: true,
      },
      bytes: 2,
      fingerprint: '',
      principal: this.principal,
      source: { session_id: this.session_id, client_name: 'sim', kind: 'sim' },
    });
    if ('ok' in reply) run.active = false;
  }

  #lie(run: SimRun): void {
    const lies: FrameBody[] = [
      { kind: 'stream.chunk', stream: 'main', seq: Math.max(0, run.next - 1), data: 'again' },
      { kind: 'stream.chunk', stream: 'main', seq: run.next + 2, data: 'too soon' },
      { kind: 'stream.chunk', stream: 'other', seq: 0, data: 'never opened' },
      { kind: 'task.paused' },
      { kind: 'task.cancelled' },
      { kind: 'floor.release', hold_id: 'nobody' },
      { kind: 'stream.open', stream: 'main', content_type: 'text/plain', can_interrupt: true, from_seq: 99 },
    ];
    const lie = this.#sim.prng.pick(lies);
    // What it says about epochs that are over, or never were, must reach nobody.
    const epoch = this.#sim.prng.pick([run.epoch, run.epoch - 1, run.epoch + 7, 0]);
    const reply = this.#sim.send(run.lane, {
      ...lie,
      session_id: this.session_id,
      task_id: run.task_id,
      epoch,
    } as Frame);
    if (epoch !== run.epoch && 'ok' in reply)
      throw new Error(`a lie was taken: ${JSON.stringify(lie)} with epoch ${epoch}`);
    if (lie.kind === 'task.cancelled' && 'ok' in reply) run.active = false;
  }

  #frame(run: SimRun, frame: FrameBody, heard?: () => void): StepReply {
    const { session_id } = this;
    const { lane, task_id, epoch } = run;
    // An answer reaches the connection that asked, or nobody.
    const connection = this.#connection;
    const reply = this.#sim.send(lane, { ...frame, session_id, task_id, epoch } as Frame, () => {
      if (this.connected && this.#connection === connection) heard?.();
    });
    if ('error' in reply && reply.error.code === 'stale_epoch') run.active = false;
    return reply;
  }
}

/** Marked with its run, so that text of another shows. */
function pieceOf(run: SimRun, seq: number): string {
  return `${run.task_id}:${seq}@${run.first_epoch} `;
}
