// The voice page in a real Chromium, on a real hub, with plain WebSocket clients as workers. Only the browser's own speech
// recognition and synthesis are fakes.
import { describe, expect, it } from 'vitest';
import { createHub } from 'cuehub';
import type { Locator } from 'playwright-core';
import { startHub, TOKEN } from '../conformance/hub-process.js';
import type { Run } from '../conformance/run.js';
import { useHub } from '../conformance/stage.js';
import { expectAccessible } from './accessible.js';
import { expectCleanVisit, useBrowser } from './browser.js';
import { SOON, VoicePage } from './voice-page.js';

const hubs = useHub();
const browser = useBrowser();

const STORY = ['So ', 'the ', 'trick ', 'with ', 'this ', 'level ', 'is ', 'that ', 'you ', 'jump. '];
const ENDING = ['Then ', 'you ', 'never ', 'look ', 'down.'];
const WAKE = { listen: 'wake_word' };

function say(run: Run, words: readonly string[], from = 0): void {
  for (const [index, word] of words.entries()) run.chunk(from + index, word);
}

/** Nothing lies over its middle: not the buttons that stay at the bottom of a dialog. */
function isUncovered(field: Locator): Promise<boolean> {
  return field.evaluate((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return document.elementFromPoint(x + width / 2, y + height / 2) === element;
  });
}

/** A page on a lane of its own, and who would run commands there. */
async function room(settings: Record<string, unknown> = {}, options: Parameters<typeof VoicePage.in>[1] = {}) {
  const stage = hubs.stage();
  const lights = await stage.worker('voice_command');
  const page = await (await VoicePage.in(await browser.visit(), options)).open(hubs.hub, stage.lane, settings);
  return { stage, lights, page };
}

/** The same while a chat response is being said. */
async function duringReply(settings: Record<string, unknown> = {}, task: Record<string, unknown> = {}) {
  const scene = await room(settings);
  const talker = await scene.stage.worker('chat_response');
  const chat = await scene.stage.join({ name: 'twitch-chat' });
  const { task_id } = await chat.submit({ name: 'chat_response', ...task });
  const run = await talker.dispatched({ task_id });
  run.open();
  say(run, STORY);
  await scene.page.shows({ floor: [{ name: 'chat response', text: STORY.join('').trim(), behind: false }] });
  const watcher = await scene.stage.watcher('task', 'state');
  return { ...scene, chat, run, watcher };
}

describe('push to talk', () => {
  it('makes an urgent command of what was said, and shows its answer as it comes', async () => {
    const { lights, page } = await room();
    await page.shows({ tone: 'idle', action: 'Hold to talk', status: 'Ready' });
    await page.hold();
    await page.speech.hears('turn on');
    await page.shows({ tone: 'listening', heard: 'turn on', action: 'Release to send' });
    await page.speech.hears('turn on the lights');
    await page.release();

    const run = await lights.dispatched({ name: 'voice_command' });
    expect(run.dispatch.task).toMatchObject({
      args: { command: 'turn on the lights' },
      priority: 'URGENT',
      preempt: 'interrupt',
      meta: { heard: 'turn on the lights', by: 'voice' },
      source: { client_name: 'voice-page', kind: 'voice' },
    });
    const card = { said: 'turn on the lights', priority: 'URGENT', name: 'voice command' };
    await page.shows({ tone: 'answering', cards: [{ ...card, status: 'Answering' }] });
    run.open();
    say(run, ['Lights ', 'are ', 'on.']);
    await page.shows({ cards: [{ answer: 'Lights are on.' }] });
    run.closeStream();
    await run.complete({ watts: 40 });
    await page.shows({ tone: 'idle', cards: [{ ...card, tone: 'done', status: 'Done' }] });
    expect((await page.seen()).cards[0]?.answer).toMatch(/^Lights are on\.\|\{\s*"watts": 40\s*\}$/);
    await expect.poll(() => page.page.locator('#announce').textContent()).toContain('Lights are on.');
    expectCleanVisit(page.visit, TOKEN);
  });

  it('works by touch and by the key alone, and forgets it all at Escape', async () => {
    const { lights, page } = await room({ language: 'de-AT' });
    const { keyboard } = page.page;
    await keyboard.down('Space');
    await page.listens();
    await page.speech.hears('Licht');
    await page.shows({ heard: 'Licht' });
    await keyboard.press('Escape');
    await page.shows({ tone: 'idle', hint: 'Forgotten. Nothing was sent.', cards: [] });
    await keyboard.up('Space');

    await keyboard.down('Space');
    await page.listens();
    await page.speech.hears('Licht an');
    await page.shows({ heard: 'Licht an' });
    await keyboard.up('Space');
    await (await lights.dispatched()).complete({ said: 'Das Licht ist an.' });
    await page.shows({ cards: [{ said: 'Licht an', status: 'Done', answer: 'Das Licht ist an.' }] });
    expect(new Set(await page.speech.starts)).toEqual(new Set(['de-AT']));

    const touch = await page.page.context().newCDPSession(page.page);
    const box = await page.page.locator('#talk').boundingBox();
    const at = { x: (box?.x ?? 0) + 60, y: (box?.y ?? 0) + 60 };
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
    await page.listens();
    await page.speech.hears('Licht aus');
    await page.shows({ heard: 'Licht aus' });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    expect((await lights.dispatched()).dispatch.task.args).toEqual({ command: 'Licht aus' });
  });

  it('says what went wrong with the microphone, and tries again when asked to', async () => {
    const { lights, page } = await room();
    await page.hold();
    await page.speech.fails('not-allowed');
    await page.shows({ tone: 'refused', status: 'The microphone is off', hint: expect.stringContaining('Allow it') });
    await page.release();
    await page.hold();
    await page.speech.fails('network');
    await page.shows({ tone: 'idle', hint: expect.stringContaining('speech service cannot be reached') });
    await page.release();
    await page.press();
    await page.listens();
    await page.speech.fails('no-speech');
    await page.shows({ tone: 'idle', hint: expect.stringContaining('Nothing was heard') });
    await page.say('lights on');
    await (await lights.dispatched()).fail('no_lamp');
    await page.shows({ cards: [{ tone: 'problem', status: 'Failed: it says no_lamp' }] });
  });
});

describe('the wake phrase', () => {
  it('is waited for, and makes a command of what comes after it', async () => {
    const { lights, page } = await room(WAKE);
    await page.listens();
    await page.shows({ tone: 'dozing', status: 'Say “fido”' });
    await page.speech.hearsFinally('lights on');
    await page.shows({ hint: 'Heard “lights on”, without “fido”: not for me.', cards: [] });
    await page.speech.hears('um hey Fido');
    await page.shows({ tone: 'listening' });
    await page.speech.hearsFinally('um hey Fido, lights on!');
    const run = await lights.dispatched();
    expect(run.dispatch.task.args).toEqual({ command: 'lights on!' });
    expect(await page.speech.listening).toBe(true);
  });
});

describe('speaking during a reply', () => {
  it('takes the floor at once; the command follows, and the reply goes on where it was', async () => {
    const { lights, page, run, watcher } = await duringReply();
    await page.hold();
    expect((await run.told('task.pause')).by).toMatchObject({ name: 'voice_started', priority: 'URGENT' });
    run.paused();
    await page.shows({
      status: 'Listening, you have the floor',
      floor: [{ name: 'voice started' }, { name: 'chat response', behind: true, text: STORY.join('').trim() }],
    });
    await page.speech.hears('turn on the lights');
    await page.shows({ heard: 'turn on the lights' });
    await page.picture('voice-barge-in', 'light');
    await page.release();
    const command = await lights.dispatched({ name: 'voice_command' });
    command.open();
    say(command, ['Lights ', 'are ', 'on.']);
    await page.shows({ tone: 'answering', cards: [{ answer: 'Lights are on.' }] });
    await command.complete();
    const resumed = await run.resumed();
    expect(resumed.streams).toEqual({ main: STORY.length });
    say(run, ENDING, STORY.length);
    await page.shows({ floor: [{ behind: false, text: [...STORY, ...ENDING].join('') }] });
    await run.complete();
    await watcher.fact('task.completed', run.task_id);
    // Nobody had the floor between the speaking and the command.
    const grants = watcher.client
      .seen({ type: 'event' })
      .filter(({ event }) => ['task.started', 'task.resumed', 'task.completed'].includes(event))
      .map(({ event, task }) => `${event.slice(5)} ${task.name}`);
    expect(grants).toEqual([
      'started voice_started',
      'completed voice_started',
      'started voice_command',
      'completed voice_command',
      'resumed chat_response',
      'completed chat_response',
    ]);
    expect(page.visit.complaints).toEqual([]);
  });

  it('gives the floor back when nothing was said', async () => {
    const { page, run } = await duringReply();
    await page.press();
    await run.pausesWhenAsked();
    await page.shows({ status: 'Listening, you have the floor' });
    await page.press();
    expect((await run.resumed()).streams).toEqual({ main: STORY.length });
    await page.shows({
      hint: expect.stringContaining('Nothing was heard'),
      floor: [{ name: 'chat response' }],
      cards: [],
    });
  });

  it('begins with the wake phrase, before the command is known', async () => {
    const { lights, page, run } = await duringReply(WAKE);
    await page.speech.hears('fido');
    await run.pausesWhenAsked();
    await page.speech.hearsFinally('Fido, quiet');
    expect((await lights.dispatched()).dispatch.task.args).toEqual({ command: 'quiet' });
  });

  it('says why it has to wait for a punch line, and takes its turn after it', async () => {
    const { lights, page, run, watcher } = await duringReply();
    const hold = await run.hold({ reason: 'punch line' });
    await page.shows({ floor: [{ note: 'may not be cut off: punch line' }] });
    await page.hold();
    await page.shows({ status: 'Listening. Your turn waits: hold, punch line (chat response)' });
    await page.speech.hearsFinally('turn on the lights');
    await page.release();
    const waits = 'Waits: hold, punch line (chat response)';
    await page.shows({ tone: 'deferred', status: waits, cards: [{ tone: 'deferred', status: waits }] });
    // What only was to have the floor while somebody spoke is not wanted any more.
    expect((await watcher.fact('task.cancelled')).task).toMatchObject({ name: 'voice_started', reason: 'spoken' });
    await page.picture('voice-deferred', 'light');
    run.release(hold['hold_id'] as string);
    await run.pausesWhenAsked();
    await (await lights.dispatched({ name: 'voice_command' })).complete();
    await run.resumed();
    await page.shows({ cards: [{ status: 'Done' }] });
  });

  it('says that a reply may not be interrupted at all, and that nobody runs a command', async () => {
    const rules = [
      { phrase: 'dance', name: 'nobody_runs_this', priority: 'HIGH' },
      { phrase: '*', name: 'voice_command' },
    ];
    const { page } = await duringReply({ rules }, { interruptible: false });
    await page.say('lights on');
    await page.shows({ cards: [{ tone: 'deferred', status: 'Waits: chat response may not be interrupted' }] });
    await page.say('dance');
    const nobody = {
      priority: 'HIGH',
      status: 'Waits: nobody is connected who runs nobody_runs_this. Connect a worker for it.',
    };
    await page.shows({ cards: [nobody, { said: 'lights on' }] });
    await page.page.getByRole('button', { name: 'Cancel “dance”' }).click();
    await page.shows({ cards: [{ tone: 'ended', status: 'Cancelled' }, { tone: 'deferred' }] });
  });

  it('does not interrupt what is as urgent, and says so', async () => {
    const { page, run } = await duringReply({}, { priority: 'URGENT' });
    await page.hold();
    await page.shows({ status: 'Listening. Chat response is as urgent, and ends first' });
    await page.speech.hearsFinally('lights on');
    await page.release();
    await page.shows({ tone: 'waiting', cards: [{ status: 'Waits for chat response' }] });
    expect(run.words('task.pause')).toEqual([]);
  });
});

describe('the spoken answer', () => {
  it('stops when its task is paused, goes on from the word it was at, and reports what was heard', async () => {
    const { stage, lights, page, run } = await duringReply({ speak: 'all' });
    const voice = await stage.join({ name: 'fido-voice' });
    await page.page.getByLabel('nothing').check();
    await page.page.getByLabel('everything').check();
    // What was shown before it was switched on is not made up for.
    say(run, ENDING.slice(0, 4), STORY.length);
    run.chunk(STORY.length + 4, 'down. ');
    await expect.poll(() => page.speech.speaking, SOON).toBe('Then you never look down.');
    await page.speech.says(3);

    const { task_id } = await voice.submit({ name: 'voice_command', priority: 'URGENT' });
    await run.pausesWhenAsked();
    await expect.poll(() => page.speech.speaking, SOON).toBeNull();
    const command = await lights.dispatched({ task_id });
    command.open();
    say(command, ['On ', 'it.\n']);
    await expect.poll(() => page.speech.speaking, SOON).toBe('On it.');
    await page.speech.says(3);
    await expect.poll(() => page.speech.spoken, SOON).toBe('Then you never- On it.');
    await command.complete();

    // The last chunk that was said as a whole before the interruption: "you ".
    const resumed = await run.resumed();
    expect(resumed.heard).toEqual({ main: { 'voice-page': STORY.length + 1 } });
    await expect.poll(() => page.speech.speaking, SOON).toBe('never look down.');
    await page.speech.says(4);
    expect(await page.speech.spoken).toBe('Then you never- On it. never look down.');
    expect(page.visit.complaints).toEqual([]);
  });

  it('is not heard as a command by its own page, and gives way to who presses the button', async () => {
    const { page, run } = await duringReply({ ...WAKE, speak: 'all' });
    await expect.poll(() => page.speech.speaking, SOON).toContain('So the trick');
    await expect.poll(() => page.speech.listening, SOON).toBe(false);
    expect(await page.speech.starts).toHaveLength(1);
    await page.speech.says(2);
    await page.press();
    await page.listens();
    await expect.poll(() => page.speech.speaking, SOON).toBeNull();
    await run.pausesWhenAsked();
    await page.press();
    await run.resumed();
    await expect.poll(() => page.speech.speaking, SOON).toBe('the trick with this level is that you jump.');
  });

  it('says a result where nothing was streamed, and only the answers to who asked', async () => {
    const { lights, page, run } = await duringReply({ speak: 'mine' });
    await page.say('lights on');
    await run.pausesWhenAsked();
    await (await lights.dispatched()).complete({ said: 'Lights are on.' });
    await expect.poll(() => page.speech.speaking, SOON).toBe('Lights are on.');
    await page.speech.says(4);
    await run.resumed();
    say(run, ENDING, STORY.length);
    await page.shows({ floor: [{ text: [...STORY, ...ENDING].join('') }], cards: [{ answer: 'Lights are on.' }] });
    expect([await page.speech.spoken, await page.speech.speaking]).toEqual(['Lights are on.', null]);
    expect(page.visit.frames.filter((frame) => frame.includes('stream.heard'))).toEqual([]);
  });

  it('stops for good when its task is cancelled', async () => {
    const { chat, page, run } = await duringReply({ speak: 'all' });
    await expect.poll(() => page.speech.speaking, SOON).toContain('So the trick');
    await page.speech.says(2);
    await chat.cancel(run.task_id);
    await expect.poll(() => page.speech.speaking, SOON).toBeNull();
    expect(await page.speech.spoken).toBe('So the-');
  });
});

describe('without speech recognition', () => {
  it('everything works by typing, with the keyboard alone', async () => {
    const { lights, page } = await room({}, { recognition: false, synthesis: false });
    const { keyboard } = page.page;
    await page.shows({
      tone: 'missing',
      status: 'Type what you want to say',
      hint: expect.stringContaining('Chrome, Edge and Safari'),
    });
    await page.page.locator('#talk').focus();
    await keyboard.press('Tab');
    await keyboard.type('Fido, turn off the lights');
    await keyboard.press('Enter');
    await (await lights.dispatched()).complete();
    await page.shows({ cards: [{ said: 'turn off the lights', status: 'Done' }] });

    // To the settings and back, and to another phrase.
    await page.page.getByRole('button', { name: 'Settings' }).focus();
    await keyboard.press('Enter');
    await page.page.getByRole('button', { name: 'Add a phrase' }).focus();
    await keyboard.press('Enter');
    await keyboard.type('cheers for {who}');
    await keyboard.press('Tab');
    await keyboard.press('Control+a');
    await keyboard.type('cheer');
    await keyboard.press('Enter');
    await page.page.locator('#settings').waitFor({ state: 'hidden' });
    await page.page.getByLabel('Type it instead').fill('Cheers for Ada!');
    await keyboard.press('Tab');
    await page.page.getByRole('button', { name: 'Send' }).press('Enter');
    await page.shows({ cards: [{ said: 'Cheers for Ada!', name: 'cheer' }, {}] });
    expectCleanVisit(page.visit, TOKEN);
  });

  it('says why where the address is not safe', async () => {
    const visit = await browser.visit();
    await visit.page.addInitScript(() => {
      Object.defineProperty(window, 'isSecureContext', { get: () => false });
    });
    await (await VoicePage.in(visit, { recognition: false })).open(hubs.hub, hubs.stage().lane);
    await expect
      .poll(() => visit.page.locator('#insecure').innerText())
      .toContain('The microphone needs a safe address');
  });
});

describe('the hub', () => {
  it('may be killed and come back; the page says so and goes on without being loaded again', async () => {
    const first = await startHub();
    const page = await (await VoicePage.in(await browser.visit())).open(first, 'main');
    await page.page.evaluate(() => {
      document.documentElement.dataset['loaded'] = 'once';
    });
    await first.kill();
    await page.shows({
      tone: 'offline',
      action: 'Not connected',
      status: 'The hub cannot be reached. Trying again.',
      link: 'not connected',
    });
    await page.page.getByLabel('Type it instead').fill('lights on');
    await page.page.getByLabel('Type it instead').press('Enter');
    await page.shows({ cards: [{ status: 'Not connected: it is sent when the hub is back' }] });
    await page.shows({ floor: [] });
    const second = await startHub({ port: Number(new URL(first.url).port) });
    try {
      await page.shows({
        link: 'on main',
        cards: [{ status: expect.stringMatching(/^Waits: nobody is connected who runs voice_command\./) }],
      });
      const listed = await second.http('GET', '/v1/lanes/main/tasks');
      expect(listed.body.tasks).toMatchObject([{ name: 'voice_command', state: 'queued' }]);
      await expect.poll(() => page.page.evaluate(() => document.documentElement.dataset['loaded'])).toBe('once');
    } finally {
      await second.stop();
    }
  });

  it('refuses a bad token in plain words', async () => {
    const visit = await browser.visit();
    await visit.page.goto(`${hubs.hub.url}/voice#token=not-the-right-token`);
    await expect
      .poll(() => visit.page.locator('.sign-in [role=alert]').textContent(), SOON)
      .toBe('The token is not valid. The hub prints a good one when it starts.');
    expect(visit.page.url()).toBe(`${hubs.hub.url}/voice`);
    await expect.poll(() => visit.page.locator('#talk').isVisible()).toBe(false);
    await expectAccessible(visit.page);
    expect(visit.complaints).toEqual([]);
  });
});

describe('a token that may only watch', () => {
  it('cannot talk and cannot send, and is told so before', async () => {
    const token = 'watch-only-token';
    const guarded = await createHub({ tokens: [{ name: 'watcher', token, roles: ['observer'], lanes: ['main'] }] });
    await guarded.listen({ port: 0 });
    try {
      const page = await VoicePage.in(await browser.visit());
      await page.page.goto(`${guarded.url}/voice#token=${token}`);
      await expect.poll(() => page.page.locator('#floor').textContent(), SOON).toContain('run npx cuehub demo.');
      await page.shows({ link: 'on main', status: 'This token may watch only', action: 'Watching only' });
      await page.press();
      await expect.poll(() => page.page.getByLabel('Type it instead').isDisabled()).toBe(true);
      await expect.poll(() => page.page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
      await page.shows({ status: 'This token may watch only', cards: [], problem: '' });
      expect(await page.speech.listening).toBe(false);
      await expectAccessible(page.page);
      expect(page.visit.complaints).toEqual([]);
    } finally {
      await guarded.close();
    }
  });
});

describe('the page', () => {
  it('has nothing that axe finds, in dark and in light', async () => {
    const { lights, page } = await room({ speak: 'mine' });
    await page.say('turn on the lights');
    const run = await lights.dispatched();
    run.open();
    say(run, ['Lights ', 'are ', 'on.']);
    await page.shows({ tone: 'answering', cards: [{ answer: 'Lights are on.' }] });
    await expectAccessible(page.page);
  });

  it('has nothing that axe finds in its settings either', async () => {
    const { page } = await room();
    await page.page.getByRole('button', { name: 'Settings' }).click();
    await page.page.getByLabel('Try a sentence').fill('Fido, remember that cats purr');
    await expectAccessible(page.page);
    await page.page.getByLabel('Try a sentence').scrollIntoViewIfNeeded();
    await page.picture('voice-settings', 'dark');
  });

  it('fits a phone, and keeps still for people who asked for less motion', async () => {
    const visit = await browser.visit({
      viewport: { width: 400, height: 860 },
      hasTouch: true,
      isMobile: true,
      reducedMotion: 'reduce',
      colorScheme: 'light',
    });
    const page = await (await VoicePage.in(visit)).open(hubs.hub, hubs.stage().lane);
    await page.shows({ hint: 'Or tap once, and tap again when you have said it.' });
    await page.press();
    await page.shows({ tone: 'listening' });
    expect(await page.page.evaluate(() => document.getAnimations().length)).toBe(0);
    expect(await page.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
    await page.speech.hears('what is the time');
    await page.shows({ heard: 'what is the time' });
    await page.picture('voice-phone', 'dark');
    await page.page.getByRole('button', { name: 'Settings' }).click();
    expect(await page.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  });

  it('keeps its settings, names what is wrong in them, and takes them out to a file and in again', async () => {
    const { page } = await room();
    const dialog = page.page.locator('#settings');
    const open = () => page.page.getByRole('button', { name: 'Settings' }).click();
    await open();
    await dialog.getByLabel('Wake phrases').fill('robo\nhey robo');
    await dialog.getByLabel('Its args, as JSON').last().fill('{"command": "{nothing}"');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect
      .poll(() => dialog.getByRole('alert').textContent(), SOON)
      .toContain('Phrase 2, Its args, as JSON: must be JSON');
    await dialog.getByLabel('Its args, as JSON').last().fill('{"command": "{nothing}"}');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect
      .poll(() => dialog.getByRole('alert').textContent(), SOON)
      .toContain('uses {nothing}, which the phrase does not have');
    const args = dialog.getByLabel('Its args, as JSON').last();
    await expect.poll(() => args.getAttribute('aria-invalid')).toBe('true');
    const beside = dialog.locator(`[id="${await args.getAttribute('aria-describedby')}"]`);
    await expect.poll(() => isUncovered(args)).toBe(true);
    await expect.poll(() => beside.textContent()).toContain('uses {nothing}, which the phrase does not have');
    await args.fill('{"say": "{text}"}');
    expect([await args.getAttribute('aria-invalid'), await beside.count()]).toEqual([null, 0]);
    await dialog.getByLabel('Try a sentence').fill('Robo, dance');
    await expect
      .poll(() => dialog.locator('output').textContent(), SOON)
      .toMatch(/^Task voice_command with {"say":"dance"}, priority URGENT\. What is less urgent is interrupted\./);
    const exported = page.page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Export' }).click();
    const file = await (await exported).path();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.page.reload();
    await page.shows({ tone: 'idle' });
    await open();
    await expect.poll(() => dialog.getByLabel('Wake phrases').inputValue()).toBe('robo\nhey robo');

    await dialog.getByRole('button', { name: 'Defaults' }).click();
    await expect.poll(() => dialog.getByLabel('Wake phrases').inputValue()).toBe('fido\nhey fido');
    await dialog.getByLabel('Settings file').setInputFiles(file);
    await expect.poll(() => dialog.getByLabel('Wake phrases').inputValue(), SOON).toBe('robo\nhey robo');
    await dialog.getByLabel('Settings file').setInputFiles({
      name: 'wrong.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"rate": 9}'),
    });
    await expect
      .poll(() => dialog.getByRole('alert').textContent(), SOON)
      .toBe('wrong.json was not taken: rate must be a number from 0.5 to 3.');
  });
});
