// Which language a text is most likely in, as far as it matters for drawing it: the same Han character has one shape in
// Japan and another in China, and a browser chooses by `lang`. Pure.
const HAN = /\p{Script=Han}/u;
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
const HANGUL = /\p{Script=Hangul}/u;

/** `ja`, `ko`, `zh…`, or empty when it makes no difference. `own` are the viewer's languages: they decide for Han alone. */
export function languageOf(text: string, own: readonly string[] = []): string {
  if (KANA.test(text)) return 'ja';
  if (HANGUL.test(text)) return 'ko';
  if (!HAN.test(text)) return '';
  return own.find((language) => /^(?:ja|zh|ko)\b/.test(language)) ?? 'zh';
}
