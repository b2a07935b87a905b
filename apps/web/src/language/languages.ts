export type Language = { readonly tag: string; readonly name: string; readonly dir: 'ltr' | 'rtl' };

const english: Language = { tag: 'en', name: 'English', dir: 'ltr' };

/** Every language of the page, by the name it has in itself. public/device-choices.js knows the same ones, before anything is painted. */
export const languages: readonly Language[] = [
  english,
  { tag: 'ar', name: 'العربية', dir: 'rtl' },
  { tag: 'ja', name: '日本語', dir: 'ltr' },
];

/** Of no people: it shows in tests what is not translated and what has too little room. */
export const pseudo: Language = { tag: 'en-XA', name: 'Pseudo', dir: 'ltr' };

const known: readonly Language[] = import.meta.env?.MODE === 'pseudo' ? [...languages, pseudo] : languages;

export type Spoken = Language & {
  /** For dates, numbers and the order of names: the same language as it is used where its reader lives. */
  readonly locale: string;
};

/**
 * The language that was chosen, or else the first that the browser asks for and the page has, or else English.
 * @param preferred what the browser asks for, the dearest first
 */
export function pickLanguage(chosen: string, preferred: readonly string[]): Spoken {
  const language =
    known.find(({ tag }) => tag === chosen) ??
    preferred.flatMap((wish) => languages.find(({ tag }) => isOf(wish, tag)) ?? []).at(0) ??
    english;
  return { ...language, locale: preferred.find((wish) => isOf(wish, language.tag)) ?? language.tag };
}

function isOf(wish: string, tag: string): boolean {
  return wish.toLowerCase().split('-')[0] === tag;
}
