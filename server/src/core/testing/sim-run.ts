/** A run as an executor of the simulation believes it to be. */

export interface SimRun {
  readonly lane: string;
  readonly task_id: string;
  readonly first_epoch: number;
  readonly honest: boolean;
  /** The first that there ever was of its task: positions of streams are of no run before. */
  readonly first: boolean;
  epoch: number;
  /** May send; false while paused or after the socket ended. */
  active: boolean;
  /** The socket ended, and no resume came since: even who hears no order has noticed that. */
  cut_off: boolean;
  open: boolean;
  /** The hub that has opened the stream. */
  opened_by: number;
  /** Told to be in the journal. */
  acked: number;
  readonly checkpoints: Set<string>;
  /** The end was sent and no answer to it came. */
  unanswered: boolean;
  /** Next chunk to send. */
  next: number;
  readonly chunks: number;
  hold_id: string | null;
  protect: boolean;
  from_seq: number | undefined;
  ticking: boolean;
}
