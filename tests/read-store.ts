import type { Page } from 'playwright-core';

/** Everything that the browser keeps of the page in its database, as text. */
export function readStore(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const opening = indexedDB.open(`parlour ${location.origin}`);
    const done = (target: EventTarget, type: string) => new Promise((resolve) => target.addEventListener(type, resolve));
    await done(opening, 'success');
    const spaces = [...opening.result.objectStoreNames];
    const transaction = opening.result.transaction(spaces, 'readonly');
    const reads = spaces.map((space) => transaction.objectStore(space).getAll());
    await done(transaction, 'complete');
    opening.result.close();
    return JSON.stringify(reads.map(({ result }) => result));
  });
}
