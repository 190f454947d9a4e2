/** The part of a pino logger that the hub uses; any object with these four methods will do. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = (): void => {};

/** For an embedding app that brings no logger: the hub is silent. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
