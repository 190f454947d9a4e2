import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { ClientMessage, ClientMessageType } from '../client-messages.js';
import { jsonCodec, msgpackCodec } from '../codec.js';
import { LIMITS } from '../limits.js';
import { clientMessages } from '../testing/golden-client-messages.js';
import { byteMessages } from '../testing/golden-hub-messages.js';
import { ON_INTERRUPT, PREEMPT_STYLES, PRIORITIES } from '../words.js';
import { clientMessageSchemas } from './client-schemas.js';
import * as field from './fields.js';
import { type ParsedMessage, parseClientMessage, parseWith } from './parse.js';
import { rule } from './rule.js';
import { soundAsIs } from './sound-as-is.js';

const limits = { ...LIMITS, args_bytes_max: 60, meta_bytes_max: 50, result_bytes_max: 40, checkpoint_bytes_max: 30 };
const schemasOf = { default: clientMessageSchemas(LIMITS), small: clientMessageSchemas(limits) };

/** What `parseClientMessage` answers when every message is asked of zod. */
function byZodAlone(message: Tree, schemas: typeof schemasOf.small): ParsedMessage {
  const type = message['type'] as ClientMessageType;
  const parsed = parseWith(schemas[type] as z.ZodType<ClientMessage>, message, type);
  if (parsed.ok) return { ok: true, message: parsed.value };
  return field.isRequestId(message['id']) ? { ...parsed, id: message['id'] } : parsed;
}

interface Tree {
  [key: string]: unknown;
}

const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const requestId = fc.oneof(word, fc.integer({ min: 0, max: 0xffff_ffff }));
const wholeMs = fc.integer({ min: 1, max: 1_000_000 });
const payload = fc.jsonValue({ maxDepth: 3 });
const run = { id: requestId, task_id: word, epoch: fc.nat() };
const task = fc.record(
  {
    name: word,
    args: payload,
    priority: fc.constantFrom(...PRIORITIES, 1, 2, 3, 4, 5),
    idempotency_key: word,
    preempt: fc.constantFrom(...PREEMPT_STYLES),
    interruptible: fc.boolean(),
    on_interrupt: fc.constantFrom(...ON_INTERRUPT),
    executor: fc.constantFrom('worker', 'self'),
    ttl_ms: wholeMs,
    resume_ttl_ms: wholeMs,
    timeout_ms: wholeMs,
    max_attempts: fc.integer({ min: 1, max: 100 }),
    pause_grace_ms: fc.integer({ min: 0, max: 5_000 }),
    dedupe: fc.record({ key: word, mode: fc.constantFrom('keep', 'replace') }),
    parent_id: word,
    call: fc.boolean(),
    meta: fc.dictionary(word, payload, { maxKeys: 3 }),
  },
  { requiredKeys: ['name'] },
);
const oftenSent: fc.Arbitrary<object>[] = [
  fc.record({ type: fc.constant('task.submit'), id: requestId, lane: word, task }, { requiredKeys: ['type', 'task'] }),
  fc.record(
    { type: fc.constant('task.complete'), ...run, result: payload },
    { requiredKeys: ['type', 'task_id', 'epoch'] },
  ),
  fc.record(
    { type: fc.constant('task.paused'), ...run, checkpoint: payload },
    { requiredKeys: ['type', 'task_id', 'epoch'] },
  ),
  fc.record(
    { type: fc.constant('task.progress'), ...run, ratio: fc.double({ min: 0, max: 1 }), note: fc.string() },
    { requiredKeys: ['type', 'task_id', 'epoch'] },
  ),
  fc.record(
    {
      type: fc.constant('stream.chunk'),
      ...run,
      stream: word,
      seq: fc.nat(),
      data: fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array()),
    },
    { requiredKeys: ['type', 'task_id', 'epoch', 'seq', 'data'] },
  ),
];
const message = fc.oneof(
  ...oftenSent.map((arbitrary) => ({ arbitrary, weight: 4 })),
  fc.constantFrom(...Object.values(clientMessages)),
);

class Odd {
  name = 'x';
}
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
const withProtoKey = (): unknown => JSON.parse('{"__proto__": 1}');
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    Number.NaN,
    Infinity,
    -0,
    -1,
    0,
    1.5,
    101,
    2 ** 32,
    2 ** 53,
    2n ** 60n,
  ),
  fc.constantFrom('', ' ', '*', '__proto__', 'self', 'SOON', 'keep', '\ud83d', 'a\udc15', 'a/b:c', 'line\n'),
  fc.constantFrom(40, 64, 65, 128, 129, 256, 257, 1_024, 1_025).map((chars) => 'x'.repeat(chars)),
  fc.constantFrom(127, 128, 129).map(deep),
  fc
    .constantFrom<() => unknown>(
      () => new Date(0),
      () => new Map([['name', 'x']]),
      () => new Uint8Array(2),
      () => new Odd(),
      () => Object.assign(Object.create(null) as object, { name: 'x' }),
      () => ({ name: 'x', args: { inside: Number.NaN } }),
      () => ({ name: 'x', executor: 'self' }),
      () => ({ a: undefined }),
      () => [undefined],
      withProtoKey,
      () => Symbol('odd'),
      () => () => {},
    )
    .map((make) => make()),
  fc.anything(),
);
const oddKey = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'later',
    'id',
    'lane',
    'task',
    'name',
    'args',
    'executor',
    'call',
  ),
  fc.string(),
);
const change = fc.record({
  /** Which field, of which field …: places among the keys of each object on the way. */
  path: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
  how: fc.oneof(
    fc.constant({ kind: 'remove' as const }),
    fc.record({ kind: fc.constant('replace' as const), value: oddValue }),
    fc.record({ kind: fc.constant('add' as const), key: oddKey, value: oddValue }),
  ),
});
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

function changed(value: Tree, { path: [place = 0, ...path], how }: Change): Tree {
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Tree;
  const keys = Object.keys(copy).filter((name) => name !== 'type');
  const key = keys[place % keys.length] ?? 'nothing';
  const member = copy[key];
  if (path.length > 0 && isTree(member)) put(copy, key, changed(member, { path, how }));
  else if (how.kind === 'remove') delete copy[key];
  else put(copy, how.kind === 'add' ? how.key : key, how.value);
  return copy;
}

function isTree(value: unknown): value is Tree {
  return Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]';
}

/** A field like any other, also when it is called `__proto__`: as JSON.parse makes it. */
function put(holder: Tree, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function expectSameAsZod(value: Tree): void {
  expect(parseClientMessage(value)).toStrictEqual(byZodAlone(value, schemasOf.default));
  expect(parseClientMessage(value, limits)).toStrictEqual(byZodAlone(value, schemasOf.small));
}

describe('a message that is judged without zod', () => {
  it('gets the answer that zod gives', () => {
    fc.assert(
      fc.property(message, (value) => expectSameAsZod(value as Tree)),
      { numRuns: 500 },
    );
  });

  it('gets the answer that zod gives when something in it is changed', () => {
    fc.assert(
      fc.property(message, fc.array(change, { minLength: 1, maxLength: 2 }), (value, changes) =>
        expectSameAsZod(changes.reduce<Tree>(changed, value as Tree)),
      ),
      { numRuns: 3_000 },
    );
  });

  /** Of the golden messages, those with something in them that only zod knows. */
  const zodKnows: ReadonlySet<string> = new Set([
    'hello-resume',
    'ping',
    'pong',
    'task.get',
    'task.get-key',
    'task.list',
    'worker.register',
    'worker.unregister',
    'task.progress',
    'subscribe',
    'subscribe-all',
  ]);

  it.each(Object.entries({ ...clientMessages, ...byteMessages.client }))(
    '%s comes back as it was decoded',
    (name, sent) => {
      const codecs = name in byteMessages.client ? [msgpackCodec] : [jsonCodec, msgpackCodec];
      for (const codec of codecs) {
        const decoded = codec.decode(codec.encode(sent));
        const parsed = parseClientMessage(decoded);
        expect(parsed).toEqual({ ok: true, message: decoded });
        expect(parsed.ok && parsed.message === decoded, codec.encoding).toBe(!zodKnows.has(name));
      }
    },
  );
});

describe('soundAsIs', () => {
  const submit = soundAsIs(schemasOf.small['task.submit']);
  const complete = soundAsIs(schemasOf.small['task.complete']);
  const chunk = soundAsIs(schemasOf.small['stream.chunk']);
  const run = { task_id: 't', epoch: 1 };
  const task = (fields: object) => ({ type: 'task.submit', task: { name: 'x', ...fields } });
  const end = (fields: object) => ({ type: 'task.complete', ...run, ...fields });

  it('says yes to what is as large, as long and as deep as it may be', () => {
    expect(submit(task({ args: 'x'.repeat(58), meta: { a: 'x'.repeat(42) }, parent_id: 'x'.repeat(64) }))).toBe(true);
    expect(submit(task({ idempotency_key: 'x'.repeat(256), max_attempts: 100, pause_grace_ms: 0 }))).toBe(true);
    expect(soundAsIs(schemasOf.default['task.complete'])(end({ result: deep(128) }))).toBe(true);
    expect(complete(end({ id: 4_294_967_295, result: null }))).toBe(true);
    expect(chunk({ type: 'stream.chunk', ...run, seq: 0, data: '' })).toBe(true);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', [task({})]],
    ['an instance of a class', Object.assign(new Odd(), task({}))],
    ['an object without a prototype', Object.assign(Object.create(null) as object, task({}))],
    ['another type', { ...task({}), type: 'task.complete' }],
    ['no task', { type: 'task.submit' }],
    ['a field that nobody knows', { ...task({}), later: 1 }],
    ['a field called like something that objects have', { ...task({}), constructor: 1 }],
    ['a field called __proto__', Object.assign(JSON.parse('{"__proto__": {}}') as object, task({}))],
    ['a field that is undefined', { ...task({}), lane: undefined }],
    ['an unknown field in the task', task({ later: 1 })],
    ['an undefined field in the task', task({ args: undefined })],
    ['an instance of a class as the task', { type: 'task.submit', task: new Odd() }],
    ['an unknown field in dedupe', task({ dedupe: { key: 'k', mode: 'keep', later: 1 } })],
    ['half a dedupe', task({ dedupe: { key: 'k' } })],
    ['a word that is not on the list', task({ priority: 'SOON' })],
    ['a number for a boolean', task({ interruptible: 1 })],
    ['args of a byte too many', task({ args: 'x'.repeat(59) })],
    ['meta of a byte too many', task({ meta: { a: 'x'.repeat(43) } })],
    ['meta that is a list', task({ meta: [] })],
    ['a date in args', task({ args: { at: new Date(0) } })],
    ['a key of a character too many', task({ idempotency_key: 'x'.repeat(257) })],
    ['half of a surrogate pair', task({ name: 'a\ud83d' })],
    ['a duration that is NaN', task({ ttl_ms: Number.NaN })],
    ['a duration that is a BigInt', task({ ttl_ms: 1n })],
    ['self without a key', task({ executor: 'self' })],
    ['a call without a parent', task({ call: true })],
  ])('leaves a submission to zod with %s', (_, value) => {
    expect(submit(value)).toBe(false);
  });

  it('leaves other messages to zod where a field is missing or bad', () => {
    expect(complete(end({ result: 'x'.repeat(39) }))).toBe(false);
    expect(complete(end({ result: undefined }))).toBe(false);
    expect(complete(end({ result: new Map() }))).toBe(false);
    expect(complete(end({ epoch: -1 }))).toBe(false);
    expect(complete({ type: 'task.complete', task_id: 't' })).toBe(false);
    expect(soundAsIs(schemasOf.default['task.complete'])(end({ result: deep(129) }))).toBe(false);
    expect(chunk({ type: 'stream.chunk', ...run, seq: 0 })).toBe(false);
    expect(chunk({ type: 'stream.chunk', ...run, seq: 0, data: '\ud83d' })).toBe(false);
    expect(chunk({ type: 'stream.chunk', ...run, seq: 0, data: new Uint16Array(1) })).toBe(false);
  });

  it.each<[string, z.ZodType, unknown]>([
    ['a refinement', field.taskId.refine(() => false), 'x'],
    ['a refinement of an object', z.object({ a: field.taskId }).refine(() => false), { a: 'x' }],
    [
      'a refinement beside a rule',
      z
        .object({})
        .check(rule(() => []))
        .refine(() => false),
      {},
    ],
    ['another value in the answer', field.taskId.transform((id) => id.length), 'x'],
    ['one that is written over', z.boolean().overwrite((on) => !on), true],
    ['an object that refuses unknown fields', z.strictObject({}), {}],
    ['an object that keeps unknown fields', z.looseObject({}), {}],
    ['a default', z.object({ a: field.taskId.default('x') }), {}],
    ['a field that may be undefined', z.object({ a: field.taskId.optional() }), { a: undefined }],
    ['a field that may be null', z.object({ a: field.taskId.nullable() }), { a: null }],
    ['a list', z.array(field.taskId), ['x']],
    ['a record', z.record(z.string(), field.taskId), { a: 'x' }],
    ['a number of zod', z.number(), 1],
  ])('leaves to zod what it does not know: %s', (_, schema, value) => {
    expect(soundAsIs(schema)(value)).toBe(false);
  });
});
