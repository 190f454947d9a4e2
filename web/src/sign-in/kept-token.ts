// Keeps the token for this tab: session storage, so that it survives a reload and ends with the tab. A browser may block
// storage, and throws already when it is looked at; then the token is kept as long as the page.
const KEY = 'cuehub.token';

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export class KeptToken {
  readonly #store: Store | null;
  #token: string | null = null;

  constructor(store: () => Store = () => sessionStorage) {
    this.#store = attempt(store);
    this.#token = attempt(() => this.#store?.getItem(KEY) ?? null);
  }

  get token(): string | null {
    return this.#token;
  }

  keep(token: string): void {
    this.#token = token;
    attempt(() => this.#store?.setItem(KEY, token));
  }

  forget(): void {
    this.#token = null;
    attempt(() => this.#store?.removeItem(KEY));
  }
}

function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
