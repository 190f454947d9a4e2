// The small parts everything is made of.
import type { Priority, TaskState } from '@cuehub/protocol';
import type { ComponentChildren } from 'preact';
import { demoCommand } from '../../demo-command.js';
import { LEVELS, levelName } from '../model/levels.js';

/** A level: its number in its colour, and its name. */
export function LevelMark({ priority, bare = false }: { priority: Priority; bare?: boolean }) {
  const number = LEVELS.find((level) => level.priority === priority)?.number ?? 0;
  return (
    <span class="level" data-level={number}>
      <b aria-hidden={!bare}>{number}</b>
      <span class={bare ? 'visually-hidden' : 'level-name'}>{levelName(priority)}</span>
    </span>
  );
}

export function StateTag({ state, reason }: { state: TaskState; reason?: string | undefined }) {
  return (
    <span class="state" data-state={state}>
      {state}
      {reason === undefined || reason === 'error' ? '' : `: ${reason.replaceAll('_', ' ')}`}
    </span>
  );
}

interface PanelProps {
  readonly id: string;
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A part of the page with its own heading; `id` is where a shortcut leads. */
export function Panel({ id, title, note, actions, class: more = '', children }: PanelProps) {
  return (
    <section class={`panel ${more}`} id={id} aria-labelledby={`${id}-title`} tabIndex={-1}>
      <header class="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {note === undefined ? null : <p class="panel-note">{note}</p>}
        {actions === undefined ? null : <div class="panel-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

/** How to see something happen where nobody works. */
export function SeeLife({ lane }: { lane: string }) {
  return (
    <p class="hint see-life">
      Nobody works on this lane yet. Connect a worker, or run <code>{demoCommand(lane)}</code>.
    </p>
  );
}

interface TaskLinkProps {
  readonly lane: string;
  readonly task_id: string;
  readonly children: ComponentChildren;
}

/** A task's page has its own address, so it can be opened in a tab and sent to somebody. */
export function TaskLink({ lane, task_id, children }: TaskLinkProps) {
  return (
    <a class="task-link" href={`#${new URLSearchParams({ lane, task: task_id }).toString()}`}>
      {children}
    </a>
  );
}
