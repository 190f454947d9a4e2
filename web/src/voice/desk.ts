// The voice page at work: joins the hub, the browser's ear and mouth, and the pure parts that decide. The only file here
// that knows all of them, the clock and the order in which things are done. Draws nothing.
import { type ConnectionChange, connect, type CueHub, CuehubError, RequestError } from '@cuehub/client';
import { socketUrl } from '../overlay/options.js';
import { BargeIn, VOICE_STARTED } from './barge-in.js';
import { type Command, resultText } from './command.js';
import { Commands, refusedText } from './commands.js';
import { type Conversation, type Effect, type Input, newConversation, step, tickAt, wantsEar } from './conversation.js';
import { Ear } from './ear.js';
import { EMPTY_LANE, type Lane, noteTask, takeMessage, withResult } from './lane.js';
import { Mouth } from './mouth.js';
import { taskFor } from './rules.js';
import type { Settings } from './settings.js';
import {
  atEnd,
  atStop,
  atWord,
  decide,
  follow,
  heardSeqs,
  isSounding,
  setSpeak,
  SILENT,
  skipAll,
  type Speaker,
} from './speaker.js';

/** As what this page reports what was spoken. */
export const SINK = 'voice-page';

export interface Desk {
  readonly conversation: Conversation;
  readonly lane: Lane;
  readonly speaker: Speaker;
  /** The latest first. */
  readonly commands: readonly Command[];
  readonly connection: ConnectionChange;
  /** False when the hub said that this token is not for producers. */
  readonly may_submit: boolean;
  readonly barge: BargeIn['at'];
  readonly barge_task_id: string | null;
  /** Something went wrong that no command shows; empty when nothing did. */
  readonly problem: string;
  /** Why nothing is spoken although it should be; empty when it is. */
  readonly mouth_problem: string;
}

export class VoiceDesk {
  readonly mouth: Mouth;
  readonly ear: Ear;
  readonly #changed: () => void;
  #hub: CueHub | null = null;
  readonly #laneName: string;
  #conversation: Conversation;
  #lane: Lane = EMPTY_LANE;
  #speaker: Speaker = SILENT;
  readonly commands = new Commands({
    hub: () => this.#hub,
    noted: (view) => {
      this.#lane = noteTask(this.#lane, view);
      const result = view.state === 'completed' ? resultText(view.result) : null;
      if (result?.plain === true) this.#lane = withResult(this.#lane, view.task_id, result.text);
      this.#speaker = follow(this.#speaker, this.#lane, this.commands.mine);
    },
    changed: () => this.#settle(),
    failed: (error) => this.#complain(error),
  });
  #connection: ConnectionChange = { status: 'connecting' };
  readonly #barge = new BargeIn(
    () => this.#settle(),
    (error) => this.#complain(error),
  );
  #problem = '';
  #mouthProblem = '';
  readonly #inputs: Input[] = [];
  #busy = false;
  #endBarge = (): void => {};
  #reported = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: Settings, lane: string, changed: () => void) {
    this.#changed = changed;
    this.#laneName = lane;
    this.ear = new Ear({
      heard: (finals, interim) => this.input({ kind: 'heard', finals, interim }),
      ended: () => this.input({ kind: 'ear_ended' }),
      failed: (code, fatal) => this.input({ kind: 'ear_error', code, fatal }),
    });
    this.mouth = new Mouth({
      word: (char) => this.#spoke((speaker) => atWord(speaker, char)),
      ended: () => this.#spoke(atEnd),
      failed: (code) => this.#mouthFailed(code),
    });
    this.#conversation = newConversation(settings, this.ear.exists);
    this.#speaker = setSpeak(SILENT, settings.speak, EMPTY_LANE, this.commands.mine);
  }

  get now(): Desk {
    return {
      conversation: this.#conversation,
      lane: this.#lane,
      speaker: this.#speaker,
      commands: this.commands.list,
      connection: this.#connection,
      may_submit: this.#maySubmit,
      barge: this.#barge.at,
      barge_task_id: this.#barge.task_id,
      problem: this.#problem,
      mouth_problem: this.#mouthProblem,
    };
  }

  enter(token: string, connection: (change: ConnectionChange) => void): void {
    const hub = connect(socketUrl(location.href), {
      token,
      lane: this.#laneName,
      client: { name: SINK, kind: 'voice' },
    });
    this.#hub = hub;
    hub.on('connection', (change) => {
      if (this.#hub !== hub) return;
      this.#connection = change;
      connection(change);
      this.#settle();
    });
    hub.on('error', (error) => this.#complain(error));
    void this.#watch(hub);
  }

  /** Signed out, or the page goes: the hub need not wait for what this page runs. */
  leave(): void {
    const hub = this.#hub;
    this.#hub = null;
    this.input({ kind: 'talk_cancel' });
    hub?.close();
    this.#connection = { status: 'closed' };
    this.#lane = EMPTY_LANE;
    this.#settle();
  }

  get #maySubmit(): boolean {
    return this.#hub?.welcome?.grants.roles.includes('producer') ?? true;
  }

  input(input: Input): void {
    if (input.kind === 'typed' && !this.#maySubmit) return;
    // Somebody did something: the browser may let this page speak now.
    if (
      input.kind === 'talk_down' ||
      input.kind === 'talk_toggle' ||
      input.kind === 'typed' ||
      input.kind === 'settings'
    ) {
      this.#mouthProblem = '';
      this.#problem = '';
    }
    if (input.kind === 'settings' && input.settings.speak !== this.#speaker.speak) {
      this.#speaker = setSpeak(this.#speaker, input.settings.speak, this.#lane, this.commands.mine);
    }
    this.#inputs.push(input);
    this.#settle();
  }

  /** No more of what is being spoken. */
  hush(): void {
    this.mouth.stop();
    this.#speaker = skipAll(this.#speaker, this.#lane);
    this.#settle();
  }

  /** The voice as the settings would have it. */
  tryVoice({ language, voice, rate, volume }: Settings): void {
    this.#speaker = atStop(this.#speaker);
    this.mouth.stop();
    this.mouth.say('One voice at a time.', { language: language || navigator.language, voice, rate, volume });
  }

  /** Feeds what came in to what decides, until nothing more follows from it; then the ear, the mouth and the page. */
  #settle(): void {
    if (this.#busy) return;
    this.#busy = true;
    try {
      this.#observe();
      for (let input = this.#inputs.shift(); input !== undefined; input = this.#inputs.shift()) {
        const { next, effects } = step(this.#conversation, input, performance.now());
        this.#conversation = next;
        this.#carryOut(effects);
        const { language } = next.settings;
        this.ear.want(wantsEar(next), language || navigator.language);
        this.#observe();
      }
    } finally {
      this.#busy = false;
    }
    clearTimeout(this.#timer);
    const tick_at = tickAt(this.#conversation);
    if (tick_at !== null) {
      this.#timer = setTimeout(() => this.input({ kind: 'tick' }), Math.max(1, tick_at - performance.now()));
    }
    this.#changed();
  }

  /** What the conversation has to know of the hub and the mouth, when it is news. */
  #observe(): void {
    this.#speak();
    const { online, floor_taken, sounding } = this.#conversation;
    const now = {
      online: this.#connection.status === 'connected' && this.#maySubmit,
      floor_taken: this.#lane.current !== null && !this.#isOwnTurn(this.#lane.current),
    };
    if (now.online !== online || now.floor_taken !== floor_taken) this.#inputs.push({ kind: 'hub', ...now });
    const sounds = isSounding(this.#speaker, this.#lane, this.commands.mine);
    if (sounds !== sounding) this.#inputs.push({ kind: 'mouth', sounding: sounds });
  }

  #isOwnTurn({ task_id, name }: { task_id: string; name: string }): boolean {
    return name === VOICE_STARTED && (this.#barge.task_id === null || this.#barge.task_id === task_id);
  }

  #carryOut(effects: readonly Effect[]): void {
    let submitted: Promise<void> = Promise.resolve();
    for (const effect of effects) {
      switch (effect.do) {
        case 'drop':
          this.ear.drop();
          break;
        case 'barge_in':
          this.#endBarge = this.#hub === null ? () => {} : this.#barge.begin(this.#hub);
          break;
        case 'barge_out':
          // The command first: otherwise the reply would have the floor for a moment between the two.
          void submitted.then(this.#endBarge);
          break;
        case 'submit':
          submitted = this.#submit(effect.text, effect.by);
      }
    }
  }

  #submit(text: string, by: Command['by']): Promise<void> {
    const spec = taskFor(text, this.#conversation.settings.rules);
    if (spec !== null) return this.commands.submit(spec, text, by);
    this.#conversation = { ...this.#conversation, note: { kind: 'no_rule', text } };
    return Promise.resolve();
  }

  async #watch(hub: CueHub): Promise<void> {
    try {
      for await (const message of hub.watch({ topics: ['state', 'task', 'text'] })) {
        if (this.#hub !== hub) return;
        this.#lane = takeMessage(this.#lane, message);
        if (message.type === 'event' && 'task' in message) this.commands.note(message.task);
        if (message.type === 'snapshot')
          for (const view of [...message.queue, ...message.paused]) this.commands.note(view);
        this.#speaker = follow(this.#speaker, this.#lane, this.commands.mine);
        this.commands.askAgain();
        this.#settle();
      }
    } catch (error) {
      if (this.#hub === hub && error instanceof RequestError) this.#complain(error);
    }
  }

  /** Until the mouth does what should be done, and the hub knows what was heard. */
  #speak(): void {
    // Without the hub's word nobody may say that this page has the floor of the room.
    const held =
      this.#conversation.phase.at !== 'idle' || this.#connection.status !== 'connected' || this.#mouthProblem !== '';
    if (held !== this.#speaker.held) this.#speaker = { ...this.#speaker, held };
    for (let todo = decide(this.#speaker, this.#lane, this.commands.mine); todo !== null; ) {
      if (todo.do === 'stop') {
        this.mouth.stop();
        this.#speaker = atStop(this.#speaker);
      } else {
        const { language, voice, rate, volume } = this.#conversation.settings;
        this.#speaker = { ...this.#speaker, speaking: { key: todo.key, ...todo.piece } };
        this.mouth.say(todo.piece.text, { language: language || navigator.language, voice, rate, volume });
      }
      todo = decide(this.#speaker, this.#lane, this.commands.mine);
    }
    for (const [key, seq] of heardSeqs(this.#speaker, this.#lane)) {
      const stream = this.#lane.streams.get(key);
      if (stream === undefined || this.#reported.get(key) === seq) continue;
      this.#reported.set(key, seq);
      this.#hub?.heard({ task_id: stream.task_id, stream: stream.stream, seq, sink: SINK });
    }
    for (const key of this.#reported.keys()) if (!this.#lane.streams.has(key)) this.#reported.delete(key);
  }

  #spoke(change: (speaker: Speaker) => Speaker): void {
    this.#speaker = change(this.#speaker);
    this.#settle();
  }

  #mouthFailed(code: string): void {
    this.#speaker = atStop(this.#speaker);
    // Somebody else stopped the browser's voice; what was cut is said again.
    if (code !== 'interrupted' && code !== 'canceled') {
      const remedy = this.mouth.voices().length === 0 ? 'There is none here.' : 'Choose another one in the settings.';
      this.#mouthProblem =
        code === 'not-allowed'
          ? 'The browser speaks only after you pressed something on this page.'
          : `The browser’s voice failed (${code}). ${remedy}`;
    }
    this.#settle();
  }

  #complain(error: unknown): void {
    // A lost connection is shown as what it is.
    if (error instanceof CuehubError && error.code === 'connection_closed') return;
    this.#problem = refusedText(error);
    this.#settle();
  }
}
