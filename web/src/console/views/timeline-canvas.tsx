// The timeline as a picture one can move: drag, pinch the wheel with Ctrl, arrows. Owns pointers and keys; what is
// shown is the panel's, what it looks like is the drawing's.
import { useEffect, useRef, useState } from 'preact/hooks';
import { clockTime, duration } from '../model/format.js';
import { levelName } from '../model/levels.js';
import { type Box, boxAt, markAt, type PlacedMark, ROWS, type Scene } from '../model/scene.js';
import { edges, pan, type Viewport, zoom } from '../model/viewport.js';
import { drawTimeline, gutterOf, HEIGHT_PX, paletteOf, ROW_PX } from './timeline-drawing.js';

/** The picture is drawn again when it has moved by this much, within these bounds. */
const MOVED_PX = 0.75;
const FRAME_MIN_MS = 100;
const FRAME_MAX_MS = 1_000;
const SLACK_PX = 7;
/** A pointer that moved less has clicked. */
const CLICK_PX = 4;

export interface TimelineCanvasProps {
  readonly view: Viewport;
  readonly setView: (view: Viewport) => void;
  readonly sceneAt: (from: number, to: number) => Scene;
  readonly hubNow: () => number;
  readonly unknown_before: number | null;
  readonly open: (task_id: string) => void;
  /** Changes with the colours of the page. */
  readonly theme: string;
}

interface Pointed {
  readonly x: number;
  readonly y: number;
  readonly box: Box | undefined;
  readonly mark: PlacedMark | undefined;
}

export function TimelineCanvas(props: TimelineCanvasProps) {
  const { view, setView, hubNow, open, theme } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const scene = useRef<Scene | null>(null);
  const selected = useRef<Box | null>(null);
  const [said, setSaid] = useState('');
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const drag = useRef<{ x: number; view: Viewport; moved: boolean } | null>(null);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d') ?? null;
    if (element === null || context === null) return;
    const palette = paletteOf(element);
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = (): void => {
      const { width, ratio } = fit(element);
      const { view: shown, hubNow: clock, sceneAt, unknown_before } = latest.current;
      const now = clock();
      const { from, to } = edges(shown, now);
      scene.current = sceneAt(from, to);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const drawn = { scene: scene.current, from, to, now, unknown_before, selected: selected.current, width, palette };
      drawTimeline(context, drawn);
      // A frame asked for again and again would keep the whole browser drawing.
      const moves_ms = calm ? FRAME_MAX_MS : (MOVED_PX * shown.span_ms) / Math.max(1, width);
      timer = setTimeout(hurry, Math.min(FRAME_MAX_MS, Math.max(FRAME_MIN_MS, moves_ms)));
    };
    const hurry = (): void => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(draw);
    };
    draw();
    // Whoever moves it wants to see that at once.
    element.addEventListener('hurry', hurry);
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      element.removeEventListener('hurry', hurry);
    };
  }, [theme]);

  useEffect(() => {
    canvas.current?.dispatchEvent(new Event('hurry'));
  }, [view]);

  // The wheel's listener must not be passive, which only the DOM itself can say.
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const turned = (event: WheelEvent): void => {
      const { view: before, setView: set, hubNow: clock } = latest.current;
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const { left, width } = element.getBoundingClientRect();
        const gutter = gutterOf(width);
        const anchor = Math.min(1, Math.max(0, (event.clientX - left - gutter) / (width - gutter)));
        set(zoom(before, Math.exp(event.deltaY / 300), anchor, clock()));
      } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        event.preventDefault();
        set(pan(before, sideways / element.clientWidth, clock()));
      }
    };
    element.addEventListener('wheel', turned, { passive: false });
    return () => element.removeEventListener('wheel', turned);
  }, []);

  function at(event: PointerEvent): Pointed {
    const rect = event.currentTarget instanceof Element ? event.currentTarget.getBoundingClientRect() : new DOMRect();
    const x = event.clientX - rect.left;
    const y = event.clientY - rect.top;
    const { from, to } = edges(view, hubNow());
    const gutter = gutterOf(rect.width);
    const per_px = (to - from) / (rect.width - gutter);
    const time = from + (x - gutter) * per_px;
    const row = Math.floor(y / ROW_PX);
    if (scene.current === null || x < gutter || row >= ROWS) return { x, y, box: undefined, mark: undefined };
    const mark = markAt(scene.current, row, time, SLACK_PX * per_px);
    return { x, y, mark, box: boxAt(scene.current, row, time, SLACK_PX * per_px) };
  }

  /** The span after (or before) the selected one; from nothing the latest. */
  function step(by: 1 | -1): void {
    const boxes = scene.current?.boxes ?? [];
    const current = selected.current;
    const index = boxes.findIndex((box) => box.span === current?.span);
    const next = index === -1 ? boxes[boxes.length - 1] : boxes[Math.min(boxes.length - 1, Math.max(0, index + by))];
    if (next === undefined) return;
    selected.current = next;
    setSaid(boxWords(next));
    canvas.current?.dispatchEvent(new Event('hurry'));
  }

  function pressed(event: KeyboardEvent): void {
    const moves: { readonly [key: string]: () => void } = {
      ArrowLeft: () => (event.shiftKey ? step(-1) : setView(pan(view, -0.2, hubNow()))),
      ArrowRight: () => (event.shiftKey ? step(1) : setView(pan(view, 0.2, hubNow()))),
      PageUp: () => setView(pan(view, -1, hubNow())),
      PageDown: () => setView(pan(view, 1, hubNow())),
      '+': () => setView(zoom(view, 0.5, 0.5, hubNow())),
      '=': () => setView(zoom(view, 0.5, 0.5, hubNow())),
      '-': () => setView(zoom(view, 2, 0.5, hubNow())),
      End: () => setView({ ...view, to: null }),
      Enter: () => selected.current !== null && open(selected.current.track.task_id),
    };
    const move = event.ctrlKey || event.metaKey || event.altKey ? undefined : moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }

  return (
    <div class="timeline-picture">
      <canvas
        ref={canvas}
        height={HEIGHT_PX}
        tabIndex={0}
        role="application"
        aria-roledescription="timeline"
        aria-label="Who had the floor when"
        aria-describedby="timeline-keys"
        onKeyDown={pressed}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, view, moved: false };
        }}
        onPointerMove={(event) => {
          const held = drag.current;
          if (held === null) return setPointed(at(event));
          const parts = (held.x - event.clientX) / event.currentTarget.clientWidth;
          if (Math.abs(held.x - event.clientX) > CLICK_PX) held.moved = true;
          if (held.moved) setView(pan(held.view, parts, hubNow()));
        }}
        onPointerUp={(event) => {
          const moved = drag.current?.moved === true;
          drag.current = null;
          const hit = at(event);
          const track = hit.mark?.track ?? hit.box?.track;
          if (!moved && track !== undefined) open(track.task_id);
        }}
        onPointerCancel={() => void (drag.current = null)}
        onPointerLeave={() => setPointed(null)}
      />
      <p id="timeline-keys" class="visually-hidden">
        Arrow keys move through time, plus and minus zoom, End goes to now. Shift with an arrow key picks the next span,
        Enter opens its task. The same is there as a table.
      </p>
      <p class="visually-hidden" role="status">
        {said}
      </p>
      {pointed !== null && (pointed.box !== undefined || pointed.mark !== undefined) ? <Tip pointed={pointed} /> : null}
    </div>
  );
}

function Tip({ pointed: { x, y, box, mark } }: { pointed: Pointed }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tip = place.current;
    const around = tip?.parentElement;
    if (tip === null || around === null || around === undefined) return;
    const left = Math.min(Math.max(0, x + 14), Math.max(0, around.clientWidth - tip.offsetWidth));
    tip.style.transform = `translate(${left}px, ${y + 18}px)`;
  });
  return (
    <div class="tip" ref={place} aria-hidden="true">
      {mark === undefined ? null : <p>{markWords(mark)}</p>}
      {box === undefined ? null : <p>{boxWords(box)}</p>}
    </div>
  );
}

export function markWords({ track, mark }: PlacedMark): string {
  const why = mark.detail === '' ? '' : `: ${mark.detail}`;
  return `${track.name} ${mark.kind} at ${clockTime(mark.at)}${why}`;
}

export function boxWords({ track, span, from, to }: Box): string {
  const level = levelName(track.priority);
  const end = span.to === null ? 'still has it' : (span.after ?? 'left it');
  return `${track.name}, ${level}, had the floor for ${duration(to - from)} from ${clockTime(from)}, ${end}`;
}

/** The canvas has as many pixels as the screen, whatever its zoom. */
function fit(element: HTMLCanvasElement): { width: number; ratio: number } {
  const ratio = devicePixelRatio || 1;
  const width = element.clientWidth;
  const pixels = Math.round(width * ratio);
  if (element.width !== pixels) element.width = pixels;
  if (element.height !== Math.round(HEIGHT_PX * ratio)) element.height = Math.round(HEIGHT_PX * ratio);
  return { width, ratio };
}
