// The form for a task: its fields as they are typed, the submission they make, and which field an error belongs to.
// Only what the hub cannot say better is judged here: text that is no JSON or no number never reaches it.
import {
  type Issue,
  type Json,
  ON_INTERRUPT,
  type OnInterrupt,
  PREEMPT_STYLES,
  type Preempt,
  PRIORITIES,
  type Priority,
  type TaskSubmission,
} from '@cuehub/protocol';

export interface TaskFields {
  readonly name: string;
  readonly args: string;
  readonly priority: Priority;
  readonly preempt: Preempt;
  readonly interruptible: boolean;
  readonly on_interrupt: OnInterrupt;
  readonly ttl_ms: string;
  readonly resume_ttl_ms: string;
  readonly timeout_ms: string;
  readonly max_attempts: string;
  readonly pause_grace_ms: string;
  readonly dedupe_key: string;
  readonly dedupe_mode: 'keep' | 'replace';
  readonly meta: string;
}

export type FieldName = keyof TaskFields;
export type FieldErrors = { readonly [name in FieldName]?: string };

export const EMPTY_FIELDS: TaskFields = {
  name: '',
  args: '',
  priority: 'MEDIUM',
  preempt: 'interrupt',
  interruptible: true,
  on_interrupt: 'pause',
  ttl_ms: '',
  resume_ttl_ms: '',
  timeout_ms: '',
  max_attempts: '',
  pause_grace_ms: '',
  dedupe_key: '',
  dedupe_mode: 'replace',
  meta: '',
};

const NUMBERS = ['ttl_ms', 'resume_ttl_ms', 'timeout_ms', 'max_attempts', 'pause_grace_ms'] as const;

/** The submission with what differs from the defaults, or what is wrong with which field. */
export function submissionOf(fields: TaskFields): { task: TaskSubmission } | { errors: FieldErrors } {
  const errors: { [name in FieldName]?: string } = {};
  const task: TaskSubmission = { name: fields.name.trim(), priority: fields.priority };
  if (task.name === '') errors.name = 'A task needs a name: the one a worker registered for.';
  const args = readJson(fields.args);
  if ('problem' in args) errors.args = args.problem;
  else if (args.value !== undefined) task.args = args.value;
  const meta = readJson(fields.meta);
  if ('problem' in meta) errors.meta = meta.problem;
  else if (meta.value !== undefined) {
    if (isObject(meta.value)) task.meta = meta.value;
    else errors.meta = 'This is no object: write {"key": value}.';
  }
  for (const name of NUMBERS) {
    const text = fields[name].trim();
    if (text === '') continue;
    // Whether it is in its bounds is the hub's word; that it is a number must be said here.
    if (/^\d{1,15}$/.test(text)) task[name] = Number(text);
    else errors[name] = 'This is no whole number.';
  }
  if (fields.preempt !== EMPTY_FIELDS.preempt) task.preempt = fields.preempt;
  if (!fields.interruptible) task.interruptible = false;
  if (fields.on_interrupt !== EMPTY_FIELDS.on_interrupt) task.on_interrupt = fields.on_interrupt;
  if (fields.dedupe_key !== '') task.dedupe = { key: fields.dedupe_key, mode: fields.dedupe_mode };
  return Object.keys(errors).length > 0 ? { errors } : { task };
}

/** What is still wrong after something else was typed: a field that was changed is judged anew, the others stay. */
export function errorsAfter(errors: FieldErrors, next: TaskFields, changed: readonly FieldName[]): FieldErrors {
  const made = submissionOf(next);
  const now: FieldErrors = 'errors' in made ? made.errors : {};
  const left: { [name in FieldName]?: string } = { ...errors };
  for (const name of changed) {
    if (left[name] === undefined) continue;
    if (now[name] === undefined) delete left[name];
    else left[name] = now[name];
  }
  return left;
}

/** Nothing typed is nothing given. */
function readJson(text: string): { value: Json | undefined } | { problem: string } {
  if (text.trim() === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { problem: `This is no JSON: ${why}. Texts stand in double quotes.` };
  }
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The hub's issues by the field they belong to; those of no field of this form are the rest. */
export function errorsByField(issues: readonly Issue[]): { fields: FieldErrors; rest: readonly Issue[] } {
  const fields: { [name in FieldName]?: string } = {};
  const rest: Issue[] = [];
  for (const issue of issues) {
    const name = fieldOf(issue.path);
    if (name === null) rest.push(issue);
    else fields[name] ??= `${inside(issue.path, name)}${issue.message}`;
  }
  return { fields, rest };
}

function fieldOf(path: string): FieldName | null {
  const [first = '', second = ''] = path.replace(/^task\./, '').split('.');
  const name = first === 'dedupe' ? (second === 'mode' ? 'dedupe_mode' : 'dedupe_key') : first;
  return name in EMPTY_FIELDS ? (name as FieldName) : null;
}

/** Which part of a JSON field it is: `args.list.3 `. */
function inside(path: string, name: FieldName): string {
  const bare = path.replace(/^task\./, '');
  return bare === name || name.startsWith('dedupe') ? '' : `${bare} `;
}

/** Fields of a submission, to fill the form from a template or from a task that was seen. */
export function fieldsOf(task: TaskSubmission): TaskFields {
  const number = (value: number | undefined): string => (value === undefined ? '' : String(value));
  const priority = typeof task.priority === 'number' ? PRIORITIES[task.priority - 1] : task.priority;
  return {
    name: task.name,
    args: task.args === undefined ? '' : JSON.stringify(task.args, null, 2),
    priority: priority ?? EMPTY_FIELDS.priority,
    preempt: PREEMPT_STYLES.find((style) => style === task.preempt) ?? EMPTY_FIELDS.preempt,
    interruptible: task.interruptible ?? EMPTY_FIELDS.interruptible,
    on_interrupt: ON_INTERRUPT.find((style) => style === task.on_interrupt) ?? EMPTY_FIELDS.on_interrupt,
    ttl_ms: number(task.ttl_ms),
    resume_ttl_ms: number(task.resume_ttl_ms),
    timeout_ms: number(task.timeout_ms),
    max_attempts: number(task.max_attempts),
    pause_grace_ms: number(task.pause_grace_ms),
    dedupe_key: task.dedupe?.key ?? '',
    dedupe_mode: task.dedupe?.mode ?? EMPTY_FIELDS.dedupe_mode,
    meta: task.meta === undefined ? '' : JSON.stringify(task.meta, null, 2),
  };
}
