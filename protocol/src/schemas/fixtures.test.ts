/** The golden frames of `protocol/fixtures`, held against both codecs and the schemas. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonCodec, msgpackCodec } from '../codec.js';
import { LIMITS } from '../limits.js';
import { clientMessages } from '../testing/golden-client-messages.js';
import { byteMessages, hubMessages } from '../testing/golden-hub-messages.js';
import { clientMessage, clientMessageSchemas } from './client-schemas.js';
import { hubMessage, hubMessageSchemas } from './hub-schemas.js';
import { replySchemas } from './reply-schemas.js';

const fixtures = new URL('../../fixtures/', import.meta.url);
const read = (path: string): Buffer => readFileSync(new URL(path, fixtures));
const names = (folder: string, ending: string): string[] =>
  readdirSync(new URL(`${folder}/`, fixtures))
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length));

const directions = [
  { folder: 'client', schema: clientMessage, golden: clientMessages, bytes: byteMessages.client },
  { folder: 'hub', schema: hubMessage, golden: hubMessages, bytes: byteMessages.hub },
] as const;

for (const { folder, schema, golden, bytes } of directions) {
  describe(`the golden frames of what comes from the ${folder}`, () => {
    it.each(names(folder, '.json'))('%s is one message in both encodings, and encodes to the same bytes', (name) => {
      const text = read(`${folder}/${name}.json`);
      const binary = read(`${folder}/${name}.msgpack`);
      const message = jsonCodec.decode(text.toString('utf8')) as { type: string };
      expect(msgpackCodec.decode(binary)).toStrictEqual(message);
      expect(schema.parse(message)).toStrictEqual(message);
      expect(message.type).toBe(name.replace(/-.*$/, ''));
      expect(jsonCodec.encode(message)).toBe(text.toString('utf8'));
      expect(Buffer.from(msgpackCodec.encode(message) as Uint8Array).equals(binary)).toBe(true);
    });

    it.each(Object.entries(bytes))('%s carries bytes', (name, message) => {
      const decoded = msgpackCodec.decode(read(`${folder}/${name}.msgpack`)) as { data: Uint8Array };
      expect(decoded.data).toBeInstanceOf(Uint8Array);
      expect({ ...decoded, data: [...decoded.data] }).toEqual({ ...message, data: [...message.data] });
      expect(schema.safeParse(decoded).success).toBe(true);
    });

    it('are those of the source, no more and no fewer: else run `npm run fixtures -w protocol`', () => {
      expect(names(folder, '.json').toSorted()).toEqual(Object.keys(golden).toSorted());
      expect(names(folder, '.msgpack').toSorted()).toEqual(Object.keys({ ...golden, ...bytes }).toSorted());
      for (const [name, message] of Object.entries(golden)) {
        expect(jsonCodec.decode(read(`${folder}/${name}.json`)), name).toStrictEqual(message);
      }
    });
  });
}

it('every type of message has a golden frame', () => {
  const typesOf = (messages: object) => new Set(Object.values(messages).map(({ type }: { type: string }) => type));
  expect(typesOf(clientMessages)).toEqual(new Set(Object.keys(clientMessageSchemas(LIMITS))));
  expect(typesOf(hubMessages)).toEqual(new Set(Object.keys(hubMessageSchemas)));
});

it('every reply that says something has a golden frame that fits its schema', () => {
  for (const [request, schema] of Object.entries(replySchemas)) {
    const { type, re, ...fields } = jsonCodec.decode(read(`hub/ok-${request}.json`)) as Record<string, unknown>;
    expect([type, typeof re]).not.toContain('undefined');
    expect(schema.parse(fields), request).toStrictEqual(fields);
  }
});
