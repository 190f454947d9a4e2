// Times and durations as people read them.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const two = (value: number): string => String(value).padStart(2, '0');

/** `14:03:22`, in the time of this machine. */
export function clockTime(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `14:03:22.418`. */
export function exactTime(at: number): string {
  return `${clockTime(at)}.${String(new Date(at).getMilliseconds()).padStart(3, '0')}`;
}

/** `26 Nov, 14:03:22`; the day is left out when it is that of `today_at`. */
export function dateTime(at: number, today_at: number): string {
  const date = new Date(at);
  if (date.toDateString() === new Date(today_at).toDateString()) return clockTime(at);
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}, ${clockTime(at)}`;
}

/** `840 ms`, `3.2 s`, `41 s`, `2 min 05 s`, `3 h 20 min`, `2 d 4 h`. */
export function duration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < SECOND_MS) return `${Math.round(whole)} ms`;
  if (whole < 10 * SECOND_MS) return `${(Math.floor(whole / 100) / 10).toFixed(1)} s`;
  if (whole < MINUTE_MS) return `${Math.floor(whole / SECOND_MS)} s`;
  if (whole < HOUR_MS)
    return `${Math.floor(whole / MINUTE_MS)} min ${two(Math.floor((whole % MINUTE_MS) / SECOND_MS))} s`;
  if (whole < DAY_MS) return `${Math.floor(whole / HOUR_MS)} h ${two(Math.floor((whole % HOUR_MS) / MINUTE_MS))} min`;
  return `${Math.floor(whole / DAY_MS)} d ${Math.floor((whole % DAY_MS) / HOUR_MS)} h`;
}

/** A clock that counts: `0:07`, `12:40`, `1:02:03`. */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `4 950`, with a space that does not break. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}

/** `1 task`, `2 tasks`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** JSON for people; undefined is nothing. */
export function pretty(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}
