/** Time of the simulation, and what is due in it. */
export class SimTime {
  #now = 1_000_000;
  readonly #calls: { at: number; order: number; run: () => void }[] = [];
  #order = 0;

  get now(): number {
    return this.#now;
  }

  /** Later, in `ms`. */
  later(ms: number, run: () => void): void {
    this.#order += 1;
    this.#calls.push({ at: this.#now + ms, order: this.#order, run });
  }

  /** Runs what is due until `until`, or until nothing is left. */
  run(until: number): void {
    for (;;) {
      let first = -1;
      for (let i = 0; i < this.#calls.length; i += 1) {
        const a = this.#calls[i]!;
        const b = this.#calls[first];
        if (!b || a.at < b.at || (a.at === b.at && a.order < b.order)) first = i;
      }
      const call = this.#calls[first];
      if (!call || call.at > until) break;
      this.#calls.splice(first, 1);
      this.#now = Math.max(this.#now, call.at);
      call.run();
    }
    this.#now = Math.max(this.#now, until);
  }

  /** Passes without anything being done. */
  pass(ms: number): void {
    this.#now += ms;
  }
}
