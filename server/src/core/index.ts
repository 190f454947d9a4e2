/** What the hub may use of the pure core. */
export { createLane, DEFAULT_LANE_CONFIG, type Lane } from './lane.js';
export { factOf } from './context.js';
export { fold } from './fold.js';
export * from './freeze.js';
export type { Changes, Cut } from './changes.js';
export * from './compact.js';
export { type ChunkQuery, chunksGone, chunksSince } from './kept-chunks.js';
export { snapshotOf } from './snapshot.js';
export { OrderLine } from './orders.js';
export { step } from './step.js';
export { NO_CALLER } from './submit.js';
export { findByKey, isDormant, listTasks, statusOf, taskView } from './views.js';
export * from './types.js';
