/** Which journal `serve` keeps, by its flags. */
import { DiskJournal } from '../../journal/disk/disk.js';
import { MemoryJournal } from '../../journal/memory.js';
import type { Journal } from '../../journal/port.js';
import { CliError } from '../cli-error.js';
import type { ServeFlags } from '../program.js';

export interface ChosenJournal {
  readonly journal: Journal;
  /** Where it lies; undefined for one in memory. */
  readonly dir: string | undefined;
}

export function chooseJournal({ memory, data, durability, retain }: ServeFlags): ChosenJournal {
  if (memory === true && data !== undefined) throw new CliError('--memory keeps nothing: give either it or --data');
  // Without a directory nothing is written: two hubs started in one folder have nothing to do with each other.
  if (data === undefined) return { journal: new MemoryJournal(), dir: undefined };
  const dir = data;
  const options = { dir, ...(durability === undefined ? {} : { durability }), ...retain };
  return { journal: new DiskJournal(options), dir };
}
