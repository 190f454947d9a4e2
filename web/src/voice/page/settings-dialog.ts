// The settings as a form in a dialog: shows what is, checks what was typed, names what is wrong beside its field.
import type { Json } from '@cuehub/protocol';
import { outcomeText } from '../outcome.js';
import { ANYTHING, DEFAULT_SETTINGS, type Problem, readSettings, type Settings } from '../settings.js';
import { withoutWake } from '../wake.js';
import { h, showText } from './dom.js';
import { showFieldProblem } from './field-problem.js';
import { type RuleEditor, ruleEditor } from './rule-editor.js';
import { settingsFields, type SettingsFields } from './settings-fields.js';

export interface SettingsPort {
  readonly current: () => Settings;
  /** Returns what could not be done about it; empty when all is well. */
  readonly save: (settings: Settings) => string;
  readonly voices: () => SpeechSynthesisVoice[];
  readonly tryVoice: (settings: Settings) => void;
}

const FILE_BYTES_MAX = 1_000_000;

export class SettingsDialog {
  readonly #dialog: HTMLDialogElement;
  readonly #port: SettingsPort;
  #fields: SettingsFields | null = null;
  #rules: RuleEditor[] = [];
  #list = h('ol', { class: 'rules' });
  #problem = h('p', { class: 'problem', role: 'alert' });
  #outcome = h('output', { class: 'outcome' });
  #sample = h('input', { type: 'text', id: 'sample', placeholder: 'fido, turn on the lights' });

  constructor(dialog: HTMLDialogElement, port: SettingsPort) {
    this.#dialog = dialog;
    this.#port = port;
  }

  open(): void {
    this.#build(this.#port.current());
    this.#dialog.showModal();
  }

  /** The browser's list of voices came late. */
  voicesChanged(): void {
    this.#fields?.setVoices(this.#port.voices());
  }

  #build(settings: Settings): void {
    this.#fields = settingsFields(settings, this.#port.voices(), () => this.#port.tryVoice(this.#read().settings));
    this.#list = h('ol', { class: 'rules' });
    this.#problem = h('p', { class: 'problem', role: 'alert', hidden: true });
    this.#outcome = h('output', { class: 'outcome' });
    this.#rules = [];
    for (const rule of settings.rules) this.#addRule(this.#editor(rule));
    this.#sample.addEventListener('input', () => this.#trySample());
    const file = h('input', { type: 'file', accept: 'application/json,.json', class: 'unseen', tabindex: '-1' });
    file.setAttribute('aria-label', 'Settings file');
    file.addEventListener('change', () => void this.#import(file));
    const button = (text: string, act: () => void, kind = 'tool'): HTMLButtonElement =>
      h('button', { type: 'button', class: kind, text, onclick: act });
    const form = h(
      'form',
      { method: 'dialog', novalidate: true },
      h('h2', { id: 'settings-title', text: 'Settings' }),
      h('p', { class: 'soft', text: 'They are kept in this browser.' }),
      this.#fields.element,
      h(
        'section',
        { class: 'group' },
        h('h3', { text: 'What phrases do' }),
        h('p', {
          class: 'soft',
          text: 'The first phrase that fits all of what was said decides. * stands for any words, {name} for words that the args can use; {text} is everything.',
        }),
        this.#list,
        button('Add a phrase', () => this.#addRule(this.#editor({ ...ANYTHING, phrase: '' }), true)),
        h(
          'div',
          { class: 'field wide' },
          h('label', { for: 'sample', text: 'Try a sentence' }),
          this.#sample,
          this.#outcome,
        ),
      ),
      this.#problem,
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'submit', class: 'main', text: 'Save' }),
        button('Cancel', () => this.#dialog.close()),
        h('span', { class: 'spring' }),
        button('Export', () => this.#export()),
        button('Import', () => file.click()),
        button('Defaults', () => this.#build(DEFAULT_SETTINGS)),
        file,
      ),
    );
    form.addEventListener('input', () => this.#markAgain());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#save();
    });
    this.#dialog.replaceChildren(form);
    this.#trySample();
  }

  #editor(rule: Settings['rules'][number]): RuleEditor {
    return ruleEditor(rule, {
      typed: () => this.#trySample(),
      move: (editor, by) => {
        const from = this.#rules.indexOf(editor);
        const to = from + by;
        if (to < 0 || to >= this.#rules.length) return;
        this.#rules.splice(to, 0, ...this.#rules.splice(from, 1));
        this.#list.replaceChildren(...this.#rules.map(({ element }) => element));
        editor.element
          .querySelector<HTMLButtonElement>(by < 0 ? '.rule-tools button' : '.rule-tools button + button')
          ?.focus();
        this.#trySample();
      },
      remove: (editor) => {
        const at = this.#rules.indexOf(editor);
        this.#rules.splice(at, 1);
        editor.element.remove();
        (this.#rules[at] ?? this.#rules[at - 1])?.phrase.focus();
        this.#trySample();
      },
    });
  }

  #addRule(editor: RuleEditor, first = false): void {
    // Before what means anything, where it would never be reached.
    if (first) {
      this.#rules.unshift(editor);
      this.#list.prepend(editor.element);
      editor.phrase.focus();
    } else {
      this.#rules.push(editor);
      this.#list.append(editor.element);
    }
  }

  #read(): { settings: Settings; problems: readonly Problem[] } {
    const typed = { ...this.#fields?.json(), rules: this.#rules.map((rule) => rule.json()) };
    const read = readSettings(typed);
    return 'settings' in read ? { ...read, problems: [] } : { settings: this.#port.current(), problems: read.problems };
  }

  #save(): void {
    const { settings, problems } = this.#read();
    this.#mark(problems);
    if (problems.length > 0) return;
    const trouble = this.#port.save(settings);
    if (trouble === '') this.#dialog.close();
    else showText(this.#problem, trouble);
  }

  /** Marks the fields, names what is wrong with them, and goes to the first. */
  #mark(problems: readonly Problem[]): void {
    const fields = this.#markFields(problems);
    fields[0]?.focus();
    // Focus alone may leave it under the buttons at the bottom.
    fields[0]?.scrollIntoView({ block: 'center' });
    showText(this.#problem, this.#inWords(problems));
  }

  #markFields(problems: readonly Problem[]): readonly HTMLElement[] {
    for (const field of this.#marked()) showFieldProblem(field, '');
    return problems.flatMap(({ path, message }) => {
      const { field } = this.#fieldOf(path);
      if (field === null) return [];
      showFieldProblem(field, `This ${message}.`);
      return [field];
    });
  }

  #marked(): readonly HTMLElement[] {
    return [...this.#dialog.querySelectorAll<HTMLElement>('[aria-invalid="true"]')];
  }

  /** While somebody mends what was marked: what is good now is not called wrong, and nothing new is called so yet. */
  #markAgain(): void {
    const marked = this.#marked();
    if (marked.length === 0) return;
    const { problems } = this.#read();
    const left = problems.filter(({ path }) => marked.some((field) => field === this.#fieldOf(path).field));
    this.#markFields(left);
    showText(this.#problem, this.#inWords(left));
  }

  #inWords(problems: readonly Problem[]): string {
    return problems.map(({ path, message }) => `${this.#fieldOf(path).label || path}: ${message}.`).join(' ');
  }

  #fieldOf(path: string): { field: HTMLElement | null; label: string } {
    const [, index, name] = /^rules\.(\d+)\.(.+)$/.exec(path) ?? [];
    const place = index === undefined ? this.#fields?.element : this.#rules[Number(index)]?.element;
    const field = place?.querySelector<HTMLElement>(`[data-field="${name ?? path.split('.')[0]}"]`) ?? null;
    const label = field === null ? '' : (this.#dialog.querySelector(`label[for="${field.id}"]`)?.textContent ?? '');
    return { field, label: index === undefined || label === '' ? label : `Phrase ${Number(index) + 1}, ${label}` };
  }

  #trySample(): void {
    const text = this.#sample.value.trim();
    const { settings, problems } = this.#read();
    if (text === '') this.#outcome.textContent = '';
    else if (problems.length > 0) this.#outcome.textContent = `First mend what is above. ${this.#inWords(problems)}`;
    else this.#outcome.textContent = outcomeText(withoutWake(text, settings.wake_phrases), settings.rules);
  }

  #export(): void {
    const { settings, problems } = this.#read();
    this.#mark(problems);
    if (problems.length > 0) return;
    const url = URL.createObjectURL(new Blob([`${JSON.stringify(settings, null, 2)}\n`], { type: 'application/json' }));
    h('a', { href: url, download: 'cuehub-voice.json' }).click();
    URL.revokeObjectURL(url);
  }

  async #import(file: HTMLInputElement): Promise<void> {
    const [chosen] = file.files ?? [];
    file.value = '';
    if (chosen === undefined) return;
    if (chosen.size > FILE_BYTES_MAX) return showText(this.#problem, `${chosen.name} is too large for settings.`);
    let json: unknown;
    try {
      json = JSON.parse(await chosen.text()) as Json;
    } catch {
      return showText(this.#problem, `${chosen.name} is no JSON.`);
    }
    const read = readSettings(json);
    if ('settings' in read) this.#build(read.settings);
    else {
      const list = read.problems.map(({ path, message }) => `${path} ${message}`).join('; ');
      showText(this.#problem, `${chosen.name} was not taken: ${list}.`);
    }
  }
}
