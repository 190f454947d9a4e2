// Readers that are stuck among others: what the others feel of them, and what they cost the hub.
import { rest } from '../blocks.js';
import { stamp } from '../clock.js';
import type { Helper } from '../helper.js';
import { Histogram } from '../histogram.js';
import { median, percentile, ratio, rounded } from '../measure.js';
import type { Scenario } from '../scenario.js';
import { type Run, runOf, Socket } from '../socket.js';

const lane = 'bench-slow';
const mebibyte = 1024 * 1024;
const full = { readers: 450, stuck: 50, bytes: 64 * mebibyte, rounds: 2 };
const quick = { readers: 90, stuck: 10, bytes: 8 * mebibyte, rounds: 1 };
const chunkBytes = 32 * 1024;
/** Chunks on their way to the others at a time: they are never the ones who are behind. */
const ahead = 2;
const sampleMs = 50;
const kept = 'x'.repeat(chunkBytes);

interface Block {
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly missing: number;
  readonly gaps: number;
  readonly grown_mib: number;
}

export const scenario: Scenario = {
  about: '50 readers that are stuck among 500 under 64 MiB of stream: the others, and the memory of the hub',
  async run(bench) {
    const { readers, stuck, bytes, rounds } = bench.quick ? quick : full;
    const hub = await bench.hub();
    const port = Number(new URL(hub.url).port);
    const worker = await Socket.open(hub.socketUrl, 'worker');
    bench.after(() => worker.close());
    await worker.ask({ type: 'worker.register', lane, names: ['talk'] });
    const crowd = async (count: number, address: string): Promise<Helper> => {
      const helper = await bench.helper('crowd');
      const lanes = Array.from({ length: count }, () => [lane]);
      await helper.call('open', { port, address, topics: ['state', 'text'], lanes });
      return helper;
    };
    const others = await crowd(readers, '127.0.0.2');

    const stream = async (seconds: { count: number }): Promise<void> => {
      const dispatched = worker.next('task.dispatch');
      await worker.ask({ type: 'task.submit', lane, task: { name: 'talk' } });
      const run: Run = runOf(await dispatched);
      await worker.ask({ type: 'stream.open', ...run });
      for (let seq = 0; seq < seconds.count; seq += 1) {
        worker.send({ type: 'stream.chunk', ...run, seq, data: stamp() + kept });
        if (seq >= ahead - 1) await others.call('chunks', (seq - ahead + 2) * readers);
      }
      await others.call('chunks', seconds.count * readers);
      await worker.ask({ type: 'task.complete', ...run });
    };

    /** The stream once, with so many who do not read it. */
    const block = async (who: Helper, sticking: boolean, of: number): Promise<Block> => {
      await others.call('reset');
      if (sticking) await who.call('stick');
      const count = Math.ceil(of / chunkBytes);
      const before = hub.rssBytes() ?? Number.NaN;
      let most = before;
      const sampler = setInterval(() => {
        most = Math.max(most, hub.rssBytes() ?? 0);
      }, sampleMs);
      await stream({ count });
      clearInterval(sampler);
      const { counts, chunks, gaps } = await others.call<{ counts: Uint32Array; chunks: number; gaps: number }>(
        'figures',
      );
      const ages = new Histogram();
      ages.merge(counts);
      return {
        p50_ms: ages.percentile(0.5),
        p99_ms: ages.percentile(0.99),
        missing: count * readers - chunks,
        gaps,
        grown_mib: rounded((most - before) / mebibyte),
      };
    };

    // Both ways with as many sockets: in one they all read. A first stream makes the hub as large as it gets anyway.
    const reading: Block[] = [];
    const sticking: Block[] = [];
    const codes: (number | null)[] = [];
    for (let round = -1; round < rounds; round += 1) {
      const some = await crowd(stuck, '127.0.0.3');
      const all = await block(some, false, round < 0 ? bytes / 4 : bytes);
      if (round >= 0) {
        reading.push(all);
        sticking.push(await block(some, true, bytes));
        codes.push(...(await some.call<(number | null)[]>('unstick', 1_000)));
      }
      await some.stop();
      await rest(500);
    }
    const middle = (blocks: readonly Block[], of: (block: Block) => number): number => rounded(median(blocks.map(of)));
    const most = (blocks: readonly Block[], of: (block: Block) => number): number =>
      rounded(percentile(blocks.map(of), 1));
    const figures = {
      all_read_p50_ms: middle(reading, ({ p50_ms }) => p50_ms),
      all_read_p99_ms: middle(reading, ({ p99_ms }) => p99_ms),
      some_stuck_p50_ms: middle(sticking, ({ p50_ms }) => p50_ms),
      some_stuck_p99_ms: middle(sticking, ({ p99_ms }) => p99_ms),
      all_read_hub_grows_mib: most(reading, ({ grown_mib }) => grown_mib),
      some_stuck_hub_grows_mib: most(sticking, ({ grown_mib }) => grown_mib),
      missing: [...reading, ...sticking].reduce((sum, { missing, gaps }) => sum + missing + gaps, 0),
      stuck_closed: codes.filter((code) => code !== null).length,
    };
    const p99 = ratio(figures.some_stuck_p99_ms, figures.all_read_p99_ms);
    return {
      tables: [
        {
          title: `${bytes / mebibyte} MiB in pieces of ${chunkBytes / 1024} KiB to ${readers} who read, ${rounds} times`,
          columns: [`and ${stuck} more`, 'p50 ms', 'p99 ms', 'hub grows, MiB'],
          rows: [
            ['who read too', figures.all_read_p50_ms, figures.all_read_p99_ms, figures.all_read_hub_grows_mib],
            ['who are stuck', figures.some_stuck_p50_ms, figures.some_stuck_p99_ms, figures.some_stuck_hub_grows_mib],
          ],
        },
      ],
      figures,
      ratios: { p99_with_stuck_to_without: p99 },
      goals: [
        {
          what: `hub memory grows with ${stuck} stuck readers, MiB`,
          value: figures.some_stuck_hub_grows_mib,
          at_most: 100,
        },
        { what: 'chunks that the others missed', value: figures.missing, at_most: 0 },
        { what: 'p99 of the others with stuck readers / without', value: p99, at_most: 1.5 },
      ],
      notes: [
        `Of ${codes.length} stuck readers ${figures.stuck_closed} were closed by the end of their stream: 15 s behind, or 4 MiB.`,
        'The buffers of the system take the first megabytes of a stuck reader; they are not memory of the hub.',
      ],
    };
  },
};
