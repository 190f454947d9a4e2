// The form for a task, with templates. What the hub refuses is said at its field, and the form stays as it was.
import { ON_INTERRUPT, PREEMPT_STYLES, TASK_DEFAULTS } from '@cuehub/protocol';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { LEVELS } from '../model/levels.js';
import {
  EMPTY_FIELDS,
  errorsAfter,
  errorsByField,
  type FieldErrors,
  type FieldName,
  submissionOf,
  type TaskFields,
} from '../model/submission-form.js';
import { Dialog } from './dialog.js';
import { TemplateRow } from './template-row.js';
import { useStore } from './use-store.js';

interface Problem {
  readonly fields: FieldErrors;
  /** What belongs to no field. */
  readonly general: string | null;
}

const NO_PROBLEM: Problem = { fields: {}, general: null };
/** Fields behind "More": with an error in one of them it opens. */
const MORE: readonly FieldName[] = [
  'preempt',
  'interruptible',
  'on_interrupt',
  'ttl_ms',
  'resume_ttl_ms',
  'timeout_ms',
  'max_attempts',
  'pause_grace_ms',
  'dedupe_key',
  'dedupe_mode',
  'meta',
];

export interface SubmitProps {
  readonly initial: TaskFields;
  readonly close: () => void;
}

export function SubmitDialog({ initial, close }: SubmitProps) {
  const store = useStore();
  const { lane, clients } = store.follower.model;
  const [fields, setFields] = useState(initial);
  const [problem, setProblem] = useState(NO_PROBLEM);
  const [sending, setSending] = useState(false);
  const [more, setMore] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  /** How often it was refused: each time the focus goes to what is wrong, and not while that is mended. */
  const [failures, setFailures] = useState(0);
  const set = (news: Partial<TaskFields>): void => {
    const next = { ...fields, ...news };
    setFields(next);
    setProblem({ ...problem, fields: errorsAfter(problem.fields, next, Object.keys(news) as FieldName[]) });
  };
  const known = clients.namesOn(lane).filter((name) => !name.endsWith('*'));

  // The first field that is wrong has the focus, once it is drawn as such.
  useLayoutEffect(() => {
    if (failures === 0) return;
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [failures]);

  function fail(next: Problem): void {
    setProblem(next);
    setFailures(failures + 1);
    if (MORE.some((name) => next.fields[name] !== undefined)) setMore(true);
  }

  async function submit(): Promise<void> {
    const made = submissionOf(fields);
    if ('errors' in made) return fail({ fields: made.errors, general: null });
    setSending(true);
    const outcome = await store.acts.submit(lane, made.task);
    setSending(false);
    if (outcome.ok) {
      close();
      return store.tell(outcome);
    }
    const { fields: wrong, rest } = errorsByField(outcome.issues);
    const others = rest.map(({ path, message }) => `${path} ${message}`);
    const general =
      Object.keys(wrong).length === 0 || others.length > 0 ? [outcome.message, ...others].join(' – ') : null;
    fail({ fields: wrong, general: general === null ? null : `${outcome.code}: ${general}` });
  }

  const text = (
    name: 'name' | 'ttl_ms' | 'resume_ttl_ms' | 'timeout_ms' | 'max_attempts' | 'pause_grace_ms' | 'dedupe_key',
    label: string,
    hint?: string,
  ) => (
    <Field name={name} label={label} hint={hint} error={problem.fields[name]}>
      {(attributes) => (
        <input
          {...attributes}
          type="text"
          autofocus={name === 'name'}
          inputMode={name === 'name' || name === 'dedupe_key' ? 'text' : 'numeric'}
          list={name === 'name' ? 'known-names' : undefined}
          value={fields[name]}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => set({ [name]: currentTarget.value })}
        />
      )}
    </Field>
  );
  const json = (name: 'args' | 'meta', label: string, hint: string) => (
    <Field name={name} label={label} hint={hint} error={problem.fields[name]}>
      {(attributes) => (
        <textarea
          {...attributes}
          class="mono"
          rows={name === 'args' ? 5 : 3}
          value={fields[name]}
          spellcheck={false}
          onInput={({ currentTarget }) => set({ [name]: currentTarget.value })}
        />
      )}
    </Field>
  );

  return (
    <Dialog title={`Submit to ${lane}`} close={close}>
      <form
        class="form"
        ref={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!sending) void submit();
        }}
      >
        <TemplateRow fields={fields} fill={(filled) => (setFields(filled), setProblem(NO_PROBLEM))} />
        {problem.general === null ? null : (
          <p class="form-problem" role="alert">
            {problem.general}
          </p>
        )}
        {text('name', 'Name', 'Which workers run it. Known now: ' + (known.join(', ') || 'none'))}
        <datalist id="known-names">
          {known.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <fieldset class="field">
          <legend>Priority</legend>
          <div class="choice">
            {LEVELS.map(({ priority, number, name }) => (
              <label key={priority} class="choice-item" data-level={number}>
                <input
                  type="radio"
                  name="priority"
                  value={priority}
                  checked={fields.priority === priority}
                  onChange={() => set({ priority })}
                />
                <span>
                  <b aria-hidden="true">{number}</b> {name}
                </span>
              </label>
            ))}
          </div>
          {problem.fields.priority === undefined ? null : <p class="field-problem">{problem.fields.priority}</p>}
        </fieldset>
        {json('args', 'Args', 'JSON, or nothing.')}
        <details class="more" open={more} onToggle={({ currentTarget }) => setMore(currentTarget.open)}>
          <summary>How it interrupts, waits and ends</summary>
          <div class="form-grid">
            <Field name="preempt" label="What it does to a lower one" error={problem.fields.preempt}>
              {(attributes) => (
                <select
                  {...attributes}
                  value={fields.preempt}
                  onChange={({ currentTarget }) => set({ preempt: currentTarget.value as TaskFields['preempt'] })}
                >
                  {PREEMPT_STYLES.map((style) => (
                    <option key={style}>{style}</option>
                  ))}
                </select>
              )}
            </Field>
            <Field name="on_interrupt" label="What becomes of it when interrupted" error={problem.fields.on_interrupt}>
              {(attributes) => (
                <select
                  {...attributes}
                  value={fields.on_interrupt}
                  onChange={({ currentTarget }) =>
                    set({ on_interrupt: currentTarget.value as TaskFields['on_interrupt'] })
                  }
                >
                  {ON_INTERRUPT.map((style) => (
                    <option key={style}>{style}</option>
                  ))}
                </select>
              )}
            </Field>
            <label class="check">
              <input
                type="checkbox"
                checked={fields.interruptible}
                onChange={({ currentTarget }) => set({ interruptible: currentTarget.checked })}
              />
              <span>It may be interrupted</span>
            </label>
            {text('ttl_ms', 'ttl_ms', 'longest wait before the start')}
            {text('resume_ttl_ms', 'resume_ttl_ms', 'longest pause')}
            {text('timeout_ms', 'timeout_ms', `longest running time; ${TASK_DEFAULTS.timeout_ms} if empty`)}
            {text('max_attempts', 'max_attempts', `${TASK_DEFAULTS.max_attempts} if empty`)}
            {text('pause_grace_ms', 'pause_grace_ms', `time to stop; ${TASK_DEFAULTS.pause_grace_ms} if empty`)}
            {text('dedupe_key', 'dedupe.key', 'at most one waits with this key')}
            <Field name="dedupe_mode" label="dedupe.mode" error={problem.fields.dedupe_mode}>
              {(attributes) => (
                <select
                  {...attributes}
                  value={fields.dedupe_mode}
                  onChange={({ currentTarget }) =>
                    set({ dedupe_mode: currentTarget.value as TaskFields['dedupe_mode'] })
                  }
                >
                  <option>replace</option>
                  <option>keep</option>
                </select>
              )}
            </Field>
          </div>
          {json('meta', 'meta', 'JSON object, or nothing.')}
        </details>
        <div class="form-acts">
          <button type="button" class="button" onClick={() => (setFields(EMPTY_FIELDS), setProblem(NO_PROBLEM))}>
            Clear
          </button>
          <button type="submit" class="button button-main" disabled={!store.connected || sending}>
            {sending ? 'Submitting …' : 'Submit'}
          </button>
        </div>
        {store.connected ? null : <p class="hint">There is no connection to the hub just now.</p>}
      </form>
    </Dialog>
  );
}

interface Attributes {
  readonly id: string;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string;
}

interface FieldProps {
  readonly name: FieldName;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error: string | undefined;
  readonly children: (attributes: Attributes) => ComponentChildren;
}

function Field({ name, label, hint, error, children }: FieldProps) {
  const id = `field-${name}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-invalid': error !== undefined, 'aria-describedby': `${id}-problem ${id}-hint` })}
      <p class="field-problem" id={`${id}-problem`} hidden={error === undefined}>
        {error}
      </p>
      <p class="field-hint" id={`${id}-hint`} hidden={hint === undefined}>
        {hint}
      </p>
    </div>
  );
}
