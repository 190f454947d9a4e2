// Who had the floor when, over a whole lane: tracks from live facts and from history, folded into one picture.
//
// Live facts and the history over HTTP overlap; a track takes each fact once, and a track from history replaces one
// that began in the middle. Asks for nothing itself: `wants` says whose facts are missing.
import type { EventMessage, TaskView } from '@cuehub/protocol';
import { Track } from './track.js';

/** Tracks kept; past it those go that were over longest ago. */
export const TRACKS_MAX = 8_000;

export interface Stopped {
  readonly from: number;
  to: number | null;
}

export class Timeline {
  readonly #tracks = new Map<string, Track>();
  /** Those with a span that goes on: one, save where facts are missing. */
  readonly #open = new Set<Track>();
  readonly #rough = new Set<Track>();
  readonly stops: Stopped[] = [];
  /** How far back all of history is here; null before the first page. */
  loaded_back_to: number | null = null;
  /** There is nothing older. */
  complete = false;

  get tracks(): Iterable<Track> {
    // Not the map's iterator itself, which can be walked only once.
    return { [Symbol.iterator]: () => this.#tracks.values() };
  }

  track(task_id: string): Track | undefined {
    return this.#tracks.get(task_id);
  }

  /** A fact as it happens. */
  take(fact: EventMessage): void {
    if ('task' in fact) {
      const { task } = fact;
      let track = this.#tracks.get(task.task_id);
      if (track === undefined)
        this.#put((track = startedBefore(task, fact.event) ? Track.roughly(task) : new Track(task)));
      if (!track.take(fact)) return;
      // Two never have the floor: of the other one a fact did not come.
      if (fact.event === 'task.started' || fact.event === 'task.resumed') this.#leaveAllBut(task.task_id, fact.at);
      if (track.open === undefined) this.#open.delete(track);
      else this.#open.add(track);
    } else if ('task_id' in fact) {
      this.#tracks.get(fact.task_id)?.take(fact);
    } else if (fact.event === 'lane.stopped') {
      if (this.stops[this.stops.length - 1]?.to !== null) this.stops.push({ from: fact.at, to: null });
    } else {
      const last = this.stops[this.stops.length - 1];
      if (last?.to === null) last.to = fact.at;
    }
  }

  /** What is known when watching begins (again): the holder goes on, nobody else does. */
  snapshot(holder_id: string | null, started: boolean, now_ms: number): void {
    this.#leaveAllBut(holder_id, now_ms);
    const last = this.stops[this.stops.length - 1];
    if (started && last?.to === null) last.to = now_ms;
    if (!started && last?.to !== null) this.stops.push({ from: now_ms, to: null });
  }

  /** A page of tasks that were submitted before, the latest first. */
  history(tasks: readonly TaskView[]): void {
    for (const task of tasks) {
      const known = this.#tracks.get(task.task_id);
      if (known === undefined) this.#put(Track.roughly(task));
      else if (known.isBehind(task)) {
        // It went on while nobody watched: its facts will tell how.
        this.#forget(known);
        const track = Track.roughly(task);
        track.rough = true;
        this.#put(track);
      }
    }
  }

  /** All facts of a task: they say more than what was here. */
  facts(facts: readonly EventMessage[]): void {
    const tasks = facts.flatMap((fact) => ('task' in fact ? [fact.task] : []));
    const task = tasks[tasks.length - 1];
    if (task === undefined) return;
    const track = new Track(task);
    for (const fact of facts) track.take(fact);
    const known = this.#tracks.get(task.task_id);
    // The answer is older than what was seen meanwhile: `wants` asks again.
    if (known?.isAheadOf(track) === true) return;
    if (known !== undefined) this.#forget(known);
    this.#put(track);
  }

  /** Tasks whose pauses are not known. */
  wants(): Track[] {
    return [...this.#rough];
  }

  #leaveAllBut(task_id: string | null, at: number): void {
    for (const track of this.#open) {
      if (track.task_id === task_id) continue;
      track.leave(at, null);
      track.rough = true;
      this.#rough.add(track);
      this.#open.delete(track);
    }
  }

  #forget(track: Track): void {
    this.#tracks.delete(track.task_id);
    this.#open.delete(track);
    this.#rough.delete(track);
  }

  #put(track: Track): void {
    this.#tracks.set(track.task_id, track);
    if (track.open !== undefined) this.#open.add(track);
    if (track.rough) this.#rough.add(track);
    if (this.#tracks.size <= TRACKS_MAX) return;
    // A tenth at once: sorting for each new one would cost more than all else here.
    const over = [...this.#tracks.values()].filter(({ open }) => open === undefined);
    over.sort((a, b) => a.latest_at - b.latest_at);
    for (const old of over.slice(0, TRACKS_MAX / 10)) {
      this.#forget(old);
      this.loaded_back_to = Math.max(this.loaded_back_to ?? 0, old.submitted_at + 1);
      this.complete = false;
    }
  }
}

/** The first fact that we see of it is not its first. */
function startedBefore(task: TaskView, event: string): boolean {
  return event !== 'task.queued' && event !== 'task.started' && task.started_at !== undefined;
}
