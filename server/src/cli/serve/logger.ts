/** The log of a running hub: one line of JSON an entry, on stderr. Stdout belongs to the command's output. */
import { pino } from 'pino';

export type ServeLogger = ReturnType<typeof createLogger>;

export function createLogger(level: string) {
  return pino(
    {
      name: 'cuehub',
      level,
      // Nothing here logs a token; should somebody pass one along in an object, it does not come out.
      redact: {
        paths: ['token', '*.token', 'resume_token', '*.resume_token', 'authorization', '*.authorization'],
        censor: '…',
      },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
