import type { Download, Exchange } from './platform.ts';

/** For a platform that knows answers only as a whole. */
export function downloadOver(exchange: Exchange): Download {
  return async (request) => {
    const { status, retryAfterMs, text } = await exchange(request);
    return { status, retryAfterMs, chunks: oneChunk(text) };
  };
}

async function* oneChunk(text: string) {
  yield new TextEncoder().encode(text);
}
