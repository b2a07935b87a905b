import { genesis } from '@parlour/core/conversation-log/entry';
import type { ConversationId, DeviceId, PersonId } from '@parlour/core/ids';
import { Account } from './account.ts';
import type { ClientStatus, Me } from './client.ts';
import type { ClientLimits } from './client-limits.ts';
import type { Command, ResultOf } from './commands.ts';
import type { HeldEntry } from './held-entry.ts';
import { Leader } from './leader.ts';
import { type Change, changesOfMe, type KeptMark, Mirror, metaChange } from './mirror.ts';
import { Cell } from './observable.ts';
import { enqueue } from './outbox.ts';
import { watchSettled } from './outbox-catch-up.ts';
import type { Platform } from './platform.ts';
import { isRefused, type OrRefusal, refuseHere } from './refusal.ts';
import { initialState, type SharedState, SharedStateKeeping } from './shared-state.ts';
import { type OutboxItem, type Store, StoreFull, StoreUnreadable } from './store.ts';
import { mendStore } from './store-mending.ts';
import { putAll } from './store-writer.ts';
import type { TabMessage } from './tab-messages.ts';
import { TabRole } from './tab-role.ts';

export type CoreOptions = {
  readonly platform: Platform;
  readonly url: string;
  readonly label: string;
  readonly store: Store;
  readonly limits: ClientLimits;
};
/** How often a device without any room is asked again. */
const roomRetryMs = 5_000;

type EntriesListener = (conversation: ConversationId, entries: readonly HeldEntry[]) => void;

/** One tab or program: its store, what it shows of it, and the leader, which is this tab or one that it asks. */
export class ClientCore {
  readonly platform: Platform;
  readonly store: Store;
  readonly mirror = new Mirror();
  readonly account: Account;
  readonly shared: Cell<SharedState>;
  readonly role = new Cell<ClientStatus['role']>('follower');
  readonly tab: string;
  /** What this device kept was damaged when it was opened. */
  isMended = false;
  readonly #options: CoreOptions;
  readonly #keeping: SharedStateKeeping;
  readonly #tabs: TabRole | null;
  readonly #entriesListeners = new Set<EntriesListener>();
  #leader: Leader | null = null;
  /** The leader after whom all was read that it had done before it was heard. */
  #followed: number | null = null;
  #unsubscribe: (() => void)[] = [];
  #telling = false;
  #closed = false;

  private constructor(options: CoreOptions) {
    const { platform, url, label, store } = options;
    this.#options = options;
    this.platform = platform;
    this.store = store;
    this.tab = platform.environment.id();
    this.shared = new Cell(initialState(store.volatile ? 'memory' : 'ok'));
    this.#keeping = new SharedStateKeeping(this.shared, platform.environment);
    this.account = new Account({ ...platform, url, label });
    const { tabs, environment, signals } = platform;
    const hooks = {
      lead: () => this.#leadOnceThereIsRoom(),
      stopLeading: () => void this.#stopLeading(),
      runAsLeader: (command: Command) => this.#runAsLeader(command),
      received: (message: TabMessage) => this.#receive(message),
    };
    this.#tabs = tabs ? new TabRole({ tabs, environment, signals, tab: this.tab, hooks }) : null;
  }

  /** [SDK-3] The device is minted in the transaction that first finds none. */
  static async open(options: CoreOptions): Promise<ClientCore> {
    const core = new ClientCore(options);
    await core.#loadOrMend();
    if (core.mirror.meta.device === undefined) await core.#mint();
    core.#unsubscribe = [
      core.shared.subscribe(() => core.#tellShared()),
      options.platform.signals.subscribe((signal) => {
        if (signal === 'visible') core.#leader?.becameVisible();
        // A device that lost its network says so long before a socket does: whether the server is there all the same, it is asked.
        else if (signal === 'online' || signal === 'offline' || signal === 'wake') core.#leader?.roused();
      }),
    ];
    if (core.#tabs) core.#tabs.start();
    else await core.#lead();
    return core;
  }

  async #mint(): Promise<void> {
    const device = await this.store.transact(async (transaction) => {
      const known = (await transaction.get('meta', 'device')) as DeviceId | undefined;
      const minted = known ?? this.#mintDevice();
      if (known === undefined) transaction.put('meta', 'device', minted);
      return minted;
    });
    this.mirror.apply([metaChange('device', device)]);
  }

  /** [SDK-4] Opens whatever state the store is in. */
  async #loadOrMend(): Promise<void> {
    try {
      await this.mirror.load(this.store);
    } catch (error) {
      if (!(error instanceof StoreUnreadable)) throw error;
      await mendStore(this.store, () => this.#mintDevice());
      await this.mirror.load(this.store);
      this.isMended = true;
    }
  }

  run<C extends Command>(command: C): Promise<ResultOf<C>> {
    const result = this.#tabs ? this.#tabs.run(command) : this.#runAsLeader(command);
    return result as Promise<ResultOf<C>>;
  }

  /** [SDK-20] Durable when this resolves, whether or not anybody leads now. */
  async enqueue(said: Pick<OutboxItem, 'conversation' | 'text' | 'act' | 'at'>): Promise<OrRefusal<OutboxItem>> {
    const after = this.mirror.tails.get(said.conversation)?.position ?? genesis;
    const settled = watchSettled(this.mirror);
    try {
      const decided = await this.store.transact(async (transaction) => {
        const made = await enqueue(transaction, { ...said, after });
        if (!isRefused(made)) putAll(transaction, made.changes);
        return made;
      });
      if (isRefused(decided)) return decided;
      // A tab that slept since then may have been told already what became of it.
      const changes = decided.changes.filter(({ space, key, value }) =>
        space === 'outbox' ? !settled.keys.has(key) : key !== 'counter' || (value as number) > (this.mirror.meta.counter ?? 0),
      );
      this.mirror.apply(changes);
      this.#tabs?.post({ kind: 'changes', changes: [], epoch: null });
      if (this.#leader) this.#tabs?.post({ kind: 'changes', changes, epoch: this.mirror.meta.epoch ?? 0 });
      if (this.#leader) this.#leader.outboxChanged();
      else void this.run({ do: 'roused' });
      return decided.item;
    } catch (error) {
      if (!(error instanceof StoreFull)) throw error;
      this.#keeping.setStatus({ storage: 'full' });
      return refuseHere('storage_full');
    } finally {
      settled.end();
    }
  }

  /** [SDK-53] Someone logged in, in this tab, and so in all of them. */
  async enter(me: Me): Promise<OrRefusal<null>> {
    const entered = await this.run({ do: 'enter', me });
    // Where another tab leads, it told of the change before it answered.
    await this.mirror.whenLoaded();
    return entered;
  }

  async keepMe(me: Me): Promise<void> {
    const changes = changesOfMe(me);
    await this.store.transact(async (transaction) => putAll(transaction, changes));
    this.mirror.apply(changes);
    this.#tabs?.post({ kind: 'changes', changes, epoch: null });
  }

  /** Keeps the stored entries of a conversation in memory; ends with `mirror.release`. */
  async hold(conversation: ConversationId): Promise<void> {
    await this.mirror.hold(this.store, conversation, this.#leader?.unwritten() ?? []);
    // What is stored is shown at once; what was told before anybody looked here, and is on its way to the store, comes on top.
    if (!this.#leader) void this.#askUnwritten().then((changes) => this.mirror.applyTold(changes));
  }

  onEntries(listener: EntriesListener): () => void {
    this.#entriesListeners.add(listener);
    return () => void this.#entriesListeners.delete(listener);
  }

  get self(): PersonId | null {
    return this.mirror.meta.me?.id ?? null;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const end of this.#unsubscribe) end();
    const leader = this.#leader;
    this.#leader = null;
    await leader?.stop();
    this.#tabs?.close();
    await this.store.close();
  }

  #mintDevice(): DeviceId {
    return this.platform.environment.id() as DeviceId;
  }

  async #lead(): Promise<void> {
    const epoch = await this.store.transact(async (transaction) => {
      const next = (((await transaction.get('meta', 'epoch')) as number | undefined) ?? 0) + 1;
      transaction.put('meta', 'epoch', next);
      return next;
    });
    // From here on the one before is not heard.
    this.mirror.apply([metaChange('epoch', epoch)]);
    const untold = await this.mirror.load(this.store);
    if (this.#closed) return;
    this.#followed = null;
    const { platform, url, label, store, limits } = this.#options;
    this.#leader = new Leader({
      platform,
      url,
      label,
      limits,
      store,
      mirror: this.mirror,
      account: this.account,
      shared: this.#keeping,
      epoch,
      mintDevice: () => this.#mintDevice(),
      committed: (changes) => this.#tabs?.post({ kind: 'changes', changes, epoch }),
      applied: (conversation, entries) => {
        for (const listener of [...this.#entriesListeners]) listener(conversation, entries);
      },
      fenced: () => this.#fenced(),
      erased: () => this.#tabs?.post({ kind: 'erased' }),
    });
    this.role.set('leader');
    this.#leader.start(untold);
    this.#tabs?.post({ kind: 'leading', epoch, shared: this.shared.get() });
  }

  /** [SDK-2] A tab on a device without room shows what is kept, says so, and leads once there is room. */
  async #leadOnceThereIsRoom(): Promise<void> {
    while (!this.#closed) {
      try {
        return await this.#lead();
      } catch (error) {
        if (!(error instanceof StoreFull)) throw error;
        this.#keeping.setStatus({ storage: 'full' });
        await new Promise<void>((resolve) => this.platform.environment.timer(roomRetryMs, resolve));
      }
    }
  }

  #fenced(): void {
    if (this.#tabs) this.#tabs.fenced();
    else void this.#stopLeading();
  }

  async #stopLeading(): Promise<void> {
    const leader = this.#leader;
    this.#leader = null;
    this.role.set('follower');
    await leader?.stop();
    // The next leader may have told of much while this tab still led and did not listen, or before this reading began, that is in no store yet.
    if (!this.#closed) await this.#catchUp();
  }

  /** [SDK-17] What was read here, and went with the leader that was told of it. */
  #handOver(untold: readonly KeptMark[]): void {
    for (const { conversation, mark } of untold) {
      void this.run({ do: 'keep_mark', conversation, mark }).then(() => this.mirror.markTold(conversation));
    }
  }

  async #runAsLeader(command: Command): Promise<unknown> {
    if (!this.#leader) return refuseHere('client_closed');
    return (await this.#leader.run(command)) ?? null;
  }

  #receive(message: TabMessage): void {
    switch (message.kind) {
      case 'who_leads':
        if (this.#leader) this.#tabs?.post({ kind: 'leading', epoch: this.mirror.meta.epoch ?? 0, shared: this.shared.get() });
        return;
      case 'leading':
        return this.#takeLeading(message);
      case 'changes':
        return this.#takeChanges(message);
      case 'shared':
        if (!this.#leader) this.shared.set(message.shared);
        return;
      case 'erased':
        this.mirror.dropWhatCame();
        if (!this.#leader) void this.#catchUp();
        return;
      default:
        return;
    }
  }

  /** [SDK-61] What a leader says that has been replaced is not heard, nor what a leader hears from another one. */
  #takeChanges({ changes, epoch }: Extract<TabMessage, { kind: 'changes' }>): void {
    if (epoch !== null && (this.#leader || epoch < this.#newestEpoch)) return;
    if (epoch === null) {
      this.mirror.apply(changes);
      return void this.#leader?.outboxChangedElsewhere();
    }
    this.#follow(epoch);
    this.mirror.applyTold(changes);
  }

  #takeLeading({ epoch, shared }: Extract<TabMessage, { kind: 'leading' }>): void {
    const known = this.#newestEpoch;
    if (this.#leader) {
      if (epoch > known) this.#fenced();
      return;
    }
    if (epoch < known) return;
    this.shared.set(shared);
    this.#follow(epoch);
  }

  /** Of the latest leader that was heard, or is told of by what was read. */
  get #newestEpoch(): number {
    return Math.max(this.mirror.meta.epoch ?? 0, this.#followed ?? 0);
  }

  #follow(epoch: number): void {
    if (epoch === this.#followed) return;
    this.#followed = epoch;
    // However this tab came to know of a new leader: what the one before was asked is answered by nobody else.
    this.#tabs?.askAgain();
    void this.#catchUp().then(() => this.#tellOfOutbox());
  }

  /** [SDK-20] What was found waiting may be of a tab that died before it told of it: the leader looks, too. */
  #tellOfOutbox(): void {
    if (!this.#leader && this.mirror.outbox.size > 0) this.#tabs?.post({ kind: 'changes', changes: [], epoch: null });
  }

  /** [SDK-61] A tab that begins to listen to a leader has missed what that leader did before, and what it does now may stand in no store yet. */
  async #catchUp(): Promise<void> {
    this.#handOver(await this.mirror.load(this.store, () => this.#askUnwritten()));
  }

  async #askUnwritten(): Promise<readonly Change[]> {
    const answer = await this.run({ do: 'unwritten' });
    return isRefused(answer) || answer.epoch < this.#newestEpoch ? [] : answer.changes;
  }

  /** All tabs are told once a turn. */
  #tellShared(): void {
    if (!this.#leader || !this.#tabs || this.#telling) return;
    this.#telling = true;
    this.platform.environment.endOfTurn(() => {
      this.#telling = false;
      if (this.#leader) this.#tabs?.post({ kind: 'shared', shared: this.shared.get() });
    });
  }
}
