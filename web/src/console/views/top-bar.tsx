// The bar at the top: lanes as tabs, the connection in plain words, the look, help, the way out.
import type { ComponentChildren } from 'preact';
import type { LaneRow } from '../hub/hub-http.js';
import { THEMES, type Theme } from '../hub/settings.js';
import { addressOf } from '../model/address.js';
import { connectionWords } from '../model/connection.js';
import { useStore } from './use-store.js';

/** Tabs side by side; a hub with more lanes has the rest in a list. */
export const TABS_MAX = 10;

export interface TopBarProps {
  readonly theme: Theme;
  readonly setTheme: (theme: Theme) => void;
  readonly help: () => void;
  readonly signOut: () => void;
}

const THEME_WORDS: { readonly [theme in Theme]: string } = { auto: 'System', light: 'Light', dark: 'Dark' };

export function TopBar({ theme, setTheme, help, signOut }: TopBarProps) {
  const store = useStore();
  const { connection } = store;
  return (
    <header class="top">
      <a class="brand" href="./">
        cuehub<span class="visually-hidden"> start page</span>
      </a>
      <LaneTabs />
      <p class="connection" data-status={connection.status} role="status">
        <span class="lamp" aria-hidden="true" />
        <span>
          {connection.status === 'connected'
            ? 'Connected'
            : connection.status === 'connecting'
              ? 'Connecting …'
              : 'Not connected'}
        </span>
      </p>
      <div class="top-acts">
        <label class="select">
          <span class="visually-hidden">Colours</span>
          <select value={theme} onChange={({ currentTarget }) => setTheme(currentTarget.value as Theme)}>
            {THEMES.map((one) => (
              <option key={one} value={one}>
                {THEME_WORDS[one]}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="button button-quiet" onClick={help}>
          Keys <kbd>?</kbd>
        </button>
        <button type="button" class="button button-quiet" onClick={signOut}>
          Sign out
        </button>
      </div>
      {connection.status === 'away' || connection.status === 'ended' ? <Away /> : null}
    </header>
  );
}

/** What is on the page is what was last heard; nobody should take it for the present. */
function Away() {
  const { connection } = useStore();
  return (
    <div class="away">
      <p>
        <b>{connectionWords(connection, Date.now())}</b> What you see is the last that was heard.
      </p>
      {connection.status === 'ended' ? (
        <button type="button" class="button button-small" onClick={() => location.reload()}>
          Connect again
        </button>
      ) : null}
    </div>
  );
}

/** The lanes there are, and the one that is shown even where there is none of that name yet. */
export function lanesShown(lanes: readonly LaneRow[], current: string): readonly (LaneRow | { lane: string })[] {
  const known = lanes.some(({ lane }) => lane === current) ? lanes : [{ lane: current }, ...lanes];
  return [...known].sort((a, b) => Number(b.lane === 'main') - Number(a.lane === 'main') || (a.lane < b.lane ? -1 : 1));
}

function LaneTabs() {
  const store = useStore();
  const current = store.place.lane;
  const all = lanesShown(store.lanes, current);
  const first = all.slice(0, TABS_MAX);
  const tabs = first.some(({ lane }) => lane === current)
    ? first
    : [...first.slice(0, TABS_MAX - 1), ...all.filter(({ lane }) => lane === current)];
  const others = all.filter((row) => !tabs.includes(row));
  return (
    <nav class="lanes" aria-label="Lanes">
      <ul>
        {tabs.map((row) => (
          <li key={row.lane}>
            <a
              class="lane"
              href={addressOf({ lane: row.lane, task_id: null })}
              aria-current={row.lane === current ? 'page' : undefined}
            >
              <span class="lane-name">{row.lane}</span>
              {'state' in row ? <LaneBadge row={row} /> : null}
            </a>
          </li>
        ))}
      </ul>
      {others.length === 0 ? null : (
        <label class="select">
          <span class="visually-hidden">Other lanes</span>
          <select value="" onChange={({ currentTarget }) => store.goTo({ lane: currentTarget.value, task_id: null })}>
            <option value="">{others.length} more …</option>
            {others.map(({ lane }) => (
              <option key={lane} value={lane}>
                {lane}
              </option>
            ))}
          </select>
        </label>
      )}
    </nav>
  );
}

function LaneBadge({ row }: { row: LaneRow }): ComponentChildren {
  const waiting = row.queue_size + row.paused_tasks;
  const mode = row.state.started ? row.state.mode : 'stopped';
  return (
    <>
      <span class="lane-lamp" data-mode={mode} aria-hidden="true" />
      <span class="visually-hidden">, {mode}</span>
      {waiting === 0 ? null : (
        <span class="lane-count">
          {waiting}
          <span class="visually-hidden"> waiting</span>
        </span>
      )}
    </>
  );
}
