// What the processes of this folder say to each other over their pipes, and the words that a story is told in.

export interface Start {
  url: string;
  token: string;
}

export type Order = { do: 'submit'; name: string; words: number } | { do: 'write'; count: number } | { do: 'finish' };

export type Report =
  | { is: 'ready' }
  /** A submit was answered. */
  | { is: 'submitted'; name: string; task_id: string }
  | { is: 'asked'; name: string }
  | { is: 'result'; name: string; result: unknown }
  /** A handler was called, has written, has returned. */
  | { is: 'called'; name: string; attempt: number }
  | { is: 'written'; name: string; next: number }
  | { is: 'returned'; name: string }
  /** Something was seen: all of what the watcher has so far. */
  | { is: 'seen'; view: View }
  | { is: 'failed'; why: string };

export interface View {
  /** `task.queued story` */
  facts: string[];
  seqs: number[];
  gaps: string[];
  snapshots: number;
  /** By the name of the task. */
  texts: Record<string, string>;
}

export interface Args {
  name: string;
  words: number;
}

export function story(name: string, count: number): string {
  return Array.from({ length: count }, (_, at) => wordOf(name, at)).join('');
}

export function wordOf(name: string, at: number): string {
  return `${name}${at} `;
}

/** In a child: where it is to connect to. */
export function startOf(): Start {
  return JSON.parse(process.argv[2] ?? '{}') as Start;
}

/** In a child: tells the parent. */
export function report(what: Report): void {
  process.send?.(what);
}

/** In a child: hears the parent. */
export function onOrder(listener: (order: Order) => void): void {
  process.on('message', (order) => listener(order as Order));
}
