import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket as ServerWebSocket, WebSocketServer } from 'ws';
import { FrameBatch, SharedFrame } from './shared-frame.ts';

/** A socket that the library took over, and at its other end the WebSocket of Node, which is another implementation. */
async function openSocket(): Promise<{ webSocket: ServerWebSocket; socket: Socket; client: WebSocket; heard: string[] }> {
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const taken = Promise.withResolvers<{ webSocket: ServerWebSocket; socket: Socket }>();
  const server = createServer().on('upgrade', (request, socket: Socket, head) => {
    webSockets.handleUpgrade(request, socket, head, (webSocket) => taken.resolve({ webSocket, socket }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const heard: string[] = [];
  client.addEventListener('message', ({ data }) => heard.push(String(data)));
  return { ...(await taken.promise), client, heard };
}

test('frames written past the library arrive whole and in order between its own pings, at every length of header, until it closes', async () => {
  const { webSocket, socket, client, heard } = await openSocket();
  const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000];
  const texts = lengths.flatMap((length) => ['x'.repeat(length), 'ü✓😀'.repeat(Math.ceil(length / 9))]);
  let pongCount = 0;
  webSocket.on('pong', () => pongCount++);
  for (const text of texts) {
    webSocket.ping();
    socket.write(new FrameBatch().with(new SharedFrame(text)).wire);
  }
  const together = texts.reduce((batch, text) => batch.with(new SharedFrame(text)), new FrameBatch());
  webSocket.ping();
  socket.write(together.wire);
  webSocket.close(4002, 'draining');
  const [{ code, reason, wasClean }] = (await once(client, 'close')) as [CloseEvent];
  expect({ code, reason, wasClean }).toEqual({ code: 4002, reason: 'draining', wasClean: true });
  expect(heard).toEqual([...texts, ...texts]);
  expect(pongCount).toBe(texts.length + 1);
});

test('[FAN-1] sockets that are due the same frames in the same order share the batch, and others do not', () => {
  const [one, two] = [new SharedFrame('one'), new SharedFrame('two')];
  const root = new FrameBatch();
  const here = root.with(one).with(two);
  expect(root.with(one).with(two)).toBe(here);
  expect(here.wire).toBe(here.wire);
  expect(root.with(two).with(one)).not.toBe(here);
  expect(root.with(two).with(one).frames).toEqual([two, one]);
  expect(here.frames).toEqual([one, two]);
});
