// The example of the README, word for word between the marks, so that the compiler reads it. `example.test.ts` runs it.
// Leaves to others: the hub it talks to, and the llm.
import { connect } from '@cuehub/client';

/** Words of an answer as they come; stops when aborted. */
export type Llm = (text: string, signal: AbortSignal) => AsyncIterable<string>;

export interface ExampleOptions {
  url: string;
  token: string;
  llm: Llm;
}

/** What happened, for whoever ran it. */
export interface ExampleOutcome {
  said: { said: string };
  remembered: string;
  events: string[];
}

export async function example({ url, token, llm }: ExampleOptions): Promise<ExampleOutcome> {
  const outcome: Partial<ExampleOutcome> & { events: string[] } = { events: [] };

  // README: begin
  interface Tasks {
    voice_command: { args: { command: string }; result: { said: string } };
    chat_response: { args: { text: string }; result: void };
    recall_memory: { args: { query: string }; result: string };
    remember_fact: { args: { fact: string }; result: string };
  }
  const hub = connect<Tasks>(url, { token, client: { name: 'fido-voice', kind: 'voice' } });

  hub.worker('chat_response', async (task) => {
    const out = task.stream({ can_interrupt: true });
    // Waits while the task is paused, throws when it is cancelled.
    for await (const word of llm(task.args.text, task.signal)) await out.write(word);
    // A later attempt starts from here.
    await task.checkpoint({ at: 3 });
    // Nobody interrupts in here.
    await task.protect(async () => out.write('… cats!'), { reason: 'punch line' });
    // A child runs on the same lane, then this goes on.
    const fact = await task.call({ name: 'recall_memory', args: { query: 'cats' } });
    await out.write(fact);
  });
  hub.worker('recall_memory', (task) => ` (${task.args.query} purr)`);
  hub.worker('voice_command', (task) => ({ said: `done: ${task.args.command}` }));

  const watching = hub.watch({ topics: ['state', 'task', 'text'] });

  // Resolves when the task is safe with the hub.
  const task = await hub.submit({ name: 'chat_response', args: { text: 'hi' }, priority: 'MEDIUM' });
  // URGENT: interrupts the reply, which goes on afterwards. Resolves with the result.
  const said = await hub.interrupt({ name: 'voice_command', args: { command: 'lights on' } });
  // Run by this client itself, when it gets the floor.
  const remembered = await hub.queue(
    { name: 'remember_fact', args: { fact: 'cats purr' } },
    (own) => `noted: ${own.args.fact}`,
  );

  await task.result();
  outcome.remembered = await remembered.result();

  for await (const event of watching) {
    if (event.type === 'event') outcome.events.push(event.event);
    if (
      event.type === 'event' &&
      'task' in event &&
      event.task.name === 'remember_fact' &&
      event.event === 'task.completed'
    )
      break;
  }

  await hub.stop({ drain: true });
  const { state } = await hub.status();
  await hub.start();
  hub.close();
  // README: end

  if (state.started) throw new Error('the lane was not stopped');
  return { ...outcome, said, remembered: outcome.remembered };
}
