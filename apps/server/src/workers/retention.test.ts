import type { ConversationId, LoginId, MessageCount, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { expect, onTestFinished, test } from 'vitest';
import { MemoryDirectory } from '../adapters/memory/memory-directory.ts';
import { MemoryLogStore } from '../adapters/memory/memory-log-store.ts';
import { ManualEnvironment } from '../manual-environment.ts';
import { firstLookAfterMs, forgottenAtOnceMax, lookEveryMs, pauseMs, Retention } from './retention.ts';

const login = 'login' as LoginId;
const person = 'person' as PersonId;
const conversation = 'conversation' as ConversationId;

function openWorld() {
  const environment = new ManualEnvironment(1);
  const directory = new MemoryDirectory();
  const store = new MemoryLogStore();
  const faults: unknown[] = [];
  const start = () => {
    const retention = new Retention({ directory, store, environment, reportFault: (fault) => faults.push(fault) });
    onTestFinished(() => retention.stop());
    return retention;
  };
  return { environment, directory, store, faults, start };
}

async function issueToken({ directory, environment }: ReturnType<typeof openWorld>, hash: string, lifetimeMs: number): Promise<void> {
  const createdAt = environment.now();
  await directory.createRefreshToken({ hash, login, createdAt, expiresAt: (createdAt + lifetimeMs) as WallMs });
}

async function read({ store, environment }: ReturnType<typeof openWorld>, readSeq: number): Promise<void> {
  const seq = readSeq as Seq;
  const none = 0 as MessageCount;
  const marker = { readSeq: seq, readOrd: none, readMine: none, receivedSeq: seq, toldSeq: seq };
  await store.commit({ appends: [], markers: [{ conversation, person, marker, readAt: environment.now() }] });
}

test('refresh tokens go when they are out of date, times of reading after their lifetime, and nothing earlier', async () => {
  const world = openWorld();
  const { environment, directory, store, start } = world;
  await issueToken(world, 'short', firstLookAfterMs + 1);
  await issueToken(world, 'long', firstLookAfterMs + lookEveryMs + 1);
  await read(world, 1);
  start();
  await environment.advance(firstLookAfterMs);
  expect(await directory.loadRefreshToken('short')).not.toBeNull();
  await environment.advance(lookEveryMs);
  expect(await directory.loadRefreshToken('short')).toBeNull();
  expect(await directory.loadRefreshToken('long')).not.toBeNull();
  await environment.advance(limits.markerStepLifetimeMs - lookEveryMs - firstLookAfterMs);
  expect(await store.loadMarkerSteps(conversation, person)).toHaveLength(1);
  await read(world, 2);
  await environment.advance(lookEveryMs);
  expect((await store.loadMarkerSteps(conversation, person)).map(({ readSeq }) => readSeq)).toEqual([2]);
  expect(await directory.loadRefreshToken('long')).toBeNull();
});

test('much is forgotten a piece at a time', async () => {
  const world = openWorld();
  const { environment, directory, start } = world;
  const count = 2 * forgottenAtOnceMax + 1;
  for (let index = 0; index < count; index++) await issueToken(world, `token ${index}`, index);
  const left = async () => {
    let kept = 0;
    for (let index = 0; index < count; index++) if (await directory.loadRefreshToken(`token ${index}`)) kept++;
    return kept;
  };
  start();
  await environment.advance(firstLookAfterMs);
  expect(await left()).toBe(forgottenAtOnceMax + 1);
  await environment.advance(pauseMs);
  expect(await left()).toBe(1);
  await environment.advance(pauseMs);
  expect(await left()).toBe(0);
});

test('a store that fails is told of and asked again later; nothing happens after the end', async () => {
  const world = openWorld();
  const { environment, directory, faults, start } = world;
  await issueToken(world, 'a', 1);
  const forget = directory.forgetRefreshTokens.bind(directory);
  directory.forgetRefreshTokens = () => Promise.reject(new Error('the disk is full'));
  const retention = start();
  await environment.advance(firstLookAfterMs);
  expect(faults).toEqual([new Error('the disk is full')]);
  directory.forgetRefreshTokens = forget;
  await environment.advance(lookEveryMs);
  expect(await directory.loadRefreshToken('a')).toBeNull();
  await retention.stop();
  await issueToken(world, 'b', 1);
  await environment.advance(10 * lookEveryMs);
  expect(await directory.loadRefreshToken('b')).not.toBeNull();
});
