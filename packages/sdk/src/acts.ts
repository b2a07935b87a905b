import { genesis } from '@parlour/core/conversation-log/entry';
import { displayNameOf } from '@parlour/core/display-name';
import { newGroup } from '@parlour/protocol/client/create-group';
import { operation } from '@parlour/protocol/client/send';
import type { Act, NewGroup } from './client.ts';
import type { Change, Mirror } from './mirror.ts';
import { type OrRefusal, refuseHere } from './refusal.ts';
import { type OutboxItem, outboxKey } from './store.ts';

/** The act as the server will read it. What does not fit would cost the connection, and is refused here. */
export function fitAct({ kind, body }: Act): OrRefusal<Act> {
  const said = kind === 'describe' && body.title !== undefined ? { ...body, title: displayNameOf(body.title) } : body;
  const { data } = operation.safeParse({ kind, body: said, n: 1, after: genesis });
  return data && data.kind !== 'message' ? ({ kind: data.kind, body: data.body } as Act) : refuseHere('act_unfit');
}

export function fitGroup(group: NewGroup): OrRefusal<NewGroup> {
  const { data } = newGroup.safeParse(group);
  return data ?? refuseHere('act_unfit');
}

/** Resolves once it is in its log, with null, or with what it is that never will be. It may have gone on under another number meanwhile. */
export function whenActed(mirror: Mirror, kept: OutboxItem): Promise<OutboxItem | null> {
  return new Promise((resolve) => {
    let item = kept;
    let end = (): void => {};
    const look = (changes: readonly Change[]): void => {
      const heir = changes.find((change) => change.space === 'outbox' && change.value !== null && isHeir(change.value, item));
      if (heir?.space === 'outbox' && heir.value) item = heir.value;
      const now = mirror.outbox.get(outboxKey(item));
      if (now && now.error === null) return;
      end();
      resolve(now ?? null);
    };
    end = mirror.subscribe(look);
    look([]);
  });
}

function isHeir(other: OutboxItem, { conversation, at, act }: OutboxItem): boolean {
  return other.conversation === conversation && other.at === at && JSON.stringify(other.act) === JSON.stringify(act);
}
