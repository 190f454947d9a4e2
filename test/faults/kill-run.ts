// Owns: one run of the fault harness: real clients on one data directory while its hub is killed, again and again, at
// moments that the seed chooses; and the check at the end that no promise was broken.
// Leaves to others: the clients (producer.ts, executor.ts, watcher.ts), what is promised (ledger.ts, history.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hub, type HubOptions, serveCommand, startHub } from '../conformance/hub-process.js';
import { PATIENCE_MS, type World } from './actor.js';
import { Executor } from './executor.js';
import { checkHistory } from './history.js';
import { Ledger } from './ledger.js';
import { Prng } from './prng.js';
import { Producer } from './producer.js';
import { LaneWatcher } from './watcher.js';

export interface KillRun {
  readonly seed: number;
  readonly kills: number;
  readonly durability: 'disk' | 'process';
}

export interface KillReport {
  readonly broken: readonly string[];
  readonly tasks: number;
  readonly counts: Ledger['counts'];
}

const LANES = ['main', 'side'] as const;
/** A kill comes after so many frames to all clients of a round, at most. */
const FRAMES_MAX = 400;
/** A kill of a hub that only starts comes after so long, at most. */
const START_MS_MAX = 700;
const STOP_CLEANLY = 0.15;
const KILL_WHILE_STARTING = 0.15;

export async function killAndCheck({ seed, kills, durability }: KillRun): Promise<KillReport> {
  const data = await mkdtemp(join(tmpdir(), 'cuehub-faults-'));
  const options: HubOptions = {
    data,
    within_ms: PATIENCE_MS,
    flags: { durability, 'session-ttl': 60_000, 'log-level': 'warn' },
  };
  const prng = new Prng(seed);
  const ledger = new Ledger();
  let due = Number.POSITIVE_INFINITY;
  let strike: () => void = () => {};
  const world: World = {
    ...{ ledger, prng, calm: false, dying: false },
    heard() {
      due -= 1;
      if (due === 0) strike();
    },
    settled() {},
  };
  const producers = LANES.map((lane) => new Producer(world, lane, `p-${lane}`));
  const watchers = LANES.map((lane) => new LaneWatcher(world, lane, `w-${lane}`));
  const executors = LANES.flatMap((lane) => [1, 2].map((n) => new Executor(world, lane, `e${n}-${lane}`)));
  const actors = [...watchers, ...executors, ...producers];

  const broken = new Promise<void>((resolve) => {
    ledger.onBroken = resolve;
  });
  let hub: Hub | null = null;
  try {
    for (let killed = 0; killed < kills && ledger.broken.length === 0; ) {
      hub = await startHub(options);
      ledger.hub += 1;
      world.dying = false;
      const struck = new Promise<void>((resolve) => {
        strike = resolve;
      });
      due = 1 + prng.int(FRAMES_MAX);
      const joining = Promise.all(actors.map((actor) => actor.join(hub as Hub)));
      await Promise.race([struck, broken]);
      if (ledger.broken.length > 0) break;
      world.dying = true;
      const clean = prng.chance(STOP_CLEANLY);
      if (clean) {
        const { code } = await hub.stop();
        if (code !== 0) ledger.break(`a clean stop ended with ${code}\n${hub.stderr.slice(-1_000)}`);
      } else {
        await hub.kill();
        killed += 1;
        if (prng.chance(KILL_WHILE_STARTING)) {
          await killWhileStarting(options, prng.int(START_MS_MAX));
          killed += 1;
        }
      }
      await joining;
      await Promise.all(actors.map((actor) => actor.gone()));
      for (const watcher of watchers) watcher.clean &&= clean;
    }
    due = Number.POSITIVE_INFINITY;
    if (ledger.broken.length === 0) hub = await finish(world, options, actors, producers, broken);
  } finally {
    world.dying = true;
    await hub?.kill();
    await rm(data, { recursive: true, force: true });
  }
  return { broken: ledger.broken, tasks: ledger.tasks.size, counts: ledger.counts };
}

/** Everything ends; then the history is looked at, stopped cleanly, and looked at once more. */
async function finish(
  world: World,
  options: HubOptions,
  actors: readonly (Producer | Executor | LaneWatcher)[],
  producers: readonly Producer[],
  broken: Promise<void>,
): Promise<Hub> {
  const { ledger } = world;
  world.calm = true;
  const hub = await startHub(options);
  ledger.hub += 1;
  world.dying = false;
  const over = new Promise<void>((resolve) => {
    world.settled = () => {
      if (producers.every((producer) => producer.done)) resolve();
    };
  });
  await Promise.all(actors.map((actor) => actor.join(hub)));
  world.settled();
  await Promise.race([over, broken]);
  // A story that was not told to its end has no end of anything: what broke first is what there is to say.
  if (ledger.broken.length > 0) return hub;
  await Promise.all(actors.map((actor) => actor.leave()));
  for (const lane of LANES) await checkHistory(hub, lane, ledger);
  const { code } = await hub.stop();
  if (code !== 0) ledger.break(`the last stop ended with ${code}`);
  const again = await startHub(options);
  for (const lane of LANES) await checkHistory(again, lane, ledger);
  return again;
}

async function killWhileStarting(options: HubOptions, after_ms: number): Promise<void> {
  const child = spawn(process.execPath, serveCommand(options), { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), after_ms);
  await exited;
  clearTimeout(timer);
}
