/** Due times of one lane: a heap whose entries know their place, so that a timer that is not needed any more leaves at once. */

export interface Timer {
  /** Unix milliseconds. */
  due: number;
  /** Place in the heap; −1 when not armed. Belongs to the heap. */
  timer_index: number;
}

export class Timers<T extends Timer> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The next due, or null. */
  first(): T | null {
    return this.#heap[0] ?? null;
  }

  /** Arms, or moves an armed one. */
  set(timer: T, due: number): void {
    const moved = timer.timer_index >= 0;
    const later = moved && due > timer.due;
    timer.due = due;
    if (!moved) {
      timer.timer_index = this.#heap.length;
      this.#heap.push(timer);
    }
    if (later) this.#down(timer.timer_index);
    else this.#up(timer.timer_index);
  }

  clear(timer: T): void {
    const hole = timer.timer_index;
    if (hole < 0) return;
    timer.timer_index = -1;
    const last = this.#heap.pop()!;
    if (last === timer) return;
    this.#heap[hole] = last;
    last.timer_index = hole;
    this.#up(hole);
    this.#down(last.timer_index);
  }

  #up(from: number): void {
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#heap[parent]!.due <= this.#heap[i]!.due) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #down(from: number): void {
    let i = from;
    for (;;) {
      const left = 2 * i + 1;
      const right = left + 1;
      let least = i;
      if (left < this.#heap.length && this.#heap[left]!.due < this.#heap[least]!.due) least = left;
      if (right < this.#heap.length && this.#heap[right]!.due < this.#heap[least]!.due) least = right;
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #swap(i: number, j: number): void {
    const a = this.#heap[i]!;
    const b = this.#heap[j]!;
    this.#heap[i] = b;
    this.#heap[j] = a;
    b.timer_index = i;
    a.timer_index = j;
  }
}
