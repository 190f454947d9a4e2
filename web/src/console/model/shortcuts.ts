// The keys of the page and what each does; pure, so that the sheet that lists them is never wrong.

export type Command =
  | { readonly does: 'help' | 'submit' | 'cancel' | 'start_stop' | 'theme' | 'previous_lane' | 'next_lane' }
  | { readonly does: 'panel'; readonly id: string }
  | { readonly does: 'lane'; readonly index: number };

export const SHORTCUTS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['n'], does: 'submit a task' },
  { keys: ['c'], does: 'cancel the task that has the floor' },
  { keys: ['s'], does: 'stop the lane, after a question, or start it' },
  { keys: ['['], does: 'the lane before' },
  { keys: [']'], does: 'the next lane' },
  { keys: ['1', '…', '9'], does: 'the first lane to the ninth' },
  { keys: ['w'], does: 'go to what waits' },
  { keys: ['t'], does: 'go to the timeline' },
  { keys: ['f'], does: 'go to the figures' },
  { keys: ['l'], does: 'go to the clients' },
  { keys: ['d'], does: 'dark, light, as the system' },
  { keys: ['?'], does: 'this list' },
  { keys: ['Esc'], does: 'close what is open' },
];

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['n', { does: 'submit' }],
  ['c', { does: 'cancel' }],
  ['s', { does: 'start_stop' }],
  ['d', { does: 'theme' }],
  ['[', { does: 'previous_lane' }],
  [']', { does: 'next_lane' }],
  ['?', { does: 'help' }],
  ['w', { does: 'panel', id: 'waiting' }],
  ['t', { does: 'panel', id: 'timeline' }],
  ['f', { does: 'panel', id: 'charts' }],
  ['l', { does: 'panel', id: 'clients' }],
]);

export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** Null for a key that means nothing here. */
export function commandOf({ key, ctrlKey, metaKey, altKey }: Key): Command | null {
  if (ctrlKey || metaKey || altKey) return null;
  if (/^[1-9]$/.test(key)) return { does: 'lane', index: Number(key) - 1 };
  return COMMANDS.get(key) ?? null;
}
