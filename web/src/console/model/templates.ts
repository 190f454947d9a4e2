// Tasks that are submitted again and again, kept in this browser by their names. What is kept is read as anybody's
// text: what makes no sense is left out.
import { ON_INTERRUPT, PREEMPT_STYLES, PRIORITIES } from '@cuehub/protocol';
import { EMPTY_FIELDS, fieldsOf, type TaskFields } from './submission-form.js';

export const TEMPLATES_MAX = 100;
export const TEMPLATE_NAME_CHARS_MAX = 60;
const CHOICES: { readonly [field: string]: readonly string[] } = {
  priority: PRIORITIES,
  preempt: PREEMPT_STYLES,
  on_interrupt: ON_INTERRUPT,
  dedupe_mode: ['keep', 'replace'],
};
const KEY = 'cuehub.console.templates';

export interface Template {
  readonly name: string;
  readonly fields: TaskFields;
}

/** Those that there are before anybody made one: the tasks of the demo, and two that show what a field does. */
export const EXAMPLES: readonly Template[] = [
  {
    name: 'Chat reply',
    fields: fieldsOf({
      name: 'chat_response',
      args: { text: 'Tell me about cats.', protect: false },
      priority: 'MEDIUM',
    }),
  },
  {
    name: 'Reply that may not be cut',
    fields: fieldsOf({
      name: 'chat_response',
      args: { text: 'And the punch line is …', protect: true },
      priority: 'MEDIUM',
    }),
  },
  {
    name: 'Voice command',
    fields: fieldsOf({
      name: 'voice_command',
      args: { command: 'what time is it' },
      priority: 'URGENT',
      ttl_ms: 15_000,
    }),
  },
  {
    name: 'Donation',
    fields: fieldsOf({ name: 'donation', args: { from: 'Ada', amount: '$5', message: 'Love it!' }, priority: 'HIGH' }),
  },
];

export function readTemplates(kept: string | null): readonly Template[] {
  try {
    const list: unknown = JSON.parse(kept ?? '[]');
    return Array.isArray(list) ? list.flatMap(templateOf).slice(0, TEMPLATES_MAX) : [];
  } catch {
    return [];
  }
}

function templateOf(value: unknown): Template[] {
  if (typeof value !== 'object' || value === null) return [];
  const { name, fields } = value as { name?: unknown; fields?: unknown };
  if (typeof name !== 'string' || name === '' || typeof fields !== 'object' || fields === null) return [];
  const sound = Object.entries(EMPTY_FIELDS).map(([field, empty]) => {
    const given = (fields as { [field: string]: unknown })[field];
    const choices = CHOICES[field];
    const fits = typeof given === typeof empty && (choices === undefined || choices.includes(given as string));
    return [field, fits ? given : empty] as const;
  });
  return [{ name: name.slice(0, TEMPLATE_NAME_CHARS_MAX), fields: Object.fromEntries(sound) as unknown as TaskFields }];
}

/** A template of the same name is replaced. */
export function withTemplate(templates: readonly Template[], template: Template): readonly Template[] {
  const others = templates.filter(({ name }) => name !== template.name);
  return [...others, template].sort((a, b) => a.name.localeCompare(b.name)).slice(0, TEMPLATES_MAX);
}

export function withoutTemplate(templates: readonly Template[], name: string): readonly Template[] {
  return templates.filter((template) => template.name !== name);
}

/** Storage may be blocked: then they last as long as the page. */
export function loadTemplates(storage: () => Pick<Storage, 'getItem'> = () => localStorage): readonly Template[] {
  try {
    return readTemplates(storage().getItem(KEY));
  } catch {
    return [];
  }
}

export function keepTemplates(
  templates: readonly Template[],
  storage: () => Pick<Storage, 'setItem'> = () => localStorage,
): void {
  try {
    storage().setItem(KEY, JSON.stringify(templates));
  } catch {
    // Blocked or full: they are still in the page.
  }
}
