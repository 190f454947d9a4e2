// Who has the floor and what is said there, and who stepped back for it.
import { VOICE_STARTED } from '../barge-in.js';
import { humanName } from '../command.js';
import { demoCommand } from '../../demo-command.js';
import { holdReason, type Lane, type Task, textOf } from '../lane.js';
import { h, part } from './dom.js';

/** The end of a long text is what is being said. */
const TAIL_CHARS = 360;
const BEHIND_MAX = 4;

export class Floor {
  readonly #place = part('floor', HTMLDivElement);
  #drawn = '';

  draw(lane: Lane, name: string, online: boolean): void {
    const holder = lane.current === null ? undefined : lane.tasks.get(lane.current.task_id);
    const behind = [...lane.tasks.values()].filter(
      ({ task_id, state }) => task_id !== holder?.task_id && state === 'paused',
    );
    const turns = [
      ...(holder === undefined ? [] : [turn(lane, holder)]),
      ...behind.slice(-BEHIND_MAX).map((task) => turn(lane, task)),
    ];
    const isQuiet = online && lane.tasks.size === 0 && lane.state?.tasks_completed === 0;
    const drawn = JSON.stringify([turns, lane.state?.started, online, isQuiet]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const empty = lane.state?.started === false ? 'The lane is stopped: nothing is started.' : 'Nobody: it is free.';
    const known = online ? empty : 'Not known while the hub is away.';
    this.#place.classList.toggle('stale', !online);
    if (turns.length === 0)
      this.#place.replaceChildren(h('p', { class: 'soft', text: known }), ...(isQuiet ? [seeLife(name)] : []));
    else this.#place.replaceChildren(...turns.map(element));
  }
}

function seeLife(lane: string): HTMLElement {
  const command = h('code', { text: demoCommand(lane) });
  return h(
    'p',
    { class: 'soft' },
    'Nothing has happened here yet. For answers, connect a worker, or run ',
    command,
    '.',
  );
}

interface Turn {
  readonly name: string;
  readonly priority: string;
  readonly speaker: string;
  readonly note: string;
  readonly behind: boolean;
  readonly text: string;
}

function turn(lane: Lane, { task_id, name, priority, speaker, state }: Task): Turn {
  const text = textOf(lane, task_id);
  const behind = state === 'paused';
  const isHeld = lane.current?.task_id === task_id && lane.state?.can_interrupt === false;
  const why = isHeld ? holdReason(lane, task_id) : '';
  const held = isHeld ? `may not be cut off${why === '' ? '' : `: ${why}`}` : '';
  return {
    name: humanName(name),
    priority,
    speaker,
    note: noteOf(behind, state, name) || held,
    behind,
    text: text.length > TAIL_CHARS ? `… ${text.slice(-TAIL_CHARS)}` : text,
  };
}

function noteOf(behind: boolean, state: Task['state'], name: string): string {
  if (behind) return 'waits, and goes on where it stopped';
  if (state === 'pausing') return 'is stepping back';
  return name === VOICE_STARTED ? 'somebody speaks, the companion listens' : '';
}

function element({ name, priority, speaker, note, behind, text }: Turn): HTMLElement {
  const by = h('span', { class: 'soft', text: speaker === '' ? '' : `by ${speaker}` });
  const line = h(
    'div',
    { class: 'card-line' },
    h('span', { class: 'chip', 'data-priority': priority, text: priority }),
    h('span', { class: 'card-name', text: name }),
    by,
  );
  const parts: HTMLElement[] = [line];
  if (note !== '') parts.push(h('p', { class: 'turn-note', text: note }));
  if (text.trim() !== '') parts.push(h('p', { class: 'turn-text', dir: 'auto', text }));
  return h('div', { class: behind ? 'turn behind' : 'turn' }, ...parts);
}
