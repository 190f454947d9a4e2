/** The time in a task's id: how the hub writes it, and how the journal finds a submission by it. */

/** Crockford's alphabet, lower case: sorts like the numbers it stands for, and has no letters that look alike. */
export const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** An id begins with so many characters of time, in milliseconds. */
export const TIME_CHARS = 10;

/** When a task's id was made, in Unix milliseconds; 0 for what is no id of this hub's. */
export function taskIdTime(task_id: string): number {
  let time = 0;
  for (const digit of task_id.slice(0, TIME_CHARS)) {
    const value = ID_ALPHABET.indexOf(digit);
    if (value < 0) return 0;
    time = time * 32 + value;
  }
  return time;
}
