// A stream of text to many watchers: what a delivery costs the server, for bursts of chunks and for single ones.
import { alternate } from '../blocks.js';
import type { Helper } from '../helper.js';
import { LightSocket, maskedFrames, serverFrames } from '../light-socket.js';
import { median, ratio, rounded } from '../measure.js';
import type { Bench, Scenario } from '../scenario.js';
import { runOf, Socket } from '../socket.js';

const lane = 'bench-fan-out';
const full = { watchers: 500, warm_rounds: 2, rounds: 6, bursts: 50, singles: 120, rest_ms: 200 };
const quick = { watchers: 500, warm_rounds: 0, rounds: 1, bursts: 10, singles: 30, rest_ms: 50 };
const burst = 10;
const chunkText = 'and then the cat looked up, yawned, and said nothing at all';

/** Somebody whose frames go to everybody; each `send` is one write, so that a burst arrives as one. */
interface Source {
  readonly name: string;
  readonly server: { cpuMs(): number | undefined };
  readonly crowd: Helper;
  send(chunks: number): void;
}

interface Cost {
  readonly cpu_us: number;
  readonly per_s: number;
}

async function hubSource(bench: Bench, watchers: number): Promise<Source> {
  const hub = await bench.hub();
  const worker = await Socket.open(hub.socketUrl, 'worker');
  bench.after(() => worker.close());
  await worker.ask({ type: 'worker.register', lane, names: ['talk'] });
  const crowd = await bench.helper('fanout-crowd');
  await crowd.call('hub', Number(new URL(hub.url).port), lane, watchers);
  const dispatched = worker.next('task.dispatch');
  await worker.ask({ type: 'task.submit', lane, task: { name: 'talk' } });
  const run = runOf(await dispatched);
  await worker.ask({ type: 'stream.open', ...run });
  let seq = 0;
  const raw = (worker.ws as unknown as { _socket: { write(bytes: Buffer): void } })._socket;
  return {
    name: 'cuehub',
    server: hub,
    crowd,
    send: (chunks) => {
      const frames = Array.from({ length: chunks }, (_, n) =>
        JSON.stringify({ type: 'stream.chunk', ...run, seq: seq + n, data: chunkText }),
      );
      seq += chunks;
      raw.write(maskedFrames(frames));
    },
  };
}

/** What the hub makes of a chunk, so that a peer sends the same bytes. */
const told = (seq: number): object => ({
  type: 'chunk',
  lane,
  task_id: '00000000-0000-0000-0000-000000000000',
  stream: 'main',
  epoch: 1,
  seq,
  data: chunkText,
});

interface Peer {
  readonly name: string;
  readonly role: 'plain' | 'bare' | 'socketio';
  readonly path: string;
  /** What its producer writes in one go. */
  readonly encode: (chunks: readonly object[]) => Buffer;
}

const texts = (chunks: readonly object[]): string[] => chunks.map((chunk) => JSON.stringify(chunk));

const plainWs: Peer = {
  name: 'plain ws',
  role: 'plain',
  path: '/producer',
  encode: (chunks) => maskedFrames(texts(chunks)),
};

/** The floor: it is given frames as they are to leave, all of a burst in one piece. */
const bareWrite: Peer = {
  name: 'bare socket.write',
  role: 'bare',
  path: '/producer',
  encode: (chunks) => serverFrames(texts(chunks)),
};

const socketIo: Peer = {
  name: 'Socket.IO',
  role: 'socketio',
  path: '/socket.io/?EIO=4&transport=websocket',
  encode: (chunks) => maskedFrames(chunks.map((chunk) => `42${JSON.stringify(['chunk', chunk])}`)),
};

async function peerSource(bench: Bench, { name, role, path, encode }: Peer, watchers: number): Promise<Source> {
  const server = await bench.helper(`${role}-fanout`);
  const port = await server.call<number>('listen');
  const crowd = await bench.helper('fanout-crowd');
  await crowd.call(role === 'socketio' ? role : 'plain', port, watchers);
  let connected = (): void => {};
  const ready = new Promise<void>((resolve) => (connected = resolve));
  const producer = await LightSocket.open({
    port,
    path,
    onText: (payload) => {
      const text = payload.toString('latin1');
      if (text.startsWith('0')) setImmediate(() => producer.send('40'));
      else if (text.startsWith('40')) connected();
      else if (text === '2') producer.send('3');
    },
  });
  bench.after(() => producer.drop());
  if (role === 'socketio') await ready;
  let seq = 0;
  return {
    name,
    server,
    crowd,
    send: (chunks) => {
      producer.raw.write(encode(Array.from({ length: chunks }, (_, n) => told(seq + n))));
      seq += chunks;
    },
  };
}

/** One burst after the other, each when everybody has the last; CPU time of the server alone. */
async function block(source: Source, watchers: number, bursts: number, chunks: number): Promise<Cost> {
  const { server, crowd } = source;
  const round = async (): Promise<void> => {
    const all = crowd.call('expect', watchers * chunks);
    // The crowd has to be counting before anything can come.
    await crowd.call('ready');
    source.send(chunks);
    await all;
  };
  for (let n = 0; n < 10; n += 1) await round();
  const before = server.cpuMs() ?? Number.NaN;
  const started = performance.now();
  for (let n = 0; n < bursts; n += 1) await round();
  const seconds = (performance.now() - started) / 1000;
  const deliveries = watchers * chunks * bursts;
  const cpu = (server.cpuMs() ?? Number.NaN) - before;
  return { cpu_us: (cpu * 1000) / deliveries, per_s: deliveries / seconds };
}

export const scenario: Scenario = {
  about:
    'chunks of a stream to 500 watchers, in bursts of ten and one by one, against plain ws, bare writes and Socket.IO',
  async run(bench) {
    const { watchers, warm_rounds, rounds, bursts, singles, rest_ms } = bench.quick ? quick : full;
    const sources = await Promise.all([
      peerSource(bench, socketIo, watchers),
      hubSource(bench, watchers),
      peerSource(bench, plainWs, watchers),
      peerSource(bench, bareWrite, watchers),
    ]);
    const inBursts = (source: Source) => ({
      name: `${source.name} ${burst}`,
      block: () => block(source, watchers, bursts, burst),
    });
    const oneByOne = (source: Source) => ({
      name: `${source.name} 1`,
      block: () => block(source, watchers, singles, 1),
    });
    const [outermost, ...others] = sources;
    // Where the order turns round, a block follows on one of its own, which costs it less: that shall be nobody's whom the
    // ratios are about.
    const contenders = [
      inBursts(outermost),
      ...others.flatMap((source) => [inBursts(source), oneByOne(source)]),
      oneByOne(outermost),
    ];
    await alternate(contenders, { rounds: warm_rounds, rest_ms });
    const costs = await alternate(contenders, { rounds, rest_ms });
    const cost = (name: string, chunks: number): Cost => {
      const taken = costs.get(`${name} ${chunks}`) ?? [];
      return {
        cpu_us: rounded(median(taken.map(({ cpu_us }) => cpu_us))),
        per_s: rounded(median(taken.map(({ per_s }) => per_s))),
      };
    };
    /** CPU a delivery of one beside another's. */
    const share = (who: string, of: string, chunks: number): number =>
      ratio(cost(who, chunks).cpu_us, cost(of, chunks).cpu_us);
    const columnsFor = (name: string, chunks: number): number[] => [
      cost(name, chunks).cpu_us,
      share(name, 'plain ws', chunks),
      share(name, 'bare socket.write', chunks),
    ];
    const rows = [...others, outermost].map(({ name }) => [
      name,
      ...columnsFor(name, burst),
      cost(name, burst).per_s,
      ...columnsFor(name, 1),
    ]);
    const ratios = {
      burst_cpu_to_plain: share('cuehub', 'plain ws', burst),
      single_cpu_to_plain: share('cuehub', 'plain ws', 1),
      burst_cpu_to_bare: share('cuehub', 'bare socket.write', burst),
      single_cpu_to_bare: share('cuehub', 'bare socket.write', 1),
      bare_burst_cpu_to_plain: share('bare socket.write', 'plain ws', burst),
      bare_single_cpu_to_plain: share('bare socket.write', 'plain ws', 1),
    };
    return {
      tables: [
        {
          title: `server CPU µs a delivery, ${watchers} watchers (median of ${rounds} blocks)`,
          columns: [
            'server',
            `bursts of ${burst}`,
            '/ plain',
            '/ bare',
            'deliveries a second',
            'single chunks',
            '/ plain',
            '/ bare',
          ],
          rows,
        },
      ],
      figures: {
        burst_cpu_us: cost('cuehub', burst).cpu_us,
        single_cpu_us: cost('cuehub', 1).cpu_us,
        burst_per_s: cost('cuehub', burst).per_s,
        plain_burst_cpu_us: cost('plain ws', burst).cpu_us,
        plain_single_cpu_us: cost('plain ws', 1).cpu_us,
        plain_burst_per_s: cost('plain ws', burst).per_s,
        bare_burst_cpu_us: cost('bare socket.write', burst).cpu_us,
        bare_single_cpu_us: cost('bare socket.write', 1).cpu_us,
        socketio_burst_cpu_us: cost('Socket.IO', burst).cpu_us,
        socketio_single_cpu_us: cost('Socket.IO', 1).cpu_us,
      },
      ratios,
      goals: [
        {
          what: 'hub CPU a delivery in bursts of 10 / plain ws.send',
          value: ratios.burst_cpu_to_plain,
          at_most: rounded(1 / 12),
        },
        {
          what: 'hub CPU a delivery of single chunks / plain ws.send',
          value: ratios.single_cpu_to_plain,
          at_most: 0.9,
        },
      ],
      chart: [
        {
          title: `A chunk to one of ${watchers} watchers, in bursts of ${burst}`,
          unit: 'µs of server CPU',
          better: 'lower',
          bars: [...others, outermost].map(({ name }) => ({ who: name, value: cost(name, burst).cpu_us })),
        },
      ],
      notes: [
        'Servers, producer and watchers share the cores; CPU time is the server process alone.',
        'bare socket.write is the floor: ready frames, the ten of a burst in one piece, no ws and no protocol.',
      ],
    };
  },
};
