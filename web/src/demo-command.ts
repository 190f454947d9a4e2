import { DEFAULT_LANE } from '@cuehub/protocol';

/** What is typed in a terminal to see life on a lane. */
export function demoCommand(lane: string): string {
  return lane === DEFAULT_LANE ? 'npx cuehub demo' : `npx cuehub demo --lane ${lane}`;
}
