/**
 * Writes the golden frames of `fixtures/`: `npm run fixtures -w protocol`. A change in them is a change of the wire
 * format, so look at the difference before committing it.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jsonCodec, msgpackCodec } from '../src/codec.js';
import { clientMessages } from '../src/testing/golden-client-messages.js';
import { byteMessages, hubMessages } from '../src/testing/golden-hub-messages.js';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

function write(direction: string, texts: Record<string, object>, bytes: Record<string, object>): void {
  const folder = `${fixtures}${direction}/`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, message] of Object.entries(texts))
    writeFileSync(`${folder}${name}.json`, jsonCodec.encode(message));
  for (const [name, message] of Object.entries({ ...texts, ...bytes })) {
    writeFileSync(`${folder}${name}.msgpack`, msgpackCodec.encode(message));
  }
}

write('client', clientMessages, byteMessages.client);
write('hub', hubMessages, byteMessages.hub);
