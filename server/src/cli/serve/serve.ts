/** `cuehub serve`: a hub in the foreground, until a signal ends it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomSecret } from '../../auth/secrets.js';
import { ConfigError } from '../../config/config.js';
import { VERSION } from '../../config/version.js';
import { type HubServer, type Listening, createHub } from '../../create-hub.js';
import { CliError, oneLine } from '../cli-error.js';
import { tokenOf } from '../data-token.js';
import { JournalDamaged, JournalLocked } from '../../journal/disk/damage.js';
import type { Journal } from '../../journal/port.js';
import { type Io, colorsFor } from '../io.js';
import type { ServeFlags } from '../program.js';
import { onSignals } from '../signals.js';
import { forgetToken, keepToken } from '../token-file.js';
import { banner, commandName } from './banner.js';
import { listenError } from './listen-error.js';
import { type ServeLogger, createLogger } from './logger.js';
import { chooseJournal } from './open-journal.js';

const PAGES_DIR = fileURLToPath(new URL('../../pages', import.meta.url));

/** PROTOCOL §3: the hub closes a client that was silent for 45 s, which is this many of the default heartbeats. */
const SILENT_HEARTBEATS = 2.25;

interface ServedTokens {
  readonly token: string;
  readonly watch_token: string;
}

/** Resolves when the hub was asked to end and has ended. */
export async function serve(flags: ServeFlags, io: Io): Promise<void> {
  const log = createLogger(flags.logLevel ?? (io.stderr.isTTY === true ? 'warn' : 'info'));
  const { journal, dir } = chooseJournal(flags);
  const token = flags.token ?? (dir === undefined ? randomSecret() : tokenOf(dir));
  const watch_token = flags.watchToken ?? (dir === undefined ? randomSecret() : tokenOf(dir, 'watch-token'));
  const hub = await makeHub(flags, { token, watch_token }, log, journal);
  let listening: Listening;
  try {
    listening = await hub.listen();
  } catch (error) {
    await hub.close();
    throw listenError(error, flags.host, flags.port);
  }
  const token_file = flags.token === undefined ? tryToKeep(listening.port, token, log, io) : undefined;
  try {
    announce(flags, listening, { token, watch_token }, token_file, dir, io);
    log.info({ url: listening.url, version: VERSION }, 'the hub listens');
    const signal = await new Promise<string>((resolve) => onSignals(resolve));
    log.info({ signal }, 'the hub is going away');
    await hub.close();
  } finally {
    if (token_file !== undefined) forgetToken(listening.port, token, io.env);
  }
}

async function makeHub(
  flags: ServeFlags,
  tokens: ServedTokens,
  log: ServeLogger,
  journal: Journal,
): Promise<HubServer> {
  const { host, port, rateLimit, sessionTtl, heartbeat, silenceTimeout, allowOrigin, metricsOpen } = flags;
  try {
    return await createHub({
      host,
      port,
      ...tokens,
      rate_limit: rateLimit,
      session_ttl_ms: sessionTtl,
      heartbeat_ms: heartbeat,
      silence_close_ms:
        silenceTimeout ?? (heartbeat === undefined ? undefined : Math.ceil(heartbeat * SILENT_HEARTBEATS)),
      allowed_origins: typeof allowOrigin === 'string' ? allowOrigin.split(/[\s,]+/).filter(Boolean) : allowOrigin,
      metrics_open: metricsOpen,
      logger: log,
      journal,
    });
  } catch (error) {
    if (error instanceof ConfigError || error instanceof JournalLocked) throw new CliError(oneLine(error));
    if (error instanceof JournalDamaged) {
      throw new CliError(`the journal is damaged: ${oneLine(error)}; see \`cuehub journal verify\` and \`repair\``);
    }
    throw error;
  }
}

/** Without the file everything works; other terminals then need the token by hand. */
function tryToKeep(port: number, token: string, log: ServeLogger, io: Io): string | undefined {
  try {
    return keepToken(port, token, io.env);
  } catch (error) {
    log.warn({ reason: oneLine(error) }, 'the token could not be kept for other terminals');
    return undefined;
  }
}

function announce(
  flags: ServeFlags,
  { url, ws_url }: Listening,
  { token, watch_token }: ServedTokens,
  token_file: string | undefined,
  data_dir: string | undefined,
  io: Io,
): void {
  if (flags.json === true) {
    io.stdout.write(`${JSON.stringify({ event: 'listening', url, pid: process.pid })}\n`);
    return;
  }
  const text = banner({
    version: VERSION,
    url,
    ws_url,
    made_token: flags.token === undefined ? token : undefined,
    watch_token: flags.watchToken === undefined ? watch_token : undefined,
    token_file,
    data_dir,
    pages_built: existsSync(join(PAGES_DIR, 'overlay.html')) || existsSync(join(PAGES_DIR, 'overlay', 'index.html')),
    command: commandName(io.env, import.meta.url),
    colors: colorsFor(io.stdout, io.env),
  });
  io.stdout.write(text);
}
