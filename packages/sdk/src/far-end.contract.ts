import { usualPermissions } from '@parlour/core/conversation-log/permissions';
import type { Chain, ConversationId, DeviceId, LoginId, MessageCount, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { packRow, type UnpackedRow } from '@parlour/protocol/packed-row';
import { onTestFinished } from 'vitest';
import type { Me, ParlourClient } from './client.ts';
import { usualClientLimits } from './client-limits.ts';
import { createClient } from './create-client.ts';
import { MemoryStore } from './memory-store.ts';
import { nodeEnvironment } from './node-environment.ts';
import type { Platform, SocketEvents, TabNet } from './platform.ts';
import { downloadOver } from './whole-download.ts';

export const idOf = (digit: string) => digit.repeat(26);
export const me: Me = {
  id: idOf('1') as PersonId,
  handle: 'me',
  displayName: 'Me',
  about: '',
  placeholder: false,
  login: idOf('2') as LoginId,
};
export const author = { id: idOf('3') as PersonId, handle: 'ola', displayName: 'Ola', about: '' };
export const group = idOf('4') as ConversationId;
export const position = (seq: number) => ({ seq: seq as Seq, chain: 'A'.repeat(22) as Chain });
export const row: UnpackedRow = {
  conversation: group,
  type: 'group',
  title: 'Ferry people',
  head: position(3),
  firstSeq: 1 as Seq,
  ord: 2 as MessageCount,
  mine: 0 as MessageCount,
  activity: 1_000 as WallMs,
  readSeq: 0 as Seq,
  readOrd: 0 as MessageCount,
  readMine: 0 as MessageCount,
  receivedSeq: 0 as Seq,
  last: { seq: 3 as Seq, author: author.id, ts: 1_000 as WallMs, text: 'hello' },
  receipts: [],
  memberCount: 3,
  group: { role: 'member', about: '', hue: null, permissions: usualPermissions, newcomersSee: 'joining' },
};
export const { placeholder: _, login, ...person } = me;

export type Asked = {
  readonly kind: string;
  readonly id?: number;
  readonly device?: string;
  readonly operations?: readonly { readonly n: number; readonly after: { readonly seq: number } }[];
};

/** The far end of a socket, which answers what it is told to, and no sooner. */
export class FarEnd {
  #socket: SocketEvents | null = null;
  /** How many sockets were asked for. */
  socketCount = 0;
  readonly asked: string[] = [];
  /** Of the operations that came, batch by batch. */
  readonly numbers: number[][] = [];
  /** Answers by the kind of the question, or what makes them; a question of another kind stays unanswered. */
  answers: Record<string, object | ((frame: Asked) => object)> = {};

  readonly connect = (_url: string, events: SocketEvents) => {
    this.#socket = events;
    this.socketCount++;
    return { send: (text: string) => this.#take(JSON.parse(text)), close: () => {} };
  };

  get isWaitedFor(): boolean {
    return this.#socket !== null;
  }

  open(): void {
    this.#socket?.onOpen();
  }

  fail(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.onClose(1006);
  }

  /** Something nobody asked for. */
  say(frame: object): void {
    this.#socket?.onText(JSON.stringify(frame));
  }

  #take(frame: Asked): void {
    this.asked.push(frame.kind);
    if (frame.operations) this.numbers.push(frame.operations.map(({ n }) => n));
    const known = this.answers[frame.kind];
    const answer = typeof known === 'function' ? known(frame) : known;
    if (!answer) return;
    const text = JSON.stringify({ ...answer, ...(frame.id === undefined ? {} : { re: frame.id }) });
    // No socket answers while one is still speaking.
    queueMicrotask(() => this.#socket?.onText(text));
  }
}

export const welcome = {
  kind: 'welcome',
  version: 1,
  person,
  device: idOf('5') as DeviceId,
  login,
  operationNumber: 0,
  serverTime: 1_000,
  tokenExpiresAt: 2_000_000_000_000,
  pingIntervalMs: 10_000,
  limits: { textLengthMax: 1, frameSizeBytesMax: 1, operationsPerSendMax: 1, entriesPerRangeMax: 1, presenceWatchMax: 1 },
};
export const synced = (rows: readonly UnpackedRow[]) => ({
  kind: 'synced',
  groups: [],
  rows: rows.map(packRow),
  registersVer: 0,
  registersSum: 0,
  conversationCount: rows.length,
});

export const noticesUpTo3 = [1, 2, 3].map((seq) => ({
  author: author.id,
  device: idOf('6'),
  chain: 'A'.repeat(22),
  memberSeq: 1,
  ts: 1_000 as WallMs,
  mine: 0,
  kind: 'notice',
  seq,
  n: seq,
  ord: 0,
  body: { text: `${seq}` },
}));

/** A client that is closed when the test ends. */
export async function start(
  end: FarEnd,
  { store = new MemoryStore(), tabs = null }: { store?: MemoryStore; tabs?: TabNet | null } = {},
): Promise<ParlourClient> {
  await store.transact(async (transaction) => {
    transaction.put('meta', 'me', me);
    transaction.put('meta', 'device', idOf('5') as DeviceId);
  });
  const tokens = { person, login, accessToken: 'token', expiresInMs: 600_000, refreshToken: 'next' };
  const exchange = async () => ({ status: 200, retryAfterMs: null, text: JSON.stringify(tokens) });
  const platform: Platform = {
    environment: nodeEnvironment,
    connect: end.connect,
    exchange,
    download: downloadOver(exchange),
    signals: { isVisible: () => true, subscribe: () => () => {} },
    tabs,
    credentials: { load: async () => 'refresh', save: async () => {} },
    followsGateways: false,
    loginHint: null,
  };
  const client = await createClient({ platform, store, limits: usualClientLimits, url: 'http://parlour.example', label: 'test' });
  onTestFinished(() => client.close());
  return client;
}
