import type { ConversationId, PersonId } from '@parlour/core/ids';
import type { ConversationView, ParlourClient, TimelineItem } from '@parlour/sdk/client';
import { MemoryStore } from '@parlour/sdk/memory-store';
import { createNodeClient } from '@parlour/sdk/node-client';
import { memoryCredentials } from '@parlour/sdk/node-environment';
import { isRefused } from '@parlour/sdk/refusal';
import { waitUntil } from './condition.ts';
import type { SeededLogin } from './seeded-people.ts';

/**
 * One message as its device knows it. `durable`: the device has said that it keeps it. `acknowledged`: it has shown it with the tick "sent".
 * Where the server lost it, or lost what was to come before it: `mayChangePlace`, and `mayBeLost` where its device did not hold it any more.
 */
export type SentMessage = {
  readonly conversation: ConversationId;
  durable: boolean;
  acknowledged: boolean;
  mayChangePlace: boolean;
  mayBeLost: boolean;
};

/** As an entry was shown: whatever else stands in its place, this one is called so. */
export function shownName(conversation: ConversationId, { seq, key }: { readonly seq: number; readonly key: string }): string {
  return `${conversation} ${seq} ${key}`;
}

/** What a device needs to be opened: all of it outlives the program that runs on it. */
export type DeviceParts = Parameters<typeof createNodeClient>[0] & { readonly store: MemoryStore };

export type DeviceOptions = {
  readonly url: string;
  readonly name: string;
  readonly login: SeededLogin;
  readonly open?: (parts: DeviceParts) => Promise<ParlourClient>;
};

/** A window that grew longer than this is opened anew, so that a long run does not draw ever more. */
const windowLengthMax = 300;
const openMs = 120_000;

/** The SDK's client on a device of its own, and a record of all that it was told and has shown. */
export class TestDevice {
  readonly name: string;
  readonly person: PersonId;
  readonly sent = new Map<string, SentMessage>();
  /** Keys of entries by seq, as they were shown; whoever has seen one finds it there for ever. */
  readonly shown = new Map<ConversationId, Map<number, string>>();
  /** Names of entries that the server lost: they may stay told, or be told of once more. */
  readonly lost = new Set<string>();
  readonly complaints: string[] = [];
  readonly views = new Map<ConversationId, ConversationView>();
  onAcknowledged: () => void = () => {};
  onSent: () => void = () => {};
  store: MemoryStore;
  #client: ParlourClient | null = null;
  readonly #options: DeviceOptions;
  readonly #credentials = memoryCredentials();
  /** What the program that runs now was told; one that is started again may be told again. */
  #told = new Set<string>();
  #unacknowledgedCount = 0;

  private constructor(options: DeviceOptions, store: MemoryStore) {
    this.name = options.name;
    this.person = options.login.me.id;
    this.#options = options;
    this.store = store;
  }

  /** A device whose person logged in earlier, and that now starts. */
  static async open(options: DeviceOptions): Promise<TestDevice> {
    const store = new MemoryStore();
    const { me, refreshToken } = options.login;
    await store.transact(async (transaction) => transaction.put('meta', 'me', me));
    const device = new TestDevice(options, store);
    await device.#credentials.save(refreshToken);
    await device.start();
    return device;
  }

  get client(): ParlourClient {
    if (!this.#client) throw new Error(`${this.name} has not started`);
    return this.#client;
  }

  get isOnline(): boolean {
    return this.client.status.get().connection.state === 'online';
  }

  get unacknowledgedCount(): number {
    return this.#unacknowledgedCount;
  }

  /** The program on the device starts, on what the device holds. */
  async start(): Promise<void> {
    const { url, name, open = createNodeClient } = this.#options;
    this.#client = await open({ url, label: name, store: this.store, credentials: this.#credentials });
    this.#client.onEntries(({ conversation, items }) => this.#note(conversation, items));
  }

  /** The program is gone; what it showed last is forgotten with it. The device and this record stay. */
  forgetProgram(): void {
    this.#client = null;
    this.views.clear();
    this.#told = new Set();
  }

  /** The server lost entries that were shown here: others may stand in their places. */
  forgetShown(): void {
    this.shown.clear();
    this.#told = new Set();
  }

  /** The server lost its tail. @param found whether it still has a message */
  async serverLost(entries: Iterable<string>, found: (text: string) => boolean): Promise<void> {
    for (const entry of entries) this.lost.add(entry);
    const held = await this.store.transact(async (transaction) => ({
      device: await transaction.get('meta', 'device'),
      entries: await transaction.scan('entries'),
      outbox: await transaction.scan('outbox'),
    }));
    const own = held.entries.flatMap(([, entry]) => (entry.kind === 'message' && entry.device === held.device ? [entry.body?.text] : []));
    const texts = new Set([...held.outbox.map(([, { text }]) => text), ...own]);
    for (const [text, message] of this.sent) {
      if (found(text)) continue;
      message.mayChangePlace = true;
      if (!texts.has(text) && message.durable) message.mayBeLost = true;
    }
  }

  async close(): Promise<void> {
    await this.#client?.close();
    this.forgetProgram();
  }

  /** Tries again where the server is away, as a person would. */
  async openDirect(person: PersonId): Promise<ConversationId> {
    let conversation: ConversationId | null = null;
    await waitUntil(async () => {
      const opened = await this.client.openDirect(person);
      if (!isRefused(opened)) conversation = opened;
      else if (opened.refused !== 'unreachable') throw new Error(`${this.name} cannot open a conversation: ${opened.refused}`);
      return conversation === null ? `${this.name} cannot reach the server to open a conversation` : null;
    }, openMs);
    if (conversation === null) throw new Error(`${this.name} has opened nothing`);
    return conversation;
  }

  /** Resolves when the message is durable on the device. */
  async send(conversation: ConversationId, text: string): Promise<void> {
    const message: SentMessage = { conversation, durable: false, acknowledged: false, mayChangePlace: false, mayBeLost: false };
    this.sent.set(text, message);
    this.#unacknowledgedCount += 1;
    const taken = await this.openView(conversation).send(text);
    if (isRefused(taken)) throw new Error(`${this.name} cannot send: ${taken.refused}`);
    message.durable = true;
    this.onSent();
  }

  type(conversation: ConversationId): void {
    this.openView(conversation).typing();
  }

  readAll(conversation: ConversationId): void {
    const view = this.openView(conversation);
    view.markRead(view.timeline.get().headSeq);
  }

  /** Where one talks in it; the same as long as it is not too long. */
  openView(conversation: ConversationId): ConversationView {
    const known = this.views.get(conversation);
    if (known && known.timeline.get().items.length <= windowLengthMax) return known;
    const view = this.client.conversation(conversation);
    let seenSeq = 0;
    view.timeline.subscribe(() => {
      const { pending, items } = view.timeline.get();
      for (const { state, text } of pending) {
        if (state === 'acknowledged') this.#acknowledge(text);
        else if (state === 'failed') this.complaints.push(`${this.name}: ${text} failed`);
      }
      for (let index = items.length - 1; (items[index]?.seq ?? 0) > seenSeq; index--) this.#see(items[index]);
      seenSeq = items.at(-1)?.seq ?? 0;
    });
    known?.close();
    this.views.set(conversation, view);
    return view;
  }

  #note(conversation: ConversationId, items: readonly TimelineItem[]): void {
    const shown = this.shown.get(conversation) ?? new Map<number, string>();
    this.shown.set(conversation, shown);
    for (const item of items) {
      const entry = shownName(conversation, item);
      if (this.#told.has(entry) && !this.lost.has(entry)) this.complaints.push(`${this.name}: told twice of ${entry}`);
      this.#told.add(entry);
      shown.set(item.seq, item.key);
      this.#see(item);
    }
  }

  #see(item: TimelineItem | undefined): void {
    if (item?.kind === 'message' && item.own) this.#acknowledge(item.text);
  }

  #acknowledge(text: string): void {
    const sent = this.sent.get(text);
    if (!sent || sent.acknowledged) return;
    sent.acknowledged = true;
    this.#unacknowledgedCount -= 1;
    this.onAcknowledged();
  }
}
