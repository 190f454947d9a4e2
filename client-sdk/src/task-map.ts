// Types that carry a caller's task map through the API: arguments and results by task name.
import type { Json, TaskSubmission } from '@cuehub/protocol';

export interface TaskShape {
  args?: unknown;
  result?: unknown;
}

/** What a task map must look like. Written as a constraint on itself, so that an `interface` will do. */
export type TaskMap<Tasks> = { [Name in keyof Tasks]: TaskShape };

/** The map of a client that was given none: any name, everything is Json. A task without a result has `undefined`. */
export interface AnyTasks {
  [name: string]: { args?: Json; result: Json | undefined };
}

/** Names of the map are offered and typed; others are allowed (another client's tasks) and are Json. */
export type TaskName<Tasks> = (keyof Tasks & string) | (string & {});

export type ArgsOf<Tasks, Name> = Name extends keyof Tasks
  ? 'args' extends keyof Tasks[Name]
    ? Tasks[Name]['args']
    : undefined
  : Json | undefined;

export type ResultOf<Tasks, Name> = Name extends keyof Tasks
  ? 'result' extends keyof Tasks[Name]
    ? Tasks[Name]['result']
    : undefined
  : Json | undefined;

/** What a handler may return: a task whose result is not in the map may return nothing. */
export type HandlerResult<Tasks, Name> = string extends keyof Tasks
  ? Json | void
  : Name extends keyof Tasks
    ? ResultOf<Tasks, Name>
    : Json | void;

type ArgsField<Tasks, Name> =
  undefined extends ArgsOf<Tasks, Name> ? { args?: ArgsOf<Tasks, Name> } : { args: ArgsOf<Tasks, Name> };

type SubmitFields = Omit<TaskSubmission, 'name' | 'args' | 'executor' | 'call' | 'parent_id'> & {
  /** Default: the client's lane. */
  lane?: string;
};

/** A task to submit: the fields of PROTOCOL §4, and the lane. What the call itself decides (`executor`, `call`) is left out. */
export type SubmitSpec<Tasks, Name> = SubmitFields & { name: Name } & ArgsField<Tasks, Name>;
export type InterruptSpec<Tasks, Name> = Omit<SubmitFields, 'priority'> & { name: Name } & ArgsField<Tasks, Name>;
/** A child runs on its parent's lane. */
export type CallSpec<Tasks, Name> = Omit<SubmitFields, 'lane'> & { name: Name } & ArgsField<Tasks, Name>;

/**
 * A caller's value as both encodings carry it: what JSON would make of it. Dates become strings, `undefined` fields vanish.
 * Throws a `TypeError` on what has no JSON (cycles, bigints).
 */
export function toJson(value: unknown): Json | undefined {
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? undefined : (JSON.parse(text) as Json);
}
