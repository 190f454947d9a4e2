/** A map that is made with its first entry: an empty one takes 180 bytes, and most of a lane's maps stay empty in most lanes. */
export class LazyMap<K, V> {
  #map: Map<K, V> | null = null;

  get size(): number {
    return this.#map === null ? 0 : this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map === null ? undefined : this.#map.get(key);
  }

  set(key: K, value: V): void {
    (this.#map ??= new Map()).set(key, value);
  }

  delete(key: K): boolean {
    return this.#map !== null && this.#map.delete(key);
  }

  keys(): Iterable<K> {
    return this.#map === null ? [] : this.#map.keys();
  }

  [Symbol.iterator](): Iterator<[K, V]> {
    return (this.#map ?? [])[Symbol.iterator]();
  }
}
