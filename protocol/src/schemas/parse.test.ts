import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.js';
import { clientMessages } from '../testing/golden-client-messages.js';
import { byteMessages } from '../testing/golden-hub-messages.js';
import { PRIORITIES } from '../words.js';
import { clientMessage } from './client-schemas.js';
import { type ParseFailure, parseClientMessage, parseTaskSubmission, parseWith } from './parse.js';
import { taskView } from './task-schemas.js';

function refused(value: unknown, limits = LIMITS): ParseFailure {
  const parsed = parseClientMessage(value, limits);
  if (parsed.ok) throw new Error(`was accepted: ${JSON.stringify(value)}`);
  return parsed;
}

const submit = (task: object, rest: object = {}) => ({
  type: 'task.submit',
  id: 1,
  task: { name: 'x', ...task },
  ...rest,
});
const run = { task_id: 't', epoch: 1 };

describe('parseClientMessage', () => {
  it.each(Object.entries({ ...clientMessages, ...byteMessages.client }))('accepts %s as it is', (_, message) => {
    expect(parseClientMessage(message)).toEqual({ ok: true, message });
  });

  it('drops fields that it does not know, at every level', () => {
    expect(
      parseClientMessage({
        type: 'hello',
        client: { name: 'a', colour: 'red' },
        resume: { session_id: 's', resume_token: 'r', x: 1 },
        holding: [{ task_id: 't', epoch: 1, y: 2 }],
        later: true,
      }),
    ).toEqual({
      ok: true,
      message: {
        type: 'hello',
        client: { name: 'a' },
        resume: { session_id: 's', resume_token: 'r' },
        holding: [{ task_id: 't', epoch: 1 }],
      },
    });
  });

  it('drops them in since too, alone and by lane', () => {
    const since = { log: 'l', seq: 1, streams: { 't/main': 2 } };
    const sent = { ...since, later: true };
    expect(parseClientMessage({ type: 'subscribe', since: sent })).toEqual({
      ok: true,
      message: { type: 'subscribe', since },
    });
    expect(parseClientMessage({ type: 'subscribe', lane: '*', since: { main: sent } })).toEqual({
      ok: true,
      message: { type: 'subscribe', lane: '*', since: { main: since } },
    });
  });

  it('does not touch what is inside a payload', () => {
    const args = { type: 'anything', nested: [{ id: null }] };
    expect(parseClientMessage(submit({ args }))).toMatchObject({ ok: true, message: { task: { args } } });
  });

  it('applies no default', () => {
    const parsed = parseClientMessage(submit({}));
    expect(parsed).toStrictEqual({ ok: true, message: { type: 'task.submit', id: 1, task: { name: 'x' } } });
  });

  it('takes every priority by name and by number', () => {
    for (const priority of [...PRIORITIES, 1, 2, 3, 4, 5]) {
      expect(parseClientMessage(submit({ priority })), String(priority)).toMatchObject({ ok: true });
    }
    for (const priority of ['urgent', 0, 6, 1.5, '1', null, true]) {
      expect(refused(submit({ priority })).issues[0]?.path, String(priority)).toBe('task.priority');
    }
  });

  describe('says where a message is wrong', () => {
    it.each<[string, object, string, RegExp]>([
      [
        'a word that is not on the list',
        submit({ priority: 'SOON' }),
        'task.priority',
        /expected one of URGENT, HIGH.* \(or 1–5\), got "SOON"$/,
      ],
      ['a word that is nearly on it', submit({ priority: 'URGNT' }), 'task.priority', /did you mean "URGENT"\?$/],
      ['a field that is missing', { type: 'task.submit', id: 1 }, 'task', /^is missing: expected an object$/],
      [
        'a name that is missing',
        { type: 'task.submit', id: 1, task: {} },
        'task.name',
        /^is missing: expected a string$/,
      ],
      ['a wildcard as a name', submit({ name: 'chat_*' }), 'task.name', /other than \*, got "chat_\*"$/],
      ['null instead of nothing', submit({}, { lane: null }), 'lane', /got null: leave the field out/],
      ['a lane that is no name', submit({}, { lane: 'my lane' }), 'lane', /letters, digits, _ or - .*, got "my lane"$/],
      ['a lane named like a prototype', submit({}, { lane: '__proto__' }), 'lane', /not __proto__/],
      ['the same for watching', { type: 'subscribe', lane: '__proto__' }, 'lane', /not __proto__/],
      ['a fraction of a millisecond', submit({ ttl_ms: 1.5 }), 'task.ttl_ms', /whole number of 1–2592000000, got 1.5$/],
      ['a grace that is too long', submit({ pause_grace_ms: 6000 }), 'task.pause_grace_ms', /0–5000, got 6000$/],
      ['a string for a number', submit({ max_attempts: '2' }), 'task.max_attempts', /expected a number, got "2"$/],
      ['a value inside a payload', submit({ args: { list: [1, Number.NaN] } }), 'task.args.list.1', /is NaN/],
      ['a date in a payload', submit({ args: { at: new Date(0) } }), 'task.args.at', /is a Date/],
      ['bytes in a payload', submit({ args: new Uint8Array(3) }), 'task.args', /is a Uint8Array/],
      ['a BigInt in a payload', submit({ args: [2n ** 60n] }), 'task.args.0', /send it as a string/],
      ['a payload that is undefined', submit({ args: undefined }), 'task.args', /is missing|is undefined/],
      ['meta that is a list', submit({ meta: [] }), 'task.meta', /expected an object, got an array$/],
      [
        'half a dedupe',
        submit({ dedupe: { key: 'a' } }),
        'task.dedupe.mode',
        /expected one of keep, replace, but it is missing/,
      ],
      ['self without a key', submit({ executor: 'self' }), 'task.idempotency_key', /executor "self" needs one/],
      ['a call without a parent', submit({ call: true }), 'task.parent_id', /call: true/],
      ['nothing to get', { type: 'task.get', id: 1 }, 'task_id', /by task_id, or by lane and idempotency_key/],
      [
        'one bad name of several',
        { type: 'worker.register', names: ['a', 'b*c'] },
        'names.1',
        /\* only as the last one/,
      ],
      ['no name at all', { type: 'worker.register', names: [] }, 'names', /expected at least 1 items, got 0$/],
      [
        'a ratio that is no share',
        { type: 'task.progress', ...run, ratio: 50 },
        'ratio',
        /expected at most 1, got 50$/,
      ],
      ['an epoch below zero', { type: 'task.cancelled', task_id: 't', epoch: -1 }, 'epoch', /0–2\^53−1, got -1$/],
      ['no checkpoint', { type: 'task.checkpoint', ...run }, 'checkpoint', /is missing: expected a JSON value/],
      ['an error without a code', { type: 'task.fail', ...run, error: { message: '' } }, 'error.code', /is missing/],
      [
        'a chunk of a number',
        { type: 'stream.chunk', ...run, seq: 0, data: 5 },
        'data',
        /a string, or bytes in MessagePack, got 5$/,
      ],
      [
        'a chunk that cuts a character',
        { type: 'stream.chunk', ...run, seq: 0, data: '\ud83d' },
        'data',
        /send whole characters/,
      ],
      [
        'a stream named like a prototype',
        { type: 'stream.open', ...run, stream: '__proto__' },
        'stream',
        /not __proto__/,
      ],
      [
        'a topic of another hub',
        { type: 'subscribe', topics: ['state', 'tasks'] },
        'topics.1',
        /did you mean "task"\?$/,
      ],
      ['since without a log', { type: 'subscribe', since: { seq: 1 } }, 'since.log', /is missing/],
      [
        'a single since for every lane',
        { type: 'subscribe', lane: '*', since: { log: 'l', seq: 1 } },
        'since',
        /a map by lane/,
      ],
      [
        'a map of since for one lane',
        { type: 'subscribe', since: { main: { log: 'l', seq: 1 } } },
        'since',
        /only lane \*/,
      ],
      [
        'one bad since of several',
        { type: 'subscribe', lane: '*', since: { main: { log: 'l' } } },
        'since.main.seq',
        /is missing/,
      ],
    ])('%s', (_, message, path, words) => {
      const { code, issues } = refused(message);
      expect(code).toBe('invalid_message');
      expect(issues.map((issue) => issue.path)).toEqual([path]);
      expect(issues[0]?.message).toMatch(words);
    });

    it('with the first issue in the message, and how many more there are', () => {
      const { message, issues } = refused(submit({ priority: 'SOON', ttl_ms: 0, executor: 'robot' }));
      expect(issues.map(({ path }) => path)).toEqual(['task.priority', 'task.executor', 'task.ttl_ms']);
      expect(message).toMatch(/^task\.submit: task\.priority expected one of .*, got "SOON" \(and 2 more\)$/);
    });

    it('with at most 20 issues, and long values cut short', () => {
      const { issues } = refused({
        type: 'worker.register',
        names: Array.from({ length: 500 }, () => `*${'x'.repeat(900)}`),
      });
      expect(issues).toHaveLength(20);
      expect(issues[0]?.message.length).toBeLessThan(200);
    });

    it('without telling a token', () => {
      const secret = 'secret'.repeat(2_000);
      const { message, issues } = refused({
        type: 'hello',
        client: { name: 'a' },
        token: secret,
        resume: { session_id: 's', resume_token: 987_654_321 },
      });
      expect(issues.map(({ path }) => path)).toEqual(['token', 'resume.resume_token']);
      expect(JSON.stringify({ message, issues })).not.toMatch(/secret|987/);
    });
  });

  describe('tells payloads that are too large from those that are wrong', () => {
    const limits = {
      ...LIMITS,
      args_bytes_max: 10,
      checkpoint_bytes_max: 20,
      meta_bytes_max: 30,
      result_bytes_max: 40,
    };

    it.each<[string, (size: number) => object, number, string]>([
      ['args', (size) => submit({ args: 'x'.repeat(size - 2) }), 10, 'task.args'],
      [
        'checkpoint',
        (size) => ({ type: 'task.checkpoint', ...run, checkpoint: 'x'.repeat(size - 2) }),
        20,
        'checkpoint',
      ],
      [
        'checkpoint of a pause',
        (size) => ({ type: 'task.paused', ...run, checkpoint: 'x'.repeat(size - 2) }),
        20,
        'checkpoint',
      ],
      ['meta', (size) => submit({ meta: { a: 'x'.repeat(size - 8) } }), 30, 'task.meta'],
      ['result', (size) => ({ type: 'task.complete', ...run, result: 'x'.repeat(size - 2) }), 40, 'result'],
    ])('%s', (_, message, max, path) => {
      expect(parseClientMessage(message(max), limits)).toMatchObject({ ok: true });
      expect(refused(message(max + 1), limits)).toMatchObject({
        code: 'too_large',
        issues: [{ path, message: `is more than ${max} bytes of JSON` }],
      });
    });

    it('and says invalid_message when something else is wrong too', () => {
      expect(refused(submit({ args: 'x'.repeat(20), priority: 9 }), limits).code).toBe('invalid_message');
    });
  });

  describe('with an unknown type', () => {
    it('suggests the nearest one', () => {
      expect(refused({ type: 'task.sumbit', id: 7 })).toMatchObject({
        code: 'unknown_type',
        id: 7,
        message: 'unknown type "task.sumbit": did you mean "task.submit"?',
        issues: [{ path: 'type' }],
      });
    });

    it('lists them all when none is near, also for names of things that objects have', () => {
      for (const type of ['zzzzzz', 'constructor', '__proto__', 'toString', '']) {
        const failure = refused({ type });
        expect(failure.code).toBe('unknown_type');
        expect(failure.message).toContain('task.submit, task.cancel');
      }
    });

    it('says so when it is a message of the hub', () => {
      expect(refused({ type: 'task.dispatch' }).message).toContain('only the hub sends that one');
    });

    it.each([[undefined], [null], [5], [['task.submit']]])('says that %j is no type', (type) => {
      expect(refused({ type, id: 'a' })).toMatchObject({
        code: 'invalid_message',
        id: 'a',
        issues: [{ path: 'type' }],
      });
    });
  });

  describe('with an id', () => {
    it.each([['a'], ['x'.repeat(64)], [0], [4_294_967_295]])('gives %j back with the failure', (id) => {
      expect(refused({ type: 'task.submit', id })).toMatchObject({ id });
      expect(parseClientMessage({ type: 'client.list', id })).toEqual({
        ok: true,
        message: { type: 'client.list', id },
      });
    });

    it.each([[''], ['x'.repeat(65)], [-1], [1.5], [4_294_967_296], [null], [true], [{}], ['\ud83d']])(
      'refuses %j and gives none back',
      (id) => {
        const failure = refused({ type: 'client.list', id });
        expect(failure.issues.map(({ path }) => path)).toEqual(['id']);
        expect(failure).not.toHaveProperty('id');
      },
    );
  });

  it.each([[null], [undefined], [5], ['task.submit'], [[]], [new Uint8Array(2)], [true]])(
    'refuses %j, which is no object',
    (value) => {
      expect(refused(value)).toMatchObject({ code: 'invalid_message', issues: [{ path: '' }] });
    },
  );

  it('never throws, and says something about every value it refuses', () => {
    const fields = Object.fromEntries(
      [...new Set(Object.values(clientMessages).flatMap((message) => Object.keys(message)))].map((key) => [
        key,
        fc.oneof(
          fc.anything(),
          fc.constantFrom(...Object.values(clientMessages).map((m) => (m as unknown as Record<string, unknown>)[key])),
        ),
      ]),
    );
    const known = fc.constantFrom(...Object.values(clientMessages).map(({ type }) => type));
    const value = fc.oneof(
      fc.anything(),
      fc.record(
        { ...fields, type: fc.oneof({ arbitrary: known, weight: 9 }, fc.anything()) },
        { requiredKeys: ['type'] },
      ),
    );
    fc.assert(
      fc.property(value, (message) => {
        const parsed = parseClientMessage(message);
        if (parsed.ok) return;
        expect(parsed.issues.length).toBeGreaterThan(0);
        for (const issue of parsed.issues) expect(issue.message).not.toBe('');
        expect(parsed.message.length).toBeGreaterThan(5);
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with the one schema of all messages', () => {
    for (const message of Object.values(clientMessages)) expect(clientMessage.parse(message)).toEqual(message);
    expect(clientMessage.safeParse({ type: 'task.dispatch' }).success).toBe(false);
  });
});

describe('parseTaskSubmission', () => {
  it('checks the task by itself, with paths that begin there', () => {
    expect(parseTaskSubmission({ name: 'x', priority: 1 })).toEqual({ ok: true, task: { name: 'x', priority: 1 } });
    expect(parseTaskSubmission({ name: 'x', priority: 'SOON' })).toMatchObject({
      ok: false,
      issues: [{ path: 'priority' }],
    });
    expect(parseTaskSubmission(null)).toMatchObject({ ok: false, code: 'invalid_message', issues: [{ path: '' }] });
    expect(parseTaskSubmission({ name: 'x', args: 'xxxx' }, { ...LIMITS, args_bytes_max: 5 })).toMatchObject({
      code: 'too_large',
    });
  });
});

describe('parseWith', () => {
  it('answers alike for any schema', () => {
    expect(parseWith(taskView, {}, 'answer')).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^answer: task_id is missing/),
    });
  });
});
