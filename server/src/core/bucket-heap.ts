/** The ready buckets of one rank by their first task: a heap whose entries know their place, so that one can move or leave. */

interface Entry {
  /** The first task; never null while it is in the heap. */
  readonly head: { readonly order: number } | null;
  /** Belongs to the heap. */
  heap_index: number;
}

export class BucketHeap<B extends Entry> {
  /** Longer than the heap at times: an array that is popped empty and filled again gets new memory each time. */
  readonly #slots: (B | undefined)[] = [undefined];
  #size = 0;

  first(): B | undefined {
    return this.#size === 0 ? undefined : this.#slots[0];
  }

  get size(): number {
    return this.#size;
  }

  *[Symbol.iterator](): IterableIterator<B> {
    for (let i = 0; i < this.#size; i += 1) yield this.#slots[i]!;
  }

  push(bucket: B): void {
    bucket.heap_index = this.#size;
    this.#slots[this.#size] = bucket;
    this.#size += 1;
    this.#up(bucket);
  }

  /** It has to be in the heap. */
  pull(bucket: B): void {
    const hole = bucket.heap_index;
    bucket.heap_index = -1;
    this.#size -= 1;
    const last = this.#slots[this.#size]!;
    this.#slots[this.#size] = undefined;
    if (last === bucket) return;
    this.#slots[hole] = last;
    last.heap_index = hole;
    this.moved(last);
  }

  /** The bucket has another first task than before. */
  moved(bucket: B): void {
    this.#up(bucket);
    this.#down(bucket);
  }

  #up(bucket: B): void {
    while (bucket.heap_index > 0) {
      const above = this.#slots[(bucket.heap_index - 1) >> 1]!;
      if (above.head!.order <= bucket.head!.order) return;
      this.#swap(above, bucket);
    }
  }

  #down(bucket: B): void {
    for (;;) {
      const left = 2 * bucket.heap_index + 1;
      if (left >= this.#size) return;
      let least = this.#slots[left]!;
      const other = left + 1 < this.#size ? this.#slots[left + 1]! : least;
      if (other.head!.order < least.head!.order) least = other;
      if (bucket.head!.order <= least.head!.order) return;
      this.#swap(bucket, least);
    }
  }

  #swap(a: B, b: B): void {
    const place = a.heap_index;
    a.heap_index = b.heap_index;
    b.heap_index = place;
    this.#slots[a.heap_index] = a;
    this.#slots[b.heap_index] = b;
  }
}
