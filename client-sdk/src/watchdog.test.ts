import { expect, test } from 'vitest';
import { FakeClock } from './testing/fake-clock.js';
import { Watchdog } from './watchdog.js';

function setup(): { clock: FakeClock; watchdog: Watchdog; deaths: number[] } {
  const clock = new FakeClock();
  const deaths: number[] = [];
  const watchdog = new Watchdog(clock, 50, () => deaths.push(clock.now()));
  watchdog.start(30_000);
  return { clock, watchdog, deaths };
}

test('silence is death, after what has arrived had time to be read', async () => {
  const { clock, deaths } = setup();
  await clock.advance(30_040);
  expect(deaths).toEqual([]);
  await clock.advance(60_000);
  expect(deaths).toEqual([30_050]);
});

test('any sign of life puts it off', async () => {
  const { clock, watchdog, deaths } = setup();
  await clock.advance(20_000);
  watchdog.heard();
  await clock.advance(29_000);
  expect(deaths).toEqual([]);
  await clock.advance(2_000);
  expect(deaths).toEqual([50_050]);
});

test('a process that was stopped reads what waited for it before it judges', async () => {
  const { clock, watchdog, deaths } = setup();
  // The timer is overdue; the frames in the buffer are read in the turn after it.
  clock.setTimeout(() => watchdog.heard(), 30_001);
  await clock.advance(40_000);
  expect(deaths).toEqual([]);
});

test('a look in between changes nothing for a live connection and is quick for a dead one', async () => {
  const { clock, watchdog, deaths } = setup();
  await clock.advance(10_000);
  watchdog.check();
  await clock.advance(19_000);
  expect(deaths).toEqual([]);
  await clock.advance(1_050);
  expect(deaths).toEqual([30_050]);
});

test('a watchdog that was stopped is quiet', async () => {
  const { clock, watchdog, deaths } = setup();
  watchdog.stop();
  await clock.advance(100_000);
  expect(deaths).toEqual([]);
});
