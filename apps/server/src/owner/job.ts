import type { OperationFacts } from '@parlour/core/conversation-log/decide';
import type { Operation } from '@parlour/core/conversation-log/entry';
import type { Chain } from '@parlour/core/ids';
import type { OperationAnswer } from './owner-tools.ts';

/** Operations of one device that wait to be decided together. */
export type Job = {
  readonly operations: readonly Operation[];
  readonly answer: (answers: readonly OperationAnswer[]) => void;
  /** How often the log had been read for when the job came: a later reading has all that its sender can know. */
  readonly readingsBefore: number;
  /** What had to be looked up in the store, by the operation's place in the job; worth something only for the head it was looked up at. */
  readonly lookedUp: Map<number, { readonly atHead: Chain; readonly facts: OperationFacts }>;
  /** Set once an append said that one of its ids is taken: the index knows which. */
  checkIndex: boolean;
  tries: number;
};
