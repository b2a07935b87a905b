import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Device, genesis } from '../device.ts';
import { Person } from '../person.ts';

/** Two people whom nobody else here knows. Nothing of theirs may ever be shown to others, and nothing of it may change. */
export class Planted implements Disposable {
  /** What nobody may hear: names, ids and what was said. */
  readonly secrets: readonly string[];
  readonly conversation: string;
  /** Open from beginning to end: it breaks with the process. */
  readonly #witness: Device;
  readonly #before: string;
  readonly #count: number;

  private constructor(witness: Device, conversation: string, secrets: readonly string[], before: string) {
    this.#witness = witness;
    this.conversation = conversation;
    this.secrets = secrets;
    this.#before = before;
    this.#count = witness.count;
  }

  static async settle(url: string): Promise<Planted> {
    const way = { url, line: 'WebSocket' } as const;
    const people = [await Person.register(way), await Person.register(way)] as const;
    const secrets: string[] = [];
    for (const person of people) {
      const [handle, displayName, about] = [secret(), `${secret()} ${secret()}`, secret()];
      const changed = await person.call('updateMe', { body: { handle, displayName, about } });
      assert.equal(changed.status, 200);
      secrets.push(person.id, handle, displayName, about, await person.token());
    }
    const [one, other] = people;
    const witness = await Device.enter(one);
    const conversation = await witness.openDirect(other);
    const [said, kept] = [secret(), secret()];
    await witness.place(conversation, witness.message(said, genesis));
    await witness.get('register_put', { kind: 'put_register', key: 'drafts.planted', ver: 0, value: JSON.stringify(kept) });
    secrets.push(said, kept, witness.id);
    using reader = await Device.enter(other);
    reader.say({ kind: 'mark', conversation, readSeq: 2, receivedSeq: 2 });
    await witness.news('marker', ({ readSeq }) => readSeq === 2);
    return new Planted(witness, conversation, secrets, await seen(witness, conversation));
  }

  /** The same process, the same log, and no word of anybody else. @throws AssertionError */
  async expectUntouched(): Promise<void> {
    assert.ok(!this.#witness.socket.isClosed, 'the socket that was open from the beginning broke');
    assert.equal(await seen(this.#witness, this.conversation), this.#before);
    const news = this.#witness
      .frames()
      .slice(this.#count)
      .filter((frame) => !('re' in frame) && frame.kind !== 'head')
      // How they are called was told to themselves, some time after they said it; what they are called now is among what is seen.
      .filter((frame) => frame.kind !== 'person_changed' || !this.secrets.includes(frame.person.id));
    assert.deepEqual(news, []);
  }

  [Symbol.dispose](): void {
    this.#witness[Symbol.dispose]();
  }
}

/** It begins with a letter that nothing of the fuzzer's begins with. */
function secret(): string {
  return `qq${randomBytes(8).toString('hex')}`;
}

/** All that one of them sees. */
async function seen(device: Device, conversation: string): Promise<string> {
  const { re: _, ...range } = await device.pull(conversation, 1, 1_000);
  const { rows } = await device.get('listed', { kind: 'list', limit: 256 });
  const { registers } = await device.get('registers', { kind: 'pull_registers', sinceVer: 0 });
  return JSON.stringify([range, rows, registers]);
}
