// What the token lets somebody do here, and what to say where it does not. Pure.
import type { Grants } from '@cuehub/protocol';

export interface Rights {
  readonly submit: boolean;
  /** What this token's principal submitted; an operator may cancel everything. */
  readonly cancel: boolean;
  /** Start, stop, remove a client. */
  readonly steer: boolean;
  /** Why something is missing; null when nothing is. */
  readonly note: string | null;
}

export const NO_RIGHTS: Rights = { submit: false, cancel: false, steer: false, note: null };

export function rightsOf(grants: Grants): Rights {
  const has = (role: Grants['roles'][number]): boolean => grants.roles.includes(role);
  const submit = has('producer');
  const steer = has('operator');
  const note = submit && steer ? null : noteFor(submit, steer);
  return { submit, cancel: submit || steer, steer, note };
}

function noteFor(submit: boolean, steer: boolean): string {
  if (!submit && !steer) return 'This token may watch only. To submit, cancel and steer, sign in with another one.';
  if (steer) return 'This token may steer, but not submit tasks: it lacks the role producer.';
  return 'This token may submit and cancel its own tasks, but not steer: it lacks the role operator.';
}
