import assert from 'node:assert/strict';
import type { OperationOnWire as ClientOperation } from '@parlour/protocol/client/send';
import type { ClientFrame } from '@parlour/protocol/client-frame';
import { type ServerFrame, type ServerFrameKind, serverFrame } from '@parlour/protocol/server-frame';
import { protocolVersions } from '@parlour/protocol/version';
import type { Line } from './line.ts';
import { openLine } from './open-line.ts';
import { newId, type Person } from './person.ts';
import { RawSocket } from './raw-socket.ts';

export type FrameOf<Kind extends ServerFrameKind> = Extract<ServerFrame, { kind: Kind }>;
export type Position = { readonly seq: number; readonly chain: string };
export type Result = FrameOf<'sent'>['results'][number];
export type Operation = {
  readonly n: number;
  readonly kind: ClientOperation['kind'];
  readonly body: object;
  readonly after: Position;
  readonly target?: number;
};

/** The position before every log. */
export const genesis: Position = { seq: 0, chain: 'A'.repeat(22) };

export type Hello = {
  readonly device?: string;
  readonly operationNumber?: number;
  readonly token?: string;
  readonly versions?: readonly number[];
};

export async function helloOf(person: Person, { device, operationNumber = 0, token, versions = protocolVersions }: Hello = {}) {
  const hello = { kind: 'hello', versions, token: token ?? (await person.token()), device: device ?? newId(), operationNumber };
  return { ...hello, client: 'conformance' };
}

/** A replica of somebody's: a socket that has been welcomed. All that comes on it must be what the schemas say. */
export class Device implements Disposable {
  readonly person: Person;
  readonly socket: Line;
  readonly welcome: FrameOf<'welcome'>;
  readonly #frames: ServerFrame[];
  #nextRequest = 1;
  #nextNumber: number;

  private constructor(person: Person, socket: Line, welcome: FrameOf<'welcome'>) {
    this.person = person;
    this.socket = socket;
    this.welcome = welcome;
    this.#frames = [welcome];
    this.#nextNumber = welcome.operationNumber + 1;
  }

  static async enter(person: Person, hello: Hello = {}): Promise<Device> {
    const socket = await openLine(person);
    socket.answersPings = true;
    socket.say(await helloOf(person, hello));
    const [first] = await socket.until('welcome', () => socket.frames().length > 0 && socket.frames());
    const welcome = parsed(first);
    assert.ok(welcome.kind === 'welcome', `hello was answered with ${JSON.stringify(welcome)}`);
    return new Device(person, socket, welcome);
  }

  /** For what is said of WebSockets alone. */
  get raw(): RawSocket {
    assert.ok(this.socket instanceof RawSocket, 'it is carried by something else');
    return this.socket;
  }

  get id(): string {
    return this.welcome.device;
  }

  nextNumber(): number {
    return this.#nextNumber++;
  }

  nextRequest(): number {
    return this.#nextRequest++;
  }

  /** All that came, in its order. */
  frames(): readonly ServerFrame[] {
    const raw = this.socket.frames();
    for (let index = this.#frames.length; index < raw.length; index++) this.#frames.push(parsed(raw[index]));
    return this.#frames;
  }

  /** How many frames came until now: what comes later is news. */
  get count(): number {
    return this.frames().length;
  }

  say(frame: object): void {
    this.socket.say(frame);
  }

  /** @returns the one answer */
  async ask(frame: { readonly kind: ClientFrame['kind']; readonly [key: string]: unknown }): Promise<ServerFrame> {
    const id = this.nextRequest();
    this.say({ ...frame, id });
    return this.answer(id);
  }

  answer(id: number): Promise<ServerFrame> {
    return this.socket.until(`the answer to ${id}`, () => this.frames().find((frame) => 're' in frame && frame.re === id));
  }

  /** @returns the answer, which must be of this kind */
  async get<Kind extends ServerFrameKind>(
    kind: Kind,
    frame: { readonly kind: ClientFrame['kind']; readonly [key: string]: unknown },
  ): Promise<FrameOf<Kind>> {
    const answer = await this.ask(frame);
    assert.equal(answer.kind, kind, `${frame.kind} was answered with ${JSON.stringify(answer).slice(0, 500)}`);
    return answer as FrameOf<Kind>;
  }

  /** @returns the refusal */
  refused(frame: { readonly kind: ClientFrame['kind']; readonly [key: string]: unknown }): Promise<FrameOf<'error'>> {
    return this.get('error', frame);
  }

  /** Waits for news of this kind behind `since`. */
  news<Kind extends ServerFrameKind>(
    kind: Kind,
    isIt: (frame: FrameOf<Kind>) => boolean = () => true,
    since = 0,
    withinMs?: number,
  ): Promise<FrameOf<Kind>> {
    const look = () =>
      this.frames()
        .slice(since)
        .find((frame) => frame.kind === kind && isIt(frame as FrameOf<Kind>));
    return this.socket.until(`${kind}`, look as () => FrameOf<Kind> | undefined, withinMs);
  }

  /** All that was said before has been seen when this comes back: frames to one socket keep their order. */
  async settle(): Promise<void> {
    await this.get('pong', { kind: 'ping' });
  }

  message(text: string, after: Position, more: Partial<Operation> = {}): Operation {
    return { n: more.n ?? this.nextNumber(), kind: 'message', body: { text }, after, ...more };
  }

  /** @returns the seq, or why not */
  async act(conversation: string, kind: Operation['kind'], body: object): Promise<number | string> {
    const after = await this.headOf(conversation);
    const [result] = await this.send(conversation, [{ n: this.nextNumber(), kind, body, after }]);
    return result && 'seq' in result ? result.seq : (result?.error ?? 'nothing');
  }

  /** @returns the new group's row */
  async beginGroup(title: string, members: readonly { readonly id: string }[] = [], n = this.nextNumber()) {
    return (await this.get('opened', { kind: 'create_group', n, group: { title, members: members.map(({ id }) => id) } })).row;
  }

  async rowOf(conversation: string) {
    return (await this.get('listed', { kind: 'look_up', conversations: [conversation] })).rows[0];
  }

  async send(conversation: string, operations: readonly Operation[]): Promise<readonly Result[]> {
    return (await this.get('sent', { kind: 'send', conversation, operations })).results;
  }

  /** @returns where it stands */
  async place(conversation: string, operation: Operation): Promise<number> {
    const [result] = await this.send(conversation, [operation]);
    assert.ok(result && 'seq' in result, `a message was not taken: ${JSON.stringify(result)}`);
    return result.seq;
  }

  async openDirect(other: { readonly id: string }): Promise<string> {
    return (await this.get('opened', { kind: 'open', person: other.id })).row[0];
  }

  pull(conversation: string, fromSeq: number, untilSeq: number, more: object = {}): Promise<FrameOf<'range'>> {
    return this.get('range', { kind: 'pull', conversation, fromSeq, untilSeq, end: 'first', limit: 200, ...more });
  }

  async headOf(conversation: string): Promise<Position> {
    return (await this.pull(conversation, 1, 2)).head;
  }

  [Symbol.dispose](): void {
    this.socket[Symbol.dispose]();
  }
}

function parsed(frame: unknown): ServerFrame {
  const { success, data } = serverFrame.safeParse(frame);
  assert.ok(success, `its own schema refuses what the server said: ${JSON.stringify(frame)?.slice(0, 500)}`);
  return data;
}

/** A place of a log that there is not: the right length, and never what SHA-256 made of anything here. */
export const wrongChain = `${'B'.repeat(21)}A`;

/** Says hello as told, and what comes of it: the frames, and the code that the server closes with. */
export async function greeted(person: Person, hello: Hello): Promise<{ readonly frames: Line['frames']; readonly closed: number }> {
  using socket = await openLine(person);
  socket.say(await helloOf(person, hello));
  const closed = await socket.closed();
  const frames = socket.frames();
  return { frames: () => frames, closed };
}
