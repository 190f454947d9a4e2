import { describe, expect, it } from 'vitest';
import { defaultOptions } from '../overlay/options.js';
import { choicesOf, ownFragment, themeOf, withTheme, withTokenHidden } from './choices.js';

const FIELDS = [
  ['theme', 'comic'],
  ['size', '1.25'],
  ['position', 'top'],
  ['max_lines', '3'],
  ['hide_after_ms', '500'],
  ['name', 'Fido'],
  ['font', 'Comic Neue'],
  ['lane', 'main'],
  ['show', 'bubble'],
  ['show', 'queue'],
] as const;

describe('the choices of the form', () => {
  it('become options', () => {
    expect(choicesOf(FIELDS)).toEqual({
      options: {
        theme: 'comic',
        size: 1.25,
        position: 'top',
        max_lines: 3,
        hide_after_ms: 500,
        name: 'Fido',
        font: 'Comic Neue',
        lane: 'main',
        show: ['bubble', 'queue'],
      },
      problems: new Map(),
    });
  });

  it('that make no sense are told by their field', () => {
    const { options, problems } = choicesOf([...FIELDS, ['lane', 'no such lane'], ['font', '"']]);
    expect([...problems.keys()].sort()).toEqual(['font', 'lane']);
    expect(options).toMatchObject({ lane: 'main', font: '' });
  });

  it('may be to show nothing', () => {
    const { options, problems } = choicesOf([['theme', 'glass']]);
    expect(options.show).toEqual([]);
    expect([...problems.keys()]).toEqual(['show']);
  });
});

describe('another theme', () => {
  it('brings its own place and length, but not over what was chosen', () => {
    const glass = defaultOptions('glass');
    expect(withTheme(glass, 'subtitle')).toMatchObject({ theme: 'subtitle', position: 'bottom', max_lines: 3 });
    expect(withTheme({ ...glass, position: 'top', max_lines: 9 }, 'subtitle')).toMatchObject({
      position: 'top',
      max_lines: 9,
    });
    expect(withTheme(withTheme(glass, 'subtitle'), 'glass')).toEqual(glass);
    expect([themeOf('terminal'), themeOf('baroque')]).toEqual(['terminal', 'glass']);
  });
});

describe('an address that viewers may see', () => {
  it('has no token', () => {
    const hidden = withTokenHidden('http://h/overlay#token=a%2Bb&theme=comic', 'a+b');
    expect(hidden).toBe('http://h/overlay#token=••••••••&theme=comic');
    expect(ownFragment({ ...defaultOptions('comic'), size: 2 })).toBe('#theme=comic&size=2');
    expect(ownFragment(defaultOptions())).toBe('');
  });
});
