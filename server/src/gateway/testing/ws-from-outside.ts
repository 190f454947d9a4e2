/**
 * ws as a version would be that shows nothing of its inside. The project `gateway-send` of the tests puts this in the
 * place of ws, so that everything the gateway promises is tested on its public `send` too.
 */
import { createRequire } from 'node:module';
import type * as ws from 'ws';

const real = createRequire(import.meta.url)('ws') as typeof ws;

export const WebSocket = real.WebSocket;
export const WebSocketServer = real.WebSocketServer;
