// The settings of the voice page: their shape, their defaults, and reading them from JSON that somebody may have written
// by hand. Pure; `kept-settings.ts` keeps them.
import { type Json, PREEMPT_STYLES, PRIORITIES, TASK_NAME_PATTERN, TEXT_LIMITS } from '@cuehub/protocol';
import { parsePhrase } from './phrase.js';
import { type Rule, slotsIn } from './rules.js';
import { wordsOf } from './words.js';

export const RULES_MAX = 100;
export const WAKE_PHRASES_MAX = 20;
export const PHRASE_CHARS_MAX = 200;
export const ARGS_CHARS_MAX = 4_000;
const TASK_NAME_CHARS_MAX = 128;
const TTL_MAX_MS = 24 * 3_600_000;

export const LISTEN_MODES = ['push_to_talk', 'wake_word'] as const;
export const SPEAK_MODES = ['off', 'mine', 'all'] as const;
export const TALK_KEYS = ['Space', 'ControlRight', 'F8', 'off'] as const;

export interface Settings {
  readonly listen: (typeof LISTEN_MODES)[number];
  readonly wake_phrases: readonly string[];
  /** BCP 47; empty is the browser's own. */
  readonly language: string;
  /** A key by its place on the keyboard (`KeyboardEvent.code`). */
  readonly talk_key: (typeof TALK_KEYS)[number];
  /** Starting to speak during a reply takes the floor. */
  readonly barge_in: boolean;
  /** The microphone does not hear the spoken answer: the wake phrase is listened for during it too. */
  readonly headphones: boolean;
  /** Whose text is spoken here: nobody's, the answers to what was said here, or all of the lane. */
  readonly speak: (typeof SPEAK_MODES)[number];
  /** `voiceURI`; empty is the first one of the language. */
  readonly voice: string;
  readonly rate: number;
  readonly volume: number;
  /** In order: the first that fits decides. */
  readonly rules: readonly Rule[];
}

export const ANYTHING: Rule = {
  phrase: '*',
  name: 'voice_command',
  args: { command: '{text}' },
  priority: 'URGENT',
  preempt: 'interrupt',
  ttl_ms: 30_000,
  dedupe: null,
};

export const DEFAULT_SETTINGS: Settings = {
  listen: 'push_to_talk',
  wake_phrases: ['fido', 'hey fido'],
  language: '',
  talk_key: 'Space',
  barge_in: true,
  headphones: false,
  speak: 'off',
  voice: '',
  rate: 1,
  volume: 1,
  rules: [
    {
      phrase: 'remember {fact}',
      name: 'remember_fact',
      args: { fact: '{fact}' },
      priority: 'MEDIUM',
      preempt: 'queue',
      ttl_ms: 60_000,
      dedupe: null,
    },
    ANYTHING,
  ],
};

/** `path` as in `rules.2.priority`; `message` says what is wrong and what would be right. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

export type ReadSettings = { readonly settings: Settings } | { readonly problems: readonly Problem[] };

/** Reads settings; what is left out has its default, what is wrong is named. */
export function readSettings(json: unknown): ReadSettings {
  if (!isRecord(json)) return { problems: [{ path: '', message: 'is no object with settings' }] };
  const problems: Problem[] = [];
  const reader = new Reader(json, '', problems);
  const settings: Settings = {
    listen: reader.oneOf('listen', LISTEN_MODES, DEFAULT_SETTINGS.listen),
    wake_phrases: reader.list('wake_phrases', WAKE_PHRASES_MAX, wakePhrase, DEFAULT_SETTINGS.wake_phrases),
    language: reader.text('language', 35, DEFAULT_SETTINGS.language, isLanguage, 'must be like en-GB, or empty'),
    talk_key: reader.oneOf('talk_key', TALK_KEYS, DEFAULT_SETTINGS.talk_key),
    barge_in: reader.flag('barge_in', DEFAULT_SETTINGS.barge_in),
    headphones: reader.flag('headphones', DEFAULT_SETTINGS.headphones),
    speak: reader.oneOf('speak', SPEAK_MODES, DEFAULT_SETTINGS.speak),
    voice: reader.text('voice', 200, DEFAULT_SETTINGS.voice),
    rate: reader.number('rate', 0.5, 3, DEFAULT_SETTINGS.rate),
    volume: reader.number('volume', 0, 1, DEFAULT_SETTINGS.volume),
    rules: reader.list('rules', RULES_MAX, readRule, DEFAULT_SETTINGS.rules),
  };
  return problems.length === 0 ? { settings } : { problems };
}

/** One rule, as in the settings. */
export function readRule(json: unknown, path: string, problems: Problem[]): Rule {
  if (!isRecord(json)) {
    problems.push({ path, message: 'is no rule: it needs a phrase and the name of a task' });
    return ANYTHING;
  }
  const reader = new Reader(json, path, problems);
  const phrase = reader.text('phrase', PHRASE_CHARS_MAX, undefined);
  const rule: Rule = {
    phrase,
    name: reader.text('name', TASK_NAME_CHARS_MAX, undefined, isTaskName, 'must be the name of a task, without *'),
    args: reader.json('args', ARGS_CHARS_MAX, {}),
    priority: reader.oneOf('priority', PRIORITIES, ANYTHING.priority),
    preempt: reader.oneOf('preempt', PREEMPT_STYLES, ANYTHING.preempt),
    ttl_ms: json['ttl_ms'] === null ? null : reader.number('ttl_ms', 1, TTL_MAX_MS, ANYTHING.ttl_ms ?? TTL_MAX_MS),
    dedupe:
      json['dedupe'] === undefined || json['dedupe'] === null
        ? null
        : readDedupe(json['dedupe'], reader.at('dedupe'), problems),
  };
  if (phrase === '') return rule;
  const parsed = parsePhrase(phrase);
  if ('problem' in parsed) problems.push({ path: reader.at('phrase'), message: parsed.problem });
  else {
    const unknown = slotsIn(rule.args).find((slot) => slot !== 'text' && !parsed.slots.includes(slot));
    if (unknown !== undefined) {
      const known = [...parsed.slots, 'text'].map((slot) => `{${slot}}`).join(', ');
      problems.push({
        path: reader.at('args'),
        message: `uses {${unknown}}, which the phrase does not have; there is ${known}`,
      });
    }
  }
  return rule;
}

function readDedupe(json: unknown, path: string, problems: Problem[]): Rule['dedupe'] {
  const reader = new Reader(isRecord(json) ? json : {}, path, problems);
  return {
    key: reader.text('key', TEXT_LIMITS.key_chars_max, undefined),
    mode: reader.oneOf('mode', ['keep', 'replace'], 'replace'),
  };
}

function wakePhrase(json: unknown, path: string, problems: Problem[]): string {
  if (typeof json === 'string' && json.length <= PHRASE_CHARS_MAX && wordsOf(json).length > 0) return json.trim();
  problems.push({ path, message: `must be a word or a few, ${PHRASE_CHARS_MAX} characters at most` });
  return '';
}

function isLanguage(text: string): boolean {
  return text === '' || /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(text);
}

function isTaskName(text: string): boolean {
  return TASK_NAME_PATTERN.test(text);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields of one object; a field that is missing is its default, and one without a default is a problem. */
class Reader {
  readonly #json: Record<string, unknown>;
  readonly #path: string;
  readonly #problems: Problem[];

  constructor(json: Record<string, unknown>, path: string, problems: Problem[]) {
    this.#json = json;
    this.#path = path;
    this.#problems = problems;
  }

  at(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`;
  }

  oneOf<T extends string>(field: string, allowed: readonly T[], otherwise: T): T {
    const value = this.#json[field];
    if (value === undefined) return otherwise;
    return (
      allowed.find((one) => one === value) ?? this.#wrong(field, `must be one of ${allowed.join(', ')}`, otherwise)
    );
  }

  flag(field: string, otherwise: boolean): boolean {
    const value = this.#json[field];
    if (value === undefined) return otherwise;
    return typeof value === 'boolean' ? value : this.#wrong(field, 'must be true or false', otherwise);
  }

  number(field: string, min: number, max: number, otherwise: number): number {
    const value = this.#json[field];
    if (value === undefined) return otherwise;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    return this.#wrong(field, `must be a number from ${min} to ${max}`, otherwise);
  }

  text(
    field: string,
    chars_max: number,
    otherwise: string | undefined,
    fits: (text: string) => boolean = () => true,
    rule = '',
  ): string {
    const value = this.#json[field] ?? otherwise;
    if (typeof value !== 'string') return this.#wrong(field, 'must be text', '');
    const text = value.trim();
    if (otherwise === undefined && text === '') return this.#wrong(field, 'must not be empty', '');
    if (text.length > chars_max) return this.#wrong(field, `is longer than ${chars_max} characters`, '');
    return fits(text) ? text : this.#wrong(field, rule, '');
  }

  json(field: string, chars_max: number, otherwise: Json): Json {
    const value = this.#json[field];
    if (value === undefined) return otherwise;
    // What cannot be written as JSON, as a form that was filled in wrongly.
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) return this.#wrong(field, 'must be JSON, as {"command": "{text}"}', otherwise);
    if (text.length <= chars_max) return value as Json;
    return this.#wrong(field, `is longer than ${chars_max} characters`, otherwise);
  }

  list<T>(
    field: string,
    items_max: number,
    read: (json: unknown, path: string, problems: Problem[]) => T,
    otherwise: readonly T[],
  ): readonly T[] {
    const value = this.#json[field];
    if (value === undefined) return otherwise;
    if (!Array.isArray(value)) return this.#wrong(field, 'must be a list', otherwise);
    if (value.length > items_max) return this.#wrong(field, `has more than ${items_max} entries`, otherwise);
    return value.map((item: unknown, index) => read(item, `${this.at(field)}.${index}`, this.#problems));
  }

  #wrong<T>(field: string, message: string, otherwise: T): T {
    this.#problems.push({ path: this.at(field), message });
    return otherwise;
  }
}
