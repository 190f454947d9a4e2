// The five levels as people see them: a number, a name, a mark. Colour is only the third sign of three.
import { levelOf, PRIORITIES, type Priority } from '@cuehub/protocol';

export interface Level {
  readonly priority: Priority;
  readonly number: number;
  readonly name: string;
}

export const LEVELS: readonly Level[] = PRIORITIES.map((priority) => ({
  priority,
  number: levelOf(priority),
  name: priority.charAt(0) + priority.slice(1).toLowerCase(),
}));

export function levelName(priority: Priority): string {
  return priority.charAt(0) + priority.slice(1).toLowerCase();
}
