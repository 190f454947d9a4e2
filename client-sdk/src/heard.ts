// What sinks heard, on its way to the hub: the latest position of each stream and sink, kept while there is no connection.

/** `seq` is the last chunk that was really played or shown. */
export interface HeardReport {
  task_id: string;
  /** Default `main`. */
  stream?: string;
  seq: number;
  /** Default: the client's name. */
  sink?: string;
  lane?: string;
}

/** Streams and sinks that are kept while there is no connection; the oldest are forgotten first. */
const KEPT_MAX = 64;

export class HeardOutbox {
  private readonly tell: (message: object) => boolean;
  private readonly kept = new Map<string, HeardReport>();

  constructor(tell: (message: object) => boolean) {
    this.tell = tell;
  }

  report(report: HeardReport): void {
    if (this.tell({ type: 'stream.heard', stream: 'main', ...report })) return;
    const key = JSON.stringify([report.lane, report.task_id, report.stream, report.sink]);
    this.kept.delete(key);
    this.kept.set(key, report);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
  }

  flush(): void {
    const reports = [...this.kept.values()];
    this.kept.clear();
    for (const report of reports) this.report(report);
  }
}
