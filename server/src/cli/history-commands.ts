/** The options of the commands about what passed. What they do is in `commands/history.ts` and `commands/journal-copy.ts`. */
import type { Command } from 'commander';
import type { HistoryFlags } from './commands/history.js';
import type { Io } from './io.js';
import { momentFlag } from './moment.js';
import { wholeNumber } from './numbers.js';
import type { Target } from './target.js';

const LIMIT_MAX = 100_000;
const LIMIT_DEFAULT = 50;

/** `command` is one that talks to a hub. */
export function addHistory<Flags extends { lane: string }>(
  command: Command,
  target: (flags: Flags) => Target,
  io: Io,
): void {
  const moment = momentFlag(() => Date.now());
  command
    .description('show the tasks that passed on a lane, the latest first')
    .option('--state <states>', 'only these, with commas between, as completed,failed')
    .option('--name <name>', 'only tasks of this name')
    .option('--source <source>', 'only what a client of this name, kind or session submitted')
    .option('--since <when>', 'submitted since then: 2h ago, or a date', moment)
    .option('--until <when>', 'submitted before then', moment)
    .option('--limit <n>', 'how many', wholeNumber(1, LIMIT_MAX), LIMIT_DEFAULT)
    .option('--json', 'print them as one line of JSON')
    .action(async (flags: Flags & HistoryFlags) => {
      const { history } = await import('./commands/history.js');
      await history(flags, target(flags), io);
    });
}

/** `journal` is the command that these belong to. */
export function addJournalCopy(journal: Command, default_dir: string, io: Io): void {
  journal
    .command('export')
    .argument('[dir]', 'where it lies: what `serve --data` was given', default_dir)
    .description('print everything that is in it, a line of JSON each')
    .option('--out <file>', 'into this file, which is not there yet')
    .action(async (dir: string, flags: { out?: string }) => {
      const { exportJournal } = await import('./commands/journal-copy.js');
      await exportJournal(dir, flags, io);
    });
  journal
    .command('import')
    .argument('<file>', 'what `export` gave; - reads it from stdin')
    .argument('<dir>', 'a directory without a journal, made when it is not there')
    .description('make a journal of what was exported; its lanes begin new logs')
    .action(async (file: string, dir: string) => {
      const { importJournal } = await import('./commands/journal-copy.js');
      await importJournal(file, dir, io);
    });
}
