import { useConversations, useMe } from '@parlour/sdk-react/use-account';
import { useEffect, useRef } from 'react';
import { deviceMemory } from '../device/device-memory.ts';

/** public/first-look.js draws it; what that does not know is left out here. */
type Drawing = readonly [tag: string, attributes: Readonly<Record<string, string>>, children: readonly (Drawing | string)[]];

const key = 'first look';
const attributesLeftOut = /^(?:id|role|tabindex|title|aria-.*|datetime|data-region)$/;
/** A list that changes is not taken down at each change. */
const restMs = 1_500;

function drawingOf(element: Element): Drawing {
  const attributes = [...element.attributes].filter(({ name }) => !attributesLeftOut.test(name));
  const children = [...element.childNodes].flatMap((child): (Drawing | string)[] => {
    if (child instanceof Text) return [child.data];
    return child instanceof Element && !child.classList.contains('visually-hidden') ? [drawingOf(child)] : [];
  });
  return [element.tagName.toLowerCase(), Object.fromEntries(attributes.map(({ name, value }) => [name, value])), children];
}

/** Only of the list's beginning, as that is where the page opens. */
function take(login: string): void {
  const list = document.querySelector('#root .recents-list');
  const column = list?.closest('.shell-list') ?? null;
  if (column === null || list?.scrollTop !== 0 || list.querySelector('a') === null) return;
  deviceMemory.remember(key, { login, language: document.documentElement.lang, list: drawingOf(column) });
}

/** Keeps a picture of the list, which stands there at once when the page is opened again. */
export function useFirstLook(): void {
  const login = useMe()?.login ?? null;
  const conversations = useConversations();
  const newest = useRef(login);
  newest.current = login;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the list makes the picture an old one
  useEffect(() => {
    if (login === null) return;
    const timer = window.setTimeout(() => take(login), restMs);
    return () => window.clearTimeout(timer);
  }, [login, conversations]);
  useEffect(() => {
    const leave = () => {
      if (newest.current !== null) take(newest.current);
    };
    // A phone tells a page that it is out of sight, and may end it then without another word.
    document.addEventListener('visibilitychange', leave);
    window.addEventListener('pagehide', leave);
    return () => {
      document.removeEventListener('visibilitychange', leave);
      window.removeEventListener('pagehide', leave);
    };
  }, []);
}

/** The page itself stands; the picture goes with the frame that shows it. */
export function endFirstLook(): void {
  const look = document.querySelector('.first-look');
  if (look !== null) requestAnimationFrame(() => requestAnimationFrame(() => look.remove()));
}
