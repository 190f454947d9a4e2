/** `cuehub watch`: feeds the live view, or prints one line an event when the output is no terminal. */
import { ConnectionClosed, type CueHub } from '@cuehub/client';
import { CliError } from '../cli-error.js';
import { type Input, type Io, colorsFor } from '../io.js';
import { openClient } from '../open-client.js';
import { onSignals } from '../signals.js';
import type { Target } from '../target.js';
import { eventLine } from './event-line.js';
import { Screen } from './screen.js';
import { applyMessage, createModel, findTask } from './watch-model.js';
import { farewell, renderWatch } from './watch-view.js';

const TOPICS = ['state', 'task', 'text'] as const;

/** A turn of the screen: often enough to look live, seldom enough to cost nothing. */
const FRAME_MS = 50;
/** The running time goes on without any event. */
const TICK_MS = 200;

const CTRL_C = '\u0003';

export async function watch(lane: string, target: Target, io: Io): Promise<void> {
  const hub = await openClient(target, lane, { name: 'cuehub watch', kind: 'terminal' });
  const stopSignals = onSignals(() => hub.close());
  try {
    await (io.stdout.isTTY === true ? watchScreen(hub, lane, target, io) : watchLines(hub, lane, io));
  } catch (error) {
    // Our own close ends the events with the client; anything else is news.
    if (!(error instanceof ConnectionClosed && error.close_code === 1000)) {
      throw error instanceof ConnectionClosed ? new CliError(error.message) : error;
    }
  } finally {
    stopSignals();
    hub.close();
  }
}

async function watchLines(hub: CueHub, lane: string, io: Io): Promise<void> {
  const model = createModel(lane);
  for await (const event of hub.watch({ topics: TOPICS })) {
    const line = eventLine(event, (task_id) => findTask(model, task_id));
    applyMessage(model, event, Date.now());
    // Kept text of tasks that ended before we came has no name any more, and is no news.
    if (line === null || (event.type === 'chunk' && line.task === undefined)) continue;
    const at = new Date(line.at ?? Date.now()).toISOString();
    const words = [at, line.name, line.detail, line.task_id ?? ''].filter((word) => word !== '');
    io.stdout.write(`${words.join(' ')}\n`);
  }
}

async function watchScreen(hub: CueHub, lane: string, target: Target, io: Io): Promise<void> {
  const model = createModel(lane);
  model.connection = 'live';
  const screen = new Screen(io.stdout);
  const colors = colorsFor(io.stdout, io.env);
  const draw = (): void => {
    const { width, height } = screen;
    screen.draw(renderWatch(model, { width, height, now_ms: Date.now(), url: target.url, colors }));
  };
  let frame: NodeJS.Timeout | undefined;
  const drawSoon = (): void => {
    frame ??= setTimeout(() => {
      frame = undefined;
      draw();
    }, FRAME_MS);
  };
  const stopConnection = hub.on('connection', ({ status }) => {
    model.connection = status === 'connected' ? 'live' : 'lost';
    drawSoon();
  });
  const stopKeys = onQuitKey(io.stdin, () => hub.close());
  const leave = (): void => screen.close();
  process.once('exit', leave);
  const tick = setInterval(drawSoon, TICK_MS);
  screen.open();
  try {
    for await (const event of hub.watch({ topics: TOPICS })) {
      applyMessage(model, event, Date.now());
      drawSoon();
    }
  } finally {
    clearInterval(tick);
    clearTimeout(frame);
    stopConnection();
    stopKeys();
    process.off('exit', leave);
    screen.close();
    io.stdout.write(`${farewell(model)}\n`);
  }
}

/** In raw mode the terminal sends no SIGINT: Ctrl-C is a key like `q`. */
function onQuitKey(stdin: Input, quit: () => void): () => void {
  if (stdin.isTTY !== true || stdin.setRawMode === undefined) return () => {};
  const onData = (data: Buffer): void => {
    const key = data.toString('utf8');
    if (key === 'q' || key === 'Q' || key === CTRL_C) quit();
  };
  stdin.setRawMode(true);
  stdin.on('data', onData);
  stdin.resume();
  return () => {
    stdin.off('data', onData);
    stdin.setRawMode?.(false);
    stdin.pause();
  };
}
