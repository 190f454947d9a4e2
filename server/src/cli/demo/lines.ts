/** What a line of input means to the demo. */

export type DemoLine =
  | { readonly kind: 'voice'; readonly command: string }
  | { readonly kind: 'donation'; readonly from: string; readonly amount: string; readonly message: string }
  | { readonly kind: 'chat'; readonly text: string; readonly protected: boolean };

const DONATION = /^([$€£]\d+(?:\.\d{1,2})?) +([^:]{1,60}): *(.*)$/u;

/**
 * `fido, what time is it` is a voice command, `$20 Ada: great show` a donation, `! punch line` a reply that may not be
 * interrupted; anything else is chat. Null for an empty line or a `#` comment.
 */
export function parseLine(line: string, wake: string): DemoLine | null {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return null;
  const command = afterWakeWord(text, wake);
  if (command !== null) return { kind: 'voice', command };
  const donation = DONATION.exec(text);
  if (donation !== null) {
    const [, amount = '', from = '', message = ''] = donation;
    return { kind: 'donation', amount, from: from.trim(), message };
  }
  if (text.startsWith('!')) return { kind: 'chat', text: text.slice(1).trim(), protected: true };
  return { kind: 'chat', text, protected: false };
}

/** The rest of the line when it begins with the wake word as a word of its own; null otherwise. */
function afterWakeWord(text: string, wake: string): string | null {
  if (wake === '' || text.slice(0, wake.length).toLowerCase() !== wake.toLowerCase()) return null;
  const rest = text.slice(wake.length);
  if (/^[\p{L}\p{N}]/u.test(rest)) return null;
  return rest.replace(/^[\s,.:;!?-]+/, '');
}

/** How long a script waits after a line: chat is cut short by what comes next, as in life. */
export function pauseAfter_ms(line: DemoLine, word_ms: number): number {
  const words = (text: string): number => text.split(/\s+/).length;
  switch (line.kind) {
    case 'chat':
      return Math.round(words(line.text) * word_ms * (line.protected ? 0.4 : 0.6));
    case 'voice':
      return word_ms * 16;
    case 'donation':
      return word_ms * 24;
  }
}
