// What a sentence would do, in the words of the form that decides it. Pure.
import type { Preempt } from '@cuehub/protocol';
import { type Rule, taskFor } from './rules.js';

/** After "What is less urgent". */
export const PREEMPT_WORDS: Readonly<Record<Preempt, string>> = {
  interrupt: 'is interrupted',
  finish: 'ends its sentence',
  queue: 'goes on',
};

export function outcomeText(text: string, rules: readonly Rule[]): string {
  const spec = taskFor(text, rules);
  if (spec === null) return 'No phrase fits: nothing is sent.';
  const { name, args, priority, preempt, ttl_ms } = spec;
  const turn = preempt === 'queue' ? ', and this waits its turn' : '';
  const wanted = ttl_ms === undefined ? 'Wanted for ever' : `Wanted for ${ttl_ms / 1_000} seconds`;
  return `Task ${name} with ${JSON.stringify(args)}, priority ${priority}. What is less urgent ${PREEMPT_WORDS[preempt]}${turn}. ${wanted}.`;
}
