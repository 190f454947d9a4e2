/**
 * A set of order numbers that are counted and walked in order: the first of them, how many stand before one. A radix tree
 * of 32 slots a node that ends in masks, a bit for each number, so that a thousand numbers close together share two small
 * objects: among a million that wait, adding and deleting stays in the processor's caches. Numbers within one mask need no
 * node at all, which is a lane in which one task follows the other. Whose number it is, others know.
 */

const SLOTS = 32;
const LAST_SLOT = SLOTS - 1;

/** Inner nodes have children, the lowest ones masks; `used` has a bit for each slot with something in it. */
interface Node {
  used: number;
  count: number;
  readonly children: (Node | undefined)[] | null;
  readonly masks: number[] | null;
}

export class OrderBits {
  #size = 0;
  /** All there is while there is no root. */
  #mask = 0;
  #root: Node | null = null;
  /** How many numbers the root (or the one mask) stands for: a power of 32. */
  #span = SLOTS;
  /** It has the numbers from `#prefix * #span` on. */
  #prefix = 0;
  /** Nodes on the way to this number may be empty: where tasks come and go beside some that wait, the next needs them again. */
  #empty = -1;

  get size(): number {
    return this.#size;
  }

  /** It must not be in the set. */
  add(order: number): void {
    if (this.#size === 0) this.#restart(order);
    while (Math.floor(order / this.#span) !== this.#prefix) this.#raise();
    this.#size += 1;
    let node = this.#root;
    if (node === null) {
      this.#mask |= bitOf(order);
      return;
    }
    let step = this.#span / SLOTS;
    while (node.children !== null) {
      const slot = slotOf(order, step);
      node.count += 1;
      node.used |= 1 << slot;
      step /= SLOTS;
      node = node.children[slot] ??= step === SLOTS ? lowestNode() : innerNode();
    }
    const slot = slotOf(order, SLOTS);
    node.count += 1;
    node.used |= 1 << slot;
    node.masks![slot]! |= bitOf(order);
  }

  /** It has to be in the set. True when none of the 32 numbers around it (those with the same `order / 32`) is left. */
  delete(order: number): boolean {
    this.#size -= 1;
    let node = this.#root;
    if (node === null) {
      this.#mask &= ~bitOf(order);
      return this.#mask === 0;
    }
    let step = this.#span / SLOTS;
    while (node.children !== null) {
      const slot = slotOf(order, step);
      const child: Node = node.children[slot]!;
      node.count -= 1;
      if (child.count === 1) node.used &= ~(1 << slot);
      node = child;
      step /= SLOTS;
    }
    const slot = slotOf(order, SLOTS);
    const mask = node.masks![slot]! & ~bitOf(order);
    node.masks![slot] = mask;
    node.count -= 1;
    if (mask === 0) node.used &= ~(1 << slot);
    if (node.count === 0) this.#emptied(order);
    return mask === 0;
  }

  /** The least number; −1 when there is none. */
  first(): number {
    if (this.#size === 0) return -1;
    let number = this.#prefix;
    let node = this.#root;
    if (node === null) return number * SLOTS + lowest(this.#mask);
    for (;;) {
      const slot = lowest(node.used);
      number = number * SLOTS + slot;
      if (node.children === null) return number * SLOTS + lowest(node.masks![slot]!);
      node = node.children[slot]!;
    }
  }

  /** How many in the set are smaller than this one, which is in it. */
  countBefore(order: number): number {
    // What is not before: itself and those after it. For the newest, which is asked for most, that is itself alone.
    let rest = 1;
    let node = this.#root;
    if (node === null) return this.#size - rest - bits(above(this.#mask, order & LAST_SLOT));
    let step = this.#span / SLOTS;
    while (node.children !== null) {
      const slot = slotOf(order, step);
      for (let after = above(node.used, slot); after !== 0; after &= after - 1) {
        rest += node.children[lowest(after)]!.count;
      }
      node = node.children[slot]!;
      step /= SLOTS;
    }
    const slot = slotOf(order, SLOTS);
    const masks = node.masks!;
    for (let after = above(node.used, slot); after !== 0; after &= after - 1) rest += bits(masks[lowest(after)]!);
    return this.#size - rest - bits(above(masks[slot]!, order & LAST_SLOT));
  }

  *[Symbol.iterator](): IterableIterator<number> {
    if (this.#root !== null) yield* numbersOf(this.#root, this.#prefix);
    else yield* numbersIn(this.#mask, this.#prefix);
  }

  /** An empty set has no numbers to keep together, so it begins with one mask around the next. */
  #restart(order: number): void {
    this.#root = null;
    this.#mask = 0;
    this.#empty = -1;
    this.#span = SLOTS;
    this.#prefix = Math.floor(order / SLOTS);
  }

  /** Of the nodes without numbers only those on the way to this one stay. */
  #emptied(order: number): void {
    const before = this.#empty;
    this.#empty = order;
    const isSameNode = Math.floor(before / SLOTS / SLOTS) === Math.floor(order / SLOTS / SLOTS);
    if (before < 0 || isSameNode || Math.floor(before / this.#span) !== this.#prefix) return;
    let node = this.#root!;
    let step = this.#span / SLOTS;
    while (node.children !== null) {
      const slot = slotOf(before, step);
      const child = node.children[slot];
      if (child === undefined) return;
      if (child.count === 0) {
        node.children[slot] = undefined;
        return;
      }
      node = child;
      step /= SLOTS;
    }
  }

  /** A root above the root, for numbers that are further apart. */
  #raise(): void {
    const slot = this.#prefix & LAST_SLOT;
    const root = this.#root === null ? lowestNode() : innerNode();
    if (this.#root === null) root.masks![slot] = this.#mask;
    else root.children![slot] = this.#root;
    root.used = 1 << slot;
    root.count = this.#size;
    this.#root = root;
    this.#span *= SLOTS;
    this.#prefix = Math.floor(this.#prefix / SLOTS);
  }
}

function innerNode(): Node {
  const children: undefined[] = [];
  children.length = SLOTS;
  return { used: 0, count: 0, children, masks: null };
}

function lowestNode(): Node {
  const masks: number[] = [];
  for (let slot = 0; slot < SLOTS; slot += 1) masks.push(0);
  return { used: 0, count: 0, children: null, masks };
}

function* numbersOf(node: Node, prefix: number): IterableIterator<number> {
  for (let used = node.used; used !== 0; used &= used - 1) {
    const slot = lowest(used);
    const number = prefix * SLOTS + slot;
    if (node.children !== null) yield* numbersOf(node.children[slot]!, number);
    else yield* numbersIn(node.masks![slot]!, number);
  }
}

function* numbersIn(mask: number, prefix: number): IterableIterator<number> {
  for (let left = mask; left !== 0; left &= left - 1) yield prefix * SLOTS + lowest(left);
}

/** `step` is a power of 32; the low bits of a whole number below 2^53 survive the cut to 32. */
function slotOf(order: number, step: number): number {
  return Math.floor(order / step) & LAST_SLOT;
}

function bitOf(order: number): number {
  return 1 << (order & LAST_SLOT);
}

function lowest(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

/** Of the bits those of higher slots. */
function above(mask: number, slot: number): number {
  return mask & (-2 << slot);
}

/** How many bits are set. */
function bits(mask: number): number {
  const pairs = mask - ((mask >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
