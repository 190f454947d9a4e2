/** What an executor of the simulation needs of the world around it. */
import type { Run } from '../task.js';
import type { Input, StepReply } from '../types.js';
import type { Prng } from './prng.js';

export const NAMES = ['chat', 'voice', 'screen', 'memory'] as const;

export interface SimWorld {
  readonly prng: Prng;
  /** No more mischief. */
  readonly calm: boolean;
  readonly lane_names: readonly string[];
  /** Tasks that a hello may lay claim to. */
  paused(lane: string): { task_id: string; epoch: number; run: Run }[];
  /** A task was completed by a run that is sure to have streamed this, from `from_seq` on and in this order. */
  completed(lane: string, task_id: string, from_seq: number, text: readonly string[]): void;
  /** Counts the hubs: each crash makes another. */
  readonly hub: number;
  id(prefix: string): string;
  later(ms: number, run: () => void): void;
  /**
   * The reply as it will be. One to a request that waits for the journal reaches its sender only when `heard` is called,
   * and never after a crash.
   */
  send(lane: string, input: Input, heard?: () => void): StepReply;
}
