import type { ConversationId, LoginId, PersonId, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { protocolVersions } from '@parlour/protocol/version';
import { type Account, presentPerson } from './account.ts';
import { beginGroup } from './begin-group.ts';
import { eraseAll, letIn, type WhatBecame } from './change-of-person.ts';
import type { Me } from './client.ts';
import type { ClientLimits } from './client-limits.ts';
import type { Command } from './commands.ts';
import { Connection } from './connection.ts';
import { type ConnectionEvent, type ConnectionState, closeCodes } from './connection-state.ts';
import type { ReceivedFrame } from './frame-reading.ts';
import { Gateways } from './gateways.ts';
import type { HeldEntry } from './held-entry.ts';
import { deviceOf, type LeaderContext } from './leader-context.ts';
import { ListSync } from './list-sync.ts';
import { MarkerSender } from './marker-sender.ts';
import { type Change, changeOf, changesOfMe, type KeptMark, type Mirror, metaChange } from './mirror.ts';
import { replaceDevice } from './outbox.ts';
import { catchUpOutbox } from './outbox-catch-up.ts';
import { PeopleSync } from './people-sync.ts';
import type { Platform } from './platform.ts';
import { presentConnection } from './present-connection.ts';
import { Pulls } from './pulls.ts';
import { isRefused, type OrRefusal, refuseHere } from './refusal.ts';
import { RegisterSync } from './register-sync.ts';
import { repairLog } from './repair.ts';
import { Sender } from './sender.ts';
import type { SharedStateKeeping } from './shared-state.ts';
import type { Store } from './store.ts';
import { StoreWriter } from './store-writer.ts';

export type LeaderOptions = {
  readonly platform: Platform;
  readonly url: string;
  readonly label: string;
  readonly limits: ClientLimits;
  readonly store: Store;
  readonly mirror: Mirror;
  readonly account: Account;
  readonly shared: SharedStateKeeping;
  readonly epoch: number;
  readonly mintDevice: () => LeaderDevice;
  readonly committed: (changes: readonly Change[]) => void;
  readonly applied: (conversation: ConversationId, entries: readonly HeldEntry[]) => void;
  readonly fenced: () => void;
  readonly erased: () => void;
};
type LeaderDevice = ReturnType<typeof deviceOf>;

/** How long before its end an access token is renewed on the open socket. */
const renewBeforeMs = 60_000;
const renewRetryMs = 10_000;
/** What somebody waits for, and only the server can answer. */
const questions: ReadonlySet<Command['do']> = new Set(['history', 'open', 'create_group', 'look_up', 'ask_people']);

/** The one tab (or program) that holds the socket, empties the outbox and writes what comes. */
export class Leader {
  readonly #options: LeaderOptions;
  readonly #context: LeaderContext;
  readonly #connection: Connection;
  readonly #gateways: Gateways;
  readonly #writer: StoreWriter;
  readonly #pulls: Pulls;
  readonly #list: ListSync;
  readonly #sender: Sender;
  readonly #markers: MarkerSender;
  readonly #registers: RegisterSync;
  readonly #people: PeopleSync;
  readonly #watched = new Map<string, readonly PersonId[]>();
  readonly #typedAt = new Map<ConversationId, number>();
  #settling: { readonly until: 'idle' | 'synced'; readonly resolve: () => void }[] = [];
  #cancelRenewal = () => {};
  #synced = false;
  #stopped = false;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: LeaderOptions) {
    const { platform, url, store, mirror, shared, epoch } = options;
    const { environment } = platform;
    this.#options = options;
    this.#writer = new StoreWriter(store, mirror, environment, epoch, {
      fenced: () => options.fenced(),
      health: (health) => shared.setStatus({ storage: health === 'full' ? 'full' : store.volatile ? 'memory' : 'ok' }),
      committed: (changes) => {
        options.committed(changes);
        environment.endOfTurn(() => this.#checkSettled());
      },
    });
    const ask = async () => options.account.gateways(this.#token);
    this.#gateways = new Gateways(url, platform.followsGateways ? ask : null);
    this.#connection = new Connection(environment, platform.connect, () => this.#gateways.socketUrl, {
      authorize: (fresh) => this.#authorize(fresh),
      hello: () => ({
        kind: 'hello',
        versions: [...protocolVersions],
        token: this.#token,
        device: deviceOf(this.#context),
        operationNumber: (mirror.meta.counter ?? 0) as never,
        client: options.label,
      }),
      newDevice: () => this.#becomeNewDevice(),
      forgetToken: () => options.account.forgetToken(),
      loginEnded: () => this.#loginEnded(),
      welcomed: (welcome) => this.#welcomed(welcome),
      received: (frame) => this.#receive(frame),
      changed: (state, before) => this.#connectionChanged(state, before),
    });
    this.#context = {
      environment,
      store,
      mirror,
      writer: this.#writer,
      connection: this.#connection,
      shared,
      limits: options.limits,
      sharesStore: platform.tabs !== null,
      applied: options.applied,
      tellTabs: options.committed,
    };
    this.#people = new PeopleSync(this.#context);
    this.#list = new ListSync(this.#context, {
      pull: (conversation) => this.#pulls.want(conversation),
      appeared: (conversation) => {
        this.#sender.flush(conversation);
        this.#markers.tell(conversation);
      },
      registersAt: (ver, sum) => this.#registers.knowHead(ver, sum),
      synced: () => this.#listSynced(),
      markerBehind: (conversation) => this.#markers.tellAgain(conversation),
      named: (people) => this.#people.askUnknown(people),
    });
    this.#pulls = new Pulls(this.#context, {
      repair: (conversation) => repairLog(this.#context, conversation, () => this.#list.load(conversation)),
      lookUp: (conversation) => this.#list.lookUp(conversation),
      refresh: (conversation) => this.#list.refresh(conversation),
      settled: (conversation, isAnswered) => this.#conversationSettled(conversation, isAnswered),
    });
    this.#sender = new Sender(this.#context, {
      isPulling: (conversation) => this.#pulls.isBusy(conversation),
      pull: (conversation) => this.#pulls.want(conversation),
      pullSoon: (conversation) => this.#pulls.wantSoon(conversation),
      unlisted: (conversation) => this.#list.lookUp(conversation),
      settled: () => this.#checkSettled(),
      numbersUsedTwice: () => this.#connection.handle({ name: 'closed', code: closeCodes.deviceForeign, retryAfterMs: null }),
    });
    this.#markers = new MarkerSender(this.#context);
    this.#registers = new RegisterSync(this.#context, () => this.#checkSettled());
  }

  #token = '';

  /** @param untold what this tab showed under an earlier leader and no store has */
  start(untold: readonly KeptMark[] = []): void {
    const { mirror } = this.#options;
    const { meta, rows } = mirror;
    const known = untold.flatMap(({ conversation }) => rows.get(conversation) ?? []);
    this.#writer.commit(known.map((row) => changeOf('rows', row.conversation, row)));
    mirror.allMarksTold();
    if (meta.me && !meta.logged_out) this.#connection.handle({ name: 'start' });
    else if (meta.me) this.#options.shared.setStatus({ auth: 'out' });
    else void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    const me = await this.#options.account.comeBack();
    if (this.#stopped || this.#login()) return;
    if (!me) return this.#options.shared.setStatus({ auth: 'out' });
    this.#writer.commit(changesOfMe(me));
    this.#options.shared.setStatus({ auth: 'in' });
    this.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRenewal();
    this.#connection.handle({ name: 'stop' });
    // What is found out from now on is of a leader whom nobody follows, and must not be shown over what the next one does.
    this.#writer.stop();
    await this.#writer.settled();
    for (const { resolve } of this.#settling.splice(0)) resolve();
  }

  /** What is shown and not yet in the store. */
  unwritten(): readonly Change[] {
    return this.#writer.unwritten();
  }

  /** Another tab put a message into the outbox, or may have, and died before it told of it. */
  async outboxChangedElsewhere(): Promise<void> {
    await catchUpOutbox(this.#context);
    this.outboxChanged();
  }

  outboxChanged(): void {
    this.#sender.flushAll();
    this.#checkSettled();
  }

  roused(): void {
    this.#connection.handle({ name: 'roused' });
  }

  becameVisible(): void {
    this.roused();
    if (this.#connection.isOnline) this.#list.sync();
  }

  async run(command: Command): Promise<unknown> {
    if (questions.has(command.do)) await this.#connection.whenMade();
    switch (command.do) {
      case 'history':
        return this.#pulls.history(command.range);
      case 'open':
        return this.#open(command.person);
      case 'create_group':
        return beginGroup(command.group, this.#context, this.#list);
      case 'look_up':
        return this.#list.find(command.conversation);
      case 'mark_read':
        return this.#markers.markRead(command.conversation, command.seq);
      case 'keep_mark':
        if (this.#markers.keep(command.conversation, command.mark)) this.#list.lookUp(command.conversation);
        return;
      case 'type':
        return this.#type(command.conversation);
      case 'watch':
        return this.#watch(command.tab, command.people);
      case 'ask_people':
        return this.#people.ask(command.people);
      case 'write_register':
        return this.#registers.write(command.key, command.value);
      case 'retry':
        return this.#retry(command.key);
      case 'discard':
        return this.#discard(command.key);
      case 'token':
        return this.token(command.fresh);
      case 'enter':
        return this.enter(command.me);
      case 'erase':
        return this.erase();
      case 'unwritten':
        return { epoch: this.#options.epoch, changes: this.unwritten() };
      case 'roused':
        return this.roused();
      case 'settle':
        return this.settle(command.until);
    }
  }

  async token(fresh: boolean): Promise<OrRefusal<string>> {
    const login = this.#login();
    if (!login) return refuseHere('logged_out');
    const token = await this.#options.account.token(login, fresh);
    // Another login may have taken its place meanwhile, for which this one must not speak.
    if (login !== this.#login()) return refuseHere('logged_out');
    if (isRefused(token) && token.refused === 'refresh_refused') this.#connection.handle({ name: 'authorization_refused' });
    return token;
  }

  /** Someone logged in, in this tab or another. */
  enter(me: Me): Promise<OrRefusal<void>> {
    const { store, account, mintDevice } = this.#options;
    return this.#changePerson(() => letIn(store, me, mintDevice(), (before) => void account.endReplaced(before, me)));
  }

  erase(): Promise<OrRefusal<void>> {
    return this.#changePerson(() => eraseAll(this.#options.store, this.#options.mintDevice()));
  }

  /** One change after the other, and nothing of whoever was here before is said or written after it. */
  #changePerson(change: () => Promise<OrRefusal<WhatBecame>>): Promise<OrRefusal<void>> {
    const changed = this.#changing.then(async () => {
      this.#connection.handle({ name: 'stop' });
      await this.#writer.settled();
      const became = await change();
      if (became === 'erased') this.#writer.forget();
      const untold = await this.#options.mirror.load(this.#options.store);
      this.#options.erased();
      this.#options.shared.setStatus({ auth: this.#login() ? 'in' : 'out' });
      if (this.#login()) this.start(untold);
      if (isRefused(became)) return became;
    });
    this.#changing = changed.catch(() => {});
    return changed;
  }

  settle(until: 'idle' | 'synced'): Promise<void> {
    return new Promise((resolve) => {
      this.#settling.push({ until, resolve });
      this.#checkSettled();
    });
  }

  async #authorize(fresh: boolean): Promise<Extract<ConnectionEvent, { name: `authoriz${string}` }>> {
    const token = await this.token(fresh);
    if (!isRefused(token)) {
      this.#token = token;
      if (this.#options.platform.followsGateways) await this.#gateways.choose();
      return { name: 'authorized' };
    }
    // With no network the person still sees what is here; whether the login holds shows later.
    if (this.#login()) this.#options.shared.setStatus({ auth: 'in' });
    const isOver = token.refused === 'refresh_refused' || token.refused === 'logged_out';
    return isOver ? { name: 'authorization_refused' } : { name: 'authorization_failed', retryAfterMs: token.retryAfterMs };
  }

  #login(): LoginId | null {
    const { me, logged_out: ended } = this.#options.mirror.meta;
    return me && !ended ? me.login : null;
  }

  /** [SDK-51] The login is over; what waits stays until the same person logs in again, or it is erased. */
  #loginEnded(): void {
    this.#writer.commit([metaChange('logged_out', true)]);
    void this.#options.account.forget();
    this.#options.shared.setStatus({ auth: 'out' });
  }

  #welcomed({ operationNumber, serverTime, person }: Extract<ReceivedFrame, { kind: 'welcome' }>): 'fits' | 'behind' {
    this.#gateways.arrived();
    const { mirror, shared, platform } = this.#options;
    if (operationNumber > (mirror.meta.counter ?? 0)) return 'behind';
    shared.setStatus({ auth: 'in', clockOffsetMs: serverTime - platform.environment.now() });
    const { me } = mirror.meta;
    if (me && me.id === person.id) this.#writer.commit([metaChange('me', { ...me, ...presentPerson(person) })]);
    return 'fits';
  }

  /** [SDK-23] Durable before the next hello, so that no operation is ever known under two numbers. */
  async #becomeNewDevice(): Promise<void> {
    try {
      await this.#writer.transact(async (transaction) => ({
        result: undefined,
        ...(await replaceDevice(transaction, this.#options.mintDevice())),
      }));
    } catch {
      // Nothing was changed: the server will say again that this device is behind.
    }
  }

  #connectionChanged(state: ConnectionState, before: ConnectionState): void {
    this.#options.shared.setStatus({ connection: presentConnection(state, this.#options.platform.environment) });
    if (before.name === 'online' && state.name !== 'online') this.#disconnected();
    if (before.name !== 'online' && state.name === 'online') this.#connected();
  }

  #connected(): void {
    this.#list.sync();
    this.#sayWatched();
    this.#people.askAgain([...this.#watched.values()].flat());
    this.#planRenewal();
  }

  #disconnected(): void {
    this.#synced = false;
    this.#cancelRenewal();
    for (const part of [this.#list, this.#pulls, this.#sender, this.#markers, this.#registers]) part.reset();
    this.#options.shared.disconnected();
  }

  #listSynced(): void {
    const isFirst = !this.#synced;
    this.#synced = true;
    this.#options.shared.setStatus({ synced: true });
    if (isFirst) {
      this.#registers.begin();
      this.#sender.begin();
      this.#markers.begin();
    }
    if (this.#context.sharesStore) void this.outboxChangedElsewhere();
    this.#checkSettled();
  }

  #conversationSettled(conversation: ConversationId, isAnswered: boolean): void {
    // A server that does not answer may come back without what it had acknowledged: that is let go of once it has.
    if (isAnswered) this.#sender.recheck(conversation);
    else this.#sender.flush(conversation);
    this.#markers.tell(conversation);
    this.#checkSettled();
  }

  #receive(frame: ReceivedFrame): void {
    switch (frame.kind) {
      case 'entries':
        return this.#pulls.take(frame);
      case 'head':
        return this.#pulls.takeHead(frame.conversation, frame.head);
      case 'marker':
        if (this.#markers.take(frame)) this.#list.lookUp(frame.conversation);
        return;
      case 'typing':
        return this.#options.shared.showTyping(frame.conversation, frame.person);
      case 'presence':
        return this.#options.shared.setPresence(frame.people);
      case 'person_changed':
        return this.#people.take([frame.person]);
      case 'registers_changed':
        return this.#registers.knowHead(frame.headVer, null);
      case 'resync':
        return this.#list.sync();
      case 'error':
        // Only marks are said without waiting for an answer and must arrive all the same.
        if (frame.retryable) this.#markers.refused(frame.conversation ?? null, frame.retryAfterMs ?? 0);
        else if (frame.conversation) this.#markers.forgetTold(frame.conversation);
        return;
      default:
        // Answers were taken by those who asked; a refusal of what nobody waits for has nobody to tell.
        return;
    }
  }

  /** [SDK-52] The token is renewed on the open socket before it ends. */
  #planRenewal(): void {
    const { account, platform } = this.#options;
    const inMs = Math.max(1_000, account.tokenLeftMs(this.#login()) - renewBeforeMs);
    this.#cancelRenewal();
    this.#cancelRenewal = platform.environment.timer(inMs, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const token = await this.token(true);
    if (!this.#connection.isOnline) return;
    if (!isRefused(token)) {
      this.#token = token;
      const answer = await this.#connection.ask({ kind: 'renew', token });
      if (!isRefused(answer)) return this.#planRenewal();
    }
    if (this.#connection.isOnline) {
      this.#cancelRenewal = this.#options.platform.environment.timer(renewRetryMs, () => void this.#renew());
    }
  }

  async #open(person: PersonId): Promise<OrRefusal<ConversationId>> {
    const answer = await this.#connection.ask({ kind: 'open', person });
    if (isRefused(answer)) return answer;
    this.#list.take([answer.row]);
    return answer.row.conversation;
  }

  #type(conversation: ConversationId): void {
    const now = this.#options.platform.environment.monotonic();
    if (now - (this.#typedAt.get(conversation) ?? Number.NEGATIVE_INFINITY) < limits.typingIntervalMs) return;
    if (this.#connection.say({ kind: 'type', conversation })) this.#typedAt.set(conversation, now);
  }

  #watch(tab: string, people: readonly PersonId[]): void {
    if (people.length > 0) this.#watched.set(tab, people);
    else this.#watched.delete(tab);
    this.#sayWatched();
  }

  #sayWatched(): void {
    const people = [...new Set([...this.#watched.values()].flat())].slice(0, limits.presenceWatchMax);
    this.#options.shared.keepPresenceOf(new Set(people));
    if (people.length > 0 || this.#watchedBefore) this.#connection.say({ kind: 'watch', people });
    this.#watchedBefore = people.length > 0;
  }

  #watchedBefore = false;

  #retry(key: string): void {
    const item = this.#options.mirror.outbox.get(key);
    if (!item?.error) return;
    const at = this.#options.platform.environment.now() as WallMs;
    // It keeps its id, as it may stand in the log already.
    this.#writer.commit([changeOf('outbox', key, { ...item, at, error: null })]);
    this.#sender.flush(item.conversation);
  }

  #discard(key: string): void {
    const item = this.#options.mirror.outbox.get(key);
    if (!item) return;
    const { conversation } = item;
    this.#writer.commit([changeOf('outbox', key, null)]);
    this.#sender.recheck(conversation);
    // Its line may have stayed for this one's sake.
    if (item.error === 'conversation_not_visible') this.#list.lookUp(conversation);
  }

  #checkSettled(): void {
    if (this.#settling.length === 0 || this.#stopped) return;
    const isIdle = this.#isIdle();
    const isDone = (until: 'idle' | 'synced') => (until === 'idle' ? isIdle : this.#synced && this.#pulls.isIdle);
    const done = this.#settling.filter(({ until }) => isDone(until));
    this.#settling = this.#settling.filter(({ until }) => !isDone(until));
    for (const { resolve } of done) resolve();
  }

  #isIdle(): boolean {
    const { mirror } = this.#options;
    const isWaiting = [...mirror.outbox.values()].some(({ error }) => error === null);
    return this.#synced && !isWaiting && [this.#pulls, this.#list, this.#sender, this.#registers].every((part) => part.isIdle);
  }
}
