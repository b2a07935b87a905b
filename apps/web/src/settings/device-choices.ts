import { useSyncExternalStore } from 'react';

/** What somebody chose for this device alone; public/device-choices.js shows the first three before anything is painted. */
export type DeviceChoices = {
  readonly theme: 'system' | 'light' | 'dark';
  readonly density: 'comfortable' | 'compact';
  /** A language of the page; the browser's where it is `system`. */
  readonly language: string;
  /** A soft sound when a message comes. */
  readonly sounds: boolean;
  /** The system tells of a message while nobody looks at the page. */
  readonly notifications: boolean;
};

const usual: DeviceChoices = { theme: 'system', density: 'comfortable', language: 'system', sounds: false, notifications: false };
const key = 'parlour choices';

/** What was not chosen, or is nothing one can choose, is as usual. */
export function parseDeviceChoices(text: string | null): DeviceChoices {
  const { theme, density, language, sounds, notifications } = readObject(text);
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : usual.theme,
    density: density === 'compact' ? density : usual.density,
    language: typeof language === 'string' ? language : usual.language,
    sounds: sounds === true,
    notifications: notifications === true,
  };
}

function readObject(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What stands where the browser keeps nothing for this page: it holds until the page goes. */
let unkept: string | null = null;
let known: { readonly text: string | null; readonly choices: DeviceChoices } = { text: null, choices: usual };

export function deviceChoices(): DeviceChoices {
  const text = readKept();
  if (text !== known.text) known = { text, choices: parseDeviceChoices(text) };
  return known.choices;
}

function readKept(): string | null {
  try {
    return unkept ?? localStorage.getItem(key);
  } catch {
    return unkept;
  }
}

/** Kept for this device, and shown at once in all its tabs. */
export function choose(changes: Partial<DeviceChoices>): void {
  const text = JSON.stringify({ ...deviceChoices(), ...changes });
  try {
    localStorage.setItem(key, text);
    unkept = null;
  } catch {
    unkept = text;
  }
  // A browser tells all tabs but the one that wrote.
  window.dispatchEvent(new StorageEvent('storage', { key, newValue: text }));
}

export function onDeviceChoices(onChange: () => void): () => void {
  const heard = (event: StorageEvent) => {
    if (event.key === key || event.key === null) onChange();
  };
  window.addEventListener('storage', heard);
  return () => window.removeEventListener('storage', heard);
}

export function useDeviceChoices(): DeviceChoices {
  return useSyncExternalStore(onDeviceChoices, deviceChoices);
}
