import { expect, test } from 'vitest';
import { isOriginAllowed } from './origin.js';

test.each([
  ['none at all: no browser', undefined, 'hub.example:8787', true],
  ["the hub's own", 'https://hub.example:8787', 'hub.example:8787', true],
  ["the hub's own, in other letters", 'https://hub.example', 'HUB.example', true],
  ['another port of the same host', 'https://hub.example:1', 'hub.example:8787', false],
  ['localhost', 'http://localhost:5173', 'hub.example', true],
  ['IPv4 loopback', 'http://127.0.0.1:3000', 'hub.example', true],
  ['IPv6 loopback', 'http://[::1]:3000', 'hub.example', true],
  ['a name that only begins like loopback', 'http://localhost.evil.example', 'hub.example', false],
  ['a name that looks like an address', 'http://127.0.0.1.evil.example', 'hub.example', false],
  ['a stranger', 'https://evil.example', 'hub.example', false],
  ['a sandboxed frame', 'null', 'hub.example', false],
  ['a file', 'file://', 'hub.example', false],
  ['one that is listed', 'https://app.example', 'hub.example', true],
  ['no URL', 'evil', 'hub.example', false],
  ['a stranger, and a request without Host', 'https://evil.example', undefined, false],
])('%s', (_what, origin, host, allowed) => {
  expect(isOriginAllowed(origin, host, ['https://app.example'])).toBe(allowed);
});
