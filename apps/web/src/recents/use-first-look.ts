import type { ConversationId, LoginId } from '@parlour/sdk-react/ids';
import { useMe } from '@parlour/sdk-react/use-account';
import { useLayoutEffect, useRef } from 'react';
import { deviceMemory } from '../device/device-memory.ts';

/** What public/first-look.js draws before the program stands. */
type FirstLook = { readonly login: LoginId; readonly language: string; readonly column: readonly Drawn[] };
/** A text, or an element: its tag, its attributes, the properties of its own that its style has, and what is in it. */
type Drawn = string | readonly [tag: string, attributes: Texts, style: Texts, inside: readonly Drawn[]];
type Texts = Readonly<Record<string, string>>;

/** The script reads it under this name, with that before it which everything of a person has. */
const key = 'first-look';
/** What one could press, or would be told of, looks the same as another element of its class. */
const stillTags: Texts = { a: 'span', button: 'span', h1: 'div' };

/**
 * Keeps on this device what the list looks like when it is left, for the first frame of the page when it is opened again.
 * @param first the conversation at the top; a list that is scrolled away from it is not kept, as the page opens at the top
 * @param isListed whether the list is on the screen
 */
export function useFirstLook(first: ConversationId | null, isListed: boolean): void {
  const login = useMe()?.login ?? null;
  const newest = useRef({ first, login });
  newest.current = { first, login };
  useLayoutEffect(() => {
    const keep = () => keepLook(newest.current.first, newest.current.login);
    if (!isListed) return keep();
    const onVisibility = () => document.visibilityState === 'hidden' && keep();
    document.addEventListener('visibilitychange', onVisibility);
    // Some browsers leave a page without hiding it before.
    window.addEventListener('pagehide', keep);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      window.removeEventListener('pagehide', keep);
    };
  }, [isListed]);
}

function keepLook(first: ConversationId | null, login: LoginId | null): void {
  const list = document.querySelector('.recents-list');
  const rows = [...(list?.querySelectorAll<HTMLElement>('.recents-row') ?? [])];
  // Where nothing is drawn yet, what was kept before is as good as it was.
  if (list === null || rows.length === 0) return;
  const isAtTop = list.scrollTop === 0 && rows[0]?.dataset.conversation === first;
  deviceMemory.remember(
    key,
    isAtTop && login !== null
      ? ({ login, language: document.documentElement.lang, column: columnOf(list, rows) } satisfies FirstLook)
      : null,
  );
}

/** The list as far as it is in view, and what stands above it. */
function columnOf(list: Element, rows: readonly Element[]): Drawn[] {
  const inView = rows.filter((row) => row.getBoundingClientRect().top < window.innerHeight);
  const column: Drawn[] = [['div', { class: list.className }, {}, inView.map(drawn)]];
  for (let above = list.previousElementSibling; above !== null; above = above.previousElementSibling) column.unshift(drawn(above));
  return column;
}

function drawn(element: Element): Drawn {
  const attributes = [...element.attributes].filter(({ name }) => isLook(name, element)).map(({ name, value }) => [name, value]);
  const style = element instanceof HTMLElement ? [...element.style].filter((name) => name.startsWith('--')) : [];
  const inside = [...element.childNodes].flatMap((node) => {
    if (node instanceof Element) return [drawn(node)];
    return node instanceof Text ? [node.data] : [];
  });
  return [
    stillTags[element.localName] ?? element.localName,
    Object.fromEntries(attributes),
    Object.fromEntries(style.map((name) => [name, (element as HTMLElement).style.getPropertyValue(name)])),
    inside,
  ];
}

function isLook(name: string, element: Element): boolean {
  return element instanceof SVGElement ? !/^(aria-|id$|role$|style$)/.test(name) : /^(class|dir|lang)$/.test(name);
}
