// What a client of a running hub can rely on, whatever carries its messages. Each promise is a function of its own that
// needs nothing but a hub and a lane for itself, so that the same list runs in Node, in one process and in a page.
import { cutPromises } from './cut-promises.js';
import type { Promised } from './stage.js';
import { watchPromises } from './watch-promises.js';
import { workPromises } from './work-promises.js';

export const clientContract: readonly Promised[] = [...workPromises, ...watchPromises, ...cutPromises];
