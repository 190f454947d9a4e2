// Owns: one scenario from its start to the end of every process it started.
import { Helper } from './helper.js';
import { Hub } from './hub.js';
import type { Bench, Outcome, Scenario } from './scenario.js';

export async function runScenario(
  scenario: Scenario,
  { quick, say }: { quick: boolean; say: (line: string) => void },
): Promise<Outcome> {
  const cleaners: (() => Promise<void> | void)[] = [];
  const bench: Bench = {
    quick,
    say,
    hub: async (options) => {
      const hub = await Hub.start(options);
      cleaners.push(() => hub.stop());
      return hub;
    },
    helper: async (role, { execArgv = [] } = {}) => {
      const helper = await Helper.start(role, execArgv);
      cleaners.push(() => helper.stop());
      return helper;
    },
    after: (clean) => {
      cleaners.push(clean);
    },
  };
  try {
    return await scenario.run(bench);
  } finally {
    for (const clean of cleaners.toReversed()) await clean();
  }
}
