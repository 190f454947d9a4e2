/**
 * Things by their order number (tasks by their submission): found by it, and walked in its order. They lie in pages of 32;
 * which numbers there are is kept apart from them in bits, so that one thing that is taken out of a million touches its
 * page and nothing else that is large. One thing alone needs neither. No operation depends on how many are in it.
 */
import { OrderBits } from './order-bits.js';

const PAGE = 32;

export interface Ordered {
  /** A whole number, 0 at least, that no other in the set has. */
  readonly order: number;
}

export class OrderIndex<T extends Ordered> {
  /** The one thing there is; null when there is none, or when things lie in pages. */
  #only: T | null = null;
  /** Made with the second thing, and used from then on until the last is gone. */
  #paged: { readonly bits: OrderBits; readonly pages: Map<number, (T | undefined)[]> } | null = null;

  /** A page without things that stays: where tasks come and go beside some that wait, the next needs it again. */
  #empty = -1;

  get size(): number {
    return this.#only !== null ? 1 : (this.#paged?.bits.size ?? 0);
  }

  add(item: T): void {
    if (this.size === 0) {
      this.#only = item;
      return;
    }
    const only = this.#only;
    this.#only = null;
    if (only !== null) this.#put(only);
    this.#put(item);
  }

  /** It has to be in the set. */
  delete({ order }: T): void {
    if (this.#only !== null) {
      this.#only = null;
      return;
    }
    const { bits, pages } = this.#paged!;
    const number = Math.floor(order / PAGE);
    pages.get(number)![order % PAGE] = undefined;
    if (!bits.delete(order) || number === this.#empty) return;
    pages.delete(this.#empty);
    this.#empty = number;
  }

  get(order: number): T | undefined {
    if (this.#only !== null) return this.#only.order === order ? this.#only : undefined;
    return this.#paged?.pages.get(Math.floor(order / PAGE))?.[order % PAGE];
  }

  has(item: T): boolean {
    return this.get(item.order) !== undefined;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    if (this.#only !== null) yield this.#only;
    else if (this.#paged !== null) for (const order of this.#paged.bits) yield this.get(order)!;
  }

  #put(item: T): void {
    const { bits, pages } = (this.#paged ??= { bits: new OrderBits(), pages: new Map<number, (T | undefined)[]>() });
    const number = Math.floor(item.order / PAGE);
    if (number === this.#empty) this.#empty = -1;
    let page = pages.get(number);
    if (page === undefined) {
      page = emptyPage<T>();
      pages.set(number, page);
    }
    page[item.order % PAGE] = item;
    bits.add(item.order);
  }
}

/** All places at once: growing one by one costs more than the empty ones do. */
function emptyPage<T>(): (T | undefined)[] {
  const page: (T | undefined)[] = [];
  page.length = PAGE;
  return page;
}
