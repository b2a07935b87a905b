import type { ConversationView, ParlourClient } from '@parlour/sdk/client';
import { createNodeClient } from '@parlour/sdk/node-client';
import { isRefused, type OrRefusal } from '@parlour/sdk/refusal';

/** One person who writes by a program, where a test needs more to be said than anyone would type. */
export class ProgramPerson implements AsyncDisposable {
  readonly client: ParlourClient;

  private constructor(client: ParlourClient) {
    this.client = client;
  }

  static async register(url: string, { name, handle }: { readonly name: string; readonly handle: string }): Promise<ProgramPerson> {
    const client = await createNodeClient({ url });
    const password = `quiet ferry lemon 42 ${handle}`;
    taken(await client.register({ email: `${handle}@example.org`, handle, displayName: name, password }));
    await client.whenSynced();
    return new ProgramPerson(client);
  }

  static async logIn(url: string, { handle, password }: { readonly handle: string; readonly password: string }): Promise<ProgramPerson> {
    const client = await createNodeClient({ url });
    taken(await client.logIn({ name: handle, password }));
    await client.whenSynced();
    return new ProgramPerson(client);
  }

  /** The conversation with someone. */
  async open(handle: string): Promise<ConversationView> {
    const [person] = taken(await this.client.findPeople({ handle }));
    if (person === undefined) throw new Error(`nobody has the handle ${handle}`);
    return this.client.conversation(taken(await this.client.openDirect(person.id)));
  }

  /** Says all of it, in order. Resolves when the server has it. */
  async say(handle: string, texts: readonly string[]): Promise<void> {
    const view = await this.open(handle);
    for (const [index, text] of texts.entries()) {
      taken(await view.send(text));
      if (index % 100 === 99) await this.client.whenIdle();
    }
    await this.client.whenIdle();
    view.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

function taken<T>(answer: OrRefusal<T>): T {
  if (isRefused(answer)) throw new Error(answer.sentence);
  return answer;
}
