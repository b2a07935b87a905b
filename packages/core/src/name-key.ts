/** A name folded for search: without case, marks and punctuation; words with single spaces between them. */
export function nameKeyOf(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ς', 'σ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** The words by whose beginnings a name is found. */
export function wordsOf(nameKey: string): readonly string[] {
  return [...new Set(nameKey.split(' '))].filter((word) => word !== '');
}
