/** How a signal ends a command: the first one asks for a graceful end, the second one does not wait for it. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls `end` at the first signal; another one ends the process at once. Returns a function that stops listening. */
export function onSignals(end: (signal: NodeJS.Signals) => void): () => void {
  let asked = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked) {
      // As the system does it. `process.exit` waits for every thread, and the one that writes the journal may have been
      // stopped in a write whose lock it then waits for itself.
      stop();
      process.kill(process.pid, signal);
      return;
    }
    asked = true;
    end(signal);
  };
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return stop;
}
