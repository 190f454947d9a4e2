/** What goes wrong with a journal on a disk, in words that say where and what to do. */

/** Something in the journal is not what was written there. The hub refuses to start on it. */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged';
  /** The lane's name, or null when it is not about one lane. */
  readonly lane: string | null;

  constructor(what: string, lane: string | null = null) {
    super(lane === null ? what : `lane ${lane}: ${what}`);
    this.lane = lane;
  }
}

/** Another process has the directory. */
export class JournalLocked extends Error {
  override readonly name = 'JournalLocked';
  readonly pid: number;

  constructor(dir: string, pid: number) {
    super(`the journal in ${dir} is in use by process ${pid}; stop that one first, or choose another directory`);
    this.pid = pid;
  }
}

/** The directory cannot be used at all: not writable, of a newer version, no directory. */
export class JournalUnusable extends Error {
  override readonly name = 'JournalUnusable';
}

/** The file was taken away under the hub: what is written to it now, no start will find. */
export class JournalGone extends Error {
  override readonly name = 'JournalGone';

  constructor(path: string, what: string) {
    super(
      `${path} is ${what}, and what is written would be lost; put back the file that was there, or restart the hub`,
    );
  }
}
