import { type DecideContext, decideOperation, type OperationFacts, type Verdict } from '@parlour/core/conversation-log/decide';
import type { Entry, Operation } from '@parlour/core/conversation-log/entry';
import type { LogDraft } from '@parlour/core/conversation-log/state';
import { refuse } from '@parlour/core/errors';

/** Decides one job's operations in order, onto the draft; one that must wait makes those behind it wait. */
export function decideJob(
  operations: readonly Operation[],
  facts: readonly OperationFacts[],
  draft: LogDraft,
  entries: Entry[],
  context: DecideContext,
): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const [index, operation] of operations.entries()) {
    const known = facts[index];
    if (!known) throw new RangeError('an operation without facts');
    const verdict = decideOperation(draft.state, entries, operation, known, context);
    verdicts.push(verdict);
    if (verdict.verdict === 'append') {
      draft.apply(verdict.entry);
      entries.push(verdict.entry);
    }
    if (verdict.verdict === 'stopped') break;
  }
  while (verdicts.length < operations.length) verdicts.push({ verdict: 'stopped', refusal: refuse('held_back') });
  return verdicts;
}

/** Whether it would be another verdict on a log that says more. */
export function isRefusedByTheLog(verdict: Verdict): boolean {
  return verdict.verdict === 'refused' || (verdict.verdict === 'stopped' && verdict.refusal.refused === 'diverged');
}
