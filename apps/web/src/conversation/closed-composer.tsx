import type { ConversationSummary } from '@parlour/sdk/client';
import { say } from '../language/say.ts';
import './closed-composer.css';

/** Why nothing can be said here; null where it can. */
export function closedReason(summary: ConversationSummary | null): string | null {
  const group = summary?.group;
  if (!group) return null;
  const { role, permissions } = group;
  if (role === null) return say('You are no longer in this group. What was said until then stays here.');
  if (permissions.write === 'member' || role === 'owner' || permissions.write === role) return null;
  return permissions.write === 'owner' ? say('Only the owners write here.') : say('Only admins and owners write here.');
}

/** Stands where one would write. */
export function ClosedComposer({ reason }: { reason: string }) {
  return (
    <section className="closed-composer" aria-label={say('Write a message')} data-region>
      <p tabIndex={-1}>{reason}</p>
    </section>
  );
}
