import type { ParlourClient } from '@parlour/sdk/client';
import { createNodeClient } from '@parlour/sdk/node-client';
import { isRefused } from '@parlour/sdk/refusal';
import { type CastMember, cast, trip } from './demo-cast.ts';
import type { DemoPeople } from './demo-history.ts';

/** How long until each of them first says something by themselves, and how long between two. */
const firstAfterMs = 4_000;
const betweenMs = 45_000;
const groupAfterMs = 20_000;
const readingMs = 1_200;
const typingMs = 2_600;
const typingStepMs = 800;

/** The cast at their devices: each a client like any other, who reads, writes a while, and says something. */
export class DemoTalk implements AsyncDisposable {
  readonly #clients: ParlourClient[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #ended = false;

  static async start(url: string, people: DemoPeople, password: string): Promise<DemoTalk> {
    const talk = new DemoTalk();
    for (const [index, member] of cast.entries()) await talk.#enter(url, member, { index, people, password });
    return talk;
  }

  async #enter(
    url: string,
    member: CastMember,
    { index, people, password }: { readonly index: number; readonly people: DemoPeople; readonly password: string },
  ): Promise<void> {
    const client = await createNodeClient({ url, label: 'demo' });
    this.#clients.push(client);
    const me = await client.logIn({ name: member.handle, password });
    if (isRefused(me)) throw new Error(`${member.handle} cannot log in: ${me.sentence}`);
    await client.whenSynced();
    const conversation = await client.openDirect(people.visitor);
    if (isRefused(conversation)) throw new Error(`${member.handle} cannot talk: ${conversation.sentence}`);
    const answers = turnsOf(member.answers);
    const view = client.conversation(conversation);
    const say = (text: string) =>
      this.#type(
        () => view.typing(),
        () => void view.send(text),
      );
    client.onEntries(({ conversation: where, items }) => {
      const last = items.findLast(({ kind, own }) => kind === 'message' && !own);
      if (where !== conversation || last === undefined) return;
      this.#later(readingMs, () => {
        view.markRead(last.seq);
        say(answers());
      });
    });
    for (const [turn, text] of member.says.entries()) {
      this.#later(firstAfterMs + index * 9_000 + turn * (betweenMs + index * 7_000), () => say(text));
    }
    const group = client.conversation(people.trip);
    for (const [turn, [handle, text]] of trip.says.entries()) {
      if (handle !== member.handle) continue;
      const speak = () =>
        this.#type(
          () => group.typing(),
          () => void group.send(text),
        );
      this.#later(groupAfterMs + turn * betweenMs, speak);
    }
  }

  /** Others see that somebody writes, and then what. */
  #type(typing: () => void, done: () => void): void {
    for (let at = 0; at < typingMs; at += typingStepMs) this.#later(at, typing);
    this.#later(typingMs, done);
  }

  #later(afterMs: number, act: () => void): void {
    if (this.#ended) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, afterMs);
    this.#timers.add(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#clients.map((client) => client.close()));
  }
}

/** One after the other, and again from the first. */
function turnsOf(texts: readonly string[]): () => string {
  let next = 0;
  return () => {
    const text = texts[next % texts.length] ?? '';
    next += 1;
    return text;
  };
}
