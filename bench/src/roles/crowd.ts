// A crowd of light watchers of the hub in a process of its own: what came, when, to whom; going away and coming back.
import { ageOf, machineMs } from '../clock.js';
import { Histogram } from '../histogram.js';
import { LightWatcher } from '../light-watcher.js';
import { serveRole } from '../role.js';

export interface CrowdOptions {
  readonly port: number;
  readonly address: string;
  readonly topics: readonly string[];
  /** The lanes of each watcher. */
  readonly lanes: readonly (readonly string[])[];
}

interface Place {
  readonly lane: string;
  readonly log: string;
  /** The last fact that came. */
  seq: number;
}

interface Member {
  readonly lanes: readonly string[];
  readonly places: Map<string, Place>;
  watcher: LightWatcher | null;
  /** While it does not read. */
  stuck: boolean;
  closed: number | null;
  chunks: number;
}

const chunkMark = Buffer.from('{"type":"chunk"');
const eventMark = Buffer.from('{"type":"event"');
const gapMark = Buffer.from('{"type":"gap"');
/** How long a client of the SDK waits before it comes back: between the floor and the floor and a ceiling that doubles. */
const backoff = { min_ms: 500, max_ms: 20_000 };
const openAtOnce = 50;

let options: CrowdOptions | undefined;
let members: Member[] = [];
let histogram = new Histogram();
let chunks = 0;
let wantedChunks = Infinity;
let gaps = 0;
let facts = 0;
let wantedFacts = Infinity;
let factAt = 0;
let reached: () => void = () => {};

const begins = (payload: Buffer, mark: Buffer): boolean => mark.compare(payload, 0, mark.length) === 0;

function take(member: Member, payload: Buffer): void {
  if (begins(payload, chunkMark)) {
    chunks += 1;
    member.chunks += 1;
    const age = ageOf(payload);
    if (age !== undefined) histogram.add(age);
    if (chunks === wantedChunks) reached();
  } else if (begins(payload, eventMark)) {
    const { lane, seq } = JSON.parse(payload.toString()) as { lane: string; seq: number };
    const place = member.places.get(lane);
    if (place !== undefined && seq !== place.seq + 1) gaps += 1;
    if (place !== undefined) place.seq = seq;
    facts += 1;
    factAt = machineMs();
    if (facts === wantedFacts) reached();
  } else if (begins(payload, gapMark)) gaps += 1;
}

async function enter(member: Member): Promise<void> {
  if (options === undefined) throw new Error('open comes first');
  const { port, address, topics } = options;
  const since = Object.fromEntries([...member.places.values()].map(({ lane, log, seq }) => [lane, { log, seq }]));
  const known = member.places.size > 0;
  member.closed = null;
  member.watcher = await LightWatcher.open({
    port,
    localAddress: address,
    topics,
    lanes: member.lanes,
    since,
    onFrame: (payload) => take(member, payload),
    onClose: (code) => {
      member.closed = code;
    },
  });
  for (const { lane, log, seq, recovered } of member.watcher.subscribed) {
    if (!known) member.places.set(lane, { lane, log, seq });
    else if (!recovered) gaps += 1;
  }
}

async function comeBack(member: Member): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const ceiling = Math.min(backoff.max_ms, backoff.min_ms * 2 ** attempt);
    await new Promise((resolve) => setTimeout(resolve, backoff.min_ms + Math.random() * ceiling));
    try {
      return await enter(member);
    } catch {
      // Not let in this time.
    }
  }
}

serveRole({
  async open(given: CrowdOptions): Promise<void> {
    options = given;
    members = given.lanes.map((lanes) => ({
      lanes,
      places: new Map(),
      watcher: null,
      stuck: false,
      closed: null,
      chunks: 0,
    }));
    const waiting = members.values();
    const some = async (): Promise<void> => {
      for (const member of waiting) await enter(member);
    };
    await Promise.all(Array.from({ length: openAtOnce }, some));
  },

  /** Counts from nothing again. */
  reset(): void {
    histogram = new Histogram();
    chunks = 0;
    gaps = 0;
    facts = 0;
    for (const member of members) member.chunks = 0;
  },

  figures(): { counts: Uint32Array; chunks: number; gaps: number; facts: number; fewest: number; most: number } {
    const each = members.map((member) => member.chunks);
    return { counts: histogram.counts, chunks, gaps, facts, fewest: Math.min(...each), most: Math.max(...each) };
  },

  /** Resolves when so many chunks have come since the reset, all watchers together. */
  chunks(wanted: number): Promise<void> {
    wantedChunks = wanted;
    if (chunks >= wanted) return Promise.resolve();
    return new Promise((resolve) => (reached = resolve));
  },

  /** Resolves when so many facts have come since the reset, with the time of the last. */
  async facts(wanted: number): Promise<number> {
    wantedFacts = wanted;
    if (facts < wanted) await new Promise<void>((resolve) => (reached = resolve));
    return factAt;
  },

  /** Nobody reads any more. */
  stick(): void {
    for (const member of members) {
      member.stuck = true;
      member.watcher?.socket.raw.pause();
    }
  },

  /** They read on: why did the hub close them? */
  async unstick(wait_ms: number): Promise<(number | null)[]> {
    for (const member of members) member.watcher?.socket.raw.resume();
    await new Promise((resolve) => setTimeout(resolve, wait_ms));
    return members.map(({ closed }) => closed);
  },

  /** All are gone at once, without a word. */
  drop(): void {
    for (const { watcher } of members) watcher?.socket.drop();
  },

  /** All come back as clients of the SDK would. Resolves with the time at which the last one watched again. */
  async comeBack(): Promise<number> {
    await Promise.all(members.map(comeBack));
    return machineMs();
  },

  /** How many watch, and have seen the last fact of all their lanes. */
  present(seq: number): number {
    return members.filter(
      ({ watcher, closed, places }) =>
        watcher !== null && closed === null && [...places.values()].every((place) => place.seq === seq),
    ).length;
  },
});
