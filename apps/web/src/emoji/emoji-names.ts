import type { EmojiData } from 'frimousse';
import { emojiData } from './emoji-data.ts';

/** As CLDR has them: what each is called, and words under which it is found. Emoji made of several are not among them. */
type Annotations = Readonly<Record<string, { readonly tts?: readonly string[]; readonly default?: readonly string[] }>>;
type Source = { readonly default: { readonly annotations: { readonly annotations: Annotations } } };

/** English is in the table itself. Each of the others comes when the picker is opened in it. */
const sources: Readonly<Record<string, () => Promise<Source>>> = {
  ar: () => import('cldr-annotations-full/annotations/ar/annotations.json', { with: { type: 'json' } }),
  ja: () => import('cldr-annotations-full/annotations/ja/annotations.json', { with: { type: 'json' } }),
};

export type NamedEmoji = {
  readonly data: EmojiData;
  /** Whether its name is in this language, and not in English for want of one. */
  readonly isNamed: (emoji: string) => boolean;
};

/** Every emoji with its name in a language, as far as it has one there; the English words find it as well. */
export async function nameEmoji(tag: string): Promise<NamedEmoji> {
  const source = await sources[tag]?.();
  if (source === undefined) return { data: emojiData, isNamed: () => tag === emojiData.locale };
  const { annotations } = source.default.annotations;
  const regions = new Intl.DisplayNames([tag], { type: 'region' });
  const named = new Set<string>();
  const emojis = emojiData.emojis.map((one) => {
    const { tts, default: words } = annotations[one.emoji.replaceAll('\ufe0f', '')] ?? {};
    const region = regionOf(one.emoji);
    const label = tts?.[0] ?? (region === null ? undefined : regions.of(region));
    if (label === undefined) return one;
    for (const shown of [one.emoji, ...Object.values(one.skins ?? {})]) named.add(shown);
    return { ...one, label, tags: [...(words ?? []), one.label, ...one.tags] };
  });
  return { data: { ...emojiData, locale: tag as EmojiData['locale'], emojis }, isNamed: (emoji) => named.has(emoji) };
}

const firstIndicator = 0x1f1e6;

/** The country whose flag it is. */
function regionOf(emoji: string): string | null {
  if (!/^\p{RI}{2}$/u.test(emoji)) return null;
  return [...emoji].map((indicator) => String.fromCharCode(65 + (indicator.codePointAt(0) ?? firstIndicator) - firstIndicator)).join('');
}
