// An address with a token in it, on a page that viewers may see: the field hides the token, the copy has it.
import { copied } from './page.js';
import { withTokenHidden } from './setup/choices.js';

/** How long the button says that it copied. */
const COPIED_MS = 1_600;

export class SecretLink {
  readonly #field: HTMLInputElement;
  readonly #copy: HTMLButtonElement;
  #address = '';
  #token: string | null = null;

  constructor(field: HTMLInputElement, copy: HTMLButtonElement) {
    this.#field = field;
    this.#copy = copy;
    copy.addEventListener('click', () => void this.#copyAddress());
  }

  /** `token` is the one in the address, null when there is none; then nobody has a use for a copy. */
  show(address: string, token: string | null, may_copy = true): void {
    this.#address = address;
    this.#token = token;
    this.#copy.disabled = token === null || !may_copy;
    this.#hide();
  }

  #hide(): void {
    this.#field.value = this.#token === null ? this.#address : withTokenHidden(this.#address, this.#token);
  }

  async #copyAddress(): Promise<void> {
    const done = await copied(this.#address);
    if (!done) {
      // Without a clipboard it is selected, in full, for Ctrl+C.
      this.#field.value = this.#address;
      this.#field.select();
    }
    this.#copy.textContent = done ? 'Copied' : 'Ctrl+C';
    setTimeout(() => {
      this.#copy.textContent = 'Copy';
      if (done) this.#hide();
    }, COPIED_MS);
  }
}
