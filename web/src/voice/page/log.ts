// What was said, newest first, each with its way through the hub and its answer. A card is made once and then only
// changed, so that a focused button stays focused.
import type { Command } from '../command.js';
import { humanName, isOpen, resultText, statusOf } from '../command.js';
import { textOf } from '../lane.js';
import type { Desk } from '../desk.js';
import { h, part, setText, showText } from './dom.js';

interface Card {
  readonly element: HTMLLIElement;
  readonly draw: (command: Command, desk: Desk, online: boolean) => void;
}

export class Log {
  readonly #list = part('log', HTMLOListElement);
  readonly #empty = part('log-empty', HTMLParagraphElement);
  readonly #announce = part('announce', HTMLParagraphElement);
  readonly #cards = new Map<number, Card>();
  readonly #announced = new Set<number>();
  readonly #cancel: (id: number) => void;

  constructor(cancel: (id: number) => void) {
    this.#cancel = cancel;
  }

  draw(desk: Desk, online: boolean): void {
    this.#empty.hidden = desk.commands.length > 0;
    const gone = new Set(this.#cards.keys());
    for (const command of [...desk.commands].reverse()) {
      gone.delete(command.id);
      let card = this.#cards.get(command.id);
      if (card === undefined) {
        card = this.#card(command);
        this.#cards.set(command.id, card);
        this.#list.prepend(card.element);
      }
      card.draw(command, desk, online);
      if (!isOpen(command)) this.#say(command, desk, online);
    }
    for (const id of gone) {
      this.#cards.get(id)?.element.remove();
      this.#cards.delete(id);
      this.#announced.delete(id);
    }
  }

  /** Once, as a whole: a screen reader that reads each word as it streams says nothing else any more. */
  #say(command: Command, desk: Desk, online: boolean): void {
    if (this.#announced.has(command.id)) return;
    this.#announced.add(command.id);
    const { answer, result } = answerOf(command, desk);
    setText(this.#announce, `${statusOf(command, desk.lane, online).text}. ${answer || result?.text || ''}`);
  }

  #card(command: Command): Card {
    const priority = h('span', { class: 'chip', 'data-priority': command.spec.priority, text: command.spec.priority });
    const status = h('span', { class: 'card-status' });
    const answer = h('p', { class: 'card-answer', dir: 'auto' });
    const result = h('p', { class: 'card-answer', dir: 'auto' });
    const cancel = h('button', { class: 'tool', type: 'button', text: 'Cancel' });
    cancel.setAttribute('aria-label', `Cancel “${command.text}”`);
    cancel.addEventListener('click', () => this.#cancel(command.id));
    const said = h('p', { class: 'card-said', dir: 'auto', text: command.text });
    const name = h('span', { class: 'card-name', text: humanName(command.spec.name) });
    const line = h('div', { class: 'card-line' }, priority, name, status, cancel);
    const element = h('li', { class: 'card' }, said, line, answer, result);
    return {
      element,
      draw: (now, desk, online) => {
        const { tone, text } = statusOf(now, desk.lane, online);
        element.dataset['tone'] = tone;
        setText(status, text);
        cancel.hidden = !isOpen(now) || now.view?.state === 'cancelling';
        const told = answerOf(now, desk);
        showText(answer, told.answer);
        showText(result, told.result?.text ?? '');
        result.classList.toggle('as-code', told.result?.plain === false);
      },
    };
  }
}

/** What it answered: its text, and its result where that says something else. */
function answerOf({ task_id, view }: Command, { lane }: Desk) {
  const answer = task_id === null ? '' : textOf(lane, task_id).trim();
  const result = resultText(view?.result);
  return { answer, result: result !== null && result.text.trim() === answer ? null : result };
}
