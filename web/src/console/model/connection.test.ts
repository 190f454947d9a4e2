import { type ConnectionChange, ConnectionClosed } from '@cuehub/client';
import { describe, expect, it } from 'vitest';
import { afterChange, type Connection, connectionWords } from './connection.js';

const waiting = (code: number, retry_in_ms = 2_000): ConnectionChange => ({
  status: 'waiting',
  error: new ConnectionClosed(code, '', true),
  retry_in_ms,
});
const START: Connection = { status: 'connecting', since: 0 };

describe('the connection', () => {
  it('is lost since the moment it ended, however often it is tried again', () => {
    const on = afterChange(START, { status: 'connected' }, 1_000);
    const lost = afterChange(on, waiting(1006), 5_000);
    const trying = afterChange(lost, { status: 'connecting' }, 7_000);
    const again = afterChange(trying, waiting(1006), 7_100);
    expect([lost, trying, again].map(({ status, since }) => [status, since])).toEqual([
      ['away', 5_000],
      ['away', 5_000],
      ['away', 5_000],
    ]);
    expect(afterChange(again, { status: 'connected' }, 9_000)).toEqual({ status: 'connected', since: 9_000 });
  });

  it('says why and what comes next in plain words', () => {
    const on = afterChange(START, { status: 'connected' }, 1_000);
    const words = (code: number) => connectionWords(afterChange(on, waiting(code), 5_000), 5_000);
    expect(words(1006)).toMatch(
      /^Not connected since \d\d:\d\d:\d\d: the hub cannot be reached, next try in 2\.0 s\.$/,
    );
    expect(words(1012)).toContain('the hub is restarting');
    const away = afterChange(on, waiting(1006, 100), 5_000);
    expect(connectionWords(away, 5_000)).toContain('trying now');
  });

  it('is over when somebody removed it, and says so', () => {
    const closed: ConnectionChange = { status: 'closed', error: new ConnectionClosed(4510, 'removed', false) };
    const ended = afterChange(START, closed, 5_000);
    expect(connectionWords(ended, 6_000)).toContain('an operator removed this console');
  });
});
