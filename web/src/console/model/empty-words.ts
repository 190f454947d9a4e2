// What an empty place says: what is so, and what to do about it. Nothing is claimed that the page cannot know. Pure.
import type { LaneModel } from './lane-model.js';

/** `what` is so; `hint` is what to do, or what it means. */
interface EmptyWords {
  readonly what: string;
  readonly hint: string;
}

/** The hub has said who is there, and none of them works on this lane. */
export function nobodyWorks({ clients, lane }: LaneModel): boolean {
  return clients.all !== null && clients.namesOn(lane).length === 0;
}

/** Of a floor that nobody has. `exists` is null while it is not known whether there is such a lane. */
export function floorWords({ status }: LaneModel, exists: boolean | null): string {
  if (status === null) return 'The hub has not said yet who has the floor.';
  if (!status.state.started) return 'No grants are made until the lane is started.';
  return exists === false ? 'No lane of this name yet; a task or a worker makes it.' : 'The floor is free.';
}

/** Of a transcript without a line: this page knows what was said since it looks, and no more. */
export function transcriptWords({ status, ended }: LaneModel): EmptyWords {
  const hint = 'What tasks stream appears here, word by word.';
  if (status === null) return { what: 'Not known yet.', hint };
  const before = status.state.tasks_completed > 0 || ended.size > 0;
  if (!before) return { what: 'Nothing has been said yet.', hint };
  return {
    what: 'Nothing has been said since this lane was opened here.',
    hint: 'What was said before is on the tasks’ pages: choose one in the timeline.',
  };
}
