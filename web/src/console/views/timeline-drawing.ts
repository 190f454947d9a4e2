// Draws a scene on a canvas: five rows, boxes for the floor, marks with a shape of their own for each kind.
// Colours come from the style sheet, so that there is one list of them.
import type { MarkKind } from '../model/track.js';
import { LEVELS } from '../model/levels.js';
import { type Box, ROWS, type Scene } from '../model/scene.js';
import { ticks } from '../model/viewport.js';

export const ROW_PX = 34;
export const AXIS_PX = 26;
const BOX_INSET_PX = 5;
/** A box is never drawn thinner: a task of a millisecond was there, too. */
const BOX_MIN_PX = 2;
const LABEL_MIN_PX = 34;
const TICK_APART_PX = 92;
const NARROW_PX = 560;

export const HEIGHT_PX = ROWS * ROW_PX + AXIS_PX;

/** Room for the names of the rows. */
export function gutterOf(width: number): number {
  return width < NARROW_PX ? 26 : 104;
}

export interface Palette {
  readonly levels: readonly string[];
  readonly onLevel: string;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly panel: string;
  readonly stopped: string;
  readonly focus: string;
  readonly font: string;
}

export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    levels: LEVELS.map(({ number }) => read(`--level-${number}`)),
    onLevel: read('--on-level'),
    ink: read('--ink'),
    soft: read('--soft'),
    line: read('--line'),
    panel: read('--panel'),
    stopped: read('--stopped'),
    focus: read('--focus'),
    font: style.fontFamily,
  };
}

export interface Drawn {
  readonly scene: Scene;
  readonly from: number;
  readonly to: number;
  readonly now: number;
  /** Before this nothing was asked for yet; null when everything is here. */
  readonly unknown_before: number | null;
  readonly selected: Box | null;
  readonly width: number;
  readonly palette: Palette;
}

export function drawTimeline(canvas: CanvasRenderingContext2D, drawn: Drawn): void {
  const { scene, from, to, now, width, palette, unknown_before } = drawn;
  const left = gutterOf(width);
  const x = (at: number): number => left + ((at - from) / (to - from)) * (width - left);
  const middle = (row: number): number => row * ROW_PX + ROW_PX / 2;
  const bottom = ROWS * ROW_PX;
  const color = (row: number): string => palette.levels[row] ?? palette.ink;

  canvas.clearRect(0, 0, width, HEIGHT_PX);
  canvas.font = `500 11px ${palette.font}`;
  canvas.textBaseline = 'middle';
  drawAxis(canvas, drawn, x);

  canvas.save();
  canvas.beginPath();
  canvas.rect(left, 0, width - left, bottom);
  canvas.clip();
  for (const stop of scene.stops) hatch(canvas, x(stop.from), 0, x(stop.to), bottom, palette.stopped);
  if (unknown_before !== null && unknown_before > from) hatch(canvas, left, 0, x(unknown_before), bottom, palette.line);
  canvas.globalAlpha = 0.45;
  for (const wait of scene.waits) {
    canvas.fillStyle = color(wait.row);
    canvas.fillRect(x(wait.from), middle(wait.row) + ROW_PX / 2 - 4, Math.max(1, x(wait.to) - x(wait.from)), 2);
  }
  canvas.globalAlpha = 1;
  for (const pause of scene.pauses) {
    canvas.strokeStyle = color(pause.row);
    canvas.lineWidth = 1.5;
    canvas.setLineDash([2, 3]);
    line(canvas, x(pause.from), middle(pause.row), x(pause.to), middle(pause.row));
  }
  canvas.setLineDash([]);
  for (const box of scene.boxes) drawBox(canvas, box, x, palette, color(box.row));
  for (const { hold, row, to: end } of scene.held) {
    // A held floor has a bolt across its top.
    canvas.fillStyle = palette.ink;
    canvas.fillRect(x(hold.from), row * ROW_PX + 2, Math.max(2, x(end) - x(hold.from)), 3);
  }
  for (const { at, from_row, to_row } of scene.handovers) {
    canvas.strokeStyle = palette.ink;
    canvas.lineWidth = 1.5;
    line(canvas, x(at), middle(from_row), x(at), middle(to_row));
    arrowHead(canvas, x(at), middle(to_row) + ROW_PX / 2 - BOX_INSET_PX, palette.ink);
  }
  for (const { mark, row } of scene.marks) drawMark(canvas, mark.kind, x(mark.at), middle(row), palette);
  if (drawn.selected !== null) outline(canvas, drawn.selected, x, palette);
  canvas.strokeStyle = palette.soft;
  canvas.lineWidth = 1;
  if (now > from && now < to) line(canvas, Math.round(x(now)) + 0.5, 0, Math.round(x(now)) + 0.5, bottom);
  canvas.restore();
}

function drawAxis(
  canvas: CanvasRenderingContext2D,
  { from, to, width, palette }: Drawn,
  x: (at: number) => number,
): void {
  const left = gutterOf(width);
  const bottom = ROWS * ROW_PX;
  for (const { number, name } of LEVELS) {
    const y = (number - 1) * ROW_PX;
    canvas.fillStyle = palette.levels[number - 1] ?? palette.ink;
    canvas.beginPath();
    canvas.roundRect(2, y + ROW_PX / 2 - 8, 16, 16, 4);
    canvas.fill();
    canvas.fillStyle = palette.onLevel;
    canvas.textAlign = 'center';
    canvas.font = `700 11px ${palette.font}`;
    canvas.fillText(String(number), 10, y + ROW_PX / 2 + 0.5);
    canvas.font = `500 11px ${palette.font}`;
    canvas.textAlign = 'left';
    canvas.fillStyle = palette.soft;
    if (left > 40) canvas.fillText(name, 25, y + ROW_PX / 2 + 0.5);
    canvas.strokeStyle = palette.line;
    canvas.lineWidth = 1;
    line(canvas, left, y + ROW_PX - 0.5, width, y + ROW_PX - 0.5);
  }
  const apart_ms = ((to - from) / (width - left)) * TICK_APART_PX;
  const zone_offset_ms = -new Date(to).getTimezoneOffset() * 60_000;
  canvas.textAlign = 'center';
  for (const at of ticks(from, to, apart_ms, zone_offset_ms)) {
    const place = Math.round(x(at)) + 0.5;
    canvas.strokeStyle = palette.line;
    line(canvas, place, 0, place, bottom + 4);
    canvas.fillStyle = palette.soft;
    if (place > left + 20 && place < width - 26) canvas.fillText(tickLabel(at, apart_ms), place, bottom + 15);
  }
}

const DAY_MS = 86_400_000;

function tickLabel(at: number, apart_ms: number): string {
  const date = new Date(at);
  const clock = date.toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(apart_ms < 60_000 ? { second: '2-digit' } : {}),
  });
  if (apart_ms < DAY_MS / 4 && date.getHours() + date.getMinutes() > 0) return clock;
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return apart_ms < DAY_MS / 4 ? day : `${day} ${clock}`;
}

function drawBox(
  canvas: CanvasRenderingContext2D,
  box: Box,
  x: (at: number) => number,
  palette: Palette,
  color: string,
): void {
  const left = x(box.from);
  const wide = Math.max(BOX_MIN_PX, x(box.to) - left);
  const top = box.row * ROW_PX + BOX_INSET_PX;
  const high = ROW_PX - 2 * BOX_INSET_PX;
  canvas.fillStyle = color;
  canvas.beginPath();
  // What was interrupted ends straight, what ended by itself is round.
  const end = box.span.after === 'paused' || box.span.to === null ? 0 : Math.min(5, wide / 2);
  canvas.roundRect(left, top, wide, high, [Math.min(5, wide / 2), end, end, Math.min(5, wide / 2)]);
  canvas.fill();
  if (wide < LABEL_MIN_PX) return;
  canvas.save();
  canvas.beginPath();
  // Where it was interrupted stands a mark.
  canvas.rect(left, top, wide - (box.span.after === 'paused' ? 9 : 4), high);
  canvas.clip();
  canvas.fillStyle = palette.onLevel;
  canvas.textAlign = 'left';
  canvas.font = `600 11px ${palette.font}`;
  // Of a box that began before the view the name is still to be read.
  canvas.fillText(box.track.name, Math.max(left, gutterOf(canvas.canvas.clientWidth)) + 7, top + high / 2 + 0.5);
  canvas.restore();
}

/** Each kind has a shape: colours alone would not tell them apart. */
function drawMark(canvas: CanvasRenderingContext2D, kind: MarkKind, x: number, y: number, palette: Palette): void {
  canvas.fillStyle = palette.panel;
  canvas.strokeStyle = palette.ink;
  canvas.lineWidth = 1.6;
  canvas.beginPath();
  switch (kind) {
    case 'interrupted':
      // Two bars: paused.
      canvas.arc(x, y, 6.5, 0, 2 * Math.PI);
      canvas.fill();
      canvas.stroke();
      canvas.beginPath();
      canvas.moveTo(x - 1.8, y - 3);
      canvas.lineTo(x - 1.8, y + 3);
      canvas.moveTo(x + 1.8, y - 3);
      canvas.lineTo(x + 1.8, y + 3);
      break;
    case 'deferred':
      canvas.moveTo(x, y - 7);
      canvas.lineTo(x + 7, y);
      canvas.lineTo(x, y + 7);
      canvas.lineTo(x - 7, y);
      canvas.closePath();
      break;
    case 'failed':
    case 'cancelled':
    case 'expired': {
      canvas.arc(x, y, 6.5, 0, 2 * Math.PI);
      canvas.fill();
      canvas.stroke();
      canvas.beginPath();
      canvas.moveTo(x - 2.6, y - 2.6);
      canvas.lineTo(x + 2.6, y + 2.6);
      if (kind === 'failed') {
        canvas.moveTo(x + 2.6, y - 2.6);
        canvas.lineTo(x - 2.6, y + 2.6);
      }
      break;
    }
    case 'retrying':
    case 'restarted':
      canvas.arc(x, y, 6, 0.6, 1.8 * Math.PI);
      break;
  }
  canvas.fill();
  canvas.stroke();
}

function outline(canvas: CanvasRenderingContext2D, box: Box, x: (at: number) => number, palette: Palette): void {
  canvas.strokeStyle = palette.focus;
  canvas.lineWidth = 2.5;
  const left = x(box.from);
  canvas.strokeRect(left - 2, box.row * ROW_PX + 2, Math.max(BOX_MIN_PX, x(box.to) - left) + 4, ROW_PX - 4);
}

function line(canvas: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  canvas.beginPath();
  canvas.moveTo(x0, y0);
  canvas.lineTo(x1, y1);
  canvas.stroke();
}

function arrowHead(canvas: CanvasRenderingContext2D, x: number, y: number, color: string): void {
  canvas.fillStyle = color;
  canvas.beginPath();
  canvas.moveTo(x, y);
  canvas.lineTo(x - 4, y + 7);
  canvas.lineTo(x + 4, y + 7);
  canvas.closePath();
  canvas.fill();
}

const HATCH_PX = 7;

function hatch(canvas: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number, color: string): void {
  const left = Math.max(x0, -HATCH_PX);
  const right = Math.min(x1, canvas.canvas.clientWidth);
  if (right <= left) return;
  canvas.save();
  canvas.beginPath();
  canvas.rect(left, y0, right - left, y1 - y0);
  canvas.clip();
  canvas.strokeStyle = color;
  canvas.lineWidth = 1;
  canvas.beginPath();
  for (let x = left - (left % HATCH_PX) - (y1 - y0); x < right; x += HATCH_PX) {
    canvas.moveTo(x, y1);
    canvas.lineTo(x + (y1 - y0), y0);
  }
  canvas.stroke();
  canvas.restore();
}
