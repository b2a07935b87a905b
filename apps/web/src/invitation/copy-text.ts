/**
 * Puts a text on the clipboard. Over plain HTTP a page has no clipboard but the oldest way, by a selection.
 * @returns whether it is there now
 */
export async function copyText(text: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field?.select();
    return document.execCommand('copy');
  }
}
