/** The three scenarios of `cuehub demo --once`: each plays on a live lane and says what it saw. */
import type { Priority } from '@cuehub/protocol';
import { type Finding, checkChunks, checkDeferred, checkOrder, checkStarts } from './checks.js';
import { type Recorder, isChunkOf, isFactOf } from './recorder.js';
import { type DemoHub, submitChat, submitCommand, submitDonation } from './tasks.js';

/** Long enough for a busy machine; nothing in a scenario takes more than some seconds. */
const TIMEOUT_MS = 30_000;

const STORY =
  'Once upon a time a fox found a radio in the woods, and because nobody had told the fox that radios do not answer, it asked a question, and waited.';
const PUNCH_LINE = 'And the radio said, after a long pause: I am also just a fox, but with better batteries.';
/** How much of the story is said before the voice comes in. */
const WORDS_BEFORE_VOICE = 6;

export interface Stage {
  readonly hub: DemoHub;
  readonly recorder: Recorder;
}

export interface Scenario {
  readonly title: string;
  readonly play: (stage: Stage) => Promise<readonly Finding[]>;
}

export const SCENARIOS: readonly Scenario[] = [
  { title: 'an URGENT voice command interrupts a streaming reply, which then goes on', play: interruption },
  { title: 'four tasks that were queued while the lane was stopped run by priority', play: queueing },
  { title: 'a donation waits while a protected reply holds the floor, then runs', play: deferral },
];

async function interruption({ hub, recorder }: Stage): Promise<Finding[]> {
  const chat = await submitChat(hub, STORY, false);
  await recorder.until('the reply', isChunkOf(chat.id, WORDS_BEFORE_VOICE - 1), TIMEOUT_MS);
  const voice = await submitCommand(hub, 'what time is it?');
  const { said } = await voice.result();
  await chat.result();
  await recorder.until('the end of the reply', isFactOf(chat.id, 'task.completed'), TIMEOUT_MS);
  const facts = recorder.factsOf([chat.id, voice.id]);
  const order = checkOrder(facts, [
    { event: 'task.started', task_id: chat.id },
    { event: 'task.paused', task_id: chat.id },
    { event: 'task.started', task_id: voice.id },
    { event: 'task.completed', task_id: voice.id },
    { event: 'task.resumed', task_id: chat.id },
    { event: 'task.completed', task_id: chat.id },
  ]);
  return [order, checkChunks(recorder.chunksOf(chat.id), STORY), { ok: true, text: `the voice said: ${said}` }];
}

async function queueing({ hub, recorder }: Stage): Promise<Finding[]> {
  const submitted: readonly Priority[] = ['LOW', 'URGENT', 'BACKGROUND', 'HIGH'];
  await hub.stop();
  const tasks = [];
  for (const priority of submitted) {
    tasks.push(
      await hub.submit({ name: 'chat_response', args: { text: `I am ${priority}.`, protect: false }, priority }),
    );
  }
  const ids = tasks.map(({ id }) => id);
  const early = recorder.factsOf(ids).filter(({ event }) => event === 'task.started').length;
  await hub.start();
  for (const task of tasks) await task.result();
  for (const id of ids) await recorder.until('the end of a queued task', isFactOf(id, 'task.completed'), TIMEOUT_MS);
  return [
    {
      ok: early === 0,
      text:
        early === 0
          ? `submitted ${submitted.join(', ')}; none ran while stopped`
          : `${early} ran while the lane was stopped`,
    },
    checkStarts(recorder.factsOf(ids), ['URGENT', 'HIGH', 'LOW', 'BACKGROUND']),
  ];
}

async function deferral({ hub, recorder }: Stage): Promise<Finding[]> {
  const chat = await submitChat(hub, PUNCH_LINE, true);
  await recorder.until('the protected reply', isChunkOf(chat.id, 1), TIMEOUT_MS);
  const donation = await submitDonation(hub, 'Ada', '$20', 'I knew it was a fox.');
  await recorder.until('the deferral', isFactOf(donation.id, 'task.deferred'), TIMEOUT_MS);
  await chat.result();
  await donation.result();
  await recorder.until('the end of the donation', isFactOf(donation.id, 'task.completed'), TIMEOUT_MS);
  const facts = recorder.factsOf([chat.id, donation.id]);
  const words = recorder.chunksOf(chat.id);
  const lastWord = recorder.events.indexOf(words.at(-1) ?? recorder.events[0]!);
  const started = recorder.events.findIndex(isFactOf(donation.id, 'task.started'));
  return [
    checkDeferred(facts, donation.id, chat.id),
    checkChunks(words, PUNCH_LINE),
    {
      ok: started > lastWord,
      text: started > lastWord ? 'the donation ran after the last word of it' : 'the donation ran in the middle of it',
    },
  ];
}
