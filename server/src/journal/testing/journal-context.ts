/** What a hub gives its journal, for tests without one. */
import { FakeClock } from '../../config/testing/fake-clock.js';
import { DEFAULT_LANE_CONFIG } from '../../core/index.js';
import type { JournalContext, SessionRecord } from '../port.js';

export function contextFor(clock = new FakeClock(), health: JournalContext['health'] = () => {}): JournalContext {
  const limits = { fact_ring_ms: 300_000, fact_ring_items_max: 10_000 };
  return { clock, config: DEFAULT_LANE_CONFIG, limits, health };
}

export function sessionRecord(session_id: string, lanes: readonly string[]): SessionRecord {
  const client = { name: 'c', kind: '' };
  return { session_id, principal: 'p', client, resume_hash: 'h', previous_hash: null, workers: {}, lanes };
}

export function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
