// What the console shows, as its address says it: `#lane=main&task=ID`. Pure.
import { DEFAULT_LANE, NAME_PATTERN, TEXT_LIMITS } from '@cuehub/protocol';

export interface Place {
  readonly lane: string;
  /** The task whose page is open. */
  readonly task_id: string | null;
}

/** What makes no sense is as if it were not there. */
export function placeIn(fragment: string): Place {
  const given = new URLSearchParams(fragment.replace(/^#/, ''));
  const lane = given.get('lane') ?? '';
  const task_id = given.get('task') ?? '';
  return {
    lane: NAME_PATTERN.test(lane) ? lane : DEFAULT_LANE,
    task_id: task_id === '' || task_id.length > TEXT_LIMITS.task_id_chars_max ? null : task_id,
  };
}

export function addressOf({ lane, task_id }: Place): string {
  const fragment = new URLSearchParams({ lane });
  if (task_id !== null) fragment.set('task', task_id);
  return `#${fragment.toString()}`;
}
