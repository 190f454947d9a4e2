import { describe, expect, it } from 'vitest';
import { matchPhrase, parsePhrase } from './phrase.js';

describe('a phrase', () => {
  it('fits its own words in any case, with any punctuation and accents, and nothing else', () => {
    for (const said of ['lights on', 'Lights on.', 'LIGHTS — ON!', 'lights ón']) {
      expect(matchPhrase('Lights on', said), said).toEqual({});
    }
    for (const said of ['lights', 'lights on please', 'all lights on', 'lights off', 'lightson', '']) {
      expect(matchPhrase('Lights on', said), said).toBeNull();
    }
  });

  it('keeps what stands in its slots as it was said', () => {
    expect(matchPhrase('remember {fact}', 'Remember, the cat is called Ada.')).toEqual({
      fact: 'the cat is called Ada',
    });
    expect(matchPhrase('ask {who} how *', 'ask Ada how late is it?')).toEqual({ who: 'Ada', 1: 'late is it?' });
    expect(matchPhrase('* the {thing} off', 'turn the big lamp off')).toEqual({ 1: 'turn', thing: 'big lamp' });
    expect(matchPhrase('*', "What's up, Dr. Who?")).toEqual({ 1: "What's up, Dr. Who?" });
    expect(matchPhrase('{a} を {b}', '電気をつけて')).toEqual({ a: '電気', b: 'つけて' });
  });

  it('needs at least a word in each slot', () => {
    expect(matchPhrase('remember {fact}', 'remember')).toBeNull();
    expect(matchPhrase('*', ' … ')).toBeNull();
  });

  it('goes back where the first place of a word was the wrong one', () => {
    expect(matchPhrase('{a} to {b} today', 'go to go to town today')).toEqual({ a: 'go', b: 'go to town' });
  });

  it('is decided quickly also where nothing fits', () => {
    const said = 'a '.repeat(1_000);
    expect(matchPhrase('* a {b} a {c} a {d} a {e} a {f} z', said)).toBeNull();
  });

  it('that cannot be meant says why', () => {
    for (const phrase of ['', '…', '{a} {b}', '* *', '{a', 'a}', '{a} or {a}', '{two words} x', '{1} x']) {
      expect(parsePhrase(phrase), phrase).toEqual({ problem: expect.any(String) });
      expect(matchPhrase(phrase, 'a or b'), phrase).toBeNull();
    }
  });
});
