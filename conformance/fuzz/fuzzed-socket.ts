import assert from 'node:assert/strict';
import { errors } from '@parlour/core/errors';
import { limits } from '@parlour/core/limits';
import { type ClientFrameKind, clientFrames } from '@parlour/protocol/client-frame';
import { jsonSchemaOf } from '@parlour/protocol/json-schema';
import { Device, helloOf } from '../device.ts';
import { newId, type Person } from '../person.ts';
import { opcodes, RawSocket } from '../raw-socket.ts';
import { type JsonSchema, makeValue, type Pool } from './schema-value.ts';
import type { SeededRandom } from './seeded-random.ts';
import { spoil, spoilJson } from './spoiling.ts';

const schemas = Object.fromEntries(Object.entries(clientFrames).map(([kind, schema]) => [kind, jsonSchemaOf(schema)])) as Record<
  ClientFrameKind,
  JsonSchema
>;
const kinds = Object.keys(clientFrames) as ClientFrameKind[];
/** Frames before what came of them is looked at. */
const framesPerLook = 12;

/** What the schemas say of a text: that it is a frame, or the codes that the connection may end with. */
export function verdictOf(text: string): 'frame' | number {
  if (Buffer.byteLength(text) > limits.frameSizeBytesMax) return 1009;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return errors.malformed.closeCode;
  }
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : null;
  if (typeof kind !== 'string') return errors.malformed.closeCode;
  if (!Object.hasOwn(clientFrames, kind)) return errors.unknown_kind.closeCode;
  if (kind === 'hello') return errors.malformed.closeCode;
  return clientFrames[kind as ClientFrameKind].safeParse(value).success ? 'frame' : errors.malformed.closeCode;
}

/** A frame that its schema takes. */
export function makeFrame(random: SeededRandom, pool: Pool): { readonly kind: ClientFrameKind; readonly frame: unknown } {
  const kind = random.pick(kinds);
  return { kind, frame: makeValue(schemas[kind], random, pool) };
}

export type FuzzTools = {
  readonly person: Person;
  readonly random: SeededRandom;
  readonly pool: Pool;
  readonly secrets: readonly string[];
  readonly count: (what: string) => void;
};

/** One device of a fuzzer's. It comes back whenever it was sent away, and knows why it should have been. */
export class FuzzedSocket {
  readonly #tools: FuzzTools;
  readonly #device = newId();
  #nextRequest = 1;

  constructor(tools: FuzzTools) {
    this.#tools = tools;
  }

  /** @param frameCount how many frames it says */
  async run(frameCount: number): Promise<void> {
    let left = frameCount;
    while (left > 0) {
      const { random, person } = this.#tools;
      if (random.chance(0.06)) {
        await this.#spoiltHello();
        left--;
        continue;
      }
      using device = await Device.enter(person, { device: this.#device });
      let isOpen = true;
      while (left > 0 && isOpen) {
        const look = Math.min(left, random.between(1, framesPerLook));
        const said = await this.#say(device, look);
        left -= said.count;
        isOpen = said.isOpen;
      }
    }
  }

  /** Says some frames; the first that must end the connection is the last. */
  async #say(device: Device, most: number): Promise<{ readonly count: number; readonly isOpen: boolean }> {
    const asked = new Map<number, number>();
    const since = device.count;
    for (let count = 1; count <= most; count++) {
      const { bytes, opcode, expected } = this.#next(asked);
      this.#send(device.raw, bytes, opcode);
      this.#tools.count(expected === 'frame' ? 'taken' : 'refused');
      if (expected === 'frame') continue;
      const code = await device.socket.closed();
      assert.equal(code, expected, `closed with ${code} and not ${expected} after ${bytes.toString().slice(0, 500)}`);
      await device.socket.until('the end', () => device.socket.isClosed);
      // What was under way when it ended need not have been answered.
      this.#look(device, since);
      return { count, isOpen: false };
    }
    await this.#answered(device, asked, since);
    this.#look(device, since);
    return { count: most, isOpen: true };
  }

  #next(asked: Map<number, number>): { readonly bytes: Buffer; readonly opcode: 1 | 2; readonly expected: 'frame' | number } {
    const { random, pool } = this.#tools;
    const { kind, frame } = makeFrame(random, pool);
    const value = frame as Record<string, unknown>;
    if ('id' in value) value.id = this.#nextRequest++;
    const how = random.next();
    if (how > 0.97) return { bytes: Buffer.from(JSON.stringify(value)), opcode: opcodes.binary, expected: errors.malformed.closeCode };
    // Whatever else it is, these bytes are no UTF-8.
    if (how > 0.95)
      return { bytes: Buffer.concat([random.bytes(random.between(0, 40)), Buffer.from([0xff])]), opcode: opcodes.text, expected: 1007 };
    const spoilt = how > 0.6 ? spoil(value, schemas[kind], random) : value;
    const json = JSON.stringify(spoilt) ?? '';
    const bytes = Buffer.from(how > 0.88 ? spoilJson(json, random) : json);
    const expected = verdictOf(bytes.toString());
    if (expected === 'frame') {
      const { id } = JSON.parse(bytes.toString()) as { id?: number };
      if (id !== undefined) asked.set(id, (asked.get(id) ?? 0) + 1);
    }
    return { bytes, opcode: opcodes.text, expected };
  }

  /** Whole, or in pieces: it is one message. */
  #send(socket: RawSocket, bytes: Buffer, opcode: 1 | 2): void {
    const { random } = this.#tools;
    if (!random.chance(0.1) || bytes.length > limits.frameSizeBytesMax) return socket.send(opcode, bytes);
    const at = random.between(0, bytes.length);
    socket.send(opcode, bytes.subarray(0, at), { isLast: false });
    if (random.chance(0.5)) socket.send(opcodes.ping, 'between');
    socket.send(opcodes.continuation, bytes.subarray(at));
  }

  /** Every request has as many answers as it was asked. */
  async #answered(device: Device, asked: ReadonlyMap<number, number>, since: number): Promise<void> {
    const count = (): Map<number, number> => {
      const found = new Map<number, number>();
      for (const frame of device.frames().slice(since)) if ('re' in frame && frame.re) found.set(frame.re, (found.get(frame.re) ?? 0) + 1);
      return found;
    };
    await device.socket.until('every answer', () => {
      const code = device.socket.closeCode();
      if (code !== null) throw new Error(`closed with ${code} after frames that the schemas take`);
      const found = count();
      return [...asked].every(([id, times]) => (found.get(id) ?? 0) >= times);
    });
    const found = count();
    for (const [id, times] of found) assert.equal(times, asked.get(id), `${id} was answered ${times} times`);
  }

  /** Nothing of others, and nothing broken. What is no frame has been seen by the device. */
  #look(device: Device, since: number): void {
    for (const frame of device.frames().slice(since)) {
      const codes =
        frame.kind === 'sent'
          ? frame.results.map((result) => ('error' in result ? result.error : null))
          : [frame.kind === 'error' ? frame.code : null];
      assert.ok(!codes.includes('internal'), `something broke: ${JSON.stringify(frame)}`);
    }
    expectNoSecret(device.raw, this.#tools.secrets);
  }

  /** The first frame is not what it should be, or not the first. */
  async #spoiltHello(): Promise<void> {
    const { random, person, pool, secrets, count } = this.#tools;
    using socket = await RawSocket.open(person.url);
    const hello = { ...(await helloOf(person, { device: this.#device })), client: 'fuzz' };
    const first = random.chance(0.5) ? spoil(hello, schemas.hello, random) : makeFrame(random, pool).frame;
    const text = JSON.stringify(first) ?? '';
    socket.send(opcodes.text, text);
    count('first frames');
    const outcome = await socket.until('an answer', () => socket.closeCode() ?? (socket.frames()[0]?.kind === 'welcome' && 'welcome'));
    const parsed = clientFrames.hello.safeParse(first);
    if (outcome === 'welcome') assert.ok(parsed.success, `this was taken for a hello: ${text.slice(0, 500)}`);
    else if (!parsed.success)
      assert.equal(outcome, Buffer.byteLength(text) > limits.frameSizeBytesMax ? 1009 : errors.hello_expected.closeCode);
    else {
      const code = socket.frames()[0]?.code as keyof typeof errors;
      assert.ok(
        ['unauthenticated', 'login_ended', 'version_unsupported', 'device_foreign'].includes(code),
        `hello was answered with ${code}`,
      );
    }
    expectNoSecret(socket, secrets);
  }
}

function expectNoSecret(socket: RawSocket, secrets: readonly string[]): void {
  for (const { payload } of socket.received) {
    const found = secrets.find((secret) => payload.includes(secret));
    assert.equal(found, undefined, `something of strangers was told: ${payload.toString().slice(0, 500)}`);
  }
}
