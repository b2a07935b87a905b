const isApple = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/u.test(navigator.platform);

/** What the key is called that goes with letters for commands. */
export const commandKey = isApple ? '⌘' : 'Ctrl';

/** A letter with that key, whatever the layout calls it. */
export function isCommand(event: KeyboardEvent, letter: string): boolean {
  return (isApple ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === letter;
}
