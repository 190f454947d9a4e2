// Owns: the picture of the main figures: one small chart for each comparison, with a scale of its own, since a share of
// a millisecond and a number of tasks have none in common. Legible on white and on black.
import { View, parse } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { formatNumber } from './report.js';
import type { Comparison } from './scenario.js';

const hubName = 'cuehub';
/** Mid tones: the picture has no background of its own. */
const ink = '#78818b';
const hubColour = '#2f9e6e';
const peerColour = '#9aa4af';
const barHeight = 18;
const chartWidth = 420;
const labelWidth = 240;

function chartOf({ title, unit, better, bars }: Comparison): object {
  const values = bars.map(({ who, value }) => ({ who, value, label: `${formatNumber(value)} ${unit}` }));
  const y = { field: 'who', type: 'nominal', sort: null, title: null, axis: { labelLimit: 0, minExtent: labelWidth } };
  const most = Math.max(...bars.map(({ value }) => value));
  // Room for the figure behind the longest bar.
  const x = { field: 'value', type: 'quantitative', axis: null, scale: { domain: [0, most * 1.4], nice: false } };
  return {
    title: { text: title, subtitle: `${better} is better` },
    width: chartWidth,
    height: { step: barHeight + 6 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar', height: barHeight, cornerRadiusEnd: 3 },
        encoding: {
          x,
          y,
          color: {
            condition: { test: `indexof(datum.who, '${hubName}') === 0`, value: hubColour },
            value: peerColour,
          },
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 5 },
        encoding: { x, y, text: { field: 'label' }, color: { value: ink } },
      },
    ],
  };
}

export async function chartSvg(comparisons: readonly Comparison[]): Promise<string> {
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: null,
    padding: 12,
    spacing: 22,
    vconcat: comparisons.map(chartOf),
    resolve: { scale: { x: 'independent', y: 'independent' } },
    config: {
      font: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
      view: { stroke: null },
      // All begin at the same place, left of the names.
      title: {
        color: ink,
        subtitleColor: ink,
        anchor: 'start',
        fontSize: 14,
        subtitleFontSize: 11,
        frame: 'group',
        dx: -labelWidth,
      },
      axis: { labelColor: ink, labelFontSize: 12, domain: false, ticks: false, grid: false },
      text: { fontSize: 12 },
    },
  };
  const view = new View(parse(compile(spec as unknown as TopLevelSpec).spec), { renderer: 'none' });
  return `${await view.toSVG()}\n`;
}
