import { say } from '../language/say.ts';

/** As the server names a browser that gave itself no name: both are names that no language changes. */
const browserOnSystem = /^(Edge|Opera|Firefox|Chrome|Safari) on (Android|iOS|Windows|macOS|Linux)$/u;

/** What a login is called: what the server made of it in the language of the page, and what it calls itself as it stands. */
export function presentLoginLabel(label: string): string {
  if (label === '') return say('A device without a name');
  const [, browser, system] = browserOnSystem.exec(label) ?? [];
  if (browser !== undefined && system !== undefined) return say('{browser} on {system}', { browser, system });
  return label === 'Unknown program' ? say('Unknown program') : label;
}
