import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest16 } from '../environment.ts';
import {
  bytesOfDigest,
  type ConversationId,
  type DeviceId,
  idFromBytes,
  type OperationNumber,
  type PersonId,
  type Salt,
  type WallMs,
} from '../ids.ts';
import { limits } from '../limits.ts';
import { decideOperation, factsAtHead } from './decide.ts';
import { type EntryKind, genesis } from './entry.ts';
import { groupActs, isAtLeast, outranks, type Role } from './permissions.ts';
import { currentMembers, emptyLog, isMember, LogDraft, type LogState } from './state.ts';
import { isVisible } from './visibility.ts';

const digest16: Digest16 = (text) => hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url');
const idOf = <Id extends string>(name: string): Id => idFromBytes(bytesOfDigest(digest16(name))) as Id;
const names = ['ada', 'ben', 'cleo', 'dan', 'eve'] as const;
type Name = (typeof names)[number];
const person = (name: Name): PersonId => idOf(name);
const context = { digest16, salt: () => digest16('salt') as Salt, now: 1_000 as WallMs };

/** A group as its people lead it; each act answers with what became of it. */
class Led {
  readonly #draft = new LogDraft(emptyLog(idOf<ConversationId>('group')));
  #n = 0;

  constructor(roles: Partial<Record<Name, Role>>) {
    const members = Object.entries(roles).map(([name, role]) => ({ person: person(name as Name), role }));
    expect(this.does(Object.keys(roles)[0] as Name, 'create', { type: 'group', title: 'Ferry', members })).toBe('done');
  }

  get state(): LogState {
    return this.#draft.state;
  }

  does(by: Name, kind: EntryKind, body: object): string {
    this.#n += 1;
    const { state } = this.#draft;
    const n = this.#n as OperationNumber;
    const ids = { conversation: state.conversation, author: person(by), device: idOf<DeviceId>(by), n };
    const after = state.head.seq === 0 ? genesis : state.head;
    const operation = { ...ids, kind, target: null, body: JSON.stringify(body), after };
    const verdict = decideOperation(state, [], operation, factsAtHead(after.chain), context);
    if (verdict.verdict === 'append') this.#draft.apply(verdict.entry);
    return 'refusal' in verdict ? verdict.refusal.refused : 'done';
  }

  adds = (by: Name, whom: Name, role: Role = 'member') => this.does(by, 'add', { person: person(whom), role });
  removes = (by: Name, whom: Name, ban = false) => this.does(by, 'remove', { person: person(whom), ...(ban ? { ban: true } : {}) });
  makes = (by: Name, whom: Name, role: Role) => this.does(by, 'role', { person: person(whom), role });
}

const town = () => new Led({ ada: 'owner', ben: 'admin', cleo: 'member', dan: 'member' });

describe('leading a group', () => {
  test('[GRP-3] whoever begins a group owns it, and names each of its members once', () => {
    const begins = membersRefused;
    expect(begins([{ person: person('ada'), role: 'member' }])).toBe('malformed');
    expect(begins([{ person: person('ben'), role: 'owner' }])).toBe('malformed');
    expect(
      begins([
        { person: person('ada'), role: 'owner' },
        { person: person('ben'), role: 'member' },
        { person: person('ben'), role: 'admin' },
      ]),
    ).toBe('malformed');
    expect(
      begins([
        { person: person('ada'), role: 'owner' },
        { person: person('ben'), role: 'member' },
      ]),
    ).toBe('done');
  });

  test('[GRP-2] each act is kept to whoever the permissions name, as they are at that very place', () => {
    for (const act of groupActs) {
      for (const least of ['member', 'admin', 'owner'] as const) {
        const led = town();
        expect(led.does('ada', 'rules', { permissions: { [act]: least } })).toBe('done');
        for (const [name, role] of [
          ['ada', 'owner'],
          ['ben', 'admin'],
          ['cleo', 'member'],
        ] as const) {
          const tried = {
            write: () => led.does(name, 'message', { text: 'hello' }),
            describe: () => led.does(name, 'describe', { title: 'Pier' }),
          }[act as string];
          if (tried) expect([act, least, role, tried()]).toEqual([act, least, role, isAtLeast(role, least) ? 'done' : 'not_allowed']);
        }
      }
    }
    const led = town();
    expect(led.adds('cleo', 'eve')).toBe('done');
    expect(led.does('ada', 'rules', { permissions: { add: 'admin' } })).toBe('done');
    expect(led.removes('ben', 'eve')).toBe('done');
    expect(led.adds('cleo', 'eve')).toBe('not_allowed');
    expect(led.adds('ben', 'eve')).toBe('done');
  });

  test('[GRP-2] rules and roles are the owners’, whatever the permissions say', () => {
    const led = town();
    expect(led.does('ben', 'rules', { newcomersSee: 'all' })).toBe('not_allowed');
    expect(led.makes('ben', 'cleo', 'admin')).toBe('not_allowed');
    expect(led.adds('ben', 'eve', 'admin')).toBe('not_allowed');
    expect(led.adds('ada', 'eve', 'admin')).toBe('done');
  });

  test('[GRP-2] an admin who was made a member acts no more, and nobody on whoever stands as high', () => {
    const led = town();
    expect(led.removes('ben', 'ada')).toBe('rank_too_low');
    expect(led.makes('ada', 'cleo', 'admin')).toBe('done');
    expect(led.removes('ben', 'cleo')).toBe('rank_too_low');
    expect(led.removes('ben', 'dan')).toBe('done');
    expect(led.makes('ada', 'ben', 'member')).toBe('done');
    expect(led.removes('ben', 'cleo')).toBe('not_allowed');
    expect(led.removes('cleo', 'ben')).toBe('done');
  });

  test('[GRP-4] [GRP-5] ownership is handed over, never taken, and the last owner cannot leave others without one', () => {
    const led = town();
    expect(led.removes('ada', 'ada')).toBe('owner_needed');
    expect(led.makes('ada', 'ada', 'member')).toBe('owner_needed');
    expect(led.makes('ada', 'ben', 'owner')).toBe('done');
    expect(led.makes('ada', 'ben', 'owner')).toBe('unchanged');
    expect(led.makes('ben', 'ada', 'member')).toBe('rank_too_low');
    expect(led.removes('ben', 'ada')).toBe('rank_too_low');
    expect(led.makes('ada', 'ada', 'admin')).toBe('done');
    expect(led.removes('ada', 'ada')).toBe('done');
    expect(led.removes('ben', 'ben')).toBe('owner_needed');
    for (const other of ['cleo', 'dan'] as const) expect(led.removes('ben', other)).toBe('done');
    expect(led.removes('ben', 'ben')).toBe('done');
    expect(currentMembers(led.state)).toEqual([]);
  });

  test('[GRP-6] who is banned cannot be brought back until they are pardoned, whether they were here or not', () => {
    const led = town();
    expect(led.removes('cleo', 'dan', true)).toBe('not_allowed');
    expect(led.removes('ben', 'dan', true)).toBe('done');
    expect(isMember(led.state, person('dan'))).toBe(false);
    expect(led.adds('ada', 'dan')).toBe('member_banned');
    expect(led.removes('ben', 'dan', true)).toBe('unchanged');
    expect(led.removes('ben', 'eve', true)).toBe('done');
    expect(led.state.members.has(person('eve'))).toBe(false);
    expect(led.adds('ada', 'eve')).toBe('member_banned');
    expect(led.removes('ben', 'ben', true)).toBe('malformed');
    expect(led.does('cleo', 'pardon', { person: person('dan') })).toBe('not_allowed');
    expect(led.does('ben', 'pardon', { person: person('dan') })).toBe('done');
    expect(led.does('ben', 'pardon', { person: person('dan') })).toBe('unchanged');
    expect(led.adds('cleo', 'dan')).toBe('done');
    expect(led.state.group.banned).toEqual([person('eve')]);
  });

  test('[GRP-6] as many are banned as may be, and then somebody must be pardoned first', () => {
    const led = town();
    const banned = Array.from({ length: limits.bansMax }, (_, index) => idOf<PersonId>(`${index}`));
    for (const one of banned) expect(led.does('ben', 'remove', { person: one, ban: true })).toBe('done');
    expect(led.removes('ben', 'eve', true)).toBe('too_many_bans');
    expect(led.does('ben', 'pardon', { person: banned[0] })).toBe('done');
    expect(led.removes('ben', 'eve', true)).toBe('done');
  });

  test('[GRP-7] what newcomers see is settled as they join; a later rule reveals nothing and takes nothing', () => {
    const led = town();
    led.does('ada', 'message', { text: 'before' });
    led.adds('ada', 'eve');
    led.does('ada', 'rules', { newcomersSee: 'all' });
    const sees = (name: Name, seq: number) => isVisible(led.state.members.get(person(name))?.stays ?? [], seq as never);
    expect(sees('eve', 2)).toBe(false);
    led.removes('ada', 'eve');
    led.adds('ada', 'eve');
    expect(sees('eve', 2)).toBe(true);
    led.does('ada', 'rules', { newcomersSee: 'joining' });
    expect(sees('eve', 2)).toBe(true);
    expect(sees('ada', 1)).toBe(true);
  });

  test('[A-31] a title that shows nothing, or turns the words around it, is refused', () => {
    const led = town();
    for (const title of ['', ' ', '\u200b', 'pier\u202etxt', 'two\nlines'])
      expect([title, led.does('ada', 'describe', { title })]).toEqual([title, 'malformed']);
    for (const title of ['Pier', '桟橋', 'رصيف', '👩‍👩‍👧 ferry']) expect(led.does('ada', 'describe', { title })).toBe('done');
  });

  test('[GRP-1] whoever left knows the group as it was then', () => {
    const led = town();
    led.does('ada', 'describe', { about: 'By the sea', hue: 200 });
    led.removes('ada', 'dan');
    led.does('ada', 'describe', { title: 'Pier', about: '' });
    expect(led.state.members.get(person('dan'))?.stays[0]?.leftFace).toEqual({ title: 'Ferry', about: 'By the sea', hue: 200 });
    expect([led.state.title, led.state.group.about, led.state.group.hue]).toEqual(['Pier', '', 200]);
  });

  test('of two roles one outranks the other, or they are the same', () => {
    const role = fc.constantFrom<Role>('owner', 'admin', 'member');
    fc.assert(
      fc.property(role, role, (one, other) => {
        expect([outranks(one, other), outranks(other, one), one === other].filter(Boolean)).toHaveLength(1);
        expect(isAtLeast(one, other)).toBe(!outranks(other, one));
      }),
    );
  });
});

function membersRefused(members: object[]): string {
  const empty = emptyLog(idOf<ConversationId>('new'));
  const operation = {
    conversation: empty.conversation,
    author: person('ada'),
    device: idOf<DeviceId>('ada'),
    n: 1 as OperationNumber,
    kind: 'create' as const,
    target: null,
    body: JSON.stringify({ type: 'group', members }),
    after: genesis,
  };
  const verdict = decideOperation(empty, [], operation, factsAtHead(genesis.chain), context);
  return 'refusal' in verdict ? verdict.refusal.refused : 'done';
}
