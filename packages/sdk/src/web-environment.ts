import type { Connect, Download, Exchange, Socket, SocketEvents } from './platform.ts';

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
  return { status: response.status, retryAfterMs: retryAfterMsOf(response), text: await response.text() };
};

/** However long the whole takes: what counts is that more of it comes. */
export const downloadByFetch: Download = async ({ method, url, headers, body }, signal) => {
  const stalled = new AbortController();
  const stall = () => stalled.abort(new DOMException('nothing more came', 'TimeoutError'));
  let timer = setTimeout(stall, answerMs);
  const ended = AbortSignal.any([signal, stalled.signal]);
  try {
    const response = await fetch(url, { method, headers, body, credentials: 'same-origin', cache: 'no-store', signal: ended });
    return { status: response.status, retryAfterMs: retryAfterMsOf(response), chunks: chunksOf(response) };
  } catch (error) {
    clearTimeout(timer);
    throw error;
  }

  async function* chunksOf(response: Response) {
    const reader = response.body?.getReader();
    try {
      for (let step = await reader?.read(); step !== undefined && !step.done; step = await reader?.read()) {
        clearTimeout(timer);
        timer = setTimeout(stall, answerMs);
        yield step.value;
      }
    } finally {
      clearTimeout(timer);
      stalled.abort();
    }
  }
};

function retryAfterMsOf(response: Response): number | null {
  const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1_000 : null;
}
