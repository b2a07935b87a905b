import { useSyncExternalStore } from 'react';

/** What a browser hands out that would install this page as an app; only some browsers have it. */
type InstallOffer = Event & { prompt(): Promise<unknown> };

let offer: InstallOffer | null = null;
const listeners = new Set<() => void>();

function set(next: InstallOffer | null): void {
  offer = next;
  for (const listener of [...listeners]) listener();
}

/** The browser offers it once, early, and to whoever listens then. */
export function listenForInstallOffer(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    // It is taken up when one asks for it in the settings, and not by a bar of the browser's own.
    event.preventDefault();
    set(event as InstallOffer);
  });
  window.addEventListener('appinstalled', () => set(null));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Asks the system to install the app; null where there is nothing to ask. */
export function useInstall(): (() => void) | null {
  const now = useSyncExternalStore(subscribe, () => offer);
  if (now === null) return null;
  return () => {
    // An offer is good for one question, whatever the answer is.
    set(null);
    void now.prompt();
  };
}
