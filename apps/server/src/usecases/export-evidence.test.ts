import { decideOperation, factsAtHead } from '@parlour/core/conversation-log/decide';
import type { Entry } from '@parlour/core/conversation-log/entry';
import { EvidenceCheck } from '@parlour/core/conversation-log/evidence';
import { emptyLog, LogDraft } from '@parlour/core/conversation-log/state';
import type { ConversationId, DeviceId, OperationNumber, PersonId } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { expect, test } from 'vitest';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { MemoryDirectory } from '../adapters/memory/memory-directory.ts';
import { MemoryLogStore } from '../adapters/memory/memory-log-store.ts';
import { digest16, mintSalt, nodeEnvironment } from '../node-environment.ts';
import { ConversationOwners } from '../owner/conversation-owners.ts';
import { exportEvidence } from './export-evidence.ts';
import { openConversationAs } from './open-conversation.ts';

const environment = nodeEnvironment;
const [ada, ben] = [environment.id(), environment.id()] as [PersonId, PersonId];

async function begin(texts: readonly string[]) {
  const conversation = environment.id() as ConversationId;
  const store = new MemoryLogStore();
  const draft = new LogDraft(emptyLog(conversation));
  const entries: Entry[] = [];
  const members = [
    { person: ada, role: 'owner' },
    { person: ben, role: 'member' },
  ];
  for (const [index, body] of [{ type: 'group', members }, ...texts.map((text) => ({ text }))].entries()) {
    const operation = {
      conversation,
      author: ada,
      device: conversation as unknown as DeviceId,
      n: (index + 1) as OperationNumber,
      kind: index === 0 ? ('create' as const) : ('message' as const),
      target: null,
      body: JSON.stringify(body),
      after: draft.state.head,
    };
    const context = { digest16, salt: mintSalt, now: environment.now() };
    const verdict = decideOperation(draft.state, [], operation, factsAtHead(draft.state.head.chain), context);
    if (verdict.verdict !== 'append') throw new Error('not appended');
    draft.apply(verdict.entry);
    entries.push(verdict.entry);
  }
  await store.commit({ appends: [{ conversation, expect: emptyLog(conversation).head, entries, state: draft.state }], markers: [] });
  const owners = new ConversationOwners({
    store,
    bus: new MemoryBus(),
    environment,
    digest16,
    mintSalt,
    ownersKeptMax: 10,
    marksKept: 64,
    limits,
  });
  const opened = await openConversationAs(ben, conversation, owners);
  if ('refused' in opened) throw new Error(opened.refused);
  return { opened, store };
}

test('[EVID-1] it comes in pieces that are soon written, however long its messages are, with a turn for others after each', async () => {
  const long = '"'.repeat(limits.textLengthMax);
  const texts = [...Array.from({ length: 100 }, () => long), ...Array.from({ length: 100 }, () => 'short')];
  const { opened, store } = await begin(texts);
  let turnCount = 0;
  const counting = {
    now: environment.now,
    endOfTurn: (callback: () => void) => {
      turnCount += 1;
      environment.endOfTurn(callback);
    },
  };
  const check = new EvidenceCheck(digest16);
  let pieceCount = 0;
  for await (const lines of exportEvidence(opened, { store, directory: new MemoryDirectory(), environment: counting, version: '0.1.0' })) {
    const bodies = lines.flatMap((line) => (line.line === 'entry' ? [line.body?.length ?? 0] : []));
    if (bodies.length > 0) pieceCount += 1;
    // A quote is two characters in a body already.
    expect(bodies.length === 1 || bodies.reduce((sum, length) => sum + length, 0) <= 32_768).toBe(true);
    for (const line of lines) check.take(line);
  }
  check.finish();
  expect([check.fault, check.entryCount]).toEqual([null, 201]);
  expect(pieceCount).toBeGreaterThan(100);
  expect(turnCount).toBe(pieceCount);
});
