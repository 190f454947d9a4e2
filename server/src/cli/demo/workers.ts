/** The workers of the demo: each says its text word by word, through whatever interrupts it. */
import type { OutStream, StreamOptions, Unregister } from '@cuehub/client';
import { answerCommand, loadText, machineFacts, memoryText } from './machine.js';
import type { DemoHub } from './tasks.js';

export interface Speaker {
  readonly word_ms: number;
  readonly sleep: (ms: number) => Promise<void>;
}

interface Speaking {
  stream(options?: StreamOptions): OutStream;
}

/** Registers all of them on the client; resolves when the hub has them. */
export async function registerWorkers(hub: DemoHub, speaker: Speaker): Promise<void> {
  const registered: Unregister[] = [
    hub.worker('chat_response', async (task) => {
      const { text, protect } = task.args;
      const words = await say(task, text, speaker, protect ? { can_interrupt: false, reason: 'punch line' } : {});
      return { words };
    }),
    hub.worker('voice_command', async (task) => {
      const said = answerCommand(task.args.command, machineFacts(Date.now()));
      await say(task, said, speaker);
      return { said };
    }),
    hub.worker('remember_fact', async (task) => {
      const said = `Noted: ${task.args.fact}`;
      await say(task, said, speaker);
      return { said };
    }),
    hub.worker('donation', async (task) => {
      const { from, amount, message } = task.args;
      const said = `Thank you ${from} for ${amount}! ${message === '' ? '' : `You say: ${message}`}`.trim();
      await say(task, said, speaker);
      return { said };
    }),
    hub.worker('monitor_report', async (task) => {
      const said = `${loadText(task.args)} ${memoryText(task.args)}`;
      await say(task, said, speaker);
      return { said };
    }),
  ];
  await Promise.all(registered.map((unregister) => unregister.registered));
}

/** Word by word, as a language model would. `write` waits while the task is paused. */
async function say(
  task: Speaking,
  text: string,
  { word_ms, sleep }: Speaker,
  options: StreamOptions = {},
): Promise<number> {
  const out = task.stream(options);
  const words = text.split(/(?<=\s)/);
  for (const word of words) {
    await out.write(word);
    await sleep(word_ms);
  }
  await out.close();
  return words.length;
}
