import type { ClientRefusal } from '@parlour/sdk/refusal';
import { say, sayKnown } from '../language/say.ts';

/** A refusal as a sentence for people. Where it says when to try again, that is said too. */
export function presentRefusal({ sentence, details, retryAfterMs }: ClientRefusal): string {
  const reason = typeof details.reason === 'string' ? [details.reason] : [];
  const said = [sentence, ...reason].map((words) => asSentence(sayKnown(words)));
  if (retryAfterMs === null || retryAfterMs <= 1_000) return said.join(' ');
  const later = say('Try again in {count, plural, one {# second} other {# seconds}}.', { count: Math.ceil(retryAfterMs / 1_000) });
  return [...said, later].join(' ');
}

function asSentence(text: string): string {
  const trimmed = text.trim();
  return `${trimmed.charAt(0).toLocaleUpperCase()}${trimmed.slice(1)}${/[.!?。؟]$/u.test(trimmed) ? '' : '.'}`;
}
