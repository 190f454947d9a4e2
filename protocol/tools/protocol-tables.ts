/**
 * The tables of `docs/protocol.md`, made from the schemas and constants. Owns how they
 * look; fields, bounds and defaults come from where they are checked, the words for codes from `protocol-words.ts`.
 */
import * as z from 'zod';
import { CLOSE_CODES, type CloseCodeName, ERROR_CODES, type ErrorCode } from '../src/errors.js';
import { DURATIONS, LIMITS } from '../src/limits.js';
import { type JsonSchema, jsonSchemas } from '../src/schemas/json-schemas.js';
import { replySchemas } from '../src/schemas/reply-schemas.js';
import { FACT_EVENTS, TASK_STATES } from '../src/words.js';
import { CLOSES, DURATION_WORDS, ERRORS, EVENTS, LIMIT_WORDS } from './protocol-words.js';

/** Each table by the name that its markers in the page carry. */
export function protocolTables(): ReadonlyMap<string, string> {
  const { client, hub } = jsonSchemas();
  return new Map([
    ['client-messages', messages(client, ['type', 'id'])],
    ['hub-messages', messages(hub, ['type'])],
    ['replies', replies()],
    ['task-fields', taskFields(client['task.submit'])],
    ['shapes', shapes()],
    ['states', `${TASK_STATES.map((state) => `\`${state}\``).join(', ')}`],
    ['errors', errors()],
    ['close-codes', closeCodes()],
    ['limits', limits()],
    [
      'events',
      table(
        ['event', 'what happened'],
        FACT_EVENTS.map((event) => [`\`${event}\``, EVENTS[event]]),
      ),
    ],
  ]);
}

/** Puts the tables between their markers. Throws on markers that name no table, and on tables without markers. */
export function withTables(page: string, tables = protocolTables()): string {
  const unused = new Set(tables.keys());
  const filled = page.replace(
    /(<!-- table: (\S+) -->\n)[\s\S]*?(<!-- \/table -->)/g,
    (_, begin: string, name: string, end: string) => {
      const content = tables.get(name);
      if (content === undefined) throw new Error(`there is no table ${name}`);
      unused.delete(name);
      return `${begin}\n${content}\n\n${end}`;
    },
  );
  if (unused.size > 0) throw new Error(`the page has no place for ${[...unused].join(', ')}`);
  return filled;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function json(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
}

function messages(schemas: { readonly [type: string]: JsonSchema }, without: readonly string[]): string {
  return table(
    ['`type`', 'fields', 'what it is for'],
    Object.entries(schemas).map(([type, schema]) => [`\`${type}\``, fieldLines(schema, without), words(schema)]),
  );
}

function replies(): string {
  return table(
    ['request', '`ok` has'],
    Object.entries(replySchemas).map(([request, schema]) => [`\`${request}\``, fieldLines(json(schema), [])]),
  );
}

function taskFields(submit: JsonSchema): string {
  return fieldTable(properties(submit)['task'] ?? {}, true);
}

function fieldTable(schema: JsonSchema, defaults = false): string {
  const required = requiredOf(schema);
  return table(
    defaults ? ['field', 'type', 'default', 'meaning'] : ['field', 'type', 'meaning'],
    Object.entries(properties(schema)).map(([name, field]) => {
      const first = [`\`${name}${required.has(name) ? '' : '?'}\``, typeWords(field)];
      const absent = required.has(name) ? 'needed' : '–';
      return defaults
        ? [...first, 'default' in field ? `\`${JSON.stringify(field['default'])}\`` : absent, words(field)]
        : [...first, words(field)];
    }),
  );
}

function fieldLines(schema: JsonSchema, without: readonly string[]): string {
  if (Array.isArray(schema['oneOf'])) {
    // Facts: what they share, then what each kind adds.
    const kinds = schema['oneOf'] as JsonSchema[];
    const shared = Object.keys(properties(kinds[0] ?? {})).filter((name) =>
      kinds.every(
        (kind) =>
          name === 'event' ||
          JSON.stringify(properties(kind)[name]) === JSON.stringify(properties(kinds[0] ?? {})[name]),
      ),
    );
    const head = fieldLines(
      {
        ...kinds[0],
        properties: pick(
          properties(kinds[0] ?? {}),
          shared.filter((name) => name !== 'event'),
        ),
      },
      without,
    );
    return [
      head,
      ...kinds.map((kind) => {
        const [event = ''] = (properties(kind)['event']?.['enum'] ?? []) as string[];
        return `*${event.replace(/\..*/, '')}.\\**: ${fieldLines(kind, [...without, ...shared, 'event']).replaceAll('<br>', ', ')}`;
      }),
    ].join('<br>');
  }
  const required = requiredOf(schema);
  return Object.entries(properties(schema))
    .filter(([name]) => !without.includes(name))
    .map(([name, field]) => {
      const fallback = 'default' in field ? ` = \`${JSON.stringify(field['default'])}\`` : '';
      const said = words(field);
      return `\`${name}${required.has(name) ? '' : '?'}\`: ${typeWords(field)}${fallback}${said === '' ? '' : ` (${said})`}`;
    })
    .join('<br>');
}

function pick(fields: { readonly [name: string]: JsonSchema }, names: readonly string[]): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}

function properties(schema: JsonSchema): { readonly [name: string]: JsonSchema } {
  return (schema['properties'] ?? {}) as { readonly [name: string]: JsonSchema };
}

function requiredOf(schema: JsonSchema): ReadonlySet<string> {
  return new Set((schema['required'] ?? []) as string[]);
}

function words(schema: JsonSchema): string {
  return typeof schema['description'] === 'string' ? schema['description'] : '';
}

/** A type in a few words: `integer 0–5000`, `"keep" or "replace"`, `Task`. */
function typeWords(schema: JsonSchema): string {
  const ref = schema['$ref'];
  if (typeof ref === 'string') return ref.replace(/^.*\//, '');
  const choices = (schema['anyOf'] ?? schema['oneOf']) as JsonSchema[] | undefined;
  if (choices !== undefined) return choices.map(typeWords).join(' or ');
  const values = schema['enum'] as unknown[] | undefined;
  if (values !== undefined) {
    if (values.includes(1)) return 'name or number';
    if (values.length === TASK_STATES.length) return 'state';
    if (values.length === Object.keys(ERROR_CODES).length) return 'code';
    return values.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  }
  switch (schema['type']) {
    case 'array':
      return `list of ${typeWords((schema['items'] ?? {}) as JsonSchema)}`;
    case 'object': {
      const names = Object.keys(properties(schema));
      const required = requiredOf(schema);
      if (names.length > 6) return 'object, see below';
      return names.length === 0
        ? `object${payloadBound(schema)}`
        : `{${names.map((name) => `\`${name}${required.has(name) ? '' : '?'}\``).join(', ')}}`;
    }
    case 'integer': {
      const most = schema['maximum'] as number;
      const least = schema['minimum'] as number;
      if (most < Number.MAX_SAFE_INTEGER) return `integer ${least}–${most}`;
      return 'integer';
    }
    case 'string':
      return typeof schema['maxLength'] === 'number' ? `string ≤ ${schema['maxLength']}` : 'string';
    case 'number':
    case 'boolean':
    case 'null':
      return schema['type'];
    default:
      return schema['contentEncoding'] === 'binary' ? 'bytes' : `JSON${payloadBound(schema)}`;
  }
}

/** Only what a client may send has a bound of its own; what the hub sends was checked when it came. */
function payloadBound(schema: JsonSchema): string {
  const bytes = schema['x-json-bytes-max'];
  return typeof bytes !== 'number' || bytes === LIMITS.frame_bytes_max ? '' : ` ≤ ${amount('bytes', bytes)}`;
}

function shapes(): string {
  return Object.entries(jsonSchemas().definitions)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, schema]) => `**${id}**${words(schema) === '' ? '' : `: ${words(schema)}`}\n\n${fieldTable(schema)}`)
    .join('\n\n');
}

function errors(): string {
  return table(
    ['code', 'again later?', 'HTTP', 'meaning'],
    (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => [
      `\`${code}\``,
      ERROR_CODES[code].retryable ? 'yes' : 'no',
      String(ERROR_CODES[code].http),
      ERRORS[code],
    ]),
  );
}

function closeCodes(): string {
  const names = Object.keys(CLOSE_CODES) as CloseCodeName[];
  return table(
    ['code', 'reconnect?', 'why'],
    names
      .toSorted((a, b) => CLOSE_CODES[a] - CLOSE_CODES[b])
      .map((name) => [String(CLOSE_CODES[name]), CLOSE_CODES[name] >= 4500 ? 'no' : 'yes', CLOSES[name]]),
  );
}

function limits(): string {
  const rows = (all: Readonly<Record<string, number>>, words: Readonly<Record<string, string | undefined>>) =>
    Object.entries(words).map(([name, meaning]) => [`\`${name}\``, amount(name, all[name] ?? 0), meaning ?? '']);
  return table(['limit', 'default', 'of what'], [...rows(LIMITS, LIMIT_WORDS), ...rows(DURATIONS, DURATION_WORDS)]);
}

function amount(name: string, value: number): string {
  if (name.includes('bytes')) return value >= 2 ** 20 ? `${value / 2 ** 20} MiB` : `${value / 2 ** 10} KiB`;
  if (!name.endsWith('_ms')) return String(value);
  if (value >= 60_000) return `${value / 60_000} min`;
  return value >= 1_000 ? `${value / 1_000} s` : `${value} ms`;
}
