import type { Connect, Exchange, Socket, SocketEvents } from './platform.ts';

/** What Node and browsers have in common. */
export const connectWebSocket: Connect = (url, events) => hearWebSocket(new WebSocket(url), events);

export function hearWebSocket(socket: WebSocket, { onOpen, onText, onClose }: SocketEvents): Socket {
  socket.addEventListener('open', onOpen);
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') onText(data);
  });
  socket.addEventListener('close', ({ code }) => onClose(code));
  return { send: (text) => socket.send(text), close: () => socket.close(1000) };
}

const answerMs = 20_000;

export const exchangeByFetch: Exchange = async ({ method, url, headers, body }) => {
  const signal = AbortSignal.timeout(answerMs);
  const response = await fetch(url, { method, headers, body, credentials: 'same-origin', cache: 'no-store', signal });
  const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1_000 : null;
  return { status: response.status, retryAfterMs, text: await response.text() };
};
