/**
 * Between the thread that writes and the end of the process: threads are stopped wherever they are, and one that is
 * stopped in a write holds a lock that its own cleanup then waits for, for ever. So the end waits for the write that is
 * under way, and no other one is begun.
 */

/** How long the end of the process waits for a disk. */
const WAIT_MS = 2_000;
const WRITING = 0;
const ENDING = 1;

export type Gate = Int32Array<SharedArrayBuffer>;

export function newGate(): Gate {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** In the thread. Throws when the process ends. */
export function writing<T>(gate: Gate, work: () => T): T {
  Atomics.store(gate, WRITING, 1);
  try {
    if (Atomics.load(gate, ENDING) === 1) throw new Error('the process ends');
    return work();
  } finally {
    Atomics.store(gate, WRITING, 0);
    Atomics.notify(gate, WRITING);
  }
}

/** As the last thing that the process does. */
export function closeGate(gate: Gate): void {
  Atomics.store(gate, ENDING, 1);
  Atomics.wait(gate, WRITING, 1, WAIT_MS);
}
