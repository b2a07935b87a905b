import type { EntryKind } from '@parlour/core/conversation-log/entry';
import { currentMembers } from '@parlour/core/conversation-log/state';
import type { ConversationId, DeviceId, OperationNumber, PersonId, Seq } from '@parlour/core/ids';
import type { ParlourClient } from '@parlour/sdk/client';
import { usualClientLimits } from '@parlour/sdk/client-limits';
import { createClient } from '@parlour/sdk/create-client';
import { MemoryStore } from '@parlour/sdk/memory-store';
import type { Connect, Exchange } from '@parlour/sdk/platform';
import { downloadOver } from '@parlour/sdk/whole-download';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Connection } from '../apps/server/src/gateway/connection.ts';
import { type GatewayWorld, type Guest, openGateway } from '../apps/server/src/gateway/gateway-world.contract.ts';
import type { Transport } from '../apps/server/src/gateway/outgoing.ts';

const handles = ['ada', 'ben', 'cleo', 'dan'];

/** What somebody does on the server, or what becomes of the reader's device. */
type Step = {
  readonly does: 'message' | 'add' | 'remove' | 'lead' | 'mark' | 'read' | 'say' | 'cut' | 'wait';
  readonly where: number;
  readonly who: number;
  readonly other: number;
  readonly count: number;
  /** How far into the log, in parts of a thousand. */
  readonly place: number;
};
const step = fc.record<Step>({
  does: fc.constantFrom('message', 'message', 'message', 'add', 'remove', 'lead', 'mark', 'mark', 'read', 'say', 'cut', 'wait'),
  where: fc.nat(1),
  who: fc.nat(3),
  other: fc.nat(3),
  count: fc.integer({ min: 1, max: 3 }),
  place: fc.nat(1_000),
});
const steps = fc.array(step, { minLength: 5, maxLength: 40, size: 'max' });

/** The sockets of one device, which break when they are told to. */
class Line {
  readonly #world: GatewayWorld;
  #cut: (() => void) | null = null;

  constructor(world: GatewayWorld) {
    this.#world = world;
  }

  readonly connect: Connect = (_url, events) => {
    const { hub, tools } = this.#world;
    let isOver = false;
    const later = (act: () => void) => queueMicrotask(() => isOver || act());
    const end = (code: number, isClean: boolean) => {
      if (isOver) return;
      isOver = true;
      connection.closed(isClean);
      events.onClose(code);
    };
    const transport: Transport = {
      bufferedBytes: () => 0,
      write: ({ frames }) => {
        for (const { text } of frames) later(() => events.onText(text));
      },
      ping: () => later(() => connection.sign()),
      close: (code) => later(() => end(code, true)),
      destroy: () => end(1006, false),
    };
    const connection = new Connection({ address: '192.0.2.1', hub, tools, transport });
    hub.accept(connection);
    later(events.onOpen);
    this.#cut = () => end(1006, false);
    return { send: (text) => later(() => connection.receive(text)), close: () => later(() => end(1000, true)) };
  };

  cut(): void {
    this.#cut?.();
  }
}

type Device = { readonly client: ParlourClient; readonly store: MemoryStore; readonly line: Line };

/** A device of someone that has nothing yet but its login. */
async function openDevice(world: GatewayWorld, guest: Guest, handle: string): Promise<Device> {
  const { environment } = world;
  const store = new MemoryStore();
  const line = new Line(world);
  const person = { id: guest.person, handle, displayName: handle, about: '' };
  const exchange: Exchange = async () => {
    const accessToken = await world.sign(guest.person, guest.login, 600_000);
    const text = JSON.stringify({ accessToken, expiresInMs: 600_000, person, login: guest.login, refreshToken: 'next' });
    return { status: 200, retryAfterMs: null, text };
  };
  await store.transact(async (transaction) => {
    transaction.put('meta', 'me', { ...person, placeholder: false, login: guest.login });
    transaction.put('meta', 'device', environment.id() as DeviceId);
  });
  const opening = createClient({
    url: 'http://parlour.example',
    label: 'a device',
    store,
    limits: usualClientLimits,
    platform: {
      environment,
      connect: line.connect,
      exchange,
      download: downloadOver(exchange),
      signals: { isVisible: () => true, subscribe: () => () => {} },
      tabs: null,
      credentials: { load: async () => 'kept', save: async () => {} },
      followsGateways: false,
      loginHint: null,
    },
  });
  await environment.settle();
  return { client: await opening, store, line };
}

/** What a device keeps of its list, and what it shows of it. */
async function shownBy({ client, store }: Device) {
  const rows = await store.transact((transaction) => transaction.scan('rows'));
  return {
    rows: rows.map(([, row]) => ({ ...row, receipts: row.receipts.toSorted((one, other) => (one.person < other.person ? -1 : 1)) })),
    shown: client.conversations.get(),
  };
}

class Town {
  readonly world: GatewayWorld;
  readonly guests: readonly Guest[];
  readonly conversations: readonly ConversationId[];
  readonly #devices: readonly DeviceId[];
  #n = 0;

  private constructor(world: GatewayWorld, guests: readonly Guest[]) {
    this.world = world;
    this.guests = guests;
    this.conversations = [0, 1].map(() => world.environment.id() as ConversationId);
    this.#devices = guests.map(() => world.environment.id() as DeviceId);
  }

  /** Two groups of Ada and Ben. */
  static async open(): Promise<Town> {
    const world = await openGateway({}, { framesBurst: 1_000_000, sendsBurst: 1_000_000 });
    const guests: Guest[] = [];
    for (const handle of handles) guests.push(await world.person(handle));
    const town = new Town(world, guests);
    const members = guests.slice(0, 2).map(({ person }, index) => ({ person, role: index === 0 ? 'owner' : 'member' }));
    for (const where of town.conversations.keys())
      await town.append(where, 0, 'create', { type: 'group', title: `place ${where}`, members });
    return town;
  }

  conversation(where: number): ConversationId {
    return (
      this.conversations[where] ??
      (() => {
        throw new RangeError('nowhere');
      })()
    );
  }

  person(index: number): PersonId {
    return (
      this.guests[index]?.person ??
      (() => {
        throw new RangeError('nobody');
      })()
    );
  }

  /** Whether it may be is the owner's to say; what may not be is not there. */
  async append(where: number, who: number, kind: EntryKind, body: object): Promise<void> {
    const conversation = this.conversation(where);
    const operation = {
      conversation,
      author: this.person(who),
      device: this.#devices[who] as DeviceId,
      n: ++this.#n as OperationNumber,
      kind,
      target: null,
      body: JSON.stringify(body),
      after: null,
    };
    await this.#done(this.world.owners.send(conversation, [operation]));
  }

  async isMember(where: number, who: number): Promise<boolean> {
    const state = await this.world.store.loadLog(this.conversation(where));
    return state !== null && currentMembers(state).includes(this.person(who));
  }

  async mark(where: number, who: number, place: number): Promise<void> {
    if (!(await this.isMember(where, who))) return;
    const conversation = this.conversation(where);
    const headSeq = (await this.world.store.loadLog(conversation))?.head.seq ?? 0;
    const seq = Math.round((headSeq * place) / 1_000) as Seq;
    await this.#done(this.world.owners.mark(conversation, this.person(who), { readSeq: seq, receivedSeq: seq, told: true }));
  }

  #acts(other: number, place: number): readonly { readonly kind: EntryKind; readonly body: object }[] {
    const person = this.person(other);
    const all: { readonly kind: EntryKind; readonly body: object }[] = [
      { kind: 'describe', body: { title: `place at ${place}`, hue: place % 360 } },
      { kind: 'rules', body: { newcomersSee: place % 2 === 0 ? 'all' : 'joining' } },
      { kind: 'role', body: { person, role: place % 3 === 0 ? 'admin' : 'member' } },
      { kind: 'pardon', body: { person } },
      { kind: 'rules', body: { permissions: { add: place % 5 === 0 ? 'owner' : 'member' } } },
    ];
    return all.slice(place % all.length).slice(0, 2);
  }

  async #done(work: Promise<unknown>): Promise<void> {
    await this.world.environment.settle();
    await work;
    await this.world.environment.settle();
  }

  async take(one: Step, device: Device | null): Promise<void> {
    const { does, where, who, other, count, place } = one;
    const { environment } = this.world;
    switch (does) {
      case 'message':
        for (let index = 0; index < count; index += 1) await this.append(where, who, 'message', { text: `${index} of ${count}` });
        return;
      case 'add':
        return this.append(where, who, 'add', { person: this.person(other), role: 'member' });
      case 'remove':
        // Whoever came alone takes out nobody but themselves: mostly it is the owner.
        return this.append(where, count === 3 ? who : 0, 'remove', {
          person: this.person(other),
          ...(place % 3 === 0 ? { ban: true } : {}),
        });
      case 'lead':
        for (const { kind, body } of this.#acts(other, place)) await this.append(where, count === 3 ? who : 0, kind, body);
        return;
      case 'mark':
        return this.mark(where, who, place);
      case 'cut':
        return device?.line.cut();
      case 'wait':
        return environment.advance(place * 5);
      default: {
        const view = device?.client.conversation(this.conversation(where));
        if (!view) return;
        await environment.settle();
        if (does === 'read') view.markRead(Math.round((view.timeline.get().headSeq * place) / 1_000) as Seq);
        // What a member no more says stays on that device alone, as failed.
        else if (await this.isMember(where, 0)) void view.send('from the device');
        await environment.settle();
        view.close();
      }
    }
  }
}

test('[SDK-12] a replica that was told of what happened is one that begins now: rows from some moment, and what came after, are the rows of the end', async () => {
  let comparedCount = 0;
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(), async (history, pick) => {
      const town = await Town.open();
      const { environment } = town.world;
      const reader = town.guests[0] as Guest;
      const beginsAt = pick % history.length;
      let veteran: Device | null = null;
      for (const [index, one] of history.entries()) {
        if (index === beginsAt) veteran = await openDevice(town.world, reader, 'ada');
        await town.take(one, veteran);
      }
      // Less than it takes until a device compares its list by itself.
      await environment.advance(40_000);
      const novice = await openDevice(town.world, reader, 'ada');
      await environment.advance(5_000);
      const gone = new Set<ConversationId>();
      for (const id of town.conversations) {
        const state = await town.world.store.loadLog(id);
        if (state && !currentMembers(state).includes(reader.person)) gone.add(id);
      }
      const strip = ({ rows, shown }: Awaited<ReturnType<typeof shownBy>>) => ({
        rows: rows.map((row) => (gone.has(row.conversation) ? { ...row, activity: 0 } : row)),
        shown: shown.filter(({ id }) => !gone.has(id)),
      });
      const [told, fresh] = [strip(await shownBy(veteran as Device)), strip(await shownBy(novice))];
      expect(told).toEqual(fresh);
      comparedCount += fresh.rows.length;
      expect(town.world.faults).toEqual([]);
      await Promise.all([(veteran as Device).client.close(), novice.client.close(), environment.settle()]);
    }),
    { numRuns: 200 },
  );
  expect(comparedCount).toBeGreaterThan(60);
});
