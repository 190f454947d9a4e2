import { expect, test, vi } from 'vitest';
import { systemClock } from './clock.js';

test('the time is the wall clock at the start, whole, and does not follow the wall clock back', () => {
  const clock = systemClock();
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
  expect(Number.isInteger(clock.now())).toBe(true);
  const before = clock.now();
  const wall = vi.spyOn(Date, 'now').mockReturnValue(0);
  expect(clock.now()).toBeGreaterThanOrEqual(before);
  wall.mockRestore();
});

test('a timer that is cancelled never fires, one that is not fires once', async () => {
  const clock = systemClock();
  const fired: string[] = [];
  clock.after(0, () => fired.push('cancelled')).cancel();
  const keepAlive = setTimeout(() => {}, 10_000);
  await new Promise<void>((resolve) => {
    clock.after(1, () => {
      fired.push('kept');
      resolve();
    });
  });
  clearTimeout(keepAlive);
  expect(fired).toEqual(['kept']);
});
