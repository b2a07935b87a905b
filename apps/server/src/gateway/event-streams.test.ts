import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { EventStreams } from './event-streams.ts';
import { openGateway } from './gateway-world.contract.ts';

test('[STREAM-1] a stream is held for as long as its client is there, and not at all where they went before it opened', async () => {
  const { hub, tools } = await openGateway();
  const streams = new EventStreams(hub, tools);
  const held = () => [streams.openCount, hub.connectionCount];
  const responseTo = (gone: boolean) => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    if (gone) response.destroy();
    return response;
  };
  await streams.open('0'.repeat(26), responseTo(true), '192.0.2.1');
  expect(held()).toEqual([0, 0]);
  const response = responseTo(false);
  await streams.open('1'.repeat(26), response, '192.0.2.1');
  expect(held()).toEqual([1, 1]);
  response.destroy();
  response.emit('close');
  expect(held()).toEqual([0, 0]);
  streams.stop();
});
