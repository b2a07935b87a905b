import { isMember } from '@parlour/core/conversation-log/state';
import type { CancelTimer } from '@parlour/core/environment';
import type { PersonId } from '@parlour/core/ids';
import { presentPerson } from '../present/present-row.ts';
import type { Connection } from './connection.ts';
import type { GatewayTools } from './gateway-tools.ts';
import { presentFrame } from './present-frame.ts';

type Tools = Pick<GatewayTools, 'environment' | 'directory' | 'store' | 'owners' | 'presence' | 'reportFault'>;

/** Changes of one profile that come so close together are told as one, so that nobody makes the server talk to whole groups at will. */
const gatherMs = 500;
/** Of the conversations someone is in, the most recent are looked through for those who are here. */
const conversationsMax = 50;

/**
 * [NAME-1] Who changed their profile, told to those who may have it on the screen: one's own devices, those who watch, and members of recent
 * conversations as far as these are remembered here. A hint: whoever misses it asks when they connect.
 */
export class ProfileNews {
  readonly #tools: Tools;
  readonly #due = new Map<PersonId, CancelTimer>();

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  changed(person: PersonId): void {
    if (this.#due.has(person)) return;
    const tell = () => {
      this.#due.delete(person);
      this.#tell(person).catch((fault) => this.#tools.reportFault(fault, 'a changed profile'));
    };
    this.#due.set(person, this.#tools.environment.timer(gatherMs, tell));
  }

  stop(): void {
    for (const cancel of this.#due.values()) cancel();
    this.#due.clear();
  }

  async #tell(person: PersonId): Promise<void> {
    const listeners = await this.#listenersOf(person);
    if (listeners.size === 0) return;
    const [profile] = await this.#tools.directory.loadPeople([person]);
    if (profile === undefined) return;
    const frame = presentFrame({ kind: 'person_changed', person: presentPerson(profile) });
    for (const listener of listeners) if (!listener.isClosed) listener.hint(frame);
  }

  async #listenersOf(person: PersonId): Promise<ReadonlySet<Connection>> {
    const { store, owners, presence } = this.#tools;
    const listeners = new Set<Connection>([...(presence.connectionsOf(person) ?? []), ...presence.watchersOf(person)]);
    for (const { conversation, untilSeq } of await store.loadRecent(person, { before: null, limit: conversationsMax })) {
      const state = untilSeq === null ? owners.peek(conversation) : undefined;
      for (const other of state?.members.keys() ?? []) {
        if (state === undefined || !isMember(state, other)) continue;
        for (const connection of presence.connectionsOf(other) ?? []) listeners.add(connection);
      }
    }
    return listeners;
  }
}
