// How a view gets the page's state: drawn again whenever the store says so.
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { ConsoleStore } from '../hub/console-store.js';

export const StoreContext = createContext<ConsoleStore | null>(null);

export function useStore(): ConsoleStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('a view outside of the console');
  return store;
}

/** For the root: draws everything below anew after each change. */
export function useRedraw(store: ConsoleStore): void {
  const [, setDrawn] = useState(0);
  useEffect(() => store.subscribe(() => setDrawn((drawn) => drawn + 1)), [store]);
}
