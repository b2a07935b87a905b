import type { Position } from '@parlour/core/conversation-log/entry';
import type { ServerFrame } from '@parlour/protocol/server-frame';
import { type UnpackedFrame, unpackFrame } from '@parlour/protocol/unpacked-frame';
import type { SeededPerson } from './seeded-folder.ts';
import { WireClient } from './wire-client.ts';

type FrameOf<Kind extends ServerFrame['kind']> = Extract<UnpackedFrame, { kind: Kind }>;

export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/**
 * One logged-in device of a workload. It holds each log's head as a real client does, and a run that does not follow it (a gap, a double,
 * a wrong order) fails the whole run.
 */
export class BenchClient {
  readonly person: SeededPerson;
  readonly heads = new Map<string, Position>();
  onEntries: (frame: FrameOf<'entries'>) => void = () => {};
  receivedEntries = 0;
  receivedFrames = 0;
  #wire: WireClient | null = null;
  #nextId = 1;
  #nextN: number;
  readonly #answers = new Map<number, (frame: UnpackedFrame) => void>();
  #onWelcome: ((frame: FrameOf<'welcome'>) => void) | null = null;

  constructor(person: SeededPerson, firstN = 1) {
    this.person = person;
    this.#nextN = firstN;
  }

  async connect(port: number): Promise<void> {
    this.#wire = await WireClient.open({ port, onText: (text) => this.#receive(text) });
    this.#wire.onClose = (code) => {
      if (this.#wire) throw new BrokenPromise(`the server closed a connection (${code})`);
    };
    const welcomed = new Promise<FrameOf<'welcome'>>((resolve) => {
      this.#onWelcome = resolve;
    });
    this.#send({
      kind: 'hello',
      versions: [1],
      token: this.person.token,
      device: this.person.device,
      operationNumber: this.#nextN - 1,
      client: 'bench',
    });
    await welcomed;
  }

  get receivedBytes(): number {
    return this.#wire?.receivedBytes ?? 0;
  }

  end(): void {
    const wire = this.#wire;
    this.#wire = null;
    wire?.end();
  }

  request<Kind extends ServerFrame['kind']>(frame: object, expected: Kind): Promise<FrameOf<Kind>> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, (answer) => {
        if (answer.kind === expected) resolve(answer as FrameOf<Kind>);
        else reject(new BrokenPromise(`expected ${expected}: ${JSON.stringify(answer).slice(0, 300)}`));
      });
      this.#send({ ...frame, id });
    });
  }

  tell(frame: object): void {
    this.#send(frame);
  }

  /** Messages in one batch, as a client sends what has gathered. */
  async send(conversation: string, texts: readonly string[]): Promise<void> {
    const after = this.heads.get(conversation);
    const operations = texts.map((text) => ({ n: this.#nextN++, kind: 'message', body: { text }, after }));
    const { results } = await this.request({ kind: 'send', conversation, operations }, 'sent');
    for (const result of results) if ('error' in result) throw new BrokenPromise(`refused: ${JSON.stringify(result)}`);
  }

  #send(frame: object): void {
    if (!this.#wire) throw new BrokenPromise('not connected');
    this.#wire.send(JSON.stringify(frame));
  }

  #receive(text: string): void {
    this.receivedFrames++;
    const frame = unpackFrame(JSON.parse(text) as ServerFrame);
    if (frame.kind === 'entries') return this.#apply(frame);
    if (frame.kind === 'welcome') return this.#onWelcome?.(frame);
    if (!('re' in frame) || frame.re === undefined) {
      if (frame.kind === 'error') throw new BrokenPromise(`refused: ${text.slice(0, 300)}`);
      return;
    }
    const answer = this.#answers.get(frame.re);
    this.#answers.delete(frame.re);
    answer?.(frame);
  }

  #apply(frame: FrameOf<'entries'>): void {
    const held = this.heads.get(frame.conversation);
    if (held && (frame.previous.seq !== held.seq || frame.previous.chain !== held.chain)) {
      throw new BrokenPromise(`a run after ${frame.previous.seq} came where ${held.seq} is held`);
    }
    let seq = frame.previous.seq as number;
    for (const entry of frame.entries) {
      if (entry.seq !== ++seq) throw new BrokenPromise(`entry ${entry.seq} where ${seq} was due`);
    }
    const last = frame.entries.at(-1);
    if (last) this.heads.set(frame.conversation, { seq: last.seq, chain: last.chain });
    this.receivedEntries += frame.entries.length;
    this.onEntries(frame);
  }

  /** Learns where a log stands. */
  async follow(conversation: string): Promise<void> {
    const { rows } = await this.request({ kind: 'look_up', conversations: [conversation] }, 'listed');
    const [row] = rows;
    if (!row) throw new BrokenPromise('the conversation is not visible');
    this.heads.set(conversation, row.head);
  }
}
