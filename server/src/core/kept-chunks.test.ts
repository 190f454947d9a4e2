import { describe, expect, it } from 'vitest';
import { chunksGone, type ChunkQuery } from './kept-chunks.js';
import { type LaneDriver, laneWithWorker } from './testing/drive.js';

/** A lane that keeps the last two chunks of four. */
function streamed(data: string | Uint8Array = 'xxxx'): LaneDriver {
  const d = laneWithWorker({ text_kept_bytes_max: 10, audio_kept_bytes_max: 10 });
  d.submit('a');
  d.open('a');
  for (let seq = 0; seq < 4; seq += 1) d.chunk('a', seq, data);
  return d;
}

function gone(d: LaneDriver, streams: ChunkQuery['streams'], topics: Partial<ChunkQuery> = {}): [number, number][] {
  const query = { text: true, audio: false, seq: d.lane.seq, streams, ...topics };
  return chunksGone(d.lane, query).map(({ from_seq, to_seq }) => [from_seq, to_seq]);
}

const main = (d: LaneDriver): string => `${[...d.lane.tasks.keys()][0]}/main`;

describe('chunks that a watcher can not get any more', () => {
  it('lie between the last one it saw and the oldest that is kept', () => {
    const d = streamed();
    expect(gone(d, { [main(d)]: -1 })).toEqual([[0, 1]]);
    expect(gone(d, { [main(d)]: 0 })).toEqual([[1, 1]]);
    expect(gone(d, { [main(d)]: 1 })).toEqual([]);
    expect(gone(d, { [main(d)]: 99 })).toEqual([]);
  });

  it('are all that it did not see, a minute after the end', () => {
    const d = streamed();
    d.complete('a');
    d.advance(60_000);
    expect(gone(d, { [main(d)]: 2 })).toEqual([[3, 3]]);
    expect(gone(d, { [main(d)]: 3 })).toEqual([]);
  });

  it('are told to those who watch their kind, of streams that they name', () => {
    const d = streamed(new Uint8Array(4));
    expect(gone(d, { [main(d)]: 0 })).toEqual([]);
    expect(gone(d, { [main(d)]: 0 }, { audio: true })).toEqual([[1, 1]]);
    expect(gone(d, {}, { audio: true })).toEqual([]);
    expect(gone(d, { 'never/main': 0, nothing: 0 }, { audio: true })).toEqual([]);
  });
});
