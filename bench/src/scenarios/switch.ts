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
/**
 * Before the blocks, each contender: the engine compiles what runs often, and a hub that runs for hours is compiled. What a
 * fresh one needs is told too.
 */
const full = { fresh: 300, compiling: 3_000, rounds: 10, switches: 300, rest_ms: 250 };
const quick = { fresh: 100, compiling: 300, rounds: 2, switches: 150, rest_ms: 50 };

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

/** `acknowledged`: the submission and the end carry an `id`, and the next switch comes when both are acknowledged. */
async function openHub(bench: Bench, hub: Hub, acknowledged: boolean): Promise<(switches: number) => Promise<Block>> {
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
    const answers = acknowledged ? 2 : 0;
    for (let round = -warmUp; round < switches; round += 1) {
      let startedAt = 0;
      let submittedAt = 0;
      let resumedAt = 0;
      await new Promise<void>((resolve) => {
        let due = 1 + answers;
        const one = (): void => {
          due -= 1;
          if (due === 0) resolve();
        };
        const say = (socket: Socket, message: object): void => {
          if (acknowledged) socket.request(message, one);
          else socket.send(message);
        };
        voice.on('task.dispatch', (frame) => {
          startedAt = performance.now();
          say(voice, { type: 'task.complete', ...runOf(frame) });
        });
        talker.on('task.resume', (frame) => {
          run = runOf(frame);
          resumedAt = performance.now();
          one();
        });
        submittedAt = performance.now();
        say(producer, { type: 'task.submit', lane, task: { name: 'command', priority: 'URGENT' } });
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
    const { fresh, compiling, rounds, switches, rest_ms } = bench.quick ? quick : full;
    const relay = await openRelay(bench);
    const memory = await openHub(bench, await bench.hub(), false);
    const disk = await openHub(bench, await bench.hub({ data: dataFolder(bench) }), false);
    const diskAcknowledged = await openHub(bench, await bench.hub({ data: dataFolder(bench) }), true);
    const turns = (count: number) => [
      { name: 'relay', block: () => relay(count) },
      { name: 'memory', block: () => memory(count) },
      { name: 'disk', block: () => disk(count) },
      { name: 'acknowledged', block: () => diskAcknowledged(count) },
    ];
    const first = await alternate(turns(fresh), { rounds: 1, rest_ms });
    await alternate(turns(compiling), { rounds: 1, rest_ms });
    const blocks = await alternate(turns(switches), { rounds, rest_ms });
    const spreadOf = (of: typeof blocks, name: string, what: keyof Block) =>
      spread((of.get(name) ?? []).flatMap((block) => block[what]));
    const toStart = (name: string) => spreadOf(blocks, name, 'toStart');
    const back = (name: string) => spreadOf(blocks, name, 'back');
    const freshRow = (way: string, name: string) => {
      const { p50, p99, max } = spreadOf(first, name, 'toStart');
      return [way, p50, p99, max, '', ''];
    };
    const plain = toStart('relay');
    const inMemory = toStart('memory');
    const onDisk = toStart('disk');
    const acknowledged = toStart('acknowledged');
    const ratios = {
      memory_p50: ratio(inMemory.p50, plain.p50),
      memory_p99: ratio(inMemory.p99, plain.p99),
      journal_p50: ratio(onDisk.p50, plain.p50),
      journal_p99: ratio(onDisk.p99, plain.p99),
      journal_to_memory_p50: ratio(onDisk.p50, inMemory.p50),
      acknowledged_p50: ratio(acknowledged.p50, plain.p50),
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
            row('cuehub, journal on, each acknowledged from disk before the next', acknowledged),
            row('and back: complete → resume, in memory', back('memory')),
            row('and back: complete → resume, journal on', back('disk')),
            freshRow(`the first ${fresh} of a new relay`, 'relay'),
            freshRow(`the first ${fresh} of a new hub, in memory`, 'memory'),
            freshRow(`the first ${fresh} of a new hub, journal on`, 'disk'),
          ],
        },
      ],
      figures: {
        ...spreadFigures('relay', plain),
        ...spreadFigures('memory', inMemory),
        ...spreadFigures('journal', onDisk),
        ...spreadFigures('acknowledged', acknowledged),
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
