import type { ConversationId, Seq } from '@parlour/sdk-react/ids';

/** Every place of the page, and the address of each. */
export type Route =
  | { readonly at: 'recents' }
  /** `about`: with its details beside it, or in its place. */
  | { readonly at: 'conversation'; readonly conversation: ConversationId; readonly seq?: Seq; readonly about?: true }
  | { readonly at: 'people' }
  | { readonly at: 'new_group' }
  | { readonly at: 'invite' }
  /** An invitation: the conversation with whoever sent it, once one is logged in. */
  | { readonly at: 'with'; readonly handle: string }
  | { readonly at: 'settings' };

/** As many characters as a handle may have; whose it is, the server says. */
const invitationPath = /^\/with\/([\p{L}\p{M}\p{N}._%-]{3,300})$/u;
/** What the address of a conversation ends with where its details are open. */
export const aboutPath = '/about';
const conversationPath = /^\/c\/([0-7][0-9a-hjkmnp-tv-z]{25})(?:\/([1-9][0-9]{0,14}))?(\/about)?$/;

/** An address that leads nowhere leads to the list. */
export function parseRoute(path: string): Route {
  if (path === '/people') return { at: 'people' };
  if (path === '/new-group') return { at: 'new_group' };
  if (path === '/settings') return { at: 'settings' };
  if (path === '/invite') return { at: 'invite' };
  const handle = readHandle(invitationPath.exec(path)?.[1]);
  if (handle !== null) return { at: 'with', handle };
  const [, conversation, seq, about] = conversationPath.exec(path) ?? [];
  if (conversation === undefined) return { at: 'recents' };
  return {
    at: 'conversation',
    conversation: conversation as ConversationId,
    ...(seq === undefined ? {} : { seq: Number(seq) as Seq }),
    ...(about && { about: true }),
  };
}

export function presentRoute(route: Route): string {
  switch (route.at) {
    case 'recents':
      return '/';
    case 'people':
      return '/people';
    case 'new_group':
      return '/new-group';
    case 'invite':
      return '/invite';
    case 'with':
      return `/with/${encodeURIComponent(route.handle)}`;
    case 'settings':
      return '/settings';
    case 'conversation':
      return `/c/${route.conversation}${route.seq === undefined ? '' : `/${route.seq}`}${route.about ? aboutPath : ''}`;
  }
}

function readHandle(inPath: string | undefined): string | null {
  try {
    return inPath === undefined ? null : decodeURIComponent(inPath);
  } catch {
    return null;
  }
}
