/** Real figures of this machine, and what the voice worker says about them. */
import { cpus, freemem, loadavg, totalmem, uptime } from 'node:os';

export interface MachineFacts {
  /** Unix milliseconds. */
  readonly at: number;
  /** Tasks that want to run, averaged over a minute. */
  readonly load_1m: number;
  readonly cores: number;
  readonly memory_bytes: number;
  readonly memory_free_bytes: number;
  readonly uptime_s: number;
}

export function machineFacts(at: number): MachineFacts {
  return {
    at,
    load_1m: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    cores: cpus().length,
    memory_bytes: totalmem(),
    memory_free_bytes: freemem(),
    uptime_s: Math.floor(uptime()),
  };
}

const GIB = 1024 ** 3;

export function loadText({ load_1m, cores }: MachineFacts): string {
  const busy = load_1m > cores ? 'more than I can do at once' : load_1m > cores / 2 ? 'quite some' : 'not much';
  return `The load is ${load_1m.toFixed(2)} on ${cores} ${cores === 1 ? 'core' : 'cores'}: ${busy}.`;
}

export function memoryText({ memory_bytes, memory_free_bytes }: MachineFacts): string {
  const used = Math.round((1 - memory_free_bytes / memory_bytes) * 100);
  return `${(memory_free_bytes / GIB).toFixed(1)} of ${(memory_bytes / GIB).toFixed(1)} GiB of memory are free, ${used} % is in use.`;
}

/** Does what was asked, on this machine; the answer is what is said. */
export function answerCommand(command: string, facts: MachineFacts): string {
  const asked = command.toLowerCase();
  if (/\b(?:time|clock|late)\b/.test(asked)) return `It is ${new Date(facts.at).toTimeString().slice(0, 5)}.`;
  if (/\b(?:day|date|today)\b/.test(asked)) return `Today is ${new Date(facts.at).toDateString()}.`;
  if (/\b(?:memory|ram)\b/.test(asked)) return memoryText(facts);
  if (/\b(?:load|busy|cpu|cores?)\b/.test(asked)) return loadText(facts);
  if (/\b(?:up|uptime|long)\b/.test(asked))
    return `This machine has been up for ${Math.floor(facts.uptime_s / 3_600)} hours.`;
  if (/\b(?:status|how are you)\b/.test(asked)) return `${loadText(facts)} ${memoryText(facts)}`;
  return asked === '' ? 'Yes?' : `I heard "${command}", and can tell you the time, the date, the load or the memory.`;
}
