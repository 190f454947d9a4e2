/** A lane of the simulation, beside what is known of it. */
import type { Lane } from '../lane.js';
import type { OrderLine } from '../orders.js';
import type { Oracle } from './oracle.js';

export interface SimLane {
  readonly name: string;
  readonly oracle: Oracle;
  lane: Lane;
  orders: OrderLine;
  /** The fold of what is durable, and the records in it. */
  stable: Lane;
  stable_entries: number;
  wake_at: number | null;
}
