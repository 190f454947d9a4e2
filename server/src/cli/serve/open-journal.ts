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
  const dir = data;
  if (memory === true && dir !== undefined) throw new CliError('--memory keeps nothing: give either it or --data');
  if (memory === true || dir === undefined) return { journal: new MemoryJournal(), dir: undefined };
  const options = { dir, ...(durability === undefined ? {} : { durability }), ...retain };
  return { journal: new DiskJournal(options), dir };
}
