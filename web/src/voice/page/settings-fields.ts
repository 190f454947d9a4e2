// The settings that are single values: listening, language, the spoken answer.
import { type Settings, TALK_KEYS } from '../settings.js';
import { h } from './dom.js';

export interface SettingsFields {
  readonly element: HTMLElement;
  json(): Record<string, unknown>;
  setVoices(voices: readonly SpeechSynthesisVoice[]): void;
}

const KEY_WORDS = { Space: 'Space', ControlRight: 'Right Ctrl', F8: 'F8', off: 'none' } as const;
/** Offered; any other can be typed. */
const LANGUAGES =
  'en-US en-GB de-DE fr-FR es-ES it-IT pt-BR nl-NL pl-PL cs-CZ sv-SE tr-TR ru-RU uk-UA ja-JP ko-KR zh-CN hi-IN ar-EG';

export function settingsFields(
  settings: Settings,
  voices: readonly SpeechSynthesisVoice[],
  tryVoice: () => void,
): SettingsFields {
  const field = (name: keyof Settings, label: string, input: HTMLElement, hint = ''): HTMLElement => {
    input.id = `setting-${name}`;
    input.dataset['field'] = name;
    if (hint !== '') input.setAttribute('aria-describedby', `${input.id}-hint`);
    const parts = [h('label', { for: input.id, text: label }), input];
    return h(
      'div',
      { class: 'field' },
      ...parts,
      h('p', { class: 'soft', id: `${input.id}-hint`, text: hint, hidden: hint === '' }),
    );
  };
  const check = (
    name: keyof Settings,
    label: string,
    on: boolean,
    hint: string,
  ): { box: HTMLInputElement; row: HTMLElement } => {
    const box = h('input', {
      type: 'checkbox',
      id: `setting-${name}`,
      'data-field': name,
      'aria-describedby': `setting-${name}-hint`,
    });
    box.checked = on;
    const row = h(
      'div',
      { class: 'check' },
      box,
      h('label', { for: box.id, text: label }),
      h('p', { class: 'soft', id: `${box.id}-hint`, text: hint }),
    );
    return { box, row };
  };
  const range = (value: number, min: number, max: number): HTMLInputElement => {
    const input = h('input', { type: 'range', min, max, step: 0.05 });
    input.value = String(value);
    return input;
  };
  const wake = h('textarea', { rows: 3, spellcheck: 'false' });
  wake.value = settings.wake_phrases.join('\n');
  const language = h('input', {
    type: 'text',
    list: 'languages',
    spellcheck: 'false',
    placeholder: navigator.language,
  });
  language.value = settings.language;
  const key = h('select', {}, ...TALK_KEYS.map((code) => h('option', { value: code, text: KEY_WORDS[code] })));
  key.value = settings.talk_key;
  const barge = check(
    'barge_in',
    'Speaking takes the floor',
    settings.barge_in,
    'Who starts to speak during a reply interrupts it at once. It goes on where it stopped.',
  );
  const phones = check(
    'headphones',
    'I wear headphones',
    settings.headphones,
    'The wake phrase is listened for while an answer is spoken too. Without headphones the page would hear itself.',
  );
  const voice = h('select', {});
  const rate = range(settings.rate, 0.5, 3);
  const volume = range(settings.volume, 0, 1);
  const setVoices = (known: readonly SpeechSynthesisVoice[]): void => {
    const before = voice.value || settings.voice;
    const options = known.map(({ voiceURI, name, lang }) =>
      h('option', { value: voiceURI, text: `${name} (${lang})` }),
    );
    // One that is not there now may be there again on another day.
    if (before !== '' && !known.some(({ voiceURI }) => voiceURI === before))
      options.push(h('option', { value: before, text: before }));
    voice.replaceChildren(h('option', { value: '', text: 'the browser’s choice' }), ...options);
    voice.value = before;
  };
  setVoices(voices);
  const element = h(
    'div',
    {},
    h(
      'section',
      { class: 'group' },
      h('h3', { text: 'Listening' }),
      field(
        'wake_phrases',
        'Wake phrases, one a line',
        wake,
        'Add how your recogniser writes the name when it gets it wrong.',
      ),
      field('language', 'Language', language, 'As en-GB; empty is the browser’s.'),
      field('talk_key', 'Key to talk', key),
      barge.row,
      phones.row,
      h('datalist', { id: 'languages' }, ...LANGUAGES.split(' ').map((value) => h('option', { value }))),
    ),
    h(
      'section',
      { class: 'group' },
      h('h3', { text: 'Spoken answer' }),
      field('voice', 'Voice', voice),
      field('rate', 'Speed', rate),
      field('volume', 'Volume', volume),
      h('button', { type: 'button', class: 'tool', text: 'Try the voice', onclick: tryVoice }),
    ),
  );
  return {
    element,
    setVoices,
    json: () => ({
      // What is switched on the page itself stays as it is.
      listen: settings.listen,
      speak: settings.speak,
      wake_phrases: wake.value
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
      language: language.value,
      talk_key: key.value,
      barge_in: barge.box.checked,
      headphones: phones.box.checked,
      voice: voice.value,
      rate: Number(rate.value),
      volume: Number(volume.value),
    }),
  };
}
