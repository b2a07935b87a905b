import type { ClientRefusal } from '@parlour/sdk/refusal';

/** A refusal as a sentence for people. Where it says when to try again, that is said too. */
export function presentRefusal({ sentence, details, retryAfterMs }: ClientRefusal): string {
  const reason = typeof details.reason === 'string' ? ` ${asSentence(details.reason)}` : '';
  const later = retryAfterMs !== null && retryAfterMs > 1_000 ? ` Try again in ${Math.ceil(retryAfterMs / 1_000)} seconds.` : '';
  return `${asSentence(sentence)}${reason}${later}`;
}

function asSentence(text: string): string {
  const trimmed = text.trim();
  return `${trimmed.charAt(0).toLocaleUpperCase()}${trimmed.slice(1)}${/[.!?]$/u.test(trimmed) ? '' : '.'}`;
}
