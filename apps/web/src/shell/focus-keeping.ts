import { enterRegion } from './region-steps.ts';
import { isPhone } from './use-is-phone.ts';

/**
 * Whatever goes while it has the focus leaves it to what stands nearest: who goes by keyboard would else begin at the top of the page again,
 * and who hears the page would hear nothing of where they came to.
 */
export function keepFocus(): void {
  let place = window.location.pathname;
  let waiting: MutationObserver | null = null;

  const stopWaiting = () => {
    waiting?.disconnect();
    waiting = null;
  };
  const isLost = () => document.activeElement === null || document.activeElement === document.body;

  document.addEventListener('focusin', () => {
    place = window.location.pathname;
    stopWaiting();
  });
  document.addEventListener('focusout', ({ target, relatedTarget }) => {
    if (!(target instanceof HTMLElement) || relatedTarget !== null) return;
    const left = place;
    const region = target.closest<HTMLElement>('[data-region]');
    // What has the focus next, and what is gone, is known only after this.
    window.setTimeout(() => {
      const isThere = target.isConnected && target.checkVisibility() && !target.matches(':disabled');
      if (isThere || !isLost() || !document.hasFocus()) return;
      const give = () => isLost() && giveFocus(left, region);
      if (give()) return;
      // A part that is still coming.
      stopWaiting();
      waiting = new MutationObserver(() => give() && stopWaiting());
      waiting.observe(document.body, { childList: true, subtree: true });
    });
  });
}

/** Where one came to, if that is another place than where one was; else the part of the page where one was. */
function giveFocus(left: string, region: HTMLElement | null): boolean {
  const isThere = region?.isConnected && region.checkVisibility();
  if (left === window.location.pathname && isThere) return enter(region);
  const main = [...document.querySelectorAll<HTMLElement>('main, [role="main"]')].find((one) => one.checkVisibility());
  if (main === undefined) return enter(document.querySelector('form'));
  const [, , conversation = ''] = left.split('/');
  const row = main.querySelector<HTMLElement>(`[data-conversation="${CSS.escape(conversation)}"]`);
  if (row !== null) return focus(row);
  if (main.matches('[data-region]:not(main)')) return enter(main);
  // On a phone a keyboard would cover half of what one came to see.
  const field = isPhone() ? null : main.querySelector<HTMLElement>('textarea');
  if (field !== null) return focus(field);
  if (main.querySelector('textarea, h1, h2') === null) return false;
  main.tabIndex = -1;
  return focus(main);
}

function enter(region: HTMLElement | null): boolean {
  if (region === null) return false;
  enterRegion(region);
  return region.contains(document.activeElement);
}

function focus(element: HTMLElement): boolean {
  element.focus({ preventScroll: true });
  return document.activeElement === element;
}
