// Whether the page has the hub, since when, and what it says about that. Pure.
import type { ConnectionChange } from '@cuehub/client';
import { CLOSE_CODES } from '@cuehub/protocol';
import { clockTime, duration } from './format.js';

export type Connection =
  | { readonly status: 'connecting'; readonly since: number }
  | { readonly status: 'connected'; readonly since: number }
  /** `since`: when the last connection ended, not the last try. */
  | { readonly status: 'away'; readonly since: number; readonly retry_at: number; readonly why: string }
  | { readonly status: 'ended'; readonly since: number; readonly why: string };

export function afterChange(before: Connection, change: ConnectionChange, now_ms: number): Connection {
  switch (change.status) {
    case 'connected':
      return { status: 'connected', since: now_ms };
    case 'connecting':
      // Each new try of a connection that was lost: it is still lost since then.
      return before.status === 'away' ? { ...before, retry_at: now_ms } : { status: 'connecting', since: now_ms };
    case 'waiting': {
      const since = before.status === 'connected' ? now_ms : before.since;
      const retry_at = now_ms + (change.retry_in_ms ?? 0);
      return { status: 'away', since, retry_at, why: whyAway(change.error?.close_code, change.error?.reason ?? '') };
    }
    case 'closed':
      return { status: 'ended', since: now_ms, why: whyEnded(change.error?.close_code, change.error?.reason ?? '') };
  }
}

/** 1012, as RFC 6455's registry has it: the hub said that it restarts. */
const SERVICE_RESTART = 1012;

function whyAway(close_code: number | undefined, reason: string): string {
  switch (close_code) {
    case SERVICE_RESTART:
      return 'the hub is restarting';
    case CLOSE_CODES.slow_consumer:
      return 'this page read too slowly';
    case CLOSE_CODES.heartbeat:
      return 'the hub fell silent';
    case CLOSE_CODES.token_ended:
      return 'the token ended';
    default:
      return reason || 'the hub cannot be reached';
  }
}

function whyEnded(close_code: number | undefined, reason: string): string {
  if (close_code === CLOSE_CODES.removed) return 'an operator removed this console';
  return reason || `the hub closed the connection (${close_code ?? 'no code'})`;
}

/** One line for the bar at the top. */
export function connectionWords(connection: Connection, now_ms: number): string {
  switch (connection.status) {
    case 'connected':
      return 'Connected';
    case 'connecting':
      return 'Connecting …';
    case 'away': {
      const wait_ms = connection.retry_at - now_ms;
      const next = wait_ms > 500 ? `next try in ${duration(Math.ceil(wait_ms / 1_000) * 1_000)}` : 'trying now';
      return `Not connected since ${clockTime(connection.since)}: ${connection.why}, ${next}.`;
    }
    case 'ended':
      return `Not connected since ${clockTime(connection.since)}: ${connection.why}. It does not try again by itself.`;
  }
}
