import type { ConversationId, PersonId } from '@parlour/core/ids';

/** One message that somebody pressed send for. */
export type SentMessage = {
  readonly conversation: ConversationId;
  /** Like no other in the world. */
  readonly text: string;
  /** Which storage it was given to; counts how often the device's storage was replaced. */
  readonly storageLife: number;
  /** `kept`: the client said that it will go; `refused`: that it will not; `open`: it crashed before saying. */
  outcome: 'open' | 'kept' | 'refused';
  /** Its storage had been put back, so its number may have been used before, or the server's, and it goes again: it may take a place at the end. */
  mayChangePlace: boolean;
  /** Its storage went before the server had it. */
  mayBeLost: boolean;
  /** The server did not take it, and the person let it go. */
  isGivenUp: boolean;
};

/** Someone with an account. */
export class SimulatedPerson {
  readonly name: string;
  readonly password = 'correct horse battery staple';
  id: PersonId | null = null;
  /** Every draft ever written, by conversation. */
  readonly drafts = new Map<ConversationId, Set<string>>();

  constructor(name: string) {
    this.name = name;
  }

  get form(): { readonly email: string; readonly handle: string; readonly password: string } {
    return { email: `${this.name}@example.org`, handle: this.name, password: this.password };
  }

  get knownId(): PersonId {
    if (!this.id) throw new TypeError(`${this.name} has no account yet`);
    return this.id;
  }

  wroteDraft(conversation: ConversationId, text: string): void {
    const written = this.drafts.get(conversation) ?? new Set();
    this.drafts.set(conversation, written.add(text));
  }
}
