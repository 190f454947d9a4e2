/**
 * Which right each request needs. Rights come from the token alone (PROTOCOL §3). Whose task may be cancelled, and who
 * may call for a child, is judged by the lane: that depends on its tasks.
 */
import { ALL_LANES, type ClientMessage, DEFAULT_LANE, type Role, levelOf } from '@cuehub/protocol';
import { type Access, hasRole, mayUseLane } from './access.js';

export interface Refusal {
  readonly code: 'forbidden';
  readonly message: string;
}

/** Roles of which one is needed; types that are not listed need none. */
const NEEDS: { readonly [type in ClientMessage['type']]?: readonly Role[] } = {
  'task.submit': ['producer'],
  'task.cancel': ['producer', 'operator'],
  'task.get': ['producer', 'worker', 'observer', 'operator'],
  'task.list': ['producer', 'worker', 'observer', 'operator'],
  'task.wait': ['producer', 'worker', 'observer', 'operator'],
  'worker.register': ['worker'],
  'stream.heard': ['observer', 'worker', 'operator'],
  subscribe: ['observer', 'operator'],
  'lane.start': ['operator'],
  'lane.stop': ['operator'],
  'lane.status': ['observer', 'operator'],
  'client.list': ['operator'],
  'client.remove': ['operator'],
};

/** The lane a message names or means; null for messages of no lane, and where the task's id says it. */
function laneOf(message: ClientMessage): string | null {
  switch (message.type) {
    case 'task.submit':
    case 'task.list':
    case 'worker.register':
    case 'worker.unregister':
    case 'subscribe':
    case 'unsubscribe':
    case 'lane.start':
    case 'lane.stop':
    case 'lane.status':
      return message.lane ?? DEFAULT_LANE;
    case 'task.get':
      return message.lane ?? (message.task_id === undefined ? DEFAULT_LANE : null);
    case 'task.cancel':
    case 'task.wait':
    case 'stream.heard':
      return message.lane ?? null;
    default:
      return null;
  }
}

/** Why `access` may not ask this; null when it may. */
export function refusal(message: ClientMessage, access: Access): Refusal | null {
  const roles = NEEDS[message.type];
  if (roles !== undefined && !hasRole(access, ...roles)) {
    return forbidden(`${message.type} needs the role ${roles.join(' or ')}, which this token does not have`);
  }
  const lane = laneOf(message);
  if (lane !== null && lane !== ALL_LANES && !mayUseLane(access, lane)) {
    return forbidden(`this token may not use the lane ${lane}`);
  }
  if (message.type === 'task.submit') {
    const { max_priority } = access.grants;
    const priority = message.task.priority ?? 'MEDIUM';
    const level = typeof priority === 'number' ? priority : levelOf(priority);
    if (level < levelOf(max_priority)) return forbidden(`this token submits ${max_priority} at most`);
  }
  return null;
}

export function forbidden(message: string): Refusal {
  return { code: 'forbidden', message };
}
