import { describe, expect, it } from 'vitest';
import { wakeIn, withoutWake } from './wake.js';

const FIDO = ['fido', 'hey fido'];
const rest = (text: string, phrases: readonly string[] = FIDO) => wakeIn(text, phrases)?.rest ?? null;

describe('the wake phrase', () => {
  it('is found at the start, whatever the recogniser writes around it', () => {
    for (const text of [
      'fido turn on the lights',
      'Fido, turn on the lights.',
      'FIDO! turn on the lights',
      ' fido … turn on the lights',
    ]) {
      expect(rest(text), text).toBe('turn on the lights');
    }
  });

  it('is found in the middle, and what was said before it does not count', () => {
    expect(rest('so anyway hey fido what time is it?')).toBe('what time is it?');
  });

  it('counts as its longest form, and as often as it is said', () => {
    expect(rest('hey fido lights on')).toBe('lights on');
    expect(rest('fido, fido, hey Fido: lights on')).toBe('lights on');
    expect(rest('fido tell fido a joke')).toBe('tell fido a joke');
  });

  it('alone has no rest', () => {
    expect(rest('Hey, Fido!')).toBe('');
  });

  it('is the same with and without accents, apostrophes and full-width letters', () => {
    expect(rest('fidó licht an')).toBe('licht an');
    expect(rest('ＦＩＤＯ lights on')).toBe('lights on');
    expect(rest("o'brien stop", ['obrien'])).toBe('stop');
    expect(rest('groß anfangen', ['gross'])).toBe('anfangen');
  });

  it('is found in languages without spaces', () => {
    expect(rest('ねえファイド電気をつけて', ['ファイド'])).toBe('電気をつけて');
  });

  it('is not found in what only sounds or looks alike', () => {
    for (const text of ['fidelity matters', 'confido in you', 'fi do it', 'hey final', 'phyto', '', '…', 'fi-do it']) {
      expect(rest(text), text).toBeNull();
    }
    expect(rest('fido lights on', [])).toBeNull();
    expect(rest('anything', ['', ' … '])).toBeNull();
  });

  it('is left out where it was not needed, but never all that was said', () => {
    expect(withoutWake('Fido, lights on', FIDO)).toBe('lights on');
    expect(withoutWake('lights on, Fido', FIDO)).toBe('lights on, Fido');
    expect(withoutWake('Fido', FIDO)).toBe('Fido');
  });
});
