import type { Position } from '@parlour/core/conversation-log/entry';
import type { Seq } from '@parlour/core/ids';
import { expect, test } from 'vitest';
import { type Client, opened, openGateway, said } from './gateway-world.contract.ts';
import { slowConsumerLimits } from './outgoing.ts';

const small = { ...slowConsumerLimits, hintsBytesMax: 2_000, entriesBytesMax: 10_000, answersBytesMax: 60_000 };

async function talk() {
  const world = await openGateway({ slowConsumer: small, offlineAfterMs: 3_600_000 }, { sendsBurst: 10_000 });
  const [ada, ben] = [await world.person('ada'), await world.person('ben')];
  const [adas, bens] = [await world.enter(ada), await world.enter(ben)];
  const { conversation, head } = await opened(adas, ben.person);
  let after: Position = head;
  let n = 0;
  const say = async (text = 'x'.repeat(500)) => {
    await said(adas, conversation, ++n, text, after);
    const last = adas.last('entries').entries.at(-1);
    if (last) after = { seq: last.seq, chain: last.chain };
    adas.forget();
  };
  const sayUntilSlow = async () => {
    while (bens.bufferedBytes() <= small.entriesBytesMax) await say();
    await say();
  };
  return { world, ada, adas, bens, conversation, say, sayUntilSlow, head: () => after };
}

test('[SLOW-1] [A-27] who does not read loses hints first, then gets one notice a conversation, and may come back', async () => {
  const { world, ada, adas, bens, conversation, say, sayUntilSlow, head } = await talk();
  await bens.say({ kind: 'watch', people: [ada.person] });
  bens.forget();
  bens.reads = false;
  while (bens.bufferedBytes() <= small.hintsBytesMax) await say();
  await adas.say({ kind: 'type', conversation });
  expect(bens.of('typing')).toEqual([]);
  await sayUntilSlow();
  const stuck = bens.bufferedBytes();
  for (let count = 0; count < 50; count++) await say();
  expect(bens.bufferedBytes()).toBe(stuck);
  bens.drain();
  bens.forget();
  await world.environment.advance(1_000);
  expect(bens.of('head').length).toBeGreaterThan(0);
  for (const { head: told } of bens.of('head')) expect(told).toEqual(head());
  await say();
  expect(bens.last('entries').entries.at(-1)?.seq).toBe(head().seq);
});

test('[SLOW-1] [A-27] after 30 s undrained the connection ends, without a farewell that nobody would read', async () => {
  const { world, bens, sayUntilSlow } = await talk();
  bens.reads = false;
  await sayUntilSlow();
  await world.environment.advance(29_000);
  expect(bens.end).toBeNull();
  await world.environment.advance(3_000);
  expect(bens.end).toEqual({ code: 4004, reason: 'slow_consumer' });
  expect(bens.isDestroyed).toBe(true);
  expect(world.hub.connectionCount).toBe(1);
});

test('[SLOW-2] [A-27] who asks on without reading is refused what is long, and cut off at the bound', async () => {
  const { bens, conversation, say, world } = await talk();
  for (let count = 0; count < 20; count++) await say();
  bens.reads = false;
  bens.forget();
  let most = 0;
  const ask = async (client: Client, id: number) => {
    await client.say({ kind: 'pull', id, conversation, fromSeq: 1 as Seq, untilSeq: 99 as Seq, end: 'first', limit: 200 });
    most = Math.max(most, client.bufferedBytes());
  };
  await ask(bens, 1);
  await ask(bens, 2);
  await ask(bens, 3);
  expect(bens.of('range')).toHaveLength(2);
  expect(bens.last('error')).toMatchObject({ re: 3, code: 'too_busy', retryable: true });
  expect(bens.end).toBeNull();
  for (let id = 4; id < 2_000 && !bens.end; id++) {
    await ask(bens, id);
    await world.environment.advance(10);
  }
  expect(bens.end).toEqual({ code: 4004, reason: 'slow_consumer' });
  expect(most).toBeLessThan(small.answersBytesMax + 20_000);
});

test('[SLOW-1] what was told in the meantime and cannot be told again is made good by a sync', async () => {
  const { world, bens, adas, conversation, sayUntilSlow, head } = await talk();
  bens.reads = false;
  await sayUntilSlow();
  await adas.say({ kind: 'mark', conversation, readSeq: head().seq, receivedSeq: head().seq });
  bens.drain();
  bens.forget();
  await world.environment.advance(1_000);
  expect(bens.of('marker')).toEqual([]);
  expect(bens.of('resync')).toHaveLength(1);
});
