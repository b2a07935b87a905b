import assert from 'node:assert/strict';
import type { Line, LineKind } from './line.ts';
import { RawSocket } from './raw-socket.ts';
import { RawStream } from './raw-stream.ts';

/** A connection that has not said hello yet. */
export async function openLine({ url, line }: { readonly url: string; readonly line: LineKind }): Promise<Line> {
  if (line === 'WebSocket') {
    const socket = await RawSocket.open(url);
    assert.equal(socket.status, 101, `the upgrade was answered with ${socket.status}`);
    return socket;
  }
  const stream = await RawStream.open(url);
  assert.equal(stream.status, 200, `the stream was answered with ${stream.status}`);
  return stream;
}
