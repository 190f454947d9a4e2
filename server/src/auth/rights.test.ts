import type { ClientMessage, Grants } from '@cuehub/protocol';
import { expect, test } from 'vitest';
import type { Access } from './access.js';
import { refusal } from './rights.js';

function may(grants: Partial<Grants>, message: ClientMessage): boolean {
  const access: Access = { principal: 'p', grants: { roles: [], lanes: ['*'], max_priority: 'URGENT', ...grants } };
  return refusal(message, access) === null;
}

const submit: ClientMessage = { type: 'task.submit', task: { name: 'n' } };

test.each([
  ['producer', submit],
  ['worker', { type: 'worker.register', names: ['n'] }],
  ['observer', { type: 'subscribe' }],
  ['observer', { type: 'lane.status' }],
  ['operator', { type: 'lane.start' }],
  ['operator', { type: 'lane.stop' }],
  ['operator', { type: 'client.list' }],
  ['operator', { type: 'client.remove', session_id: 's' }],
] as const)('%s may send %j, others may not', (role, message) => {
  expect(may({ roles: [role] }, message as ClientMessage)).toBe(true);
  const others = (['producer', 'worker'] as const).filter((other) => other !== role);
  expect(may({ roles: [...others] }, message as ClientMessage)).toBe(false);
});

test('a lane that the token does not name is closed to it, also when it is meant by leaving it out', () => {
  const grants = { roles: ['producer' as const], lanes: ['stage'] };
  expect(may(grants, { ...submit, lane: 'stage' })).toBe(true);
  expect(may(grants, { ...submit, lane: 'other' })).toBe(false);
  expect(may(grants, submit)).toBe(false);
});

test('all lanes may be watched by a token of one: it sees that one', () => {
  expect(may({ roles: ['observer'], lanes: ['stage'] }, { type: 'subscribe', lane: '*' })).toBe(true);
});

test.each([
  ['URGENT', false],
  ['HIGH', true],
  ['LOW', true],
  [1, false],
  [2, true],
  [undefined, true],
] as const)('with HIGH as the most, priority %s is allowed: %s', (priority, allowed) => {
  const task = { name: 'n', ...(priority === undefined ? {} : { priority }) };
  expect(may({ roles: ['producer'], max_priority: 'HIGH' }, { type: 'task.submit', task })).toBe(allowed);
});
