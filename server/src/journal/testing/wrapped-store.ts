/** A store that does what the one in it does, for tests to say what is different. */
import type { Store } from '../disk/store.js';

export class WrappedStore implements Store {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  commit(groups: Parameters<Store['commit']>[0]): Promise<void> {
    return this.#store.commit(groups);
  }

  trim(request: Parameters<Store['trim']>[0]): ReturnType<Store['trim']> {
    return this.#store.trim(request);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
