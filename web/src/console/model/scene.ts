// What the timeline draws of a stretch of time: rows by level, spans with the floor, marks, and who took it from whom.
// Pure: in times and rows, not in pixels.
import { levelOf } from '@cuehub/protocol';
import type { Timeline } from './timeline.js';
import type { HeldSpan, Mark, Span, Track } from './track.js';

/** Rows: one a level, URGENT first. */
export const ROWS = 5;
/** Lines of waiting drawn at once; more would be a grey field. */
const WAITS_MAX = 400;

export interface Box {
  readonly track: Track;
  readonly span: Span;
  readonly row: number;
  readonly from: number;
  /** The end, or the present. */
  readonly to: number;
}

export interface Handover {
  /** From the row of the displaced to that of who displaced it. */
  readonly at: number;
  readonly from_row: number;
  readonly to_row: number;
}

export interface PlacedMark {
  readonly track: Track;
  readonly mark: Mark;
  readonly row: number;
}

export interface Scene {
  /** In the order in which they began. */
  readonly boxes: readonly Box[];
  readonly held: readonly { readonly hold: HeldSpan; readonly row: number; readonly to: number }[];
  readonly marks: readonly PlacedMark[];
  readonly handovers: readonly Handover[];
  /** Stretches in which a task was paused between two spans. */
  readonly pauses: readonly { readonly row: number; readonly from: number; readonly to: number }[];
  /** Stretches before a first start. */
  readonly waits: readonly { readonly row: number; readonly from: number; readonly to: number }[];
  readonly stops: readonly { readonly from: number; readonly to: number }[];
}

export function sceneOf(timeline: Timeline, from: number, to: number, now_ms: number): Scene {
  const boxes: Box[] = [];
  const held: Scene['held'][number][] = [];
  const marks: PlacedMark[] = [];
  const pauses: Scene['pauses'][number][] = [];
  const waits: Scene['waits'][number][] = [];
  const seen = (a: number, b: number): boolean => b >= from && a <= to;

  for (const track of timeline.tracks) {
    const isOver = track.ended_at !== null;
    if (track.submitted_at > to || (isOver && track.latest_at < from)) continue;
    const row = levelOf(track.priority) - 1;
    let before: number | null = null;
    for (const span of track.spans) {
      const end = span.to ?? now_ms;
      if (before !== null && seen(before, span.from)) pauses.push({ row, from: before, to: span.from });
      if (seen(span.from, end)) boxes.push({ track, span, row, from: span.from, to: end });
      before = span.to;
    }
    if (before !== null && track.state === 'paused') pauses.push({ row, from: before, to: now_ms });
    const started = track.spans[0]?.from ?? track.ended_at ?? now_ms;
    if (waits.length < WAITS_MAX && seen(track.submitted_at, started))
      waits.push({ row, from: track.submitted_at, to: started });
    for (const hold of track.holds) {
      const end = hold.to ?? now_ms;
      if (seen(hold.from, end)) held.push({ hold, row, to: end });
    }
    for (const mark of track.marks) if (seen(mark.at, mark.at)) marks.push({ track, mark, row });
  }
  boxes.sort((a, b) => a.from - b.from);
  const stops = timeline.stops.flatMap((stop) => {
    const end = stop.to ?? now_ms;
    return seen(stop.from, end) ? [{ from: stop.from, to: end }] : [];
  });
  return { boxes, held, marks, pauses, waits, stops, handovers: handoversOf(boxes) };
}

/** A grant takes the floor from whoever was paused for it just before. */
function handoversOf(boxes: readonly Box[]): Handover[] {
  const handovers: Handover[] = [];
  for (const [index, box] of boxes.entries()) {
    const next = boxes[index + 1];
    if (next === undefined || box.span.to === null || box.span.after !== 'paused' || next.track === box.track) continue;
    if (next.row < box.row) handovers.push({ at: next.from, from_row: box.row, to_row: next.row });
  }
  return handovers;
}

/** The box that is at a time in a row, within `slack_ms`; the shorter one goes first, because it is harder to hit. */
export function boxAt(scene: Scene, row: number, at: number, slack_ms: number): Box | undefined {
  const near = scene.boxes.filter((box) => box.row === row && box.from - slack_ms <= at && box.to + slack_ms >= at);
  return near.sort((a, b) => distance(a, at) - distance(b, at) || a.to - a.from - (b.to - b.from))[0];
}

function distance({ from, to }: Box, at: number): number {
  return at < from ? from - at : at > to ? at - to : 0;
}

/** The mark nearest to a time in a row, within `slack_ms`. */
export function markAt(scene: Scene, row: number, at: number, slack_ms: number): PlacedMark | undefined {
  const near = scene.marks.filter((placed) => placed.row === row && Math.abs(placed.mark.at - at) <= slack_ms);
  return near.sort((a, b) => Math.abs(a.mark.at - at) - Math.abs(b.mark.at - at))[0];
}
