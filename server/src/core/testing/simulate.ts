import type { SimOptions, SimReport } from './sim-report.js';
import { Simulation } from './simulation.js';

/** Plays one schedule. Throws with the seed in the message when a promise is broken. */
export function simulate(options: SimOptions): SimReport {
  const simulation = new Simulation(options);
  try {
    for (let i = 0; i < (options.actions ?? 50); i += 1) {
      simulation.act();
      simulation.run(simulation.now + simulation.prng.int(simulation.prng.pick([20, 200, 2_000])));
    }
    return { ...simulation.finish(), seed: options.seed };
  } catch (error) {
    throw new Error(
      `seed ${options.seed}: ${error instanceof Error ? error.message : String(error)}\nreplay: npm run sim -- --seed ${options.seed}`,
      {
        cause: error,
      },
    );
  }
}
