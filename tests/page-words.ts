import type { Page } from 'playwright-core';

export type PageWords = {
  /** All that can be read or is read out, in the order of the page, but for keys, commands and names that belong to another language. */
  readonly said: string;
  /** Words of the page itself that are cut off, or stand out of the window or of what they lie in. */
  readonly clipped: readonly string[];
  /** What somebody wrote and could turn the words around it. */
  readonly unisolated: readonly string[];
  /** What is wider than its room, so that it could be moved sideways. */
  readonly sideways: readonly string[];
};

/** Reads what a page shows now. @param written every text on it that somebody wrote */
export function readWords(page: Page, written: readonly string[]): Promise<PageWords> {
  return page.evaluate((known) => {
    const foreign = 'kbd, code, [lang]:not(html), .avatar, .emoji-picker-emoji, .message-text, [contenteditable]';
    const isWritten = (text: string) => known.some((one) => text.includes(one));
    const nameOf = (element: Element) => `${element.tagName.toLowerCase()}.${element.className}`;
    const isShown = (element: Element) => element.checkVisibility({ visibilityProperty: true });
    const texts: Text[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent === null || !isShown(parent) || node.textContent?.trim() === '' || parent.closest('script, noscript')) continue;
      texts.push(node as Text);
    }

    const said = texts.filter(({ parentElement }) => !parentElement?.closest(foreign)).map(({ data }) => data);
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
      if (isShown(element) && !element.closest(foreign))
        for (const name of ['aria-label', 'title', 'placeholder', 'alt']) said.push(` ${element.getAttribute(name) ?? ''} `);

    const clipped: string[] = [];
    const cut = (text: string, by: string) => clipped.push(`${text.slice(0, 60)} by ${by}`);
    const readOut = '.visually-hidden, option';
    for (const text of texts) {
      const parent = text.parentElement;
      if (parent === null || isWritten(text.data) || parent.closest(`${foreign}, ${readOut}`)) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const box = range.getBoundingClientRect();
      if (box.left < -1 || box.right > innerWidth + 1) cut(text.data, 'the window');
      for (let around: Element | null = parent; around !== null && around !== document.body; around = around.parentElement) {
        const style = getComputedStyle(around);
        if (style.display === 'inline' || style.display === 'contents') continue;
        const within = around.getBoundingClientRect();
        const isAction = around.matches('button, a, label, input, select, summary');
        const cutsAcross = style.overflowX !== 'visible' || isAction;
        const cutsDown = style.overflowY === 'hidden' || style.overflowY === 'clip' || isAction;
        if (cutsAcross && (box.left < within.left - 1 || box.right > within.right + 1)) cut(text.data, nameOf(around));
        if (cutsDown && (box.top < within.top - 1 || box.bottom > within.bottom + 1)) cut(text.data, nameOf(around));
        if (style.overflowY === 'auto' || style.overflowY === 'scroll' || style.position === 'fixed') break;
      }
    }
    const ink = document.createElement('canvas').getContext('2d');
    for (const field of document.querySelectorAll<HTMLInputElement>('input[placeholder]')) {
      if (!isShown(field) || ink === null) continue;
      const style = getComputedStyle(field);
      ink.font = style.font;
      const room = field.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
      if (ink.measureText(field.placeholder).width > room + 1) cut(field.placeholder, nameOf(field));
    }

    const unisolated = texts
      .filter(({ data, parentElement }) => {
        if (!isWritten(data) || parentElement?.closest('.avatar, option, textarea')) return false;
        const isolated = data.replace(/\u2068[^\u2069]*\u2069/gu, '');
        if (!isWritten(isolated)) return false;
        const own = parentElement?.closest('bdi, [dir="auto"]');
        return own == null && getComputedStyle(parentElement as Element).unicodeBidi !== 'plaintext';
      })
      .map(({ data, parentElement }) => `${data.slice(0, 60)} in ${nameOf(parentElement as Element)}`);

    const sideways = [document.documentElement, ...document.querySelectorAll('body *')]
      .filter((element) => {
        const { overflowX } = getComputedStyle(element);
        const moves = overflowX === 'auto' || overflowX === 'scroll' || element === document.documentElement;
        return moves && isShown(element) && element.scrollWidth > element.clientWidth + 1;
      })
      .map((element) => {
        // Who reaches farthest is who makes it so.
        const widest = Math.max(...[...element.querySelectorAll('*')].map((each) => each.getBoundingClientRect().right));
        const farthest = [...element.querySelectorAll('*')].filter((each) => each.getBoundingClientRect().right === widest);
        return `${nameOf(element)} (${element.scrollWidth} in ${element.clientWidth}: ${farthest.map(nameOf).join(' ')} to ${widest})`;
      });
    return { said: said.join(' '), clipped, unisolated, sideways };
  }, written);
}
