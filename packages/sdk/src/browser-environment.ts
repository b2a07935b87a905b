import type { Environment } from '@parlour/core/environment';
import { idFromBytes, type LoginId, type MonotonicMs, type WallMs } from '@parlour/core/ids';
import type { LoginHint, Signal, Signals, TabLock, TabNet } from './platform.ts';

/** The real world of a page. */
export const browserEnvironment: Environment = {
  now: () => Date.now() as WallMs,
  monotonic: () => performance.now() as MonotonicMs,
  random: () => Math.random(),
  id: () => idFromBytes(crypto.getRandomValues(new Uint8Array(16))),
  timer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  // A message, as timers of a hidden page are slowed down and messages are not.
  endOfTurn: (callback) => {
    turnEnds.push(callback);
    turnPort.postMessage(null);
  },
};

const turnEnds: (() => void)[] = [];
const { port1: turnPort, port2 } = new MessageChannel();
port2.onmessage = () => turnEnds.shift()?.();

export const browserSignals: Signals = {
  isVisible: () => document.visibilityState === 'visible',
  subscribe: (listener) => {
    const ends = new AbortController();
    const on = (target: EventTarget, type: string, signal: () => Signal) =>
      target.addEventListener(type, () => listener(signal()), { signal: ends.signal });
    on(window, 'online', () => 'online');
    on(window, 'offline', () => 'offline');
    on(window, 'pageshow', () => 'wake');
    on(document, 'resume', () => 'wake');
    on(document, 'visibilitychange', () => (document.visibilityState === 'visible' ? 'visible' : 'hidden'));
    return () => ends.abort();
  },
};

export const browserLoginHint: LoginHint = {
  load: () => (/(?:^|; )parlour_login=([0-9a-z]{26})(?:;|$)/.exec(document.cookie)?.[1] ?? null) as LoginId | null,
  forget: () => {
    // biome-ignore lint/suspicious/noDocumentCookie: the newer way is there only over TLS.
    document.cookie = 'parlour_login=; path=/; max-age=0; samesite=strict';
  },
};

/** Tabs of one origin that share the store of this name. */
export function browserTabs(name: string): TabNet {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    subscribe: (listener) => {
      const heard = ({ data }: MessageEvent) => listener(data);
      channel.addEventListener('message', heard);
      return () => channel.removeEventListener('message', heard);
    },
    // Only pages served over TLS or from this machine have locks.
    lock: 'locks' in navigator ? webLock(name) : null,
    close: () => channel.close(),
  };
}

function webLock(name: string): TabLock {
  const take = (options: LockOptions, onHeld: () => void, onLost: () => void): (() => void) => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const waiting = new AbortController();
    let isHeld = false;
    navigator.locks
      .request(name, options.steal ? options : { ...options, signal: waiting.signal }, async () => {
        isHeld = true;
        onHeld();
        await released;
      })
      // It was given up while waiting, or taken away while held.
      .catch(() => {
        if (isHeld) onLost();
      });
    return () => {
      if (!isHeld) waiting.abort();
      isHeld = false;
      release();
    };
  };
  return {
    request: (onHeld, onLost) => take({}, onHeld, onLost),
    steal: (onHeld, onLost) => take({ steal: true }, onHeld, onLost),
  };
}
