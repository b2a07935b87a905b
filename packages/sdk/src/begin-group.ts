import type { ConversationId, OperationNumber } from '@parlour/core/ids';
import type { NewGroup } from './client.ts';
import type { LeaderContext } from './leader-context.ts';
import type { ListSync } from './list-sync.ts';
import { metaChange } from './mirror.ts';
import { isRefused, type OrRefusal, refuseHere } from './refusal.ts';

/** So long after each answer that did not come it is asked again, if there is a connection by then. */
const askAgainAfterMs = [500, 1_000, 2_000, 4_000];

/**
 * [SDK-25] The number is durable before the server is asked, and makes the group's id: where the answer is lost with the connection, asking again under
 * the same number is answered with the same group. Whoever gives up may find it in the list all the same.
 */
export async function beginGroup(
  { members, ...group }: NewGroup,
  { writer, connection, mirror, environment }: LeaderContext,
  list: ListSync,
): Promise<OrRefusal<ConversationId>> {
  const { device } = mirror.meta;
  const n = await writer
    .transact(async (transaction) => {
      const next = ((((await transaction.get('meta', 'counter')) as OperationNumber | undefined) ?? 0) + 1) as OperationNumber;
      return { result: next, changes: [metaChange('counter', next)] };
    })
    .catch(() => null);
  if (n === null) return refuseHere('storage_full');
  for (const afterMs of [...askAgainAfterMs, null]) {
    // A device that was replaced meanwhile counts anew: what it had numbered is not asked for under another name.
    if (mirror.meta.device !== device) return refuseHere('unreachable');
    const answer = await connection.ask({ kind: 'create_group', n, group: { ...group, members: [...members] } });
    if (!isRefused(answer)) {
      list.take([answer.row], true);
      return answer.row.conversation;
    }
    if (answer.refused !== 'unreachable' || afterMs === null) return answer;
    await new Promise<void>((resolve) => environment.timer(afterMs, resolve));
    await connection.whenMade();
  }
  return refuseHere('unreachable');
}
