// Owns: what a process costs, as the kernel counts it.
import { readdirSync, readFileSync } from 'node:fs';

/** Without the scheduler's figures the kernel counts a process's time in hundredths of a second. */
const tickMs = 10;
const nsPerMs = 1e6;
const kibibyte = 1024;

/** The CPU time of a process's living threads so far, in ms; undefined where the system does not tell. */
export function cpuMsOf(pid: number | undefined): number | undefined {
  try {
    let ns = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      // Time on a processor, time waiting for one, how often.
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0]);
    }
    return ns / nsPerMs;
  } catch {
    return ticksOf(pid);
  }
}

function ticksOf(pid: number | undefined): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces; user and system time are 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return undefined;
  }
}

/** What a process holds of the machine's memory; undefined where the system does not tell. */
export function rssBytesOf(pid: number | undefined): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) * kibibyte;
  } catch {
    return undefined;
  }
}
