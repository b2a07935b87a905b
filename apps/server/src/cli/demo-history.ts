import { groupConversationId } from '@parlour/core/conversation-log/chain';
import { isRefusal } from '@parlour/core/errors';
import type { ConversationId, DeviceId, OperationNumber, PersonId, Seq, WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import { Argon2PasswordHasher } from '../adapters/node/password-hasher.ts';
import { ZxcvbnPasswordJudge } from '../adapters/node/password-judge.ts';
import type { Config } from '../config.ts';
import { digest16, mintSalt, nodeEnvironment } from '../node-environment.ts';
import { ConversationOwners } from '../owner/conversation-owners.ts';
import type { Directory } from '../ports/directory.ts';
import { createPerson } from '../usecases/create-person.ts';
import { openDirect } from '../usecases/open-direct.ts';
import { failureOf } from './checked-input.ts';
import { cast, notes, trip, visitor } from './demo-cast.ts';
import { openStoreForWriting, type StoreForWriting } from './store-for-writing.ts';

export type DemoPeople = { readonly visitor: PersonId; readonly trip: ConversationId };

const minuteMs = 60_000;

/** Fills a folder with the cast and what they have said to the visitor, by the product's own means under a clock that stands in the past. */
export async function writeDemo(config: Config, password: string): Promise<DemoPeople> {
  await using opened = await openStoreForWriting(config);
  const people = await createCast(opened.directory, password);
  const pen = new PastPen(opened, nodeEnvironment.now());
  const self = personOf(people, visitor.handle);
  for (const { handle, history, unread } of cast) {
    const other = personOf(people, handle);
    const said = history.map(([by, minutesAgo, text]) => ({ by: by === 'them' ? other : self, minutesAgo, text }));
    await pen.write([self, other], said, { unread });
  }
  await pen.write(
    [self, self],
    notes.map(([minutesAgo, text]) => ({ by: self, minutesAgo, text })),
    { unread: 0 },
  );
  const conversation = await pen.begin(trip, (handle) => personOf(people, handle));
  await pen.writeInto(
    conversation,
    trip.history.map(([handle, minutesAgo, text]) => ({ by: personOf(people, handle), minutesAgo, text })),
    { readers: [trip.owner, ...trip.members].map((handle) => personOf(people, handle)), self, unread: 1 },
  );
  pen.close();
  return { visitor: self, trip: conversation };
}

async function createCast(directory: Directory, password: string): Promise<ReadonlyMap<string, PersonId>> {
  await using judge = new ZxcvbnPasswordJudge();
  await using hasher = new Argon2PasswordHasher({ concurrencyMax: 2 });
  const tools = { directory, environment: nodeEnvironment, hasher, judge };
  const people = new Map<string, PersonId>();
  for (const { handle, name } of [visitor, ...cast]) {
    const created = await createPerson({ handle, displayName: name, email: `${handle}@example.org`, password }, tools);
    if (isRefusal(created)) throw failureOf(created);
    people.set(handle, created.person);
  }
  return people;
}

function personOf(people: ReadonlyMap<string, PersonId>, handle: string): PersonId {
  const person = people.get(handle);
  if (person === undefined) throw new RangeError(`nobody of the cast is called ${handle}`);
  return person;
}

type Said = { readonly by: PersonId; readonly minutesAgo: number; readonly text: string };

/** Writes into conversations as of a time that is past. */
class PastPen {
  readonly #directory: Directory;
  readonly #owners: ConversationOwners;
  readonly #today: WallMs;
  readonly #devices = new Map<PersonId, { readonly device: DeviceId; n: number }>();
  #now: WallMs;

  constructor({ store, directory }: Pick<StoreForWriting, 'store' | 'directory'>, today: WallMs) {
    this.#directory = directory;
    this.#today = today;
    this.#now = today;
    const environment = { ...nodeEnvironment, now: () => this.#now };
    this.#owners = new ConversationOwners({
      store,
      bus: new MemoryBus(),
      environment,
      digest16,
      mintSalt,
      ownersKeptMax: 100,
      marksKept: 8,
      limits,
    });
  }

  async write([self, other]: readonly [PersonId, PersonId], said: readonly Said[], { unread }: { readonly unread: number }): Promise<void> {
    this.#goBack(said[0]?.minutesAgo ?? 0);
    const conversation = await openDirect({ person: self, other }, { owners: this.#owners, directory: this.#directory, digest16 });
    if (typeof conversation !== 'string') throw failureOf(conversation);
    await this.writeInto(conversation, said, { readers: [self, other], self, unread });
  }

  /** A group, begun a day before anything is said in it. */
  async begin({ title, about, hue, owner, members }: typeof trip, personOf: (handle: string) => PersonId): Promise<ConversationId> {
    this.#goBack(24 * 60);
    const hand = this.#handOf(personOf(owner));
    hand.n += 1;
    const conversation = groupConversationId(digest16, hand.device, hand.n as OperationNumber);
    const all = [owner, ...members].map((handle) => ({ person: personOf(handle), role: handle === owner ? 'owner' : 'member' }));
    await this.#append(conversation, personOf(owner), hand, 'create', { type: 'group', members: all, title, about, hue });
    return conversation;
  }

  async writeInto(
    conversation: ConversationId,
    said: readonly Said[],
    { readers, self, unread }: { readonly readers: readonly PersonId[]; readonly self: PersonId; readonly unread: number },
  ): Promise<void> {
    let last = 0 as Seq;
    let read = 0 as Seq;
    for (const [index, { by, minutesAgo, text }] of said.entries()) {
      this.#goBack(minutesAgo);
      last = await this.#say(conversation, by, text);
      if (index < said.length - unread) read = last;
    }
    for (const reader of new Set(readers))
      await this.#owners.mark(conversation, reader, { readSeq: reader === self ? read : last, receivedSeq: last, told: true });
  }

  close(): void {
    this.#owners.stop();
  }

  async #say(conversation: ConversationId, author: PersonId, text: string): Promise<Seq> {
    const hand = this.#handOf(author);
    hand.n += 1;
    return this.#append(conversation, author, hand, 'message', { text });
  }

  async #append(
    conversation: ConversationId,
    author: PersonId,
    { device, n }: { readonly device: DeviceId; readonly n: number },
    kind: 'create' | 'message',
    body: object,
  ): Promise<Seq> {
    const operation = {
      conversation,
      author,
      device,
      n: n as OperationNumber,
      kind,
      target: null,
      body: JSON.stringify(body),
      after: null,
    };
    const [answer] = await this.#owners.send(conversation, [operation]);
    if (answer === undefined) throw new TypeError('an operation without an answer');
    if (isRefusal(answer)) throw failureOf(answer);
    return answer.seq;
  }

  #handOf(person: PersonId): { readonly device: DeviceId; n: number } {
    const hand = this.#devices.get(person) ?? { device: nodeEnvironment.id() as DeviceId, n: 0 };
    this.#devices.set(person, hand);
    return hand;
  }

  #goBack(minutesAgo: number): void {
    this.#now = (this.#today - minutesAgo * minuteMs) as WallMs;
  }
}
