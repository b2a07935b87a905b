import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CutLine } from './cut-line.ts';

/** Longer than anything takes here that is not held up. */
const aWhileMs = 150;

async function heard() {
  const stack = new AsyncDisposableStack();
  const ends: Socket[] = [];
  const said: string[] = [];
  const echo = createServer((socket) => {
    ends.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      said.push(chunk.toString());
      socket.write(chunk.toString().toUpperCase());
    });
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  stack.defer(() => {
    echo.close();
    for (const end of ends) end.destroy();
  });
  const line = stack.use(await CutLine.to((echo.address() as AddressInfo).port));
  const answers: string[] = [];
  const near = connect(line.port, '127.0.0.1');
  stack.defer(() => void near.destroy());
  near.on('error', () => {});
  near.on('data', (chunk) => answers.push(chunk.toString()));
  near.write('a');
  await expect.poll(() => answers.join('')).toBe('A');
  return { line, near, said, answers, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('what a mute line was told arrives once it is healed, and not before', async () => {
  await using it = await heard();
  it.line.suffer({ what: 'mute' });
  it.near.write('b');
  await wait(aWhileMs);
  expect(it.said.join('')).toBe('a');
  it.line.heal();
  await expect.poll(() => it.answers.join('')).toBe('AB');
});

test('a deaf line takes everything there and brings nothing back, nor that the other end is gone', async () => {
  await using it = await heard();
  it.line.suffer({ what: 'deaf' });
  it.near.write('b');
  await expect.poll(() => it.said.join('')).toBe('ab');
  await wait(aWhileMs);
  expect(it.answers.join('')).toBe('A');
  it.line.heal();
  await expect.poll(() => it.answers.join('')).toBe('AB');
});

test('a slow line is late by so much', async () => {
  await using it = await heard();
  it.line.suffer({ what: 'slow', lateMs: aWhileMs });
  const from = performance.now();
  it.near.write('b');
  await expect.poll(() => it.answers.join('')).toBe('AB');
  // There and back; a timer may be early by less than one.
  expect(performance.now() - from).toBeGreaterThan(2 * aWhileMs - 2);
});

test('a line that is cut ends who is there and whoever comes, until it is healed', async () => {
  await using it = await heard();
  const ended = once(it.near, 'close');
  it.line.suffer({ what: 'cut' });
  await ended;
  const again = connect(it.line.port, '127.0.0.1');
  again.on('error', () => {});
  await once(again, 'close');
  it.line.heal();
  const later = connect(it.line.port, '127.0.0.1');
  later.write('c');
  expect(String((await once(later, 'data'))[0])).toBe('C');
  later.destroy();
});

test('a line that is pointed elsewhere loses who was there, takes nobody where it leads nowhere, and brings the next to the other end', async () => {
  await using it = await heard();
  await using other = await heard();
  const closed = once(it.near, 'close');
  it.line.pointTo(null);
  await closed;
  const refused = connect(it.line.port, '127.0.0.1');
  refused.on('error', () => {});
  await once(refused, 'close');
  it.line.pointTo(other.line.port);
  const near = connect(it.line.port, '127.0.0.1');
  near.write('c');
  const [answer] = await once(near, 'data');
  near.destroy();
  expect(answer.toString()).toBe('C');
  expect([it.said.join(''), other.said.join('')]).toEqual(['a', 'ac']);
});
