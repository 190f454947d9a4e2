// The pure lane machine: what a call of `step` costs, whether that depends on how many wait, and what an idle lane takes.
// Each depth is a process of its own, so that the memory of one is not in the way of another, and they take turns.
import { alternate } from '../blocks.js';
import type { Helper } from '../helper.js';
import { median, ratio, rounded } from '../measure.js';
import type { Cost, LaneKind, Pair } from '../roles/core.js';
import type { Bench, Scenario } from '../scenario.js';

/** `processes`: what the compiler makes of the same code differs by a tenth from one process to the next. */
const full = {
  depths: [10, 1_000, 100_000, 1_000_000],
  names: 100_000,
  processes: 3,
  rounds: 9,
  lifecycles: 50_000,
  pairs: 20_000,
};
const quick: typeof full = {
  depths: [10, 50_000],
  names: 10_000,
  processes: 1,
  rounds: 3,
  lifecycles: 10_000,
  pairs: 2_000,
};
const idleLanes = 10_000;
const laneKinds: readonly LaneKind[] = ['new', 'with a worker', 'after a task'];
const flags = ['--expose-gc', '--max-old-space-size=4096'];
const warmUps = 3;
const PAIRS: readonly Pair[] = ['submit_and_cancel', 'cancel_any_and_submit', 'complete_and_submit'];

interface Crowd {
  readonly name: string;
  readonly helper: Helper;
  readonly names: boolean;
}

async function crowd(bench: Bench, depth: number, { lifecycles, pairs }: typeof full, names: boolean): Promise<Crowd> {
  const helper = await bench.helper('core', { execArgv: flags });
  // Those that wait came to a hub that had been running: until the engine knows what a task holds it changes the shape of
  // the objects, and of a million made before that it would do so one by one later.
  await helper.call('steps', lifecycles);
  await helper.call('fill', depth, names);
  for (let i = 0; i < warmUps; i += 1) await helper.call('costs', pairs, names);
  return { name: names ? `${depth} under names that nobody serves` : `${depth}`, helper, names };
}

/** The peer of `cancel any, submit`, each depth in a process of its own too. */
async function mapOf(bench: Bench, depth: number, pairs: number): Promise<Crowd> {
  const helper = await bench.helper('core', { execArgv: flags });
  await helper.call('fillMap', depth);
  for (let i = 0; i < warmUps; i += 1) await helper.call('mapCost', pairs);
  return { name: `${depth}`, helper, names: false };
}

export const scenario: Scenario = {
  about: 'the lane machine alone: steps a second, the cost of a step by how many wait, bytes an idle lane',
  async run(bench) {
    const sizes = bench.quick ? quick : full;
    const { depths, names, processes, rounds, lifecycles, pairs } = sizes;
    const helper = await bench.helper('core', { execArgv: flags });
    const steppers = [helper];
    while (steppers.length < processes) steppers.push(await bench.helper('core', { execArgv: flags }));
    for (const stepper of steppers) {
      for (let i = 0; i < warmUps; i += 1) await stepper.call('steps', lifecycles);
    }
    const taken = await alternate(
      [
        ...steppers.map((stepper) => ({ name: 'step', block: () => stepper.call<number>('steps', lifecycles) })),
        { name: 'heap', block: () => helper.call<number>('plainHeap', lifecycles, 1_000) },
      ],
      { rounds, rest_ms: 50 },
    );
    const stepNs = rounded(median(taken.get('step') ?? []));
    const heapNs = rounded(median(taken.get('heap') ?? []));

    const crowds: Crowd[] = [];
    for (const depth of depths) {
      bench.say(`${depth} that wait`);
      crowds.push(await crowd(bench, depth, sizes, false));
    }
    crowds.push(await crowd(bench, names, sizes, true));
    const costs = await alternate(
      crowds.map((one) => ({
        name: one.name,
        block: () => one.helper.call<Record<Pair, Cost>>('costs', pairs, one.names),
      })),
      { rounds, rest_ms: 50 },
    );
    const maps: Crowd[] = [];
    for (const depth of depths) maps.push(await mapOf(bench, depth, pairs));
    const floors = await alternate(
      maps.map(({ name, helper }) => ({ name, block: () => helper.call<Cost>('mapCost', pairs) })),
      { rounds, rest_ms: 50 },
    );
    const floorOf = (name: string, of: keyof Cost): number =>
      rounded(median((floors.get(name) ?? []).map((cost) => cost[of])));
    const costOf = (name: string, pair: Pair, of: keyof Cost): number =>
      rounded(median((costs.get(name) ?? []).map((cost) => cost[pair][of])));
    const least = crowds[0]!.name;
    const most = `${depths.at(-1)}`;
    const flatness = PAIRS.map(
      (pair) => [pair, ratio(costOf(most, pair, 'median'), costOf(least, pair, 'median'))] as const,
    );

    const bytes = new Map<LaneKind, number>();
    for (const kind of laneKinds) {
      bytes.set(kind, rounded(await helper.call<number>('idleLaneBytes', kind, idleLanes)));
    }
    const stepsPerS = rounded(1e9 / stepNs);
    return {
      tables: [
        {
          title: 'one lane, task after task: submit with its grant, complete (CPU time of the thread)',
          columns: ['what', 'ns', 'a second'],
          rows: [
            ['a step', stepNs, stepsPerS],
            ['a push, or a pop, of a plain heap of 1 000', heapNs, rounded(1e9 / heapNs)],
          ],
        },
        {
          title: 'two steps by how many wait (ns: the median of batches of ten, and the mean with the collector)',
          columns: [
            'waiting',
            'submit, cancel it',
            'mean',
            'cancel any, submit',
            'mean',
            'submit, complete',
            'mean',
            'plain Map: any out, one in',
          ],
          rows: crowds.map(({ name, names: underNames }) => [
            name,
            ...PAIRS.flatMap((pair) => [costOf(name, pair, 'median'), costOf(name, pair, 'mean')]),
            underNames ? '' : floorOf(name, 'median'),
          ]),
        },
        {
          title: `bytes of heap a lane, of ${idleLanes} idle ones`,
          columns: laneKinds,
          rows: [laneKinds.map((kind) => bytes.get(kind) ?? 0)],
        },
      ],
      figures: {
        steps_per_s: stepsPerS,
        step_ns: stepNs,
        plain_heap_ns: heapNs,
        ...Object.fromEntries(
          crowds.flatMap(({ name }) =>
            PAIRS.flatMap((pair) => {
              const what = `waiting_${name.replaceAll(' ', '_')}_${pair}`;
              return [
                [`${what}_median_ns`, costOf(name, pair, 'median')],
                [`${what}_mean_ns`, costOf(name, pair, 'mean')],
              ];
            }),
          ),
        ),
        ...Object.fromEntries(maps.map(({ name }) => [`plain_map_${name}_median_ns`, floorOf(name, 'median')])),
        ...Object.fromEntries(
          laneKinds.map((kind) => [`lane_${kind.replaceAll(' ', '_')}_bytes`, bytes.get(kind) ?? 0]),
        ),
      },
      ratios: {
        step_to_plain_heap: ratio(stepNs, heapNs),
        ...Object.fromEntries(flatness.map(([pair, value]) => [`${pair}_${most}_to_${least}`, value])),
        [`plain_map_${most}_to_${least}`]: ratio(floorOf(most, 'median'), floorOf(least, 'median')),
      },
      goals: [
        { what: 'steps a second, submit with its grant and complete', value: stepsPerS, at_least: 1_000_000 },
        ...flatness.map(([pair, value]) => ({
          what: `${pair.replaceAll('_', ' ')} with ${most} waiting / with ${least}`,
          value,
          at_most: 1.5,
        })),
        { what: 'bytes of an idle lane with a worker', value: bytes.get('with a worker') ?? 0, at_most: 4_096 },
        { what: 'bytes of an idle lane that ran a task', value: bytes.get('after a task') ?? 0, at_most: 4_096 },
      ],
      notes: [
        `A task that has waited long among very many is in no cache of the processor: cancelling it is mostly that. Of a plain Map of objects the same pair costs ${floorOf(most, 'median') - floorOf(least, 'median')} ns more with ${most} in it than with ${least}, of the lane ${costOf(most, 'cancel_any_and_submit', 'median') - costOf(least, 'cancel_any_and_submit', 'median')} ns more.`,
      ],
    };
  },
};
