/** Which journal `serve` keeps, by its flags. */
import { DiskJournal } from '../../journal/disk/disk.js';
import { MemoryJournal } from '../../journal/memory.js';
import type { Journal } from '../../journal/port.js';
import { CliError } from '../cli-error.js';
import type { ServeFlags } from '../program.js';

/** Under the folder in which the hub was started. */
export const DEFAULT_DIR = '.cuehub';

export interface ChosenJournal {
  readonly journal: Journal;
  /** Where it lies; undefined for one in memory. */
  readonly dir: string | undefined;
}

export function chooseJournal({ memory, data, durability, retain }: ServeFlags): ChosenJournal {
  if (memory === true) {
    if (data !== undefined) throw new CliError('--memory keeps nothing: give either it or --data');
    return { journal: new MemoryJournal(), dir: undefined };
  }
  const dir = data ?? DEFAULT_DIR;
  const options = { dir, ...(durability === undefined ? {} : { durability }), ...retain };
  return { journal: new DiskJournal(options), dir };
}
