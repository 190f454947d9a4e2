/** The commands and their options. What a command does is in its own file, loaded when it is called for. */
import { DEFAULT_LANE, NAME_PATTERN } from '@cuehub/protocol';
import { Command, InvalidArgumentError, Option } from 'commander';
import { VERSION } from '../config/version.js';
import type { Durability } from '../journal/disk/options.js';
import { addHistory, addJournalCopy } from './history-commands.js';
import type { Io } from './io.js';
import { wholeNumber } from './numbers.js';
import { type Retain, retainFlag } from './retain.js';
import { DEFAULT_URL, type Target, resolveTarget } from './target.js';

interface ClientFlags {
  url?: string;
  token?: string;
  lane: string;
}

const DAY_MS = 24 * 60 * 60_000;

export function createProgram(io: Io): Command {
  const program = new Command('cuehub')
    .description('Gives the floor to one task at a time: a hub for an AI companion on a live stream.')
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) =>
        write(
          `cuehub: ${text
            .replace(/^error: /, '')
            .trim()
            .replace(/\s*\n\s*/g, ' ')}\n`,
        ),
    })
    .exitOverride()
    .showSuggestionAfterError();
  const target = (flags: ClientFlags): Target => resolveTarget(flags, io.env);

  addServe(program, io);
  addJournal(program, io);

  client(program, 'submit')
    .argument('<name>', 'name of the task: what workers register for')
    .description('submit a task')
    .option('--args <json>', 'arguments for the worker, as JSON')
    .option('--priority <priority>', 'URGENT, HIGH, MEDIUM, LOW or BACKGROUND (or 1 to 5)')
    .option('--wait', 'wait for the end and print the result')
    .option('--json', 'print the task as one line of JSON')
    .action(
      async (
        name: string,
        { args, ...flags }: ClientFlags & { args?: string; priority?: string; wait?: boolean; json?: boolean },
      ) => {
        const { parseArgs, submit } = await import('./commands/submit.js');
        await submit(name, args === undefined ? flags : { ...flags, args: parseArgs(args) }, target(flags), io);
      },
    );

  client(program, 'watch')
    .description('show what happens on a lane, live (one line an event when the output is no terminal)')
    .action(async (flags: ClientFlags) => {
      const { watch } = await import('./watch/watch.js');
      await watch(flags.lane, target(flags), io);
    });

  client(program, 'status')
    .description('show what a lane is doing now')
    .option('--json', 'print it as one line of JSON')
    .action(async (flags: ClientFlags & { json?: boolean }) => {
      const { status } = await import('./commands/status.js');
      await status(flags.lane, flags.json === true, target(flags), io);
    });

  addHistory(client(program, 'history'), target, io);

  client(program, 'start')
    .description('let a lane grant its floor')
    .action(async (flags: ClientFlags) => {
      const { steerLane } = await import('./commands/steer.js');
      await steerLane('start', flags.lane, false, target(flags), io);
    });

  client(program, 'stop')
    .description('no new grants on a lane; its holder is paused, and nothing is lost')
    .option('--drain', 'let the holder finish')
    .action(async (flags: ClientFlags & { drain?: boolean }) => {
      const { steerLane } = await import('./commands/steer.js');
      await steerLane('stop', flags.lane, flags.drain === true, target(flags), io);
    });

  client(program, 'cancel')
    .argument('<id>', 'the task_id that `submit` printed')
    .description('cancel a task')
    .action(async (id: string, flags: ClientFlags) => {
      const { cancelTask } = await import('./commands/steer.js');
      await cancelTask(id, flags.lane, target(flags), io);
    });

  client(program, 'demo')
    .description('a chat, a voice and a monitor share one floor: type lines, or watch the script')
    .option('--file <text>', 'read the lines from this file')
    .option('--wake <word>', 'lines that begin with it are voice commands', 'fido')
    .option('--word-ms <ms>', 'time a word takes to say', wholeNumber(1, 10_000), 160)
    .option('--once', 'play the three scenarios one after another, check them, and end')
    .action(async (flags: ClientFlags & { file?: string; wake: string; wordMs: number; once?: boolean }) => {
      const { demo } = await import('./demo/demo.js');
      await demo({ ...flags, word_ms: flags.wordMs }, target(flags), io);
    });

  return program;
}

function addServe(program: Command, io: Io): void {
  program
    .command('serve')
    .description('run a hub')
    .addOption(new Option('--host <host>', 'address to listen on').env('CUEHUB_HOST').default('127.0.0.1'))
    .addOption(
      new Option('--port <port>', 'port to listen on; 0 takes a free one')
        .env('CUEHUB_PORT')
        .default(8787)
        .argParser(wholeNumber(0, 65_535)),
    )
    .option('--memory', 'keep nothing: tasks end with the process (so it is without --data)')
    .addOption(new Option('--data <dir>', 'keep tasks in this directory, made when it is not there').env('CUEHUB_DATA'))
    .addOption(
      new Option('--durability <what>', 'what an acknowledgement waits for: the disk, the system, nothing')
        .env('CUEHUB_DURABILITY')
        .choices(['disk', 'process', 'none']),
    )
    .addOption(
      new Option('--retain <limits>', 'how much history is kept, as 7d, 1GiB or both (default: 7d,1GiB)')
        .env('CUEHUB_RETAIN')
        .argParser(retainFlag),
    )
    .addOption(
      new Option('--token <token>', 'the token that opens the hub; one is made when there is none').env('CUEHUB_TOKEN'),
    )
    .addOption(
      new Option('--watch-token <token>', 'a token that only watches, for OBS; one is made when there is none').env(
        'CUEHUB_WATCH_TOKEN',
      ),
    )
    .addOption(
      new Option('--rate-limit <n>', 'requests a second and connection; 0 for no limit')
        .env('CUEHUB_RATE_LIMIT')
        .argParser(wholeNumber(0, 1_000_000)),
    )
    .addOption(
      new Option('--session-ttl <ms>', 'how long a lost session is kept')
        .env('CUEHUB_SESSION_TTL')
        .argParser(wholeNumber(1, DAY_MS)),
    )
    .addOption(
      new Option('--heartbeat <ms>', 'time between pings').env('CUEHUB_HEARTBEAT').argParser(wholeNumber(10, DAY_MS)),
    )
    .addOption(
      new Option('--silence-timeout <ms>', 'how long a client may be silent; 2.25 heartbeats by default')
        .env('CUEHUB_SILENCE_TIMEOUT')
        .argParser(wholeNumber(10, DAY_MS)),
    )
    .addOption(
      new Option('--allow-origin <origin...>', 'pages of these origins may connect too, as https://example.org').env(
        'CUEHUB_ALLOWED_ORIGINS',
      ),
    )
    .addOption(new Option('--metrics-open', 'give /metrics without a token').env('CUEHUB_METRICS_OPEN'))
    .addOption(
      new Option('--log-level <level>', 'what is logged to stderr')
        .env('CUEHUB_LOG_LEVEL')
        .choices(['debug', 'info', 'warn', 'error', 'silent']),
    )
    .option('--json', 'print one line of JSON when ready, and nothing else on stdout')
    .action(async (flags: ServeFlags) => {
      const { serve } = await import('./serve/serve.js');
      await serve(flags, io);
    });
}

function addJournal(program: Command, io: Io): void {
  const journal = program.command('journal').description('look at a journal that no hub has open');
  journal
    .command('verify')
    .argument('<dir>', 'where it lies: what `serve --data` was given')
    .description('look at every entry, and tell what is damaged')
    .option('--json', 'print it as one line of JSON')
    .action(async (dir: string, flags: { json?: boolean }) => {
      const { verifyJournal } = await import('./commands/journal.js');
      await verifyJournal(dir, flags, io);
    });
  journal
    .command('repair')
    .argument('<dir>', 'where it lies: what `serve --data` was given')
    .description('keep everything before the damage of a lane, and put what is dropped into a file')
    .option('--json', 'print it as one line of JSON')
    .action(async (dir: string, flags: { json?: boolean }) => {
      const { repairJournal } = await import('./commands/journal.js');
      await repairJournal(dir, flags, io);
    });
  addJournalCopy(journal, '.cuehub', io);
}

/** Options of `serve` as commander gives them. */
export interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly memory?: boolean;
  readonly data?: string;
  readonly durability?: Durability;
  readonly retain?: Retain;
  readonly token?: string;
  readonly watchToken?: string;
  readonly rateLimit?: number;
  readonly sessionTtl?: number;
  readonly heartbeat?: number;
  readonly silenceTimeout?: number;
  readonly allowOrigin?: string | readonly string[];
  readonly metricsOpen?: boolean;
  readonly logLevel?: string;
  readonly json?: boolean;
}

function client(program: Command, name: string): Command {
  return program
    .command(name)
    .option('--url <url>', `where the hub is (CUEHUB_URL; ${DEFAULT_URL})`)
    .option('--token <token>', 'its token (CUEHUB_TOKEN; that of a hub on this machine is found)')
    .addOption(new Option('--lane <lane>', 'which lane').default(DEFAULT_LANE).argParser(laneName));
}

function laneName(text: string): string {
  if (NAME_PATTERN.test(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 64 letters, digits, _ or - (and not __proto__).');
}
