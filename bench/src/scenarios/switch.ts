// From submitting an urgent task to its start, through the pause of the one that holds the floor. The yardstick passes
// the same hops on and does nothing else.
import { alternate } from '../blocks.js';
import { dataFolder } from '../data-folder.js';
import type { Hub } from '../hub.js';
import { ratio, spread, spreadFigures } from '../measure.js';
import { PlainSocket } from '../plain-socket.js';
import type { Bench, Scenario } from '../scenario.js';
import { type Run, runOf, Socket } from '../socket.js';

const lane = 'bench-switch';
/** At the start of each block, not counted. */
const warmUp = 30;
const full = { rounds: 10, switches: 300, rest_ms: 250 };
const quick = { rounds: 4, switches: 150, rest_ms: 100 };

interface Block {
  readonly toStart: number[];
  readonly back: number[];
}

/** The hops: producer → talker (pause) → voice (dispatch). All clients are in this process: one clock. */
async function openRelay(bench: Bench): Promise<(switches: number) => Promise<Block>> {
  const url = await (await bench.helper('plain-relay')).call<string>('listen');
  const [producer, talker, voice] = await Promise.all(
    ['producer', 'talker', 'voice'].map((name) => PlainSocket.open(`${url}/${name}`)),
  );
  if (producer === undefined || talker === undefined || voice === undefined) throw new Error('three clients');
  bench.after(() => {
    for (const socket of [producer, talker, voice]) socket.close();
  });
  const submit = { type: 'task.submit', lane, task: { name: 'command', priority: 'URGENT' } };
  const paused = { type: 'task.paused', task_id: '00000000-0000-0000-0000-000000000000', epoch: 1 };
  talker.on(() => talker.send(paused));
  return async (switches) => {
    const toStart: number[] = [];
    for (let round = -warmUp; round < switches; round += 1) {
      const took = await new Promise<number>((resolve) => {
        const submittedAt = performance.now();
        voice.on(() => resolve(performance.now() - submittedAt));
        producer.send(submit);
      });
      if (round >= 0) toStart.push(took);
    }
    return { toStart, back: [] };
  };
}

async function openHub(bench: Bench, hub: Hub): Promise<(switches: number) => Promise<Block>> {
  const open = (name: string): Promise<Socket> => Socket.open(hub.socketUrl, name);
  const [producer, talker, voice] = [await open('producer'), await open('talker'), await open('voice')];
  bench.after(async () => {
    for (const socket of [producer, talker, voice]) await socket.close();
  });
  await talker.ask({ type: 'worker.register', lane, names: ['talk'] });
  await voice.ask({ type: 'worker.register', lane, names: ['command'] });
  const talking = talker.next('task.dispatch');
  await producer.ask({ type: 'task.submit', lane, task: { name: 'talk', priority: 'LOW' } });
  let run: Run = runOf(await talking);
  talker.on('task.pause', () => talker.send({ type: 'task.paused', ...run }));
  return async (switches) => {
    const toStart: number[] = [];
    const back: number[] = [];
    for (let round = -warmUp; round < switches; round += 1) {
      let startedAt = 0;
      let submittedAt = 0;
      const resumedAt = await new Promise<number>((resolve) => {
        voice.on('task.dispatch', (frame) => {
          startedAt = performance.now();
          voice.send({ type: 'task.complete', ...runOf(frame) });
        });
        talker.on('task.resume', (frame) => {
          run = runOf(frame);
          resolve(performance.now());
        });
        submittedAt = performance.now();
        producer.send({ type: 'task.submit', lane, task: { name: 'command', priority: 'URGENT' } });
      });
      // What the hub still does for the last switch is not part of the next.
      await new Promise(setImmediate);
      if (round < 0) continue;
      toStart.push(startedAt - submittedAt);
      back.push(resumedAt - startedAt);
    }
    return { toStart, back };
  };
}

export const scenario: Scenario = {
  about: 'submit of URGENT → task.dispatch while a LOW task runs, against a plain ws relay of the same hops',
  async run(bench) {
    const { rounds, switches, rest_ms } = bench.quick ? quick : full;
    const relay = await openRelay(bench);
    const memory = await openHub(bench, await bench.hub());
    const disk = await openHub(bench, await bench.hub({ data: dataFolder(bench) }));
    const blocks = await alternate(
      [
        { name: 'relay', block: () => relay(switches) },
        { name: 'memory', block: () => memory(switches) },
        { name: 'disk', block: () => disk(switches) },
      ],
      { rounds, rest_ms },
    );
    const toStart = (name: string) => spread((blocks.get(name) ?? []).flatMap((block) => block.toStart));
    const back = (name: string) => spread((blocks.get(name) ?? []).flatMap((block) => block.back));
    const plain = toStart('relay');
    const inMemory = toStart('memory');
    const onDisk = toStart('disk');
    const ratios = {
      memory_p50: ratio(inMemory.p50, plain.p50),
      memory_p99: ratio(inMemory.p99, plain.p99),
      journal_p50: ratio(onDisk.p50, plain.p50),
      journal_p99: ratio(onDisk.p99, plain.p99),
      journal_to_memory_p50: ratio(onDisk.p50, inMemory.p50),
    };
    const row = (way: string, { p50, p99, max }: typeof plain) => [
      way,
      p50,
      p99,
      max,
      ratio(p50, plain.p50),
      ratio(p99, plain.p99),
    ];
    return {
      tables: [
        {
          title: `submit → dispatch, ${rounds * switches} switches each`,
          columns: ['way', 'p50 ms', 'p99 ms', 'max ms', 'p50 / relay', 'p99 / relay'],
          rows: [
            row('plain ws relay', plain),
            row('cuehub, in memory', inMemory),
            row('cuehub, journal on', onDisk),
            row('and back: complete → resume, in memory', back('memory')),
            row('and back: complete → resume, journal on', back('disk')),
          ],
        },
      ],
      figures: {
        ...spreadFigures('relay', plain),
        ...spreadFigures('memory', inMemory),
        ...spreadFigures('journal', onDisk),
        ...spreadFigures('memory_resume', back('memory')),
        ...spreadFigures('journal_resume', back('disk')),
      },
      ratios,
      goals: [
        { what: 'p50 of a switch in memory / p50 of the plain relay', value: ratios.memory_p50, at_most: 2.5 },
        { what: 'p99 of a switch in memory / p99 of the plain relay', value: ratios.memory_p99, at_most: 4 },
        { what: 'p50 of a switch with the journal / p50 of the plain relay', value: ratios.journal_p50, at_most: 3.5 },
        { what: 'p50 of a switch with the journal / in memory', value: ratios.journal_to_memory_p50, at_most: 1.4 },
      ],
      chart: [
        {
          title: 'Urgent interrupts: submit → dispatch, median',
          unit: 'ms',
          better: 'lower',
          bars: [
            { who: 'cuehub, in memory', value: inMemory.p50 },
            { who: 'cuehub, journal on', value: onDisk.p50 },
            { who: 'plain ws relay of the same hops', value: plain.p50 },
          ],
        },
      ],
    };
  },
};
