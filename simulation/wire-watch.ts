import type { Position } from '@parlour/core/conversation-log/entry';
import type { ConversationId, OperationNumber, Seq } from '@parlour/core/ids';
import type { EntryOnWire } from '@parlour/protocol/parts';
import type { ServerFrame } from '@parlour/protocol/server-frame';
import type { LogChecker } from './log-checker.ts';
import type { Link } from './network.ts';
import type { World } from './world.ts';

/** A request, and of a `send` what it carries. */
type Asked = {
  readonly kind: string;
  /** Of a hello, and of a send under the id of another one. */
  readonly device?: string;
  readonly operations?: readonly { readonly n: OperationNumber; readonly after: Position | null }[];
};
type Sent = {
  readonly results: readonly (
    | { readonly n: OperationNumber; readonly seq: Seq }
    | { readonly n: OperationNumber; readonly error: string }
  )[];
  readonly operations: NonNullable<Asked['operations']>;
};

/** Looks at each frame as the server lets it go: what it says must be durable by then, and for these eyes. */
export class WireWatch {
  readonly #world: World;
  readonly #checker: LogChecker;
  /** Devices whose storage was put back: they may use numbers again before they find out, and are then refused. */
  readonly #wentBack = new Set<string>();
  /** What the person discarded; a device that died before it had written so finds it again, behind what was said since. */
  readonly #letGo = new Set<string>();
  /** The id under which each said hello last. */
  readonly #devices = new Map<string, string>();

  /** What was asked on each socket and not answered. */
  readonly #asked = new WeakMap<Link, Map<number, Asked>>();
  readonly #afterDistanceMax: number;

  /** @param afterDistanceMax of the servers: what was made longer ago is not compared with the log it was made on */
  constructor(world: World, checker: LogChecker, afterDistanceMax: number) {
    this.#world = world;
    this.#checker = checker;
    this.#afterDistanceMax = afterDistanceMax;
  }

  wentBack(device: string): void {
    this.#wentBack.add(device);
  }

  letGo(device: string, n: OperationNumber): void {
    this.#letGo.add(`${device} ${n}`);
  }

  unansweredOn(link: Link): string[] {
    return [...(this.#asked.get(link) ?? [])].map(([id, { kind }]) => `${kind} ${id}`);
  }

  readonly toServer = (link: Link, text: string): void => {
    this.#world.note(link.client.name, `> ${shorten(text)}`);
    const frame = JSON.parse(text) as Asked & { readonly id?: number };
    if (frame.kind === 'hello' && frame.device !== undefined) this.#countDevice(link, frame.device);
    if (frame.kind === 'send' && frame.device !== undefined) this.#world.count('sent under the id of the device before');
    if (frame.id === undefined) return;
    const asked = this.#asked.get(link) ?? new Map<number, Asked>();
    this.#asked.set(link, asked.set(frame.id, frame));
  };

  readonly toClient = (link: Link, text: string): void => {
    const frame = JSON.parse(text) as ServerFrame;
    this.#world.note(link.client.name, `< ${shorten(text)}`);
    let asked: Asked | undefined;
    if ('re' in frame && frame.re !== undefined) {
      const { re } = frame;
      asked = this.#asked.get(link)?.get(re);
      this.#world.check(this.#asked.get(link)?.delete(re) === true, () => `${link.client.name} was answered twice: ${re}`);
    }
    switch (frame.kind) {
      case 'entries':
      case 'range':
        return this.#checkEntries(link, frame.conversation, frame.entries as readonly EntryOnWire[]);
      case 'sent':
        this.#checkMadeHere(link, frame.conversation, { results: frame.results, operations: asked?.operations ?? [] });
        return this.#checkAcknowledged(link, frame.conversation, { device: asked?.device, results: frame.results });
      case 'head':
        return this.#checkHead(link, frame.conversation, frame.head.seq);
      case 'marker':
        return this.#checkMarker(link, frame);
      case 'resync':
        return this.#world.count('told to resync');
      case 'error':
        return this.#world.count(`error ${frame.code}`);
    }
  };

  #countDevice({ deviceName }: Link, device: string): void {
    const before = this.#devices.get(deviceName);
    if (before !== undefined && before !== device) this.#world.count('store became a new device');
    this.#devices.set(deviceName, device);
  }

  #checkEntries(link: Link, conversation: ConversationId, entries: readonly EntryOnWire[]): void {
    const person = link.connection?.guest?.identity.person;
    const log = this.#checker.entriesOf(conversation);
    for (const { seq, chain } of entries) {
      const say = (what: string) => () => `${link.client.name} was told of an entry that ${what}: seq ${seq}`;
      this.#world.check(log[seq - 1]?.chain === chain, say('is not durable'), conversation);
      this.#world.check(!!person && this.#checker.isVisibleTo(conversation, person, seq), say('is not theirs to see'), conversation);
    }
  }

  #checkMarker(link: Link, { conversation, person, readSeq, receivedSeq }: Extract<ServerFrame, { kind: 'marker' }>): void {
    const durable = this.#checker.markerOf(conversation, person);
    const isOwn = person === link.connection?.guest?.identity.person;
    const isDurable = readSeq <= (isOwn ? durable.readSeq : durable.toldSeq) && receivedSeq <= durable.receivedSeq;
    const say = () =>
      `${link.client.name} was told that ${person} read up to ${readSeq} and has up to ${receivedSeq}, which is not durable`;
    this.#world.check(isDurable, say, conversation);
  }

  #checkHead(link: Link, conversation: ConversationId, headSeq: Seq): void {
    const isDurable = this.#checker.entriesOf(conversation).length >= headSeq;
    const say = (what: string) => () => `${link.client.name} was told of head ${headSeq}, which is not ${what}`;
    this.#world.check(isDurable, say('durable'), conversation);
    const person = link.connection?.guest?.identity.person;
    this.#world.check(!!person && this.#checker.isVisibleTo(conversation, person, headSeq), say('theirs to know'), conversation);
  }

  /** [OP-2] What was made on a log that the servers have lost since is not taken into the one they have. */
  #checkMadeHere({ client }: Link, conversation: ConversationId, { results, operations }: Sent): void {
    const log = this.#checker.entriesOf(conversation);
    for (const { n, after } of operations) {
      const isTaken = results.some((result) => result.n === n && 'seq' in result);
      if (!isTaken || !after || after.seq === 0 || log.length - after.seq > this.#afterDistanceMax) continue;
      const say = () => `${client.name} was acknowledged what it had made on another log: n ${n}, after ${after.seq}`;
      this.#world.check(log[after.seq - 1]?.chain === after.chain, say, conversation);
    }
  }

  #checkAcknowledged(
    link: Link,
    conversation: ConversationId,
    { device = link.connection?.guest?.device, results }: { readonly device: string | undefined; readonly results: Sent['results'] },
  ): void {
    for (const result of results) {
      if ('error' in result) {
        this.#world.count(`refused ${result.error}`);
        // Refused by the rules before, with an answer that was lost: what came behind it stands there by now.
        const wasRefused = result.error === 'superseded' && this.#checker.hasRefused(conversation);
        const isExcused = wasRefused || this.#wentBack.has(link.deviceName) || this.#letGo.has(`${link.deviceName} ${result.n}`);
        this.#world.check(
          isExcused || (result.error !== 'superseded' && result.error !== 'id_reuse'),
          () => `a valid operation of ${link.client.name} was refused as ${result.error}: n ${result.n}`,
          conversation,
        );
        continue;
      }
      const entry = this.#checker.entriesOf(conversation)[result.seq - 1];
      const isThere = entry?.device === device && entry?.n === result.n;
      this.#world.check(
        isThere,
        () => `${link.client.name} was acknowledged what is not durable: n ${result.n}, seq ${result.seq}`,
        conversation,
      );
    }
  }
}

function shorten(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
