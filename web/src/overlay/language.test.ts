import { expect, test } from 'vitest';
import { languageOf } from './language.js';

test.each([
  ['今日は良い天気です', [], 'ja'],
  ['ｶﾀｶﾅ', [], 'ja'],
  ['오늘은 좋은 날', [], 'ko'],
  ['今天天气很好', [], 'zh'],
  ['今天天气很好', ['en', 'zh-TW'], 'zh-TW'],
  ['日本語版', ['ja-JP', 'en'], 'ja-JP'],
  ['good morning', ['ja-JP'], ''],
  ['مرحبا', [], ''],
])('%s, for readers of %j, is drawn as %j', (text, own, language) => {
  expect(languageOf(text, own)).toBe(language);
});
