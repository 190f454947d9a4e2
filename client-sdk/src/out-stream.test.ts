import { describe, expect, test } from 'vitest';
import { settled } from './testing/fake-clock.js';
import { errorOf } from './testing/fake-hub.js';
import { ack, running, said, write } from './testing/running.js';
import { outcomeOf } from './testing/setup.js';

describe('a stream', () => {
  test('chunks are numbered from 0 and closed before the end', async () => {
    const { fake, task, finish } = await running();
    const out = task.stream({ can_interrupt: false, reason: 'punch line', content_type: 'text/markdown' });
    await write(out, 'a', 'b');
    finish();
    await settled();
    expect(fake.connection.last('stream.open')).toMatchObject({
      stream: 'main',
      can_interrupt: false,
      reason: 'punch line',
      content_type: 'text/markdown',
      from_seq: 0,
    });
    expect(said(fake)).toEqual(['stream.open @1', 'chunk 0 a', 'chunk 1 b', 'stream.close @1', 'task.complete @1']);
  });

  test('long text is cut into chunks, never through a character', async () => {
    const { fake, task } = await running({ limits: { chunk_length_max: 4 } });
    await task.stream().write('abc🎙️def');
    const chunks = fake.connection.all('stream.chunk').map(({ data }) => data as string);
    expect(chunks.join('')).toBe('abc🎙️def');
    for (const chunk of chunks) {
      expect(chunk.length).toBeLessThanOrEqual(4);
      // Throws on half a character.
      expect(decodeURIComponent(encodeURIComponent(chunk))).toBe(chunk);
    }
  });

  test('an empty piece is not sent', async () => {
    const { fake, task } = await running();
    await write(task.stream(), '', 'a');
    expect(said(fake)).toEqual(['stream.open @1', 'chunk 0 a']);
  });

  test('bytes go over MessagePack, and are refused at once over JSON', async () => {
    const binary = await running({ encoding: 'msgpack' });
    await binary.task.stream({ name: 'voice', content_type: 'audio/pcm' }).write(new Uint8Array([1, 2]));
    expect(Array.from(binary.fake.connection.last('stream.chunk').data as Uint8Array)).toEqual([1, 2]);
    const json = await running({ encoding: 'json' });
    await expect(json.task.stream({ name: 'voice' }).write(new Uint8Array([1]))).rejects.toMatchObject({
      code: 'encoding_unsupported',
    });
    expect(json.fake.connection.all('stream.chunk')).toHaveLength(0);
  });

  test('a stream that the hub refuses fails the next write', async () => {
    const { fake, task } = await running();
    fake.on('stream.open', () => errorOf('too_large'));
    const out = task.stream();
    await settled();
    await expect(out.write('a')).rejects.toMatchObject({ code: 'too_large' });
  });

  test('a name is open once at a time; opened again it goes on with its numbers', async () => {
    const { fake, task } = await running();
    const out = task.stream();
    expect(() => task.stream()).toThrow('already open');
    await out.write('a');
    await out.close();
    await expect(out.write('late')).rejects.toMatchObject({ code: 'stream_closed' });
    await write(task.stream(), 'b');
    expect(said(fake)).toEqual(['stream.open @1', 'chunk 0 a', 'stream.close @1', 'stream.open @1', 'chunk 1 b']);
    expect(fake.connection.last('stream.open').from_seq).toBe(1);
  });

  test('write waits while the socket is full', async () => {
    const { fake, clock, task } = await running({ limits: { write_buffer_bytes_max: 100 } });
    fake.connection.bufferedAmount = 101;
    const written = task.stream().write('a');
    await clock.advance(50);
    expect(await outcomeOf(written)).toBe('pending');
    expect(fake.connection.all('stream.chunk')).toHaveLength(1);
    fake.connection.bufferedAmount = 100;
    await clock.advance(10);
    expect(await outcomeOf(written)).toEqual({ value: undefined });
  });

  test('write waits while too much is not in the journal', async () => {
    const { fake, clock, task } = await running({ limits: { stream_unacked_bytes_max: 3 } });
    const out = task.stream();
    await write(out, 'ab');
    const written = out.write('cd');
    await clock.advance(50);
    expect(await outcomeOf(written)).toBe('pending');
    fake.connection.say(ack({ main: 1 }));
    await clock.advance(10);
    expect(await outcomeOf(written)).toEqual({ value: undefined });
  });
});
