/** A live client for commands that stay connected. Its first try must work; after that it reconnects by itself. */
import { type AnyTasks, type CueHub, type TaskMap, connect } from '@cuehub/client';
import { CliError } from './cli-error.js';
import { askHub } from './http-client.js';
import type { Target } from './target.js';

export interface ClientName {
  readonly name: string;
  readonly kind: string;
}

/** Rejects with a `CliError` when the hub cannot be reached or does not want us. */
export async function openClient<Tasks extends TaskMap<Tasks> = AnyTasks>(
  target: Target,
  lane: string,
  client: ClientName,
): Promise<CueHub<Tasks>> {
  // Over HTTP first: a WebSocket in a browser's manner cannot say why it was refused, and the client would try for ever.
  await askHub(target, `/v1/lanes/${encodeURIComponent(lane)}`);
  const hub = connect<Tasks>(target.ws_url, {
    lane,
    client: { ...client },
    ...(target.token === undefined ? {} : { token: target.token }),
  });
  const lost = new Promise<never>((_, reject) => {
    const stop = hub.on('connection', ({ status, error }) => {
      if (status === 'connected') stop();
      else if (error !== undefined) reject(new CliError(`${target.ws_url}: ${error.message}`));
    });
  });
  try {
    await Promise.race([hub.ready, lost]);
  } catch (error) {
    hub.close();
    throw error;
  }
  return hub;
}
