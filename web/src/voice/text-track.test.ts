import { describe, expect, it } from 'vitest';
import { appendChunk, cutTrack, EMPTY_TRACK, lastSeqBefore, mergeSnapshot } from './text-track.js';

const track = ['Hello ', 'wor', 'ld. ', 'Bye.'].reduce((text, data, seq) => appendChunk(text, seq, data), EMPTY_TRACK);

describe('the text of a stream', () => {
  it('grows by each chunk once', () => {
    expect(appendChunk(track, 3, 'Bye.')).toBe(track);
    expect(track).toMatchObject({ text: 'Hello world. Bye.', next_seq: 4 });
  });

  it('knows the last chunk that lies before a place as a whole', () => {
    const places = [0, 5, 6, 8, 9, 12, 13, 16, 17].map((at) => lastSeqBefore(track, at));
    expect(places).toEqual([null, null, 0, 0, 1, 1, 2, 2, 3]);
    expect(lastSeqBefore(EMPTY_TRACK, 0)).toBeNull();
  });

  it('is cut where a new attempt begins', () => {
    const cut = cutTrack(track, 1);
    expect(cut).toMatchObject({ text: 'Hello ', next_seq: 1 });
    expect(appendChunk(cut, 1, 'there.').text).toBe('Hello there.');
    expect(cutTrack(track, 0)).toEqual(EMPTY_TRACK);
    expect(cutTrack(track, 4)).toBe(track);
  });

  it('keeps its places when a snapshot goes on where it was', () => {
    const later = mergeSnapshot(track, 'Hello world. Bye. Really.', 0, 6);
    expect([later.text, later.next_seq, lastSeqBefore(later, 9)]).toEqual(['Hello world. Bye. Really.', 6, 1]);
    expect(mergeSnapshot(track, track.text, 0, 4)).toBe(track);
    // Several chunks in one piece: none of them is heard before all are.
    expect(lastSeqBefore(later, 20)).toBe(3);
  });

  it('begins anew with a snapshot that says something else, and is cut in it only where it can be', () => {
    // As long, from the same place, and another attempt's.
    expect(mergeSnapshot(track, 'Howdy world. Bye. Yes.', 0, 6).text).toBe('Howdy world. Bye. Yes.');
    const other = mergeSnapshot(track, 'Something else', 7, 9);
    expect(other).toMatchObject({ text: 'Something else', next_seq: 9 });
    expect(lastSeqBefore(other, 3)).toBeNull();
    expect(cutTrack(other, 8)).toEqual({ text: '', next_seq: 8, marks: [] });
    expect(cutTrack(other, 7)).toEqual({ text: '', next_seq: 7, marks: [] });
  });
});
