import { type Entry, genesis } from '@parlour/core/conversation-log/entry';
import type { Role } from '@parlour/core/conversation-log/permissions';
import { applyRun, emptyLog } from '@parlour/core/conversation-log/state';
import { isRefusal } from '@parlour/core/errors';
import type { ConversationId, PersonId, WallMs } from '@parlour/core/ids';
import { nameKeyOf } from '@parlour/core/name-key';
import { expect, test } from 'vitest';
import { MemoryDirectory } from '../adapters/memory/memory-directory.ts';
import { nodeEnvironment } from '../node-environment.ts';
import { listBans, listMembers, type MembersWish } from './list-members.ts';
import type { ConversationForReader } from './open-conversation.ts';

const conversation = nodeEnvironment.id() as ConversationId;
const idOf = (index: number): PersonId => String(index).padStart(26, '0') as PersonId;

/** A group as somebody of it sees it. */
async function groupOf(roles: readonly Role[], { gone = [] as readonly number[], banned = [] as readonly number[] } = {}) {
  const directory = new MemoryDirectory();
  const people = roles.map((role, index) => ({ person: idOf(index), role }));
  for (const [index, { person }] of people.entries()) {
    const displayName = `Person ${index} ${index % 2 === 0 ? 'Keller' : 'Haddad'}`;
    const names = { handle: `p${index}`, handleKey: `p${index}`, displayName, nameKey: nameKeyOf(`${displayName} p${index}`) };
    await directory.createPerson({ id: person, ...names, about: '', emailKey: `${index}`, passwordHash: '', createdAt: 0 as WallMs });
  }
  const entry = (seq: number, kind: Entry['kind'], body: object) =>
    ({ ...genesis, seq, kind, author: idOf(0), memberSeq: seq, body: JSON.stringify(body) }) as unknown as Entry;
  const leaving = [...gone.map((index) => ({ person: idOf(index) })), ...banned.map((index) => ({ person: idOf(index), ban: true }))];
  const state = applyRun(emptyLog(conversation), [
    entry(1, 'create', { type: 'group', members: people }),
    ...leaving.map((body, index) => entry(index + 2, 'remove', body)),
  ]);
  const seenBy = (index: number) =>
    ({ id: conversation, reader: idOf(index), state, visibleHeadSeq: state.head.seq }) as ConversationForReader;
  return { directory, seenBy };
}

const all: MembersWish = { limit: 200, after: null, role: null, name: null };

async function listed(of: ConversationForReader, wish: Partial<MembersWish>, directory: MemoryDirectory) {
  const answer = await listMembers(of, { ...all, ...wish }, { directory });
  if (isRefusal(answer)) throw new Error(answer.refused);
  return answer;
}

test('[GRP-9] pages of ten thousand hold everybody once, the highest role first', async () => {
  const roles = Array.from({ length: 10_000 }, (_, index): Role => (index === 7_000 ? 'owner' : index % 1_000 === 5 ? 'admin' : 'member'));
  const { directory, seenBy } = await groupOf(roles, { gone: [3] });
  const found: { readonly id: PersonId; readonly role: Role }[] = [];
  for (let after: PersonId | null = null; ; ) {
    const page = await listed(seenBy(0), { after, limit: 200 }, directory);
    expect(page.count).toBe(9_999);
    found.push(...page.members.map(({ person, role }) => ({ id: person.id, role })));
    after = page.members.at(-1)?.person.id ?? null;
    if (!page.more) break;
  }
  expect([found.length, new Set(found.map(({ id }) => id)).size]).toEqual([9_999, 9_999]);
  expect(found.slice(0, 12).map(({ role }) => role)).toEqual(['owner', ...Array(10).fill('admin'), 'member']);
  expect(found.some(({ id }) => id === idOf(3))).toBe(false);
});

test('[GRP-9] a page goes on behind whoever stood last on the one before, though they have gone since', async () => {
  const { directory, seenBy } = await groupOf(['owner', 'member', 'member', 'member'], { gone: [1] });
  const after = async (index: number) => {
    const { members, more } = await listed(seenBy(0), { after: idOf(index), limit: 1 }, directory);
    return [members.map(({ person }) => person.handle), more];
  };
  expect(await after(0)).toEqual([['p2'], true]);
  expect(await after(1)).toEqual([['p2'], true]);
  expect(await after(2)).toEqual([['p3'], false]);
  expect(await after(3)).toEqual([[], false]);
});

test('[GRP-9] by each word of a name, in a group of few and of many, and of nobody who is not in it', async () => {
  for (const size of [6, 800]) {
    const { directory, seenBy } = await groupOf(
      Array.from({ length: size }, (_, index) => (index === 2 ? 'admin' : 'member')),
      { gone: [4] },
    );
    const namesOf = async (name: string, role: Role | null = null) =>
      (await listed(seenBy(0), { name, role }, directory)).members.map(({ person }) => person.handle);
    expect(await namesOf('person 2 kel')).toContain('p2');
    expect(await namesOf('kel', 'admin')).toEqual(['p2']);
    expect(await namesOf('p4')).not.toContain('p4');
    expect(await namesOf('nobody')).toEqual([]);
    expect(await namesOf(' - ')).toEqual([]);
  }
});

test('[GRP-9] whoever is found by name is paged through as all are', async () => {
  const { directory, seenBy } = await groupOf(['owner', 'member', 'member', 'member', 'member'], { gone: [] });
  const whole = await listed(seenBy(0), { name: 'kel' }, directory);
  expect(whole.members.length).toBeGreaterThan(2);
  const paged = [];
  for (let after: PersonId | null = null; ; ) {
    const page = await listed(seenBy(0), { name: 'kel', after, limit: 2 }, directory);
    paged.push(...page.members);
    after = page.members.at(-1)?.person.id ?? null;
    if (!page.more) break;
    expect(page.members).toHaveLength(2);
  }
  expect(paged).toEqual(whole.members);
});

test('[GRP-9] [A-12] whoever was taken out is told of no members, and a member of no bans', async () => {
  const { directory, seenBy } = await groupOf(['owner', 'member', 'member'], { gone: [1], banned: [2] });
  expect(await listMembers(seenBy(1), all, { directory })).toMatchObject({ refused: 'not_a_member' });
  expect(await listBans(seenBy(1), { directory })).toMatchObject({ refused: 'not_a_member' });
  expect(await listBans(seenBy(0), { directory })).toMatchObject([{ id: idOf(2) }]);
  const other = await groupOf(['owner', 'member', 'member'], { banned: [2] });
  expect(await listBans(other.seenBy(1), other)).toMatchObject({ refused: 'not_allowed' });
});
