import type { Messages } from '@lingui/core';
import { deviceChoices, onDeviceChoices } from '../settings/device-choices.ts';
import { pickLanguage, pseudo, type Spoken } from './languages.ts';
import { speak, spokenLanguage } from './say.ts';

type Catalog = () => Promise<{ readonly default: Messages }>;

/** English is what the program is written in. Each of the others comes when it is spoken. */
const catalogs: Readonly<Record<string, Catalog>> = {
  en: async () => ({ default: {} }),
  ar: () => import('./catalogs/ar.json', { with: { type: 'json' } }),
  ja: () => import('./catalogs/ja.json', { with: { type: 'json' } }),
  ...(import.meta.env.MODE === 'pseudo' && { [pseudo.tag]: () => import('./catalogs/pseudo.ts') }),
};

const listeners = new Set<() => void>();
const wanted = (): Spoken => pickLanguage(deviceChoices().language, navigator.languages);

/** Speaks what is chosen once its words are here; where they cannot be had, what it spoke before. */
async function follow(): Promise<void> {
  const language = wanted();
  const messages = await catalogs[language.tag]?.().catch(() => null);
  // Another may have been chosen meanwhile.
  if (language.tag !== wanted().tag) return;
  if (messages != null) speak(language, messages.default);
  const { lang, dir } = document.documentElement;
  const { tag, dir: newDir } = spokenLanguage();
  if (lang !== tag || dir !== newDir) Object.assign(document.documentElement, { lang: tag, dir: newDir });
  for (const listener of [...listeners]) listener();
}

/** Resolves when the page can say its first words. */
export async function beginToSpeak(): Promise<void> {
  await follow();
  onDeviceChoices(() => wanted().tag !== spokenLanguage().tag && void follow());
}

export const pageLanguage = {
  get: (): string => spokenLanguage().tag,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};
