// Signing in to a hub from a page: the token comes from the address, from this tab, or is typed once. Owns the form and
// where the token is; the page owns the connection. Never in a query, a log, a referrer or a message.
//
//   const signIn = new SignIn({ place, enter: (token) => open(token), leave: () => close() });
//   hub.on('connection', (change) => signIn.connection(change));
//   signIn.start();
import type { ConnectionChange } from '@cuehub/client';
import { SignInForm } from './form.js';
import { KeptToken } from './kept-token.js';
import { afterConnection, type SignInState } from './state.js';
import { tokenIn, tokenTyped, withoutToken } from './token.js';

export interface SignInOptions {
  /** Where the form is put; it is empty and hidden while nobody needs to type. */
  readonly place: HTMLElement;
  /** Connect with this token, and hand every change of that connection to `connection`. */
  readonly enter: (token: string) => void;
  /** The token is gone, by the hub's refusal or on purpose: close what it opened. */
  readonly leave: () => void;
  /** After each change, for what else the page shows or hides. */
  readonly changed?: (state: SignInState) => void;
  readonly title?: string;
  /** One sentence on what the token opens here. */
  readonly text?: string;
}

export class SignIn {
  readonly #options: SignInOptions;
  readonly #form: SignInForm;
  readonly #kept = new KeptToken();
  #state: SignInState = { at: 'signed_out', problem: null };

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#form = new SignInForm(options, (text) => this.#typed(text));
  }

  get state(): SignInState {
    return this.#state;
  }

  /** For links to other pages of the hub; null when nobody is signed in. */
  get token(): string | null {
    return this.#state.at === 'signed_out' ? null : this.#kept.token;
  }

  /** Enters with the token of the address, which loses it, or with that of this tab; else asks. */
  start(): void {
    const linked = tokenIn(location.hash);
    if (linked !== null) {
      this.#kept.keep(linked);
      // A token in the address would be in every screenshot, bookmark and copied link.
      history.replaceState(history.state, '', location.pathname + location.search + withoutToken(location.hash));
    }
    if (this.#kept.token === null) return this.#become({ at: 'signed_out', problem: null });
    this.#become({ at: 'signed_in' });
    this.#options.enter(this.#kept.token);
  }

  /** Every change of the connection that `enter` opened. */
  connection(change: ConnectionChange): void {
    const next = afterConnection(this.#state, change);
    if (next === this.#state) return;
    if (next.at === 'signed_out') this.#leave(next);
    else this.#become(next);
  }

  signOut(): void {
    if (this.#state.at === 'signed_out') return;
    this.#leave({ at: 'signed_out', problem: null });
    this.#form.focus();
  }

  #typed(text: string): void {
    const typed = tokenTyped(text);
    if (this.#state.at === 'trying') this.#options.leave();
    if ('problem' in typed) {
      this.#kept.forget();
      return this.#become({ at: 'signed_out', problem: typed.problem });
    }
    this.#kept.keep(typed.token);
    this.#become({ at: 'trying', unreachable: false });
    this.#options.enter(typed.token);
  }

  #leave(state: SignInState): void {
    this.#kept.forget();
    this.#become(state);
    this.#options.leave();
  }

  #become(state: SignInState): void {
    this.#state = state;
    this.#form.draw(state);
    this.#options.changed?.(state);
  }
}
