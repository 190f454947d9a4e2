/**
 * The one place where time comes from. Wall time as of the start, then monotonic: it never goes back while the hub
 * runs, whatever happens to the machine's clock (PROTOCOL §8). Tests bring their own.
 */
import { performance } from 'node:perf_hooks';

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Unix milliseconds, whole, never less than before. */
  now(): number;
  /** Calls `fire` once, not before `delay_ms` have passed. Does not keep the process alive. */
  after(delay_ms: number, fire: () => void): Timer;
}

/** Longest delay that Node's timers take; longer ones fire early and are armed again by whoever asked. */
const TIMER_DELAY_MAX_MS = 2 ** 31 - 1;

export function systemClock(): Clock {
  const started_at = Date.now() - performance.now();
  return {
    now: () => Math.floor(started_at + performance.now()),
    after: (delay_ms, fire) => {
      const timer = setTimeout(fire, Math.min(Math.max(0, Math.ceil(delay_ms)), TIMER_DELAY_MAX_MS));
      timer.unref();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
