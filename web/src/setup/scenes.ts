// The sample events of the set-up page: what a streamer wants to have seen before it is on air.
import { Script, type ScriptStep } from './script.js';

const CHAT = { name: 'chat_response', from: 'twitch-chat' } as const;
const VOICE = { name: 'voice_command', from: 'fido-voice', priority: 'URGENT' } as const;

const TIP = 'The trick with this level is that you jump past the coins, and never ever look down.';
const LONG =
  'Once upon a time a fox found a radio in the woods, and because nobody had told the fox that radios do not answer, it asked a question, and waited. The radio crackled. The fox asked again, louder this time, and the owl two trees further on opened one eye. “It is playing a song,” said the owl, “and you are interrupting it.” So the fox sat down, and listened, and when the song was over it asked a third time. And the radio said, after a long pause: “I am also just a fox, but with better batteries.”';

function reply(script: Script): void {
  const chat = script.submit(CHAT);
  script.start(chat).wait(500).say(chat, TIP).complete(chat);
}

function interruption(script: Script): void {
  const chat = script.submit(CHAT);
  script.start(chat).wait(300).say(chat, 'The trick with this level is that you jump past the coins, ');
  const command = script.submit({ ...VOICE, args: { command: 'turn on the lights' } });
  script.pause(chat).start(command).wait(900).say(command, 'On it. Lights are on!').wait(900).complete(command);
  script.wait(200).resume(chat).wait(500).say(chat, 'and never ever look down.').complete(chat);
}

function donation(script: Script): void {
  const gift = script.submit({
    name: 'donation',
    from: 'twitch-alerts',
    priority: 'HIGH',
    args: { from: 'Ada Lovelace', amount: '$20', message: 'I knew it was a fox all along!' },
  });
  script.start(gift).wait(900).say(gift, 'Thank you so much, Ada! You know your foxes.').complete(gift);
}

function raid(script: Script): void {
  const raiders = script.submit({
    name: 'raid',
    from: 'twitch-alerts',
    priority: 'HIGH',
    args: { from: 'GraceHopper', viewers: 42 },
  });
  script.start(raiders).wait(900).say(raiders, 'Welcome, raiders! Take a seat, the boss is next.').complete(raiders);
}

function command(script: Script): void {
  const spoken = script.submit({ ...VOICE, args: { command: 'what time is it?' } });
  script.start(spoken).wait(900).say(spoken, 'It is a quarter to nine.').complete(spoken);
}

function long(script: Script): void {
  const chat = script.submit(CHAT);
  script.start(chat).wait(300).say(chat, LONG, 70).complete(chat);
}

function scripts(script: Script): void {
  const texts = [
    'みなさん、こんばんは！今日はとても良い天気ですね。「ゲーム」を始めましょう。',
    'مرحبا يا أصدقاء! المرحلة القادمة صعبة جدا، لكننا سنفوز معا 🎮',
    '大家晚上好！今天的天气很好，我们一起来玩游戏吧。',
    'Family night 👩‍👩‍👧‍👦 with snacks 🍕🍿, flags 🏳️‍🌈🏴‍☠️ and a wave 👋🏽!',
    'שלום לכולם! בואו נתחיל את המשחק.',
  ];
  for (const text of texts) {
    const chat = script.submit(CHAT);
    script.start(chat).wait(200).say(chat, text, 60).wait(600).complete(chat).wait(300);
  }
}

function queue(script: Script): void {
  const chat = script.submit(CHAT);
  script.start(chat).wait(200).say(chat, 'One after the other, please: ');
  const gift = { name: 'donation', from: 'twitch-alerts', priority: 'HIGH' } as const;
  const waiting = [
    script.submit({ ...gift, args: { from: 'Ada', amount: '$20' } }),
    script.submit({ ...gift, name: 'raid', args: { from: 'Grace', viewers: 42 } }),
    script.submit(CHAT),
    script.submit({ name: 'screen_event', from: 'monitor', priority: 'LOW' }),
    script.submit({ name: 'summarize_chat', from: 'memory', priority: 'BACKGROUND' }),
  ];
  script.say(chat, 'everybody gets the floor, the most urgent first.').complete(chat);
  for (const task of waiting) script.wait(500).start(task).wait(600).complete(task);
}

export const SCENES = {
  reply: { label: 'Reply', play: reply },
  interruption: { label: 'Interruption', play: interruption },
  donation: { label: 'Donation', play: donation },
  raid: { label: 'Raid', play: raid },
  command: { label: 'Command', play: command },
  queue: { label: 'Queue', play: queue },
  long: { label: 'Long text', play: long },
  scripts: { label: 'Languages', play: scripts },
} as const satisfies Record<string, { label: string; play: (script: Script) => void }>;
export type SceneName = keyof typeof SCENES;

/** What plays when nobody asks for anything. */
export const LOOP: readonly SceneName[] = ['interruption', 'donation', 'reply', 'raid'];

/** The steps of a scene; `play_id` keeps one showing apart from the next. */
export function stepsOf(scene: SceneName, play_id: number): readonly ScriptStep[] {
  const script = new Script(`${scene}-${play_id}`);
  SCENES[scene].play(script);
  return script.steps;
}
