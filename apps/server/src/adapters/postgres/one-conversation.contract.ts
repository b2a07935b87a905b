import { decideOperation, factsAtHead } from '@parlour/core/conversation-log/decide';
import type { EntryKind } from '@parlour/core/conversation-log/entry';
import { emptyLog, LogDraft, type LogState } from '@parlour/core/conversation-log/state';
import type { ConversationId, DeviceId, OperationNumber, PersonId, WallMs } from '@parlour/core/ids';
import { digest16, mintSalt, nodeEnvironment } from '../../node-environment.ts';
import type { Append } from '../../ports/log-store.ts';
import { SqlDirectory } from '../sql/sql-directory.ts';
import { kyselyOver } from './kysely-dialect.ts';
import type { PostgresDatabase } from './postgres-database.ts';

export async function createPeople(database: PostgresDatabase, count: number): Promise<readonly PersonId[]> {
  const people = Array.from({ length: count }, () => nodeEnvironment.id() as PersonId);
  await new SqlDirectory(kyselyOver(database)).createPlaceholders(
    people.map((id) => ({ id, handle: id, handleKey: id, displayName: id, nameKey: id, createdAt: 1 as WallMs })),
  );
  return people;
}

/** Somebody who writes into one conversation, as its owner would have it appended. */
export class Writer {
  readonly conversation: ConversationId;
  readonly device = nodeEnvironment.id() as DeviceId;
  readonly #author: PersonId;
  #n = 0;

  constructor(conversation: ConversationId, author: PersonId) {
    this.conversation = conversation;
    this.#author = author;
  }

  creation(): Append {
    const body = { type: 'group', members: [{ person: this.#author, role: 'owner' }], title: 'Tea' };
    return this.append(emptyLog(this.conversation), [{ kind: 'create', body }]);
  }

  says(state: LogState, ...texts: readonly string[]): Append {
    return this.append(
      state,
      texts.map((text) => ({ kind: 'message', body: { text } })),
    );
  }

  append(state: LogState, wanted: readonly { readonly kind: EntryKind; readonly body: object }[]): Append {
    const draft = new LogDraft(state);
    const entries = wanted.map(({ kind, body }) => {
      this.#n += 1;
      const n = this.#n as OperationNumber;
      const identity = { conversation: this.conversation, author: this.#author, device: this.device, n };
      const operation = { ...identity, kind, target: null, body: JSON.stringify(body), after: draft.state.head };
      const context = { digest16, salt: mintSalt, now: nodeEnvironment.now() };
      const verdict = decideOperation(draft.state, [], operation, factsAtHead(draft.state.head.chain), context);
      if (verdict.verdict !== 'append') throw new Error(`refused: ${JSON.stringify(verdict)}`);
      draft.apply(verdict.entry);
      return verdict.entry;
    });
    return { conversation: this.conversation, expect: state.head, entries, state: draft.state };
  }
}
