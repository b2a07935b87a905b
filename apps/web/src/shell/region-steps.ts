import { useEffect } from 'react';

const focusable = 'a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), [tabindex="0"]';

/** Where one goes from here among so many: round and round; -1, from nowhere, leads to the first or the last. */
export function nextRegion({ count, index, back }: { readonly count: number; readonly index: number; readonly back: boolean }): number {
  if (index === -1) return back ? count - 1 : 0;
  return (index + (back ? -1 : 1) + count) % count;
}

/** What something else stands over keeps its place, but is not to be seen. */
const isSeen = (region: HTMLElement): boolean => region.checkVisibility({ visibilityProperty: true });

/** F6 and Shift-F6 go from one part of the page to the next, and in each to where one was in it. */
export function useRegionKeys(): void {
  useEffect(() => {
    const lastIn = new WeakMap<Element, HTMLElement>();
    const remember = ({ target }: FocusEvent) => {
      const region = target instanceof HTMLElement ? target.closest('[data-region]') : null;
      if (region !== null) lastIn.set(region, target as HTMLElement);
    };
    const step = (event: KeyboardEvent) => {
      if (event.key !== 'F6' || event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(isSeen);
      const here = document.activeElement?.closest<HTMLElement>('[data-region]');
      const index = here == null ? -1 : regions.indexOf(here);
      const next = regions[nextRegion({ count: regions.length, index, back: event.shiftKey })];
      if (next !== undefined) enterRegion(next, lastIn.get(next));
    };
    window.addEventListener('focusin', remember);
    window.addEventListener('keydown', step);
    return () => {
      window.removeEventListener('focusin', remember);
      window.removeEventListener('keydown', step);
    };
  }, []);
}

/** Where one was in it; else what is chosen there, where one writes, or the first that can have the focus. */
export function enterRegion(region: HTMLElement, last?: HTMLElement): void {
  if (last?.isConnected && last.checkVisibility()) return last.focus();
  const wanted = region.querySelector<HTMLElement>('[aria-current="page"], textarea');
  const target = wanted ?? [...region.querySelectorAll<HTMLElement>(focusable)].find((element) => element.checkVisibility());
  if (target !== undefined) return target.focus();
  region.tabIndex = -1;
  region.focus();
}
