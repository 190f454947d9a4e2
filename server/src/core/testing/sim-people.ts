/** Who acts on the lanes of the simulation from outside: producers, operators and sinks, as chance has it. */
import type { OnInterrupt } from '@cuehub/protocol';
import { randomTask } from './random-task.js';
import type { SimExecutor } from './sim-executor.js';
import type { SimLane } from './sim-lane.js';
import type { SimWorld } from './sim-world.js';

/** What becomes of the tasks of one schedule when they are interrupted. */
const FATES: readonly (readonly OnInterrupt[])[] = [['pause', 'pause', 'pause', 'restart', 'drop'], ['restart']];

export class SimPeople {
  readonly #world: SimWorld;
  readonly #lanes: readonly SimLane[];
  readonly #executors: readonly SimExecutor[];
  readonly #fates: readonly OnInterrupt[];

  constructor(world: SimWorld, lanes: readonly SimLane[], executors: readonly SimExecutor[]) {
    this.#world = world;
    this.#lanes = lanes;
    this.#executors = executors;
    this.#fates = world.prng.pick(FATES);
  }

  submit(): void {
    const { prng } = this.#world;
    const executor = prng.chance(0.15)
      ? prng.pick(this.#executors.filter((e) => e.connected).concat(this.#executors[0]!))
      : null;
    const self = executor !== null && executor.connected;
    const key = self || prng.chance(0.2) ? (prng.chance(0.7) ? this.#world.id('k') : `k${prng.int(5)}`) : null;
    const task = randomTask(prng, self, key, this.#fates);
    const { idempotency_key: _, ...body } = task;
    this.#world.send(this.#any().name, {
      kind: 'submit',
      task_id: this.#world.id('t'),
      task,
      bytes: 20,
      fingerprint: JSON.stringify(body),
      principal: self ? executor.principal : prng.pick(['alice', 'bob']),
      source: { session_id: self ? executor.session_id : 'producer', client_name: 'sim', kind: 'sim' },
    });
  }

  cancelOne(): void {
    const { name, lane } = this.#any();
    const live = [...lane.tasks.values()].filter((task) => task.ended_at === null);
    if (live.length === 0) return;
    const { task_id } = this.#world.prng.pick(live);
    this.#world.send(name, { kind: 'cancel', task_id, principal: 'operator', operator: true });
  }

  stopOne(): void {
    this.#world.send(this.#any().name, { kind: 'lane.stop', drain: this.#world.prng.chance(0.4) });
  }

  startOne(): void {
    this.#world.send(this.#any().name, { kind: 'lane.start' });
  }

  hearSomething(): void {
    const { name, oracle } = this.#any();
    const [key, seen] = this.#world.prng.pick([...oracle.streams, ['none/main', null] as const]);
    const [task_id = '', stream = ''] = key.split('/');
    const seq = this.#world.prng.int((seen?.next_seq ?? 0) + 3);
    this.#world.send(name, { kind: 'stream.heard', task_id, stream, sink: 'overlay', seq });
  }

  #any(): SimLane {
    return this.#world.prng.pick(this.#lanes);
  }
}
