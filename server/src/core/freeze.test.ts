import { describe, expect, test } from 'vitest';
import type { Cut } from './changes.js';
import { fold } from './fold.js';
import { chunksGone, chunksSince } from './kept-chunks.js';
import { nextWake } from './due.js';
import { step } from './step.js';
import { laneWithWorker } from './testing/drive.js';
import { freeze, type FrozenKey, type FrozenLane, type FrozenTask, thaw, trackChanges } from './freeze.js';
import type { Lane } from './lane.js';
import { durableLane } from './testing/durable.js';
import { createPrng } from './testing/prng.js';
import { Simulation } from './testing/simulation.js';

const SEEDS = 12;
const ACTIONS = 40;

interface Durable {
  tasks: { waiters: string[] | null; awaiting: string[] | null }[];
  keys: [string, unknown][];
  dedupe: [string, string[]][];
}

/** Text that is in the journal, of ended tasks whose text is still kept. */
function fadingText(lane: Lane): Map<string, string> {
  const found = new Map<string, string>();
  for (const task of lane.fading) {
    for (const stream of task.streams?.values() ?? []) {
      const kept = stream.kept.slice(stream.kept_from).filter(({ seq }) => seq < stream.durable_seq);
      const text = kept.map(({ seq, epoch, data }) => (typeof data === 'string' ? `${seq} ${epoch} ${data}\n` : ''));
      // Ten thousand ended tasks are kept: whoever is among the fading and is forgotten already is in no image.
      if (text.join('') !== '' && lane.tasks.has(task.task_id))
        found.set(`${task.task_id}/${stream.name}`, text.join(''));
    }
  }
  return found;
}

/** The order of maps that only look things up is no state. */
function told(lane: Lane): unknown {
  const durable = durableLane(lane) as Durable;
  const byName = <T>(a: readonly [string, T], b: readonly [string, T]): number => (a[0] < b[0] ? -1 : 1);
  const lists = {
    ended: lane.ended.slice(lane.ended_from).map((task) => task.task_id),
    ended_keys: lane.ended_keys.slice(lane.ended_keys_from),
    ended_total: lane.ended_total,
    ended_keys_total: lane.ended_keys_total,
  };
  return { ...durable, keys: durable.keys.sort(byName), dedupe: durable.dedupe.sort(byName), ...lists };
}

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** The lane as it would come back now, before the hub that has it says `recover`. */
function folded(simulation: Simulation): Lane {
  return simulation.oracle.shadow;
}

/** What a store would hold: rows by their key. */
class Image {
  readonly tasks = new Map<number, FrozenTask>();
  readonly keys = new Map<string, FrozenKey>();

  lane(head: FrozenLane['head'], ended: readonly number[], ended_keys: readonly string[]): Lane {
    const tasks = [...this.tasks.values()].sort((a, b) => a[0] - b[0]);
    const frozen = { head, tasks, keys: [...this.keys.values()], ended, ended_keys };
    return thaw(throughJson(frozen), { lane: 'sim', log: 'sim' });
  }
}

describe('the image of a lane', () => {
  test('thaws to the lane that its records make, at any moment of any schedule', { timeout: 30_000 }, () => {
    let texts = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const simulation = new Simulation({ seed });
      for (let i = 0; i < ACTIONS; i += 1) {
        simulation.act();
        simulation.run(simulation.now + simulation.prng.int(simulation.prng.pick([20, 200, 2_000])));
        const lane = folded(simulation);
        const back = thaw(throughJson(freeze(lane)), { lane: 'sim', log: 'sim' });
        expect(told(back), `seed ${seed}, action ${i}`).toEqual(told(lane));
        expect(fadingText(back), `seed ${seed}, action ${i}`).toEqual(fadingText(lane));
        texts += fadingText(lane).size;
      }
    }
    expect(texts).toBeGreaterThan(SEEDS);
  });

  test('has the text of an ended task as long as that is kept, and where its streams stood as long as the task is', () => {
    const d = laneWithWorker();
    const changes = trackChanges(d.lane);
    const rows = new Map<number, FrozenTask>();
    const image = (): Lane => {
      const cut = changes.begin();
      changes.slice(Number.POSITIVE_INFINITY);
      for (const row of cut.tasks) rows.set(row[0], row);
      return thaw(throughJson({ ...freeze(d.lane), tasks: [...rows.values()] }), { lane: 'main', log: 'log-1' });
    };
    d.submit('a');
    d.open('a');
    for (let seq = 0; seq < 3; seq += 1) d.chunk('a', seq, 'xxxx');
    d.complete('a');
    const [task_id] = [...d.lane.tasks.keys()];
    const query = { text: true, audio: false, seq: d.lane.seq, streams: { [`${task_id}/main`]: 0 } };
    const kept = image();
    expect(chunksSince(kept, query)).toEqual(chunksSince(d.lane, query));
    expect(chunksSince(kept, query).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(nextWake(kept)).toBe(nextWake(d.lane));
    d.advance(60_000);
    const faded = image();
    expect(chunksSince(faded, query)).toEqual([]);
    expect(chunksGone(faded, query)).toEqual([{ task_id, stream: 'main', from_seq: 1, to_seq: 2 }]);
    expect(JSON.stringify([...rows.values()])).not.toContain('xxxx');
  });

  test('that is older than its text fades at once when the lane comes back', () => {
    const d = laneWithWorker();
    d.submit('a');
    d.open('a');
    d.chunk('a', 0, 'xxxx');
    d.complete('a');
    const frozen = throughJson(freeze(d.lane));
    const streams = { [`${[...d.lane.tasks.keys()][0]}/main`]: -1 };
    const query = { text: true, audio: false, seq: d.lane.seq, streams };
    const comesBack = (now_ms: number): number => {
      const lane = thaw(frozen, { lane: 'main', log: 'log-1' });
      step(lane, { kind: 'recover' }, { now_ms, epoch: d.epoch, load: new Map() });
      return chunksSince(lane, query).length;
    };
    expect(comesBack(d.now + 59_999)).toBe(1);
    expect(comesBack(d.now + 60_000)).toBe(0);
  });

  test('that of the lane that lives is that of the lane that its records make', { timeout: 30_000 }, () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const simulation = new Simulation({ seed });
      for (let i = 0; i < ACTIONS; i += 1) {
        simulation.act();
        simulation.run(simulation.now + simulation.prng.int(2_000));
        const back = thaw(throughJson(freeze(simulation.lane)), { lane: 'sim', log: 'sim' });
        expect(told(back), `seed ${seed}, action ${i}`).toEqual(told(folded(simulation)));
      }
    }
  });

  test('is kept up by what changed alone, in slices between which the lane goes on, and the fold goes on from it', {
    timeout: 30_000,
  }, () => {
    let slices = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const chance = createPrng(seed * 7);
      const simulation = new Simulation({ seed });
      const image = new Image();
      let tracked: Lane | null = null;
      let head: FrozenLane['head'] | null = null;
      let lists: Pick<FrozenLane, 'ended' | 'ended_keys'> = { ended: [], ended_keys: [] };
      let records_before = 0;
      let cut: Cut | null = null;
      for (let i = 0; i < ACTIONS; i += 1) {
        simulation.act();
        simulation.run(simulation.now + simulation.prng.int(500));
        const { lane } = simulation;
        if (tracked !== lane) {
          // A restart: what was half written is not there, and all counts as changed.
          tracked = lane;
          image.tasks.clear();
          image.keys.clear();
          head = null;
          trackChanges(lane);
        }
        const { changes } = lane;
        if (changes === null) throw new Error('nobody keeps book');
        if (!changes.writing && chance.chance(0.5)) {
          cut = changes.begin();
          const all = freeze(lane);
          head = all.head;
          lists = { ended: all.ended, ended_keys: all.ended_keys };
          records_before = simulation.oracle.records.length;
        }
        if (!changes.writing || head === null || cut === null) continue;
        slices += 1;
        if (!changes.slice(1 + chance.int(6))) continue;
        for (const row of cut.tasks) image.tasks.set(row[0], row);
        for (const row of cut.keys) image.keys.set(row[0], row);
        for (const order of cut.gone_tasks) image.tasks.delete(order);
        for (const key of cut.gone_keys) image.keys.delete(key);
        const back = image.lane(head, lists.ended, lists.ended_keys);
        for (const record of simulation.oracle.records.slice(records_before)) fold(back, throughJson(record));
        expect(told(back), `seed ${seed}, action ${i}`).toEqual(told(folded(simulation)));
      }
    }
    expect(slices).toBeGreaterThan(SEEDS * 5);
  });
});
