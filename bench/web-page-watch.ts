/** What a page tells about itself while it is measured. */
export interface PageWatch {
  /**
   * Resolves when nothing has held up the page for a while: when a list was to be seen first, be it only a picture of what it was; when the program
   * had drawn it; and when the last thing that held the page up ended.
   */
  whenQuiet(): Promise<{ readonly seenMs: number; readonly listMs: number; readonly interactiveMs: number }>;
  startKeys(): void;
  /** From each key to the frame that shows it, as the browser itself counts it, in steps of 8 ms. */
  keys(): Promise<number[]>;
  /** From the next key, or the next release of a button, to the frame that shows an element of this selector with this text. */
  watchFor(selector: string, text: string): void;
  shown(): Promise<number>;
  startFrames(): void;
  frames(): { readonly framesMs: number[]; readonly nodesMax: number };
}

declare global {
  interface Window {
    bench: PageWatch;
  }
}

/** Runs in the page before anything of it; knows nothing outside itself. */
export function watchPage(): void {
  const quietMs = 1_000;
  let seenMs: number | null = null;
  let listMs: number | null = null;
  let heldUpUntilMs = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) heldUpUntilMs = Math.max(heldUpUntilMs, startTime + duration);
  }).observe({ type: 'longtask', buffered: true });
  // The frame after the one in which it is in the document is on the screen.
  const whenSeen = (selector: string, seen: (atMs: number) => void): void => {
    const look = (): void => {
      if (document.querySelector(selector)) requestAnimationFrame(() => seen(performance.now()));
      else requestAnimationFrame(look);
    };
    look();
  };
  whenSeen('.recents-row', (atMs) => {
    seenMs = atMs;
  });
  whenSeen('.recents-list a', (atMs) => {
    listMs = atMs;
  });

  let shown = Promise.resolve(0);
  const keysMs: number[] = [];
  let framesMs: number[] = [];
  let nodesMax = 0;
  let isWatchingFrames = false;

  /** When the next frame has left the page's own thread. */
  const afterNextFrame = (): Promise<number> =>
    new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0)));

  window.bench = {
    whenQuiet: () =>
      new Promise((resolve) => {
        const check = (): void => {
          const since = Math.max(heldUpUntilMs, listMs ?? Number.POSITIVE_INFINITY);
          if (seenMs !== null && listMs !== null && performance.now() - since > quietMs) resolve({ seenMs, listMs, interactiveMs: since });
          else setTimeout(check, 100);
        };
        check();
      }),
    startKeys: () => {
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (entry.name === 'keydown') keysMs.push(entry.duration);
      }).observe({ type: 'event', durationThreshold: 0, buffered: false } as PerformanceObserverInit);
    },
    keys: async () => {
      await afterNextFrame();
      await afterNextFrame();
      return keysMs;
    },
    watchFor: (selector, text) => {
      let startMs: number | null = null;
      const begin = (event: Event): void => {
        startMs ??= event.timeStamp;
      };
      addEventListener('keydown', begin, { capture: true, once: true });
      addEventListener('pointerup', begin, { capture: true, once: true });
      const isShown = () => [...document.querySelectorAll(selector)].some((element) => element.textContent?.includes(text));
      shown = new Promise((resolve) => {
        // Only when something has changed: to look costs the page as much as to draw does.
        const watch = new MutationObserver(() => {
          const from = startMs;
          if (from === null || !isShown()) return;
          watch.disconnect();
          void afterNextFrame().then((now) => resolve(now - from));
        });
        watch.observe(document, { subtree: true, childList: true, characterData: true });
      });
    },
    shown: () => shown,
    startFrames: () => {
      framesMs = [];
      nodesMax = 0;
      isWatchingFrames = true;
      let before = performance.now();
      const next = (): void => {
        if (!isWatchingFrames) return;
        const now = performance.now();
        framesMs.push(now - before);
        before = now;
        nodesMax = Math.max(nodesMax, document.getElementsByTagName('*').length);
        requestAnimationFrame(next);
      };
      requestAnimationFrame(next);
    },
    frames: () => {
      isWatchingFrames = false;
      return { framesMs, nodesMax };
    },
  };
}
