// Keeps the settings in this browser. Storage may be blocked, full, or hold what an older page wrote: then the defaults.
import { DEFAULT_SETTINGS, readSettings, type Settings } from './settings.js';

const KEY = 'cuehub.voice.settings';

export function loadSettings(): Settings {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === null) return DEFAULT_SETTINGS;
    const read = readSettings(JSON.parse(kept));
    return 'settings' in read ? read.settings : DEFAULT_SETTINGS;
  } catch {
    return DEFAULT_SETTINGS;
  }
}

/** Whether they will be there the next time. */
export function saveSettings(settings: Settings): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
    return true;
  } catch {
    return false;
  }
}
