// The page: its parts, what is open over them, and the keys.
import type { TaskView } from '@cuehub/protocol';
import { useEffect, useState } from 'preact/hooks';
import type { ConsoleStore } from '../hub/console-store.js';
import { isDark, keepSingleKeys, loadSingleKeys, loadTheme, setTheme, showTheme, THEMES } from '../hub/settings.js';
import { commandOf } from '../model/shortcuts.js';
import { EMPTY_FIELDS, fieldsOf, type TaskFields } from '../model/submission-form.js';
import { ChartsPanel } from './charts-panel.js';
import { ClientsPanel } from './clients-panel.js';
import { ConfirmDialog, type Question } from './confirm-dialog.js';
import { FloorPanel } from './floor-panel.js';
import { HelpDialog } from './help-dialog.js';
import { LogPanel } from './log-panel.js';
import { Notices } from './notices.js';
import { Empty } from './parts.js';
import { SubmitDialog } from './submit-dialog.js';
import { TaskPage } from './task-page.js';
import { TimelinePanel } from './timeline-panel.js';
import { lanesShown, TopBar } from './top-bar.js';
import { TranscriptPanel } from './transcript-panel.js';
import { StoreContext, useRedraw } from './use-store.js';
import { WaitingPanel } from './waiting-panel.js';

export interface AppProps {
  readonly store: ConsoleStore;
  readonly signOut: () => void;
}

export function App({ store, signOut }: AppProps) {
  useRedraw(store);
  const [theme, setThemeState] = useState(loadTheme);
  const [dark, setDark] = useState(isDark(theme));
  const [singleKeys, setSingleKeys] = useState(loadSingleKeys);
  const [help, setHelp] = useState(false);
  const [form, setForm] = useState<TaskFields | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const { model, refused } = store.follower;
  const { lane, task_id } = store.place;

  const choose = (next: typeof theme): void => {
    setThemeState(next);
    setTheme(next);
    setDark(isDark(next));
  };
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const changed = (): void => {
      showTheme(theme);
      setDark(isDark(theme));
    };
    changed();
    system.addEventListener('change', changed);
    return () => system.removeEventListener('change', changed);
  }, [theme]);
  useEffect(() => {
    document.title = `${lane} – cuehub console`;
  }, [lane]);

  const cancel = (id: string, name: string): void =>
    setQuestion({
      title: `Cancel ${name}?`,
      text: 'It ends for good. What it has said so far stays said.',
      button: 'Cancel the task',
      reason: true,
      act: (reason) => void store.acts.cancel(lane, id, name, reason).then((outcome) => store.tell(outcome)),
    });
  const remove = (session_id: string, name: string): void =>
    setQuestion({
      title: `Remove ${name}?`,
      text: 'Its connection and its claims end: what it runs is taken from it. It does not come back by itself.',
      button: 'Remove the client',
      reason: false,
      act: () => void store.acts.remove(session_id, name).then((outcome) => store.tell(outcome)),
    });
  /** Of the key only: one letter too many must not silence a companion. */
  const stop = (): void =>
    setQuestion({
      title: `Stop the lane ${lane}?`,
      text: 'No new grants are made. What runs now is paused, and nothing is lost.',
      button: 'Stop the lane',
      reason: false,
      act: () => void store.acts.stop(lane, false).then((outcome) => store.tell(outcome)),
    });
  const again = (task: TaskView): void => {
    store.goTo({ task_id: null });
    setForm(fieldsOf(task));
  };
  const toLane = (index: number): void => {
    const row = lanesShown(store.lanes, lane)[index];
    if (row !== undefined) store.goTo({ lane: row.lane, task_id: null });
  };

  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (!singleKeys || isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
      const command = commandOf(event);
      if (command === null || refused !== null) return;
      const holder = model.current;
      const index = lanesShown(store.lanes, lane).findIndex((row) => row.lane === lane);
      event.preventDefault();
      switch (command.does) {
        case 'help':
          return setHelp(true);
        case 'submit':
          if (store.connected && store.rights.submit) setForm(EMPTY_FIELDS);
          return;
        case 'cancel':
          if (store.connected && store.rights.cancel && holder !== null) cancel(holder.task_id, holder.name);
          return;
        case 'start_stop': {
          if (!store.connected || !store.rights.steer) return;
          if (model.status?.state.started !== false) return stop();
          return void store.acts.start(lane).then((outcome) => store.tell(outcome));
        }
        case 'theme':
          return choose(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto');
        case 'previous_lane':
          return toLane(index - 1);
        case 'next_lane':
          return toLane(index + 1);
        case 'lane':
          return toLane(command.index);
        case 'panel': {
          const panel = document.getElementById(command.id);
          panel?.scrollIntoView({ block: 'nearest' });
          const inside = panel?.querySelector<HTMLElement>('canvas, .scroll');
          return (inside ?? panel)?.focus();
        }
      }
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  });

  const colors = dark ? 'dark' : 'light';
  return (
    <StoreContext.Provider value={store}>
      <a
        class="skip"
        href="#now"
        onClick={(event) => (event.preventDefault(), document.getElementById('now')?.focus())}
      >
        Go to what is on the floor
      </a>
      <TopBar theme={theme} setTheme={choose} help={() => setHelp(true)} signOut={signOut} />
      <main class="page" data-stale={store.seen && !store.connected}>
        <h1 class="visually-hidden">cuehub console, lane {lane}</h1>
        {refused === null ? (
          <>
            <FloorPanel submit={() => setForm(EMPTY_FIELDS)} cancel={cancel} />
            <TranscriptPanel />
            <WaitingPanel cancel={cancel} />
            <TimelinePanel theme={colors} />
            <ChartsPanel theme={colors} />
            <ClientsPanel remove={remove} />
            <LogPanel />
          </>
        ) : (
          <section class="panel refused">
            <Empty title={`This lane cannot be shown: ${refused}`}>
              Choose another lane, or sign in with another token.
            </Empty>
          </section>
        )}
      </main>
      {task_id === null ? null : (
        <TaskPage
          key={`${lane}/${task_id}`}
          task_id={task_id}
          close={() => store.goTo({ task_id: null })}
          cancel={cancel}
          again={again}
        />
      )}
      {form === null ? null : <SubmitDialog initial={form} close={() => setForm(null)} />}
      {question === null ? null : <ConfirmDialog question={question} close={() => setQuestion(null)} />}
      {help ? (
        <HelpDialog
          single_keys={singleKeys}
          setSingleKeys={(on) => (setSingleKeys(on), keepSingleKeys(on))}
          close={() => setHelp(false)}
        />
      ) : null}
      <Notices />
    </StoreContext.Provider>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type="checkbox"]), textarea, select');
}
