// Owns: what a process costs, as the kernel counts it.
import { readFileSync } from 'node:fs';

/** The kernel counts a process's time in hundredths of a second. */
const tickMs = 10;
const kibibyte = 1024;

/** The CPU time a process has used so far, in ms; undefined where the system does not tell. */
export function cpuMsOf(pid: number | undefined): number | undefined {
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
