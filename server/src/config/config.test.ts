import { DURATIONS, LIMITS } from '@cuehub/protocol';
import { expect, test } from 'vitest';
import { ConfigError, resolveConfig } from './config.js';

test('without options everything has its default and the token is made at random', () => {
  const config = resolveConfig();
  expect(config).toMatchObject({ host: '127.0.0.1', port: 8787, durations: DURATIONS, allowed_origins: [] });
  expect(config.limits).toEqual({ ...LIMITS, requests_per_s: 100, requests_burst: 200 });
  const [token] = config.tokens;
  expect(token?.token).toMatch(/^[\w-]{22}$/);
  expect(resolveConfig().tokens[0]?.token).not.toBe(token?.token);
});

test('a token that is given may do everything', () => {
  const { tokens } = resolveConfig({ token: 'given-token' });
  expect(tokens).toEqual([
    {
      name: 'owner',
      token: 'given-token',
      roles: ['producer', 'worker', 'observer', 'operator'],
      lanes: ['*'],
      max_priority: 'URGENT',
    },
  ]);
});

test('a watch token is one more, which may watch and nothing else', () => {
  const { tokens, watch_token } = resolveConfig({ token: 'given-token', watch_token: 'given-to-all' });
  expect(watch_token).toBe('given-to-all');
  expect(tokens.map(({ name, roles, lanes }) => [name, roles, lanes])).toEqual([
    ['owner', ['producer', 'worker', 'observer', 'operator'], ['*']],
    ['watch', ['observer'], ['*']],
  ]);
  expect(resolveConfig({ token: 'given-token' }).tokens).toHaveLength(1);
});

test('the burst is twice the rate, and 0 means no limit', () => {
  expect(resolveConfig({ rate_limit: 30 }).limits).toMatchObject({ requests_per_s: 30, requests_burst: 60 });
  expect(resolveConfig({ rate_limit: 0 }).limits.requests_per_s).toBe(0);
});

test('durations and limits take the place of their defaults one by one', () => {
  const config = resolveConfig({ session_ttl_ms: 5, limits: { lanes_max: 2 } });
  expect(config.durations).toEqual({ ...DURATIONS, session_ttl_ms: 5 });
  expect(config.limits.lanes_max).toBe(2);
  expect(config.limits.args_bytes_max).toBe(LIMITS.args_bytes_max);
});

test.each([
  [{ port: 70_000 }, /option port/],
  [{ token: '' }, /option token/],
  [{ limits: { lanes: 3 } }, /option limits/],
  [{ token: 'the-same-one', watch_token: 'the-same-one' }, /option watch_token: .*give another/],
  [{ hearbeat_ms: 3 }, /hearbeat_ms/],
  [{ tokens: [{ name: 'a', token: 'long-enough', lanes: ['__proto__'] }] }, /no lane is named __proto__/],
  [{ token: 'long-enough', tokens: [{ name: 'a', token: 'long-enough' }] }, /either token or tokens/],
])('%j is refused with the option by its name', (options, message) => {
  expect(() => resolveConfig(options as object)).toThrow(ConfigError);
  expect(() => resolveConfig(options as object)).toThrow(message);
});
