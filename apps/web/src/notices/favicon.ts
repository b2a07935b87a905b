import { bubbleOfMark } from '../design/mark.tsx';
import { presentUnread } from '../text/count.ts';

const frame = '<rect width="32" height="32" rx="11" fill="#47572f"/>';
const bubble = `<path fill="#fbf9f5" d="${bubbleOfMark}"/>`;
const persimmon = '#bd4a22';

/** The mark of the place; with something unread, its persimmon grows and says how much. */
export function drawFavicon(unread: number): string {
  const dot =
    unread === 0
      ? `<circle cx="16.7" cy="14.2" r="3.6" fill="${persimmon}"/>`
      : `<circle cx="21" cy="11" r="11" fill="${persimmon}"/><text x="21" y="16.2" text-anchor="middle" font-family="system-ui,sans-serif" font-weight="700" font-size="15" fill="#fff">${unread > 9 ? '9+' : unread}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${frame}${bubble}${dot}</svg>`;
}

export function titleWith(unread: number): string {
  return unread === 0 ? 'Parlour' : `(${presentUnread(unread)}) Parlour`;
}
