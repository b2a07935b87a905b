import type { Environment } from '@parlour/core/environment';
import type { LoginId } from '@parlour/core/ids';

/** One WebSocket. Frames are text. */
export interface Socket {
  send(text: string): void;
  /** Ends it; `onClose` may still come, and its events are then of no interest to anyone. */
  close(): void;
}

export type SocketEvents = {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** Once, however it ended; 1006 where no code came. */
  readonly onClose: (code: number) => void;
};

export type Connect = (url: string, events: SocketEvents) => Socket;

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
};
export type HttpAnswer = { readonly status: number; readonly retryAfterMs: number | null; readonly text: string };

/** One request and its answer; rejects where none came. Cookies go along where the platform has them. */
export type Exchange = (request: HttpRequest) => Promise<HttpAnswer>;

/** An answer as it comes. `chunks` rejects where it breaks off, or nothing more comes for long. */
export type HttpDownload = {
  readonly status: number;
  readonly retryAfterMs: number | null;
  readonly chunks: AsyncIterable<Uint8Array<ArrayBuffer>>;
};

/** One request whose answer is too long to be held as text; rejects where none came. */
export type Download = (request: HttpRequest, signal: AbortSignal) => Promise<HttpDownload>;

/** What a device knows about itself that makes trying again worth while. */
export type Signal = 'online' | 'offline' | 'visible' | 'hidden' | 'wake';
export interface Signals {
  isVisible(): boolean;
  subscribe(listener: (signal: Signal) => void): () => void;
}

/** Tabs of one browser that share one store. */
export interface TabNet {
  /** To all other tabs. Plain data only. */
  post(message: unknown): void;
  subscribe(listener: (message: unknown) => void): () => void;
  /** Null where the platform has none: then a leader is one that answers, and the store's epoch fences the others. */
  readonly lock: TabLock | null;
  close(): void;
}

export interface TabLock {
  /** Waits until no other tab holds the lock. @param onLost it was taken away @returns gives it back, or up */
  request(onHeld: () => void, onLost: () => void): () => void;
  /** Takes it from whoever holds it. */
  steal(onHeld: () => void, onLost: () => void): () => void;
}

/** Where a program keeps its refresh token; a browser keeps it in a cookie that no script sees. */
export interface Credentials {
  load(): Promise<string | null>;
  save(refreshToken: string | null): Promise<void>;
}

/** Which login a browser's cookie is of: the server says it beside the cookie, where it outlives the store. */
export interface LoginHint {
  load(): LoginId | null;
  forget(): void;
}

export type Platform = {
  readonly environment: Environment;
  readonly connect: Connect;
  readonly exchange: Exchange;
  readonly download: Download;
  readonly signals: Signals;
  /** Whether sockets may be opened to wherever the server says; a page connects to where it is from. */
  readonly followsGateways: boolean;
  /** Null where every client has a store of its own. */
  readonly tabs: TabNet | null;
  /** Null: the refresh token lives in a cookie. */
  readonly credentials: Credentials | null;
  /** Null where there is no cookie. */
  readonly loginHint: LoginHint | null;
};
