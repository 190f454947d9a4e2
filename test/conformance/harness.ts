// The list of what the conformance tests use. Each part owns one noun: processes, sockets, runs, stages, frames.
export { type Codec, CODECS, type Fields, type Frame, type Task } from './frames.js';
export { type Hub, startHub, TOKEN } from './hub-process.js';
export { helloFields, joinHub, openSocket, type RawClient } from './raw-client.js';
export { Run, word, words } from './run.js';
export { Person, type Scene, type Stage, useHub, Watcher } from './stage.js';
