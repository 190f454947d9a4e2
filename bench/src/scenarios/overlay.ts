// What the overlay costs the browser that draws it: frames, and the work of its main thread, while a reply streams at 100
// chunks a second. The yardstick is a bare page that draws nothing and counts the same browser's frames on this machine.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { alternate } from '../blocks.js';
import { type Hub, token } from '../hub.js';
import { median, percentile, ratio, rounded } from '../measure.js';
import type { Bench, Scenario } from '../scenario.js';
import { type Run, runOf, Socket } from '../socket.js';

const overlay = fileURLToPath(new URL('../../../server/dist/pages/overlay.html', import.meta.url));
const executablePath = process.env['CUEHUB_CHROMIUM'] ?? '/usr/bin/chromium';
/** No GPU: what is measured is the worst case of a machine whose GPU belongs to the game. */
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];

const allThemes = ['glass', 'comic', 'terminal', 'subtitle'] as const;
const chunksPerSecond = 100;
const goalFps = 60;
/** Nobody counts the frames of a display to a hundredth. */
const fpsTolerance = 0.98;
const full = { themes: allThemes, rounds: 3, block_ms: 5_000, rest_ms: 500 };
const quick = { themes: allThemes.slice(0, 1), rounds: 1, block_ms: 800, rest_ms: 200 };

interface Block {
  readonly frames: number;
  readonly seconds: number;
  /** Between one frame and the next. */
  readonly gaps_ms: readonly number[];
  readonly long_tasks: number;
  /** CPU time of the page's main thread. */
  readonly main_ms: number;
  /** CPU time of the whole browser, which also paints and puts the layers together. */
  readonly browser_ms: number;
}

/** A reply that never ends, in words of its own. */
async function talker(bench: Bench, hub: Hub, lane: string): Promise<() => () => void> {
  const socket = await Socket.open(hub.socketUrl, 'talker');
  bench.after(() => socket.close());
  await socket.ask({ type: 'worker.register', lane, names: ['talk'] });
  const dispatched = socket.next('task.dispatch');
  await socket.ask({ type: 'task.submit', lane, task: { name: 'talk' } });
  const run: Run = runOf(await dispatched);
  socket.send({ type: 'stream.open', ...run });
  let seq = 0;
  return () => {
    const begun = performance.now();
    let said = 0;
    const timer = setInterval(() => {
      // A timer that comes late makes up for it: the rate is what is promised.
      for (; said < ((performance.now() - begun) / 1000) * chunksPerSecond; said += 1, seq += 1) {
        const end = seq % 17 === 16 ? '.' : '';
        socket.send({
          type: 'stream.chunk',
          ...run,
          seq,
          data: `${'lorem ipsum dolor'.split(' ')[seq % 3] ?? ''}${end} `,
        });
      }
    }, 1000 / chunksPerSecond);
    return () => clearInterval(timer);
  };
}

async function mainThreadMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
}

async function browserMs(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime * 1000, 0);
}

async function block(page: Page, session: CDPSession, ms: number): Promise<Block> {
  await page.bringToFront();
  const browser = page.context().browser();
  if (browser === null) throw new Error('the browser has gone');
  const all = await browserMs(browser);
  const before = await mainThreadMs(session);
  const seen = await page.evaluate(async (wanted_ms) => {
    let long_tasks = 0;
    const observer = new PerformanceObserver((list) => (long_tasks += list.getEntries().length));
    observer.observe({ type: 'longtask' });
    const at: number[] = [];
    const begun = performance.now();
    // No named function in here: the compiler would want a helper for its name.
    while (performance.now() - begun < wanted_ms) at.push(await new Promise((drawn) => requestAnimationFrame(drawn)));
    observer.disconnect();
    return { at, long_tasks };
  }, ms);
  const { at, long_tasks } = seen;
  const main_ms = (await mainThreadMs(session)) - before;
  const browser_ms = (await browserMs(browser)) - all;
  const seconds = ((at[at.length - 1] ?? 0) - (at[0] ?? 0)) / 1000;
  return {
    frames: at.length - 1,
    seconds,
    gaps_ms: at.slice(1).map((now, n) => now - (at[n] ?? now)),
    long_tasks,
    main_ms,
    browser_ms,
  };
}

function figuresOf(blocks: readonly Block[]) {
  const fps = median(blocks.map(({ frames, seconds }) => frames / seconds));
  const gaps = blocks.flatMap(({ gaps_ms }) => gaps_ms);
  return {
    fps: rounded(fps),
    frame_p95_ms: rounded(percentile(gaps, 0.95)),
    frame_max_ms: rounded(percentile(gaps, 1)),
    long_tasks: blocks.reduce((sum, { long_tasks }) => sum + long_tasks, 0),
    main_ms_per_s: rounded(median(blocks.map(({ main_ms, seconds }) => main_ms / seconds))),
    browser_ms_per_frame: rounded(median(blocks.map(({ browser_ms, frames }) => browser_ms / frames))),
  };
}

export const scenario: Scenario = {
  about: `a browser source while a reply streams at ${chunksPerSecond} chunks a second, against a bare page`,
  async run(bench) {
    if (!existsSync(overlay)) throw new Error('the pages are not built: npm run build');
    const { themes, rounds, block_ms, rest_ms } = bench.quick ? quick : full;
    const hub = await bench.hub();
    const browser = await chromium.launch({ executablePath, args: flags });
    bench.after(() => browser.close());
    const openPage = async (url: string): Promise<{ page: Page; session: CDPSession }> => {
      const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
      const page = await context.newPage();
      await page.goto(url);
      const session = await context.newCDPSession(page);
      await session.send('Performance.enable', { timeDomain: 'threadTicks' });
      return { page, session };
    };
    const bare = await openPage('about:blank');
    const contenders = [{ name: 'bare', block: () => block(bare.page, bare.session, block_ms) }];
    for (const theme of themes) {
      const lane = `bench-${theme}`;
      const talk = await talker(bench, hub, lane);
      contenders.push({
        name: theme,
        block: async () => {
          // Opened for the block alone: the others shall not draw behind it.
          const { page, session } = await openPage(`${hub.url}/overlay#token=${token}&lane=${lane}&theme=${theme}`);
          const stop = talk();
          await page.waitForFunction(() => document.querySelectorAll('.word').length > 100);
          try {
            return await block(page, session, block_ms);
          } finally {
            stop();
            await page.context().close();
          }
        },
      });
    }
    const blocks = await alternate(contenders, { rounds, rest_ms });
    const of = (name: string) => figuresOf(blocks.get(name) ?? []);
    const plain = of('bare');
    const rows = ['bare', ...themes].map((name) => {
      const { fps, frame_p95_ms, frame_max_ms, long_tasks, main_ms_per_s, browser_ms_per_frame } = of(name);
      return [
        name,
        fps,
        ratio(fps, plain.fps),
        frame_p95_ms,
        frame_max_ms,
        long_tasks,
        main_ms_per_s,
        browser_ms_per_frame,
      ];
    });
    const slowest = Math.min(...themes.map((theme) => of(theme).fps));
    return {
      tables: [
        {
          title: `1920 × 1080, no GPU, ${chunksPerSecond} chunks a second`,
          columns: [
            'page',
            'frames/s',
            '÷ bare',
            'frame p95 ms',
            'max ms',
            'long tasks',
            'main thread ms/s',
            'CPU ms/frame',
          ],
          rows,
        },
      ],
      figures: Object.fromEntries(
        ['bare', ...themes].flatMap((name) =>
          Object.entries(of(name)).map(([figure, value]) => [`${name}_${figure}`, value]),
        ),
      ),
      ratios: Object.fromEntries(themes.map((theme) => [`${theme}_fps`, ratio(of(theme).fps, plain.fps)])),
      goals: [
        { what: 'frames a second of the slowest theme', value: slowest, at_least: goalFps * fpsTolerance },
        {
          what: 'frames a second of the slowest theme / of a bare page',
          value: ratio(slowest, plain.fps),
          at_least: fpsTolerance,
        },
      ],
      notes: [
        'The browser draws without a GPU, on the cores that the hub and the chunks are on too; OBS has one.',
        'Main thread: CPU time of its tasks in a second. CPU: of the whole browser, for each frame. Other load hardly changes them.',
      ],
    };
  },
};
