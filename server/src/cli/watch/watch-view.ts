/** The picture that `cuehub watch` shows: a model in, lines out. As wide and high as it is told, never more. */
import { PRIORITIES, type Priority, type TaskView } from '@cuehub/protocol';
import type { Colors } from '../io.js';
import { type Line, type Span, clean, fit, wrap } from './cells.js';
import { type WatchModel, byLevel, textOf, waitingTasks } from './watch-model.js';

export interface View {
  readonly width: number;
  readonly height: number;
  readonly now_ms: number;
  /** Where the hub is, for the header. */
  readonly url: string;
  readonly colors: Colors;
}

const TEXT_LINES_MAX = 8;
const PAUSED_LINES_MAX = 3;
const EVENT_LINES_MIN = 3;
const LABEL_CELLS = 12;

export function renderWatch(model: WatchModel, view: View): string[] {
  const { width, height, colors } = view;
  const head = [header(model, view), [{ text: '─'.repeat(width), style: colors.dim }]];
  const floor = floorLine(model, view);
  const queue = [...pausedLines(model, view), ...queueLines(model, view)];
  const foot: Line = [{ text: ' q quits', style: colors.dim }];

  const fixed = head.length + 1 + 1 + queue.length + 2 + 1;
  const text = floorText(model, view, Math.min(TEXT_LINES_MAX, Math.max(1, height - fixed - EVENT_LINES_MIN)));
  const room = height - fixed - text.length;
  const lines: Line[] = [
    ...head,
    floor,
    ...text,
    [],
    ...queue,
    [],
    label('EVENTS', view),
    ...eventLines(model, view, Math.max(0, room)),
  ];
  const body = lines.slice(0, Math.max(0, height - 1));
  while (body.length < height - 1) body.push([]);
  return [...body, foot].slice(0, height).map((line) => fit(line, width));
}

/** The last thing to read when the terminal is given back. */
export function farewell(model: WatchModel): string {
  const completed = model.status?.state.tasks_completed ?? 0;
  return `watched lane ${model.lane}: ${completed} completed so far, ${waitingTasks(model).length} waiting`;
}

function header(model: WatchModel, { colors, url }: View): Line {
  const badge = modeBadge(model, colors);
  const interrupt =
    model.status?.state.can_interrupt === false ? [{ text: ' may not be interrupted ', style: colors.yellow }] : [];
  return [
    { text: ' cuehub ', style: colors.bold },
    { text: `lane ${model.lane}`, style: colors.dim },
    '   ',
    badge,
    ' ',
    ...interrupt,
    { text: `   ${clean(url)}`, style: colors.dim },
  ];
}

function modeBadge({ connection, status }: WatchModel, colors: Colors): Span {
  if (connection !== 'live') {
    const text = connection === 'lost' ? '○ CONNECTION LOST, trying again' : '○ CONNECTING';
    return { text, style: connection === 'lost' ? colors.red : colors.dim };
  }
  if (status === null) return { text: '○', style: colors.dim };
  if (!status.state.started) return { text: '■ STOPPED', style: colors.red };
  const { mode } = status.state;
  const style = { idle: colors.dim, busy: colors.yellow, streaming: colors.green }[mode];
  return { text: `● ${mode.toUpperCase()}`, style };
}

function label(text: string, { colors }: View): Line {
  return [{ text: ` ${text}`, style: colors.bold }];
}

function floorLine(model: WatchModel, view: View): Line {
  const { colors, now_ms } = view;
  const title = { text: ' FLOOR'.padEnd(LABEL_CELLS), style: colors.bold };
  const current = model.status?.current_task ?? null;
  if (current === null) return [title, { text: 'nobody', style: colors.dim }];
  const since_s = current.state === 'running' ? Math.max(0, now_ms - model.status_at_ms) / 1_000 : 0;
  const what = current.state === 'running' ? 'for' : `${current.state} after`;
  return [
    title,
    prioritySpan(current.priority, colors),
    ' ',
    { text: clean(current.name), style: colors.bold },
    { text: `  ${what} ${(current.running_for + since_s).toFixed(1)} s  ${clean(current.task_id)}`, style: colors.dim },
  ];
}

/** The end of what the holder has streamed so far. */
function floorText(model: WatchModel, { width, colors }: View, lines: number): Line[] {
  const current = model.status?.current_task ?? null;
  if (current === null) return [[]];
  const text = clean(textOf(model, current.task_id));
  if (text === '') return [[]];
  const wrapped = wrap(`${text}▌`, Math.max(1, width - 4)).slice(-lines);
  return wrapped.map((line): Line => ['   ', { text: line, style: colors.cyan }]);
}

function pausedLines(model: WatchModel, { colors }: View): Line[] {
  const paused = waitingTasks(model).filter(({ state }) => state === 'paused');
  return paused.slice(0, PAUSED_LINES_MAX).map((task, index): Line => {
    const text = clean(textOf(model, task.task_id)).slice(-60);
    return [
      { text: (index === 0 ? ' PAUSED' : '').padEnd(LABEL_CELLS), style: colors.bold },
      prioritySpan(task.priority, colors),
      ` ${clean(task.name)}`,
      { text: waitsFor(task), style: colors.dim },
      { text: text === '' ? '' : `  …${text}`, style: colors.cyan },
    ];
  });
}

function queueLines(model: WatchModel, view: View): Line[] {
  const { colors } = view;
  const queued = waitingTasks(model).filter(({ state }) => state === 'queued');
  const total = Math.max(model.status?.queue_size ?? 0, queued.length);
  const title = { text: ' QUEUE'.padEnd(LABEL_CELLS), style: colors.bold };
  if (total === 0) return [[title, { text: 'nothing waits', style: colors.dim }]];
  const levels = byLevel(queued);
  const lines: Line[] = [[title, `${total} waiting`]];
  for (const priority of PRIORITIES) {
    const tasks = levels.get(priority) ?? [];
    if (tasks.length === 0) continue;
    const names = tasks.map((task) => `${clean(task.name)}${waitsFor(task)}`).join(', ');
    lines.push([
      ' '.repeat(LABEL_CELLS - 1),
      ' ',
      prioritySpan(priority, colors),
      ` ${String(tasks.length).padStart(3)}  `,
      { text: names, style: colors.dim },
    ]);
  }
  return lines;
}

function waitsFor(task: TaskView): string {
  if (task.deferred !== undefined)
    return task.deferred.reason === 'hold' ? ' (deferred: floor held)' : ' (deferred: not interruptible)';
  if (task.waiting_for === undefined || task.waiting_for === 'floor') return '';
  return ` (waits for ${task.waiting_for})`;
}

function eventLines(model: WatchModel, { colors }: View, lines: number): Line[] {
  return model.events
    .slice(-lines || model.events.length)
    .slice(0, lines)
    .map(
      ({ at, name, detail, task }): Line => [
        { text: `   ${at === undefined ? '        ' : new Date(at).toTimeString().slice(0, 8)}  `, style: colors.dim },
        { text: name.padEnd(16), style: task === undefined ? undefined : styleOf(task.priority, colors) },
        { text: ` ${detail}`, style: colors.dim },
      ],
    );
}

const PRIORITY_CELLS = 'BACKGROUND'.length;

function prioritySpan(priority: Priority, colors: Colors): Span {
  return { text: priority.padEnd(PRIORITY_CELLS), style: styleOf(priority, colors) };
}

function styleOf(priority: Priority, colors: Colors): (text: string) => string {
  const { red, yellow, green, blue, dim } = colors;
  return { URGENT: red, HIGH: yellow, MEDIUM: green, LOW: blue, BACKGROUND: dim }[priority] ?? colors.white;
}
