import { expect, test } from 'vitest';
import { chartSvg } from './chart.js';

test('a chart has a title, a bar and a figure for everybody, and no background of its own', async () => {
  const svg = await chartSvg([
    {
      title: 'A switch',
      unit: 'ms',
      better: 'lower',
      bars: [
        { who: 'cuehub', value: 0.2 },
        { who: 'plain ws relay', value: 0.1 },
      ],
    },
    { title: 'Lifecycles', unit: 'tasks/s', better: 'higher', bars: [{ who: 'cuehub', value: 23_456 }] },
  ]);
  for (const text of ['A switch', 'lower is better', 'plain ws relay', '0.2 ms', '0.1 ms', '23 456 tasks/s']) {
    expect(svg).toContain(text);
  }
  expect(svg.startsWith('<svg')).toBe(true);
  expect(svg).not.toContain('fill="white"');
});
