/** Whom a token speaks for and what that lets one do. Which request needs which right is said in `rights.ts`. */
import { ALL_LANES, type Grants, type Role } from '@cuehub/protocol';

export interface Access {
  readonly principal: string;
  readonly grants: Grants;
  /** Unix milliseconds after which the token is no longer good. */
  readonly expires_at?: number;
}

export function mayUseLane(access: Access, lane: string): boolean {
  return access.grants.lanes.includes(ALL_LANES) || access.grants.lanes.includes(lane);
}

export function hasRole(access: Access, ...roles: readonly Role[]): boolean {
  return roles.some((role) => access.grants.roles.includes(role));
}
