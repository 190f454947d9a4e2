/**
 * What a field for a time holds until it is set, where times are copied from one object to the next: from the step to its
 * records, facts, views and the task. Unix milliseconds don't fit into 31 bits, so V8 keeps them in a box, and gives each
 * field that never held anything but a number a box of its own. A field that was null once takes the box as it is: one for
 * a moment, and not thirty, was an eighth of a lifecycle.
 */
export const UNSET = null as unknown as number;
