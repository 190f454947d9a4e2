// From what was said to a task: the first rule whose phrase fits names the task and how it is submitted. Pure.
import type { Dedupe, Json, Preempt, Priority } from '@cuehub/protocol';
import { type Captures, matchPhrase } from './phrase.js';

/** A row of the settings. Field names are those of a task on the wire. */
export interface Rule {
  readonly phrase: string;
  /** The task's name. */
  readonly name: string;
  /** Strings in it may name slots of the phrase: `{fact}`, `{1}`; `{text}` is all that was said. */
  readonly args: Json;
  readonly priority: Priority;
  readonly preempt: Preempt;
  /** A command that waited longer than this is not wanted any more; null waits for ever. */
  readonly ttl_ms: number | null;
  readonly dedupe: Dedupe | null;
}

/** What is handed to `hub.submit`. */
export interface CommandSpec {
  name: string;
  args: Json;
  priority: Priority;
  preempt: Preempt;
  ttl_ms?: number;
  dedupe?: Dedupe;
}

/** The task for what was said, or null when no rule fits. */
export function taskFor(text: string, rules: readonly Rule[]): CommandSpec | null {
  for (const rule of rules) {
    const captures = matchPhrase(rule.phrase, text);
    if (captures === null) continue;
    return {
      name: rule.name,
      args: filled(rule.args, { ...captures, text }),
      priority: rule.priority,
      preempt: rule.preempt,
      ...(rule.ttl_ms === null ? {} : { ttl_ms: rule.ttl_ms }),
      ...(rule.dedupe === null ? {} : { dedupe: rule.dedupe }),
    };
  }
  return null;
}

const NAMED = /\{([a-z0-9_]+)\}/gi;

/** The template with its slots filled. What names no slot stays as it is: braces are legal in text. */
function filled(template: Json, captures: Captures): Json {
  return mapStrings(template, (text) =>
    text.replace(NAMED, (whole, slot: string) => (Object.hasOwn(captures, slot) ? (captures[slot] ?? '') : whole)),
  );
}

/** The slots that a template names. */
export function slotsIn(template: Json): string[] {
  const found: string[] = [];
  mapStrings(template, (text) => {
    for (const [, slot] of text.matchAll(NAMED)) if (slot !== undefined) found.push(slot);
    return text;
  });
  return found;
}

function mapStrings(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item: Json) => mapStrings(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}
