import { genesis, type Operation } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, OperationNumber, PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { expect, test } from 'vitest';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { MemoryLogStore } from '../adapters/memory/memory-log-store.ts';
import { ManualEnvironment } from '../manual-environment.ts';
import { digest16, mintSalt } from '../node-environment.ts';
import { ConversationOwners } from './conversation-owners.ts';

const afterDistanceMax = 4;

test('[OP-3] what stands there has its seq though it was made too far behind the head, by somebody who was taken out since', async () => {
  const environment = new ManualEnvironment(1);
  const here = environment.id() as ConversationId;
  const ada = { author: environment.id() as PersonId, device: environment.id() as DeviceId };
  const ben = { author: environment.id() as PersonId, device: environment.id() as DeviceId };
  const owners = new ConversationOwners({
    store: new MemoryLogStore(),
    bus: new MemoryBus(),
    environment,
    digest16,
    mintSalt,
    ownersKeptMax: 100,
    marksKept: 64,
    limits: { ...limits, afterDistanceMax },
  });
  const operation = (n: number, body: object, more: Partial<Operation> = {}): Operation => {
    const common = { conversation: here, ...ada, kind: 'message', target: null, after: null } as const;
    return { ...common, n: n as OperationNumber, body: JSON.stringify(body), ...more };
  };
  const says = (n: number, more: Partial<Operation> = {}) => operation(n, { text: `line ${n}` }, more);
  const send = async (operations: readonly Operation[]) => {
    const answers = owners.send(here, operations);
    await environment.settle();
    return (await answers).map((answer) => ('seq' in answer ? answer.seq : answer.refused));
  };
  const members = [
    { person: ada.author, role: 'owner' },
    { person: ben.author, role: 'member' },
  ];
  expect(await send([operation(1, { type: 'group', title: 'Ferry', members }, { kind: 'create', after: genesis })])).toEqual([1]);
  const fromTheBeginning = { ...ben, after: genesis };
  const bens = [1, 2].map((n) => says(n, fromTheBeginning));
  expect(await send(bens)).toEqual([2, 3]);
  expect(await send([2, 3].map((n) => says(n)))).toEqual([4, 5]);
  // Still a member, Ben is told to look through what came since.
  expect(await send([says(3, fromTheBeginning)])).toEqual(['resync']);
  expect(await send([operation(4, { person: ben.author }, { kind: 'remove' })])).toEqual([6]);
  expect(await send([...bens, says(3, fromTheBeginning)])).toEqual([2, 3, 'not_a_member']);
});
