/** `cuehub`: a hub to embed in an app of one's own. What is not listed here is not promised. */
export {
  type CloseOptions,
  createHub,
  type CreateHubOptions,
  type HubServer,
  type Listening,
  type ListenOptions,
} from './create-hub.js';
export { ConfigError, type HubOptions, type NamedToken } from './config/config.js';
export type { Clock } from './config/clock.js';
export type { Logger } from './config/logger.js';
export { DiskJournal } from './journal/disk/disk.js';
export type { DiskJournalOptions, Durability } from './journal/disk/options.js';
export { JournalDamaged, JournalLocked, JournalUnusable } from './journal/disk/damage.js';
export { VERSION } from './config/version.js';
export type { Access, HubPort, HubStats, Outcome, PlainRequest, Readiness, Watch, WatchOptions } from './hub/port.js';
