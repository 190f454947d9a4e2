// The hub is killed with SIGKILL over and over, in the midst of its work, and started again where it was. Whatever it had
// given its word for must be there. `CUEHUB_FAULTS_KILLS` asks for more kills, `CUEHUB_FAULTS_SEED` for one seed alone;
// a seed brings back what the clients choose and when they want the kill, not the machine's own timing.
import { describe, expect, it } from 'vitest';
import { killAndCheck } from './kill-run.js';

const DIRECTORIES = 4;
const KILLS = Number(process.env['CUEHUB_FAULTS_KILLS'] ?? 52);
const SEED = process.env['CUEHUB_FAULTS_SEED'];

const seeds = SEED === undefined ? Array.from({ length: DIRECTORIES }, (_, at) => at + 1) : [Number(SEED)];
const kills = Math.ceil(KILLS / DIRECTORIES);
const KILL_MS_MAX = 20_000;

describe.concurrent('a hub that is killed', () => {
  it.each(seeds)(
    'keeps every promise on its disk, seed %i',
    { timeout: 120_000 + kills * KILL_MS_MAX },
    async (seed) => {
      const durability = seed % 4 === 0 ? 'process' : 'disk';
      const { broken, tasks, counts } = await killAndCheck({ seed, kills, durability });
      const replay = `replay: CUEHUB_FAULTS_SEED=${seed} CUEHUB_FAULTS_KILLS=${KILLS} npx vitest run test/faults/kills.test.ts`;
      expect(broken, replay).toEqual([]);
      // A run in which nothing happens breaks no promise either.
      expect(tasks, replay).toBeGreaterThan(kills);
      expect(counts.adopted, replay).toBeGreaterThan(0);
      expect(counts.recovered, replay).toBeGreaterThan(0);
      expect(counts.texts, replay).toBeGreaterThan(0);
    },
  );
});
