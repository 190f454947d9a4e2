// The form for the token: one labelled field, show and hide, what went wrong as text that is read out. Draws a
// `SignInState` and decides nothing. Its look is sign-in.css, which the page's own style sheet imports.
import type { SignInState } from './state.js';

let made = 0;

export interface SignInWords {
  readonly place: HTMLElement;
  readonly title?: string;
  readonly text?: string;
}

export class SignInForm {
  readonly #place: HTMLElement;
  readonly #form = document.createElement('form');
  readonly #field = document.createElement('input');
  readonly #reveal = document.createElement('button');
  readonly #enter = document.createElement('button');
  readonly #problem = document.createElement('p');
  readonly #progress = document.createElement('p');

  constructor({ place, title = 'Sign in', text }: SignInWords, typed: (text: string) => void) {
    this.#place = place;
    made += 1;
    const id = `sign-in-${made}`;
    const heading = document.createElement('h2');
    heading.textContent = title;
    const hint = document.createElement('p');
    hint.id = `${id}-hint`;
    hint.className = 'sign-in-hint';
    hint.textContent = text ?? 'The hub printed a token when it started. It is kept for this tab only.';
    const label = document.createElement('label');
    label.htmlFor = id;
    label.textContent = 'Token';
    this.#field.id = id;
    this.#field.type = 'password';
    this.#field.autocomplete = 'off';
    this.#field.spellcheck = false;
    this.#field.setAttribute('autocapitalize', 'off');
    this.#field.setAttribute('aria-describedby', `${hint.id} ${id}-problem`);
    this.#reveal.type = 'button';
    this.#reveal.className = 'sign-in-reveal';
    this.#reveal.addEventListener('click', () => this.#show(this.#field.type === 'password'));
    this.#enter.type = 'submit';
    this.#problem.id = `${id}-problem`;
    this.#problem.className = 'sign-in-problem';
    this.#problem.setAttribute('role', 'alert');
    this.#progress.className = 'sign-in-hint';
    this.#progress.setAttribute('role', 'status');
    const row = document.createElement('div');
    row.className = 'sign-in-row';
    row.append(this.#field, this.#reveal);
    this.#form.className = 'sign-in';
    this.#form.noValidate = true;
    this.#form.setAttribute('aria-label', title);
    this.#form.append(heading, hint, label, row, this.#problem, this.#enter, this.#progress);
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      typed(this.#field.value);
    });
    this.#show(false);
    place.hidden = true;
    place.append(this.#form);
  }

  focus(): void {
    this.#field.focus();
  }

  draw(state: SignInState): void {
    const problem = state.at === 'signed_out' ? state.problem : null;
    this.#place.hidden = state.at === 'signed_in';
    this.#field.setAttribute('aria-invalid', String(problem !== null));
    this.#problem.textContent = problem ?? '';
    this.#problem.hidden = problem === null;
    this.#enter.textContent = state.at === 'trying' ? 'Checking …' : 'Sign in';
    this.#progress.textContent =
      state.at === 'trying' && state.unreachable ? 'The hub cannot be reached now. This page keeps trying.' : '';
    if (state.at === 'signed_in') {
      // Nobody who looks over a shoulder later, and no script of a later page, finds it in the field.
      this.#field.value = '';
      this.#show(false);
    } else if (problem !== null) {
      this.#field.focus();
      this.#field.select();
    }
  }

  #show(plain: boolean): void {
    this.#field.type = plain ? 'text' : 'password';
    this.#reveal.textContent = plain ? 'Hide' : 'Show';
    this.#reveal.setAttribute('aria-label', `${plain ? 'Hide' : 'Show'} the token`);
  }
}
