// One phrase and its task in the settings: fields that keep what was typed, also where it is wrong.
import { PREEMPT_STYLES, PRIORITIES } from '@cuehub/protocol';
import { PREEMPT_WORDS } from '../outcome.js';
import type { Rule } from '../rules.js';
import { h } from './dom.js';

let made = 0;

export interface RuleEditor {
  readonly element: HTMLLIElement;
  /** As typed: what is wrong in it is found by whoever reads the settings. */
  json(): Record<string, unknown>;
  readonly phrase: HTMLInputElement;
}

export interface RuleActions {
  readonly move: (editor: RuleEditor, by: -1 | 1) => void;
  readonly remove: (editor: RuleEditor) => void;
  readonly typed: () => void;
}

export function ruleEditor(rule: Rule, actions: RuleActions): RuleEditor {
  made += 1;
  const id = `rule-${made}`;
  const field = <T extends HTMLElement>(name: string, label: string, input: T, kind = ''): HTMLElement => {
    input.id = `${id}-${name}`;
    input.dataset['field'] = name;
    input.addEventListener('input', actions.typed);
    return h('div', { class: `field ${kind}` }, h('label', { for: input.id, text: label }), input);
  };
  const text = (value: string, placeholder = ''): HTMLInputElement => {
    const input = h('input', { type: 'text', spellcheck: 'false', placeholder });
    input.value = value;
    return input;
  };
  const choice = <T extends string>(
    values: readonly T[],
    value: T,
    words?: Readonly<Record<T, string>>,
  ): HTMLSelectElement => {
    const select = h('select', {}, ...values.map((one) => h('option', { value: one, text: words?.[one] ?? one })));
    select.value = value;
    return select;
  };
  const phrase = text(rule.phrase, 'turn {state} the *');
  const name = text(rule.name, 'voice_command');
  const args = h('textarea', { rows: 2, spellcheck: 'false' });
  args.value = JSON.stringify(rule.args);
  const priority = choice(PRIORITIES, rule.priority);
  const preempt = choice(PREEMPT_STYLES, rule.preempt, PREEMPT_WORDS);
  const ttl = h('input', { type: 'number', min: '0.001', step: 'any', placeholder: 'for ever' });
  ttl.value = rule.ttl_ms === null ? '' : String(rule.ttl_ms / 1_000);
  const key = text(rule.dedupe?.key ?? '', 'none');
  const mode = choice(['replace', 'keep'] as const, rule.dedupe?.mode ?? 'replace', {
    replace: 'newer wins',
    keep: 'older stays',
  });
  const tool = (label: string, sign: string, act: () => void): HTMLButtonElement =>
    h('button', { type: 'button', class: 'tool', 'aria-label': label, title: label, text: sign, onclick: act });

  const editor: RuleEditor = {
    phrase,
    element: h(
      'li',
      { class: 'rule' },
      h(
        'div',
        { class: 'rule-grid' },
        field('phrase', 'When somebody says', phrase, 'wide'),
        field('name', 'Task', name),
        field('priority', 'Priority', priority),
        field('args', 'Its args, as JSON', args, 'wide'),
        field('preempt', 'What is less urgent', preempt),
        field('ttl_ms', 'Wanted for (seconds)', ttl),
        field('dedupe.key', 'One at a time, by key', key),
        field('dedupe.mode', 'Of two that wait', mode),
      ),
      h(
        'div',
        { class: 'rule-tools' },
        tool('Move this phrase up', '↑', () => actions.move(editor, -1)),
        tool('Move this phrase down', '↓', () => actions.move(editor, 1)),
        tool('Remove this phrase', 'Remove', () => actions.remove(editor)),
      ),
    ),
    json: () => ({
      phrase: phrase.value,
      name: name.value,
      args: parsed(args.value),
      priority: priority.value,
      preempt: preempt.value,
      ttl_ms: ttl.value.trim() === '' ? null : Number(ttl.value) * 1_000,
      dedupe: key.value.trim() === '' ? null : { key: key.value, mode: mode.value },
    }),
  };
  return editor;
}

/** Text that is no JSON is not JSON: `NOT_JSON` is no value that a reader takes. */
function parsed(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return NOT_JSON;
  }
}

export const NOT_JSON = Symbol('not JSON');
