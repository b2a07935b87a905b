/** Controls, and marks that turn the writing direction: in a name they only serve to make it look like another. Joiners stay, emoji need them. */
const misleading = /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/gu;

/** A name as it is shown. @returns an empty text where nothing is left to show */
export function displayNameOf(text: string): string {
  return text.replaceAll(misleading, '').normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
}
