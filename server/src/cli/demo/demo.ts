/** `cuehub demo`: a chat, a voice, donations and a monitor share the floor of a lane of a running hub. */
import { ConnectionClosed } from '@cuehub/client';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError, oneLine } from '../cli-error.js';
import { type Io, colorsFor } from '../io.js';
import { openClient } from '../open-client.js';
import { onSignals } from '../signals.js';
import type { Target } from '../target.js';
import { demoSources } from './line-source.js';
import type { DemoLine } from './lines.js';
import { playOnce } from './once.js';
import { type DemoHub, type DemoTasks, submitLine, submitReport } from './tasks.js';
import { Transcript } from './transcript.js';
import { registerWorkers } from './workers.js';

const REPORT_EVERY_MS = 4_000;
const NORMAL_CLOSURE = 1000;

export interface DemoOptions {
  readonly lane: string;
  readonly file?: string | undefined;
  readonly wake: string;
  readonly word_ms: number;
  readonly once?: boolean;
}

/** Resolves when the input is over and everything that was asked for has been said. */
export async function demo(options: DemoOptions, target: Target, io: Io): Promise<void> {
  const ended = new AbortController();
  const stopSignals = onSignals(() => ended.abort());
  const clients: DemoHub[] = [];
  let removed: (error: Error) => void = () => {};
  const over = new Promise<void>((resolve, reject) => {
    removed = reject;
    ended.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  over.catch(() => {});
  const join = async (name: string, kind: string): Promise<DemoHub> => {
    const client = await openClient<DemoTasks>(target, options.lane, { name, kind });
    clients.push(client);
    // One that is closed for good (removed by an operator, say) leaves the others waiting for it.
    client.on('closed', (error) => {
      if (error.close_code !== NORMAL_CLOSURE) removed(error);
    });
    return client;
  };
  const sleep = (ms: number): Promise<void> => delay(ms, undefined, { signal: ended.signal }).catch(() => {});
  try {
    const workers = await join('demo-companion', 'worker');
    await registerWorkers(workers, { word_ms: options.word_ms, sleep });
    const bridge = await join('demo-bridge', 'bridge');
    const watcher = await join('demo-watcher', 'terminal');
    if (options.once === true) {
      await Promise.race([playOnce(bridge, watcher, io), over]);
    } else {
      const monitor = await join('demo-monitor', 'monitor');
      await Promise.race([perform(options, { bridge, monitor, watcher }, target, io, ended.signal, sleep), over]);
    }
  } catch (error) {
    if (error instanceof ConnectionClosed && ended.signal.aborted) return;
    throw error instanceof ConnectionClosed ? new CliError(oneLine(error)) : error;
  } finally {
    ended.abort();
    stopSignals();
    for (const client of clients) client.close();
  }
}

interface Cast {
  readonly bridge: DemoHub;
  readonly monitor: DemoHub;
  readonly watcher: DemoHub;
}

async function perform(
  { file, wake, word_ms, lane }: DemoOptions,
  { bridge, monitor, watcher }: Cast,
  target: Target,
  io: Io,
  signal: AbortSignal,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  const { stdin } = io;
  const transcript = new Transcript(io.stdout, colorsFor(io.stdout, io.env));
  transcript.begin({ lane, url: target.url, wake, typed: file === undefined && stdin.isTTY === true });
  const watching = transcript.follow(watcher);
  const reporting = report(monitor, signal, sleep);
  const asked: Promise<unknown>[] = [];
  const play = async (lines: AsyncIterable<DemoLine>): Promise<void> => {
    for await (const line of lines) {
      if (signal.aborted) return;
      const task = await submitLine(bridge, line);
      // How it ended stands in the transcript.
      asked.push(
        task
          .end()
          .catch(() => undefined)
          .then(() => transcript.told(task.id)),
      );
    }
  };
  const sources = demoSources({ file, wake, word_ms, stdin, sleep, signal });
  await Promise.race([Promise.all(sources.map(play)).then(() => Promise.all(asked)), reporting]);
  watcher.close();
  await watching;
}

/** The monitor goes on as long as the demo does. A report that still waits is replaced by the next one. */
async function report(monitor: DemoHub, signal: AbortSignal, sleep: (ms: number) => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await submitReport(monitor, Date.now()).catch((error: unknown) => {
      if (!(error instanceof ConnectionClosed)) throw error;
    });
    await sleep(REPORT_EVERY_MS);
  }
}
