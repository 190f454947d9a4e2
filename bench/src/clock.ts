// Owns: one clock for all processes of a measurement: what the system calls monotonic is the same for all of them.

/** Milliseconds since the machine was started. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const mark = Buffer.from('"data":"@');

/** What a chunk begins with whose way is to be measured: 16 characters. */
export function stamp(): string {
  return `@${machineMs().toFixed(3).padStart(14, '0')}|`;
}

/** How long a chunk's frame was on its way; undefined when it says nothing about that. */
export function ageOf(frame: Buffer): number | undefined {
  const at = frame.indexOf(mark);
  if (at < 0) return undefined;
  const from = at + mark.length;
  return machineMs() - Number(frame.toString('latin1', from, from + 14));
}
