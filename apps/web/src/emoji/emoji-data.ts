import emojis from 'emojibase-data/en/data.json' with { type: 'json' };
import messages from 'emojibase-data/en/messages.json' with { type: 'json' };
import type { EmojiData } from 'frimousse';

type SourceEmoji = {
  readonly emoji: string;
  readonly label: string;
  readonly group?: number;
  readonly version: number;
  readonly tags?: string[];
  readonly skins?: readonly { readonly emoji: string; readonly tone: number | readonly number[] }[];
};

/** What devices of the last years can draw; a newer emoji would be an empty box on many of them. */
const versionMax = 15.1;
const tones = ['light', 'medium-light', 'medium', 'medium-dark', 'dark'] as const;
type Tones = EmojiData['skinTones'];

/** Every emoji as the picker reads them, in one module of the page: nothing is fetched from anywhere else. */
export const emojiData: EmojiData = {
  locale: 'en',
  emojis: (emojis as readonly SourceEmoji[]).flatMap(({ emoji, group, label, version, tags, skins }) =>
    group === undefined || version > versionMax
      ? []
      : [{ emoji, category: group, label: capitalise(label), version, tags: tags ?? [], skins: skins && variations(skins) }],
  ),
  categories: (messages.groups as readonly { key: string; order: number; message: string }[])
    .filter(({ key }) => key !== 'component')
    .map(({ order, message }) => ({ index: order, label: capitalise(message) })),
  skinTones: Object.fromEntries(
    (messages.skinTones as readonly { key: string; message: string }[]).map(({ key, message }) => [key, capitalise(message)]),
  ) as Tones,
};

/** Of people who are drawn together, those in which all have one tone. */
function variations(skins: NonNullable<SourceEmoji['skins']>): Tones {
  return Object.fromEntries(skins.flatMap(({ emoji, tone }) => (typeof tone === 'number' ? [[tones[tone - 1], emoji]] : []))) as Tones;
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
