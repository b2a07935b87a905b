import type { ConversationSummary } from '@parlour/sdk/client';
import { isolate } from '../language/say.ts';
import { presentCount } from '../text/count.ts';

const bodyLengthMax = 200;

/** What the system shows of a message: who said it where, and how it begins. */
export function presentNotice(
  { type, title, last, unread }: Pick<ConversationSummary, 'type' | 'title' | 'last' | 'unread'>,
  author: string | null,
): { readonly title: string; readonly body: string } {
  const text = shorten(last?.text ?? '');
  const said = type === 'group' && author !== null ? `${isolate(author)}: ${isolate(text)}` : text;
  return { title: unread > 1 ? `${isolate(title)} (${presentCount(unread)})` : title, body: said };
}

function shorten(text: string): string {
  const characters = [...text];
  return characters.length <= bodyLengthMax ? text : `${characters.slice(0, bodyLengthMax - 1).join('')}…`;
}
