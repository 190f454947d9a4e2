// What this browser keeps of how somebody likes the page: never the token, never what the hub said.

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const THEME_KEY = 'cuehub.console.theme';
const KEYS_KEY = 'cuehub.console.single_keys';

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Blocked: it lasts as long as the page.
  }
}

export function loadTheme(): Theme {
  return THEMES.find((theme) => theme === read(THEME_KEY)) ?? 'auto';
}

/** Shows the theme, and keeps it for the next time. */
export function setTheme(theme: Theme): void {
  keep(THEME_KEY, theme);
  showTheme(theme);
}

export function showTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = isDark(theme) ? 'dark' : 'light';
}

export function isDark(theme: Theme): boolean {
  return theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
}

/** Whether single keys are shortcuts: some people's speech input types letters by accident. */
export function loadSingleKeys(): boolean {
  return read(KEYS_KEY) !== 'off';
}

export function keepSingleKeys(on: boolean): void {
  keep(KEYS_KEY, on ? 'on' : 'off');
}
