import type { Chain, ConversationId, DeviceId, MessageCount, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { describe, expect, test } from 'vitest';
import type { Me, Person } from './client.ts';
import type { HeldEntry } from './held-entry.ts';
import { MemoryStore } from './memory-store.ts';
import { type Change, changeOf, type KeptMark, Mirror } from './mirror.ts';
import { entryKey, type HeldRow, type Store, type StoreTransaction, StoreUnreadable } from './store.ts';
import { putAll } from './store-writer.ts';

const person = (handle: string): Person => ({ id: handle as PersonId, handle, displayName: handle, about: '', placeholder: false });
const known = (handle: string): Change => changeOf('people', handle, person(handle));
const conversation = '4'.repeat(26) as ConversationId;
const entry = (seq: number): HeldEntry => ({
  seq: seq as Seq,
  chain: 'A'.repeat(22) as Chain,
  author: '1'.repeat(26) as PersonId,
  device: '2'.repeat(26) as DeviceId,
  n: seq as OperationNumber,
  memberSeq: 1 as Seq,
  ts: 1_000 as WallMs,
  ord: seq as MessageCount,
  mine: 0 as MessageCount,
  kind: 'message',
  body: { text: `${seq}` },
});
const said = (seq: number): Change => changeOf('entries', entryKey(conversation, seq as Seq), entry(seq));

/** A store whose transactions end one by one, as they are told to. */
class SlowStore implements Store {
  readonly volatile = false;
  readonly kept = new MemoryStore();
  readonly #ends: (() => void)[] = [];

  async transact<T>(body: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
    const value = await this.kept.transact(body);
    await new Promise<void>((resolve) => this.#ends.push(resolve));
    return value;
  }

  get isWaitedFor(): boolean {
    return this.#ends.length > 0;
  }

  end(): void {
    this.#ends.shift()?.();
  }

  put(changes: readonly Change[]): Promise<void> {
    return this.kept.transact(async (transaction) => putAll(transaction, changes));
  }

  close(): Promise<void> {
    return this.kept.close();
  }
}

const names = (mirror: Mirror) => [...mirror.people.keys()].sort();

describe('mirror', () => {
  test('[SDK-61] what comes while the store is read twice at once is lost by neither', async () => {
    const store = new SlowStore();
    await store.put([known('stored')]);
    const mirror = new Mirror();
    const both = [mirror.load(store), mirror.load(store)];
    await expect.poll(() => store.isWaitedFor).toBe(true);
    mirror.apply([known('during both')]);
    store.end();
    await both[0];
    mirror.apply([known('after the first')]);
    await expect.poll(() => store.isWaitedFor).toBe(true);
    store.end();
    await both[1];
    expect(names(mirror)).toEqual(['after the first', 'during both', 'stored']);
  });

  test('[SDK-61] what the leader shows and the store does not have goes on top of what was read, and below what came since', async () => {
    const store = new MemoryStore();
    const mirror = new Mirror();
    const { promise: answer, resolve } = Promise.withResolvers<readonly Change[]>();
    const loading = mirror.load(store, () => answer);
    mirror.apply([known('told')]);
    resolve([known('unwritten'), changeOf('people', 'gone', person('gone'))]);
    await Promise.resolve();
    mirror.apply([changeOf('people', 'gone', null)]);
    await loading;
    expect(names(mirror)).toEqual(['told', 'unwritten']);
  });

  test('[SDK-61] what the next leader tells is not shown over what the one before it told, but over what is read', async () => {
    const store = new SlowStore();
    await store.put([known('stored')]);
    const mirror = new Mirror();
    mirror.apply([known('of the leader that died')]);
    const shown: string[][] = [];
    mirror.subscribe(() => void shown.push(names(mirror)));
    const loading = mirror.load(store);
    await expect.poll(() => store.isWaitedFor).toBe(true);
    mirror.applyTold([known('of the next leader')]);
    store.end();
    await loading;
    mirror.applyTold([known('later')]);
    expect(shown).toEqual([
      ['of the next leader', 'stored'],
      ['later', 'of the next leader', 'stored'],
    ]);
  });

  test('[SDK-61] a reading that ends after one that began later shows nothing of the leader it had asked', async () => {
    const store = new MemoryStore();
    const mirror = new Mirror();
    const { promise: second, resolve } = Promise.withResolvers<readonly Change[]>();
    const answers = [Promise.resolve([known('of the leader that died')]), second];
    const late = mirror.load(store, () => answers.shift() ?? second);
    await mirror.load(store);
    mirror.apply([known('of the next one')]);
    resolve([]);
    await late;
    expect(names(mirror)).toEqual(['of the next one']);
  });

  test('[SDK-61] where the store cannot be read, what was told meanwhile is shown all the same', async () => {
    const store = new SlowStore();
    const mirror = new Mirror();
    const loading = mirror.load(store, () => Promise.reject(new StoreUnreadable('damaged')));
    mirror.applyTold([known('told')]);
    await expect(loading).rejects.toThrow('damaged');
    expect(names(mirror)).toEqual(['told']);
  });

  test('[SDK-53] a reading that was under way when the store was erased brings nothing back of before', async () => {
    const store = new MemoryStore();
    const mirror = new Mirror();
    const { promise: answer, resolve } = Promise.withResolvers<readonly Change[]>();
    const late = mirror.load(store, () => answer);
    mirror.apply([known('of the person before')]);
    mirror.dropWhatCame();
    await mirror.load(store);
    mirror.apply([known('of the next one')]);
    resolve([]);
    await late;
    expect(names(mirror)).toEqual(['of the next one']);
  });

  test('[SDK-61] entries that were not told of are there once the store is read again', async () => {
    const store = new MemoryStore();
    const write = (changes: readonly Change[]) => store.transact(async (transaction) => putAll(transaction, changes));
    await write([said(1)]);
    const mirror = new Mirror();
    await mirror.hold(store, conversation);
    await write([said(2), changeOf('entries', entryKey(conversation, 1 as Seq), null)]);
    await mirror.load(store);
    expect([1, 2].map((seq) => mirror.entryAt(conversation, seq))).toEqual([null, entry(2)]);
  });

  describe('[SDK-17] how far was read', () => {
    const row = (readSeq: number, wishSeq: number | null, headSeq = 9): HeldRow => ({
      conversation,
      type: 'direct',
      head: { seq: headSeq as Seq, chain: 'A'.repeat(22) as Chain },
      ord: headSeq as MessageCount,
      mine: 0 as MessageCount,
      activity: 0 as WallMs,
      firstSeq: 1 as Seq,
      readSeq: readSeq as Seq,
      readOrd: readSeq as MessageCount,
      readMine: 0 as MessageCount,
      receivedSeq: 9 as Seq,
      receipts: [],
      memberCount: 2,
      wish: wishSeq === null ? null : { readSeq: wishSeq as Seq, readOrd: wishSeq as MessageCount, readMine: 0 as MessageCount },
    });
    const me = (handle: string): Change => changeOf('meta', 'me', { ...person(handle), login: 'login' } as unknown as Me);
    const shownOf = (mirror: Mirror) => {
      const { readSeq = 0, wish } = mirror.rows.get(conversation) ?? {};
      return Math.max(readSeq, wish?.readSeq ?? 0);
    };

    /** What is read from a store, by a mirror that showed `shown` before. */
    async function loadOver(
      shown: HeldRow,
      stored: HeldRow | null,
      whoStored = 'ada',
    ): Promise<{ mirror: Mirror; store: MemoryStore; kept: readonly KeptMark[] }> {
      const mirror = new Mirror();
      mirror.apply([me('ada'), changeOf('rows', conversation, shown)]);
      const store = new MemoryStore();
      await store.transact(async (transaction) =>
        putAll(transaction, [me(whoStored), ...(stored ? [changeOf('rows', conversation, stored)] : [])]),
      );
      return { mirror, store, kept: await mirror.load(store) };
    }

    test.each([
      ['a wish', row(3, 7)],
      ['a mark', row(7, null)],
    ])('as %s that no store has stays shown, and is given back to be told', async (_, shown) => {
      const { mirror, kept } = await loadOver(shown, row(3, 5));
      expect(shownOf(mirror)).toBe(7);
      expect(kept).toMatchObject([{ conversation, mark: { readSeq: 7, readOrd: 7 } }]);
      const before = new MemoryStore();
      await before.transact(async (transaction) => putAll(transaction, [me('ada'), changeOf('rows', conversation, row(3, 5))]));
      await mirror.load(before);
      expect(shownOf(mirror), 'read once more').toBe(7);
    });

    test('stays beyond all of the log that the store knows of', async () => {
      const { mirror, kept } = await loadOver(row(9, null), row(3, 5, 6));
      expect(shownOf(mirror)).toBe(9);
      expect(kept).toMatchObject([{ conversation, mark: { readSeq: 9 } }]);
      expect(mirror.rows.get(conversation)).toMatchObject({ head: { seq: 6 }, isUnsure: true });
    });

    test('stays where the store knows nothing of the conversation, until the server says that its log is shorter', async () => {
      const comes = async (fresh: HeldRow) => {
        const { mirror, kept } = await loadOver(row(3, 7), null);
        expect([kept, mirror.rows.size]).toMatchObject([[{ conversation, mark: { readSeq: 7 } }], 0]);
        mirror.markTold(conversation);
        mirror.apply([changeOf('rows', conversation, fresh)]);
        mirror.apply([changeOf('rows', conversation, { ...fresh, receivedSeq: fresh.head.seq })]);
        return shownOf(mirror);
      };
      expect(await comes(row(0, null))).toBe(7);
      expect(await comes(row(0, null, 6))).toBe(0);
    });

    test('stays whatever a leader says of a shorter log that has not been told of it yet, and not once it has', async () => {
      const { mirror, store } = await loadOver(row(3, 7), row(3, 5, 6));
      const says = (receivedSeq: number) => {
        mirror.apply([changeOf('rows', conversation, { ...row(3, 6, 6), receivedSeq: receivedSeq as Seq })]);
        return shownOf(mirror);
      };
      expect(says(4)).toBe(7);
      await mirror.load(store);
      mirror.markTold(conversation);
      expect(says(5), 'told of one reading of two').toBe(7);
      mirror.markTold(conversation);
      expect(says(6)).toBe(6);
    });

    test("is the store's where that is further, or of somebody else", async () => {
      for (const { mirror, kept } of [await loadOver(row(3, null), row(3, 5)), await loadOver(row(7, null), row(3, 5), 'ben')]) {
        expect(shownOf(mirror)).toBe(5);
        expect(kept).toEqual([]);
      }
    });
  });
});
