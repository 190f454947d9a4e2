/** A lane that is told record by record, as a hub would tell it to its journal. */
import type { EventMessage, TaskSource } from '@cuehub/protocol';
import { resolveTask } from '@cuehub/protocol';
import { createLane, factOf, fold, type Lane, type LaneRecord, type RecordBody } from '../../core/index.js';
import type { Durable, Forks, Journal, LaneState, LiveLane } from '../port.js';

const CHAT: TaskSource = { session_id: 's1', client_name: 'twitch', kind: 'chat' };
const START_MS = 1_800_000_000_000;
/** No two tasks have the same id, in whichever lane. */
let made = 0;

export class ToldLane implements LiveLane {
  readonly lane: Lane;
  readonly forks: Forks;
  at = START_MS;
  readonly #journal: Journal;
  readonly #facts: EventMessage[];

  /** A new one, or one that came back. */
  constructor(journal: Journal, name: string, state?: LaneState) {
    this.#journal = journal;
    this.lane = state?.lane ?? createLane({ lane: name, log: journal.logFor(name) });
    this.forks = state?.forks ?? {};
    this.#facts = [...(state?.facts ?? [])];
    this.at = Math.max(START_MS, this.lane.at);
  }

  facts(): readonly EventMessage[] {
    return this.#facts;
  }

  get state(): LaneState {
    const ended = this.lane.ended.slice(this.lane.ended_from).map(({ task_id }) => task_id);
    return { lane: this.lane, facts: this.#facts, ended, forks: this.forks };
  }

  /** One record a millisecond, all in one write. */
  async tell(...bodies: RecordBody[]): Promise<void> {
    await this.write(...bodies);
  }

  /** The same, for who does not wait here. */
  write(...bodies: RecordBody[]): Durable {
    const records = bodies.map((body) => this.record(body));
    const durable = this.#journal.append(this, records);
    this.#journal.hurry();
    return durable;
  }

  /** Ids sort as those of a hub do. */
  submission(name: string, source = CHAT): Extract<RecordBody, { kind: 'task.queued' }> {
    made += 1;
    return {
      kind: 'task.queued',
      task_id: taskIdAt(this.at, made),
      task: resolveTask({ name }),
      principal: 'owner',
      source,
      fingerprint: '',
      bytes: 0,
    };
  }

  /** A task from its submission to its end. */
  async passes(name: string, source?: TaskSource): Promise<string> {
    const submission = this.submission(name, source);
    const { task_id } = submission;
    const run = { epoch: made, attempt: 1, session_id: 's2', principal: 'owner' };
    await this.tell(submission);
    await this.tell({ kind: 'task.started', task_id, ...run }, { kind: 'task.completed', task_id, result: name });
    return task_id;
  }

  async submits(name: string): Promise<string> {
    const submission = this.submission(name);
    await this.tell(submission);
    return submission.task_id;
  }

  /** The lane forgets its oldest ended tasks, and all facts that were kept for replay. */
  async forgets(ended: number): Promise<void> {
    await this.tell({ kind: 'forgotten', ended, keys: 0 });
    this.#facts.splice(0);
  }

  record(body: RecordBody): LaneRecord {
    this.at += 1;
    const { lane, at } = this;
    const record = (body.kind === 'forgotten' ? { ...body, at } : { ...body, at, seq: lane.seq + 1 }) as LaneRecord;
    fold(lane, record);
    const fact = factOf(lane, record, at);
    if (fact !== null) this.#facts.push(fact);
    return record;
  }
}

/** As `Ids` makes them, without chance. */
function taskIdAt(at: number, count: number): string {
  return `${at.toString(32).padStart(10, '0').replaceAll(/[a-v]/g, crockford)}${count.toString().padStart(16, '0')}`;
}

function crockford(digit: string): string {
  return 'abcdefghjkmnpqrstvwxyz'[digit.charCodeAt(0) - 'a'.charCodeAt(0)] ?? digit;
}
