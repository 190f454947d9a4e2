// Figures of the lane and the hub over the last minutes: how long tasks of each level waited, how often the floor went
// over, what the hub delivered.
import { useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { COUNTERS, type Rate, ratesOf } from '../model/counters.js';
import { count, duration } from '../model/format.js';
import { LEVELS } from '../model/levels.js';
import { switchesIn, waitFigures, type WaitFigures, waitsIn } from '../model/statistics.js';
import { Chart } from './chart.js';
import { Empty, LevelMark, Panel } from './parts.js';
import { useStore } from './use-store.js';

const WINDOW_MS = 15 * 60_000;
const BUCKET_MS = 15_000;
/** The figures are counted anew this often. */
const COUNTED_MS = 1_000;
/** Waits drawn as points. */
const POINTS_MAX = 2_000;
/** A wait of none is drawn at the bottom of a logarithmic scale. */
const WAIT_MIN_MS = 1;

interface Figures {
  readonly counted_at: number;
  readonly of: object;
  readonly waits: uPlot.AlignedData;
  readonly figures: readonly WaitFigures[];
  readonly switches: uPlot.AlignedData;
  readonly switched: number;
}

export function ChartsPanel({ theme }: { theme: string }) {
  const store = useStore();
  const { model } = store.follower;
  const kept = useRef<Figures | null>(null);
  const now = Date.now();
  if (kept.current === null || now - kept.current.counted_at >= COUNTED_MS || kept.current.of !== model) {
    kept.current = figuresOf();
  }
  const { waits, figures, switches, switched } = kept.current;

  function figuresOf(): Figures {
    const to = model.hubTime(now);
    const window = { from: to - WINDOW_MS, to };
    const all = waitsIn(model.timeline.tracks, window);
    const points = all.slice(-POINTS_MAX);
    const buckets = switchesIn(model.timeline.tracks, window, BUCKET_MS);
    return {
      counted_at: now,
      of: model,
      figures: waitFigures(all),
      waits: [
        points.map(({ at }) => at / 1_000),
        ...LEVELS.map(({ priority }) =>
          points.map((wait) => (wait.priority === priority ? Math.max(WAIT_MIN_MS, wait.wait_ms) : null)),
        ),
      ],
      switches: [buckets.map((_, index) => (window.from + index * BUCKET_MS) / 1_000), [...buckets]],
      switched: buckets.reduce((sum, value) => sum + value, 0),
    };
  }

  const some = figures.filter(({ tasks }) => tasks > 0);
  return (
    <Panel id="charts" title="Figures" class="charts" note="the last 15 minutes">
      <div class="charts-grid">
        <figure>
          <figcaption>Waiting time by level</figcaption>
          <Chart
            variant={`waits-${theme}`}
            label={`Waiting time by level: ${some.map(waitWords).join('; ') || 'nothing has run yet'}`}
            data={waits}
            options={waitOptions}
          />
          <WaitTable figures={some} />
        </figure>
        <figure>
          <figcaption>
            Switches <span class="soft">grants of the floor each {BUCKET_MS / 1_000} s</span>
          </figcaption>
          <Chart
            variant={`switches-${theme}`}
            label={`The floor was granted ${count(switched)} times in the last 15 minutes`}
            data={switches}
            options={switchOptions}
          />
          <p class="figure">
            <b>{count(switched)}</b> <span class="soft">grants in 15 minutes</span>
          </p>
        </figure>
        <Deliveries theme={theme} />
      </div>
    </Panel>
  );
}

function waitWords({ priority, tasks, median_ms, p95_ms }: WaitFigures): string {
  return `${priority}: ${tasks} tasks, median ${duration(median_ms)}, 95 % within ${duration(p95_ms)}`;
}

function WaitTable({ figures }: { figures: readonly WaitFigures[] }) {
  if (figures.length === 0) return <Empty title="No task has got the floor in this time." />;
  return (
    <table class="figures">
      <thead>
        <tr>
          <th scope="col">Level</th>
          <th scope="col">Tasks</th>
          <th scope="col">Median</th>
          <th scope="col">95 %</th>
          <th scope="col">Longest</th>
        </tr>
      </thead>
      <tbody>
        {figures.map(({ priority, tasks, median_ms, p95_ms, longest_ms }) => (
          <tr key={priority}>
            <th scope="row">
              <LevelMark priority={priority} />
            </th>
            <td>{count(tasks)}</td>
            <td>{duration(median_ms)}</td>
            <td>{duration(p95_ms)}</td>
            <td>{duration(longest_ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const COUNTER_WORDS = { deliveries: 'deliveries', facts: 'facts', chunks: 'chunks' } as const;

/** The hub's counters are those of all lanes. */
function Deliveries({ theme }: { theme: string }) {
  const store = useStore();
  const data = useRef<{ of: unknown; lines: uPlot.AlignedData; rates: readonly Rate[] } | null>(null);
  if (data.current === null || data.current.of !== store.samples) {
    const rates = ratesOf(store.samples);
    const lines: uPlot.AlignedData = [
      rates.map(({ at }) => at / 1_000),
      ...COUNTERS.map((name) => rates.map(({ per_second }) => per_second[name])),
    ];
    data.current = { of: store.samples, lines, rates };
  }
  const { lines, rates } = data.current;
  const last = rates[rates.length - 1]?.per_second;
  const words = COUNTERS.flatMap((name) => {
    const rate = last?.[name];
    return rate === null || rate === undefined
      ? []
      : [{ name, text: rate < 10 ? rate.toFixed(1) : count(Math.round(rate)) }];
  });
  return (
    <figure>
      <figcaption>
        Deliveries <span class="soft">a second, the whole hub</span>
      </figcaption>
      {store.samples_problem !== null && store.samples.length === 0 ? (
        <Empty title="The hub’s figures cannot be read.">{store.samples_problem}</Empty>
      ) : (
        <>
          <Chart
            variant={`deliveries-${theme}`}
            label={`A second now: ${words.map(({ name, text }) => `${text} ${name}`).join(', ') || 'nothing known yet'}`}
            data={lines}
            options={rateOptions}
          />
          <ul class="figure-list">
            {words.map(({ name, text }) => (
              <li key={name}>
                <i class={`dash dash-${name}`} aria-hidden="true" />
                <b>{text}</b> <span class="soft">{COUNTER_WORDS[name]}/s</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </figure>
  );
}

type Style = CSSStyleDeclaration;

function read(style: Style, name: string): string {
  return style.getPropertyValue(name).trim();
}

function axes(style: Style, values: uPlot.Axis.Values, more: Partial<uPlot.Axis> = {}): uPlot.Axis[] {
  const common = {
    stroke: read(style, '--soft'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: read(style, '--line'), width: 1, ...(more.filter === undefined ? {} : { filter: more.filter }) },
    ticks: { show: false },
  };
  return [
    { ...common, size: 24, space: 70, values: (_, at) => at.map((second) => clockOf(second)) },
    { ...common, size: 52, values, ...more },
  ];
}

function clockOf(second: number): string {
  return new Date(second * 1_000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

const BARE = {
  legend: { show: false },
  cursor: { show: false },
  padding: [8, 8, 0, 0],
} satisfies Partial<uPlot.Options>;

function waitOptions(style: Style): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    ...BARE,
    scales: {
      x: { range: lastMinutes },
      y: { distr: 3, range: (_, low, high) => [Math.max(1, low || 1), Math.max(1_000, high || 1_000)] },
    },
    // Only the round ones: a logarithmic grid is a hatch otherwise.
    axes: axes(style, (_, at) => at.map((ms) => (ms === null ? '' : duration(ms))), {
      filter: (_, at) => at.map((ms) => (isPowerOfTen(ms) ? ms : null)),
    }),
    series: [
      {},
      ...LEVELS.map(({ number, name }) => ({
        label: name,
        stroke: read(style, `--level-${number}`),
        fill: read(style, `--level-${number}`),
        paths: () => null,
        // Levels differ in size, too.
        points: { show: true, size: 9 - number, fill: read(style, `--level-${number}`), width: 1 },
      })),
    ],
  };
}

function isPowerOfTen(value: number): boolean {
  return Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6);
}

function lastMinutes(): [number, number] {
  const now = Date.now() / 1_000;
  return [now - WINDOW_MS / 1_000, now];
}

function switchOptions(style: Style): Omit<uPlot.Options, 'width' | 'height'> {
  const bars = uPlot.paths.bars?.({ size: [0.8, 12], align: 1 });
  return {
    ...BARE,
    scales: { x: { range: lastMinutes }, y: { range: (_, __, high) => [0, Math.max(4, high || 0)] } },
    axes: axes(style, (_, at) => at.map((value) => (Number.isInteger(value) ? String(value) : ''))),
    series: [
      {},
      {
        label: 'grants',
        fill: read(style, '--accent-graphic'),
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      },
    ],
  };
}

const DASHES = { deliveries: [], facts: [6, 4], chunks: [2, 3] } as const;

function rateOptions(style: Style): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    ...BARE,
    scales: { x: { range: lastMinutes }, y: { range: (_, __, high) => [0, Math.max(2, (high || 0) * 1.1)] } },
    axes: axes(style, (_, at) => at.map((value) => count(value))),
    series: [
      {},
      ...COUNTERS.map((name) => ({
        label: name,
        stroke: read(style, '--ink'),
        width: name === 'deliveries' ? 2 : 1.4,
        dash: [...DASHES[name]],
        points: { show: false },
      })),
    ],
  };
}
