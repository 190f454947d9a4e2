// Asks for something again and again while somebody looks at the page.

export interface Poll {
  /** Asks now, and goes on from there. */
  now(): void;
  stop(): void;
}

/** One question at a time; while the page is hidden none. An answer that fails is the asker's to tell. */
export function poll(interval_ms: number, ask: (signal: AbortSignal) => Promise<void>): Poll {
  const ended = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  const now = (): void => {
    clearTimeout(timer);
    if (asking || ended.signal.aborted || document.hidden) return;
    asking = true;
    void ask(ended.signal).then(next, next);
  };
  const next = (): void => {
    asking = false;
    if (!ended.signal.aborted) timer = setTimeout(now, interval_ms);
  };
  document.addEventListener('visibilitychange', now);
  now();
  return {
    now,
    stop: () => {
      ended.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', now);
    },
  };
}
