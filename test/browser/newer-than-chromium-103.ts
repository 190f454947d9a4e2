// What came to Chromium after 103, the browser inside OBS 28–30: names that a page must not use. Not complete, and it
// need not be: it has what one reaches for. Used twice: to read the built code, and to take these things away from
// the browser that runs the tests.

interface NewerApi {
  /** Finds its use in minified code. */
  readonly pattern: RegExp;
  /** What to delete so that its use fails here as it would there: object and property. */
  readonly remove?: readonly [object: string, property: string];
}

const method = (name: string, object?: string): NewerApi => ({
  pattern: new RegExp(`\\.${name}\\b`),
  ...(object === undefined ? {} : { remove: [object, name] as const }),
});

export const NEWER_APIS: readonly NewerApi[] = [
  method('toSorted', 'Array.prototype'),
  method('toReversed', 'Array.prototype'),
  method('toSpliced', 'Array.prototype'),
  { pattern: /Array\.fromAsync\b/, remove: ['Array', 'fromAsync'] },
  { pattern: /Promise\.withResolvers\b/, remove: ['Promise', 'withResolvers'] },
  { pattern: /Promise\.try\b/, remove: ['Promise', 'try'] },
  { pattern: /(?:Object|Map)\.groupBy\b/, remove: ['Object', 'groupBy'] },
  { pattern: /Map\.groupBy\b/, remove: ['Map', 'groupBy'] },
  method('symmetricDifference', 'Set.prototype'),
  { pattern: /\.union\(/, remove: ['Set.prototype', 'union'] },
  { pattern: /\.intersection\(/, remove: ['Set.prototype', 'intersection'] },
  { pattern: /\.difference\(/, remove: ['Set.prototype', 'difference'] },
  method('isSubsetOf', 'Set.prototype'),
  method('isSupersetOf', 'Set.prototype'),
  method('isDisjointFrom', 'Set.prototype'),
  method('getOrInsert', 'Map.prototype'),
  method('isWellFormed', 'String.prototype'),
  method('toWellFormed', 'String.prototype'),
  method('fromBase64', 'Uint8Array'),
  method('toBase64', 'Uint8Array.prototype'),
  method('fromHex', 'Uint8Array'),
  method('toHex', 'Uint8Array.prototype'),
  { pattern: /\bIterator\.(?:from|prototype)\b/, remove: ['Iterator', 'from'] },
  {
    pattern: /\.(?:values|keys|entries)\(\)\.(?:map|filter|take|drop|toArray|some|every|find|reduce|forEach|flatMap)\b/,
  },
  { pattern: /RegExp\.escape\b/, remove: ['RegExp', 'escape'] },
  { pattern: /URL\.canParse\b/, remove: ['URL', 'canParse'] },
  { pattern: /URL\.parse\b/, remove: ['URL', 'parse'] },
  { pattern: /AbortSignal\.any\b/, remove: ['AbortSignal', 'any'] },
  { pattern: /Symbol\.(?:asyncD|d)ispose\b/ },
  { pattern: /Error\.isError\b/, remove: ['Error', 'isError'] },
  { pattern: /\.transferToFixedLength\b/, remove: ['ArrayBuffer.prototype', 'transferToFixedLength'] },
  { pattern: /\bmaxByteLength\b/ },
  { pattern: /\bFloat16Array\b/ },
  { pattern: /\bTemporal\./ },
  { pattern: /\bWebSocketStream\b/, remove: ['globalThis', 'WebSocketStream'] },
  method('startViewTransition', 'Document.prototype'),
  method('showPopover', 'HTMLElement.prototype'),
  method('hidePopover', 'HTMLElement.prototype'),
  method('togglePopover', 'HTMLElement.prototype'),
  method('checkVisibility', 'Element.prototype'),
  // Preact calls it where `parent.moveBefore &&` has found it, and something else in a browser that has none.
  { pattern: /(?<!\.moveBefore&&[^;]{0,40})\.moveBefore\(/, remove: ['Element.prototype', 'moveBefore'] },
  method('setHTMLUnsafe', 'Element.prototype'),
  { pattern: /CSS\.highlights\b/ },
];

/** As a script for `addInitScript`: what came later is not there. */
export const FORGET_NEWER_APIS = NEWER_APIS.flatMap(({ remove }) => (remove === undefined ? [] : [remove]))
  .map(([object, property]) => `if (typeof ${object.split('.')[0]} !== 'undefined') delete ${object}.${property};`)
  .join('\n');

/** Syntax of style sheets that Chromium 103 reads wrongly or not at all. */
export const NEWER_CSS: readonly RegExp[] = [
  /:has\(/,
  /@container\b/,
  /@scope\b/,
  /@starting-style\b/,
  /\bcolor-mix\(/,
  /\b(?:oklch|oklab|lch|lab)\(/,
  /\blight-dark\(/,
  /\d(?:dvh|svh|lvh|dvw|svw|lvw|cqw|cqh|cqi|lh|rlh)\b/,
  /\btext-wrap\s*:/,
  /\bfield-sizing\s*:/,
  /[{;]\s*(?:scale|rotate|translate)\s*:/,
  /[{;]\s*mask(?:-image|-size|-composite)?\s*:/,
  /\blinear\(/,
  /@media[^{]*[<>]=?/,
  /[{;]\s*&/,
];
