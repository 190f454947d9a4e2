/**
 * A set of things with an order number (tasks by their submission) that are walked in that order and counted:
 * the first of them, how many stand before one, the first hundred. A radix tree of 16 slots a node whose nodes know how
 * many they hold. Every operation walks from the root to one leaf, which is one node while the numbers are close and eight
 * for a billion of them; none depends on how many are in it.
 */

const SLOTS = 16;
const LAST_SLOT = SLOTS - 1;

export interface Ordered {
  /** A whole number, 0 at least, that no other in the set has. */
  readonly order: number;
}

/** Inner nodes have children, leaves have items; `used` has a bit for each slot with something in it. */
interface Node<T> {
  used: number;
  count: number;
  readonly children: (Node<T> | undefined)[] | null;
  readonly items: (T | undefined)[] | null;
}

/** The root of a set that was never used: many are made for each that is. */
const UNUSED: Node<never> = { used: 0, count: 0, children: null, items: [] };

function leaf<T>(): Node<T> {
  return { used: 0, count: 0, children: null, items: slots() };
}

function inner<T>(): Node<T> {
  return { used: 0, count: 0, children: slots(), items: null };
}

/** All slots at once: growing one by one costs more than the empty ones do. */
function slots<S>(): (S | undefined)[] {
  const empty: (S | undefined)[] = [];
  empty.length = SLOTS;
  return empty;
}

export class OrderIndex<T extends Ordered> {
  #root: Node<T> = UNUSED;
  /** Numbers that one slot of the root stands for: a power of 16, 1 when the root is a leaf. */
  #step = 1;
  /** The root has the numbers from `#prefix * 16 * #step` on. */
  #prefix = 0;

  get size(): number {
    return this.#root.count;
  }

  add(item: T): void {
    const { order } = item;
    if (this.#root.count === 0) this.#restart(order);
    while (this.#rootOf(order) !== this.#prefix) this.#raise();
    let node = this.#root;
    let step = this.#step;
    while (node.children !== null) {
      node.count += 1;
      const slot = slotOf(order, step);
      step /= SLOTS;
      let child = node.children[slot];
      if (child === undefined) {
        child = step === 1 ? leaf<T>() : inner<T>();
        node.children[slot] = child;
        node.used |= 1 << slot;
      }
      node = child;
    }
    const slot = slotOf(order, 1);
    node.count += 1;
    node.used |= 1 << slot;
    node.items![slot] = item;
  }

  /** It has to be in the set. */
  delete(item: T): void {
    const { order } = item;
    let node = this.#root;
    let step = this.#step;
    while (node.children !== null) {
      node.count -= 1;
      const slot = slotOf(order, step);
      const child = node.children[slot]!;
      if (child.count === 1) {
        node.children[slot] = undefined;
        node.used &= ~(1 << slot);
        return;
      }
      node = child;
      step /= SLOTS;
    }
    const slot = slotOf(order, 1);
    node.count -= 1;
    node.used &= ~(1 << slot);
    node.items![slot] = undefined;
  }

  has({ order }: T): boolean {
    if (this.#root.count === 0 || this.#rootOf(order) !== this.#prefix) return false;
    let node = this.#root;
    let step = this.#step;
    while (node.children !== null) {
      const child = node.children[slotOf(order, step)];
      if (child === undefined) return false;
      node = child;
      step /= SLOTS;
    }
    return (node.used & (1 << slotOf(order, 1))) !== 0;
  }

  /** The one with the least number. */
  first(): T | null {
    let node = this.#root;
    if (node.count === 0) return null;
    while (node.children !== null) node = node.children[lowest(node.used)]!;
    return node.items![lowest(node.used)]!;
  }

  /** How many in the set have a smaller number than this one, which is in it. */
  countBefore({ order }: T): number {
    let node = this.#root;
    let step = this.#step;
    // What is not before: itself and those after it. For the newest, which is asked for most, that is itself alone.
    let rest = 1;
    while (node.children !== null) {
      const slot = slotOf(order, step);
      for (let after = bitsAbove(node.used, slot); after !== 0; after &= after - 1) {
        rest += node.children[lowest(after)]!.count;
      }
      node = node.children[slot]!;
      step /= SLOTS;
    }
    for (let after = bitsAbove(node.used, slotOf(order, 1)); after !== 0; after &= after - 1) rest += 1;
    return this.#root.count - rest;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    yield* itemsOf(this.#root);
  }

  /** What `#prefix` would be for a root with this number in it. */
  #rootOf(order: number): number {
    return Math.floor(order / (SLOTS * this.#step));
  }

  /** An empty set has no numbers to keep together, so it begins with one leaf around the next. */
  #restart(order: number): void {
    if (this.#root === UNUSED || this.#root.children !== null) this.#root = leaf();
    this.#step = 1;
    this.#prefix = Math.floor(order / SLOTS);
  }

  /** A root above the root, for numbers that are further apart. */
  #raise(): void {
    const root = inner<T>();
    const slot = this.#prefix & LAST_SLOT;
    root.children![slot] = this.#root;
    root.used = 1 << slot;
    root.count = this.#root.count;
    this.#root = root;
    this.#step *= SLOTS;
    this.#prefix = Math.floor(this.#prefix / SLOTS);
  }
}

function* itemsOf<T>(node: Node<T>): IterableIterator<T> {
  for (let used = node.used; used !== 0; used &= used - 1) {
    const slot = lowest(used);
    if (node.children !== null) yield* itemsOf(node.children[slot]!);
    else yield node.items![slot]!;
  }
}

/** `step` is a power of 16; the low bits of a whole number below 2^53 survive the cut to 32. */
function slotOf(order: number, step: number): number {
  return Math.floor(order / step) & LAST_SLOT;
}

function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Of the bits those of higher slots. */
function bitsAbove(bits: number, slot: number): number {
  return bits & (-1 << (slot + 1));
}
