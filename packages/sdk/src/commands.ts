import type { ConversationId, PersonId, Seq } from '@parlour/core/ids';
import type { Pull } from '@parlour/protocol/client/pull';
import type { Me, NewGroup } from './client.ts';
import type { RangeFrame } from './frame-reading.ts';
import type { Change } from './mirror.ts';
import type { OrRefusal } from './refusal.ts';
import type { ReadWish } from './store.ts';

/** What only the leader can do, asked for by any tab. Plain data, so that it can cross from tab to tab. */
export type Command =
  | { readonly do: 'history'; readonly range: Omit<Pull, 'kind' | 'id'> }
  | { readonly do: 'open'; readonly person: PersonId }
  | { readonly do: 'create_group'; readonly group: NewGroup }
  | { readonly do: 'look_up'; readonly conversation: ConversationId }
  | { readonly do: 'mark_read'; readonly conversation: ConversationId; readonly seq: Seq }
  /** Shown as read here, by a leader that is no more. */
  | { readonly do: 'keep_mark'; readonly conversation: ConversationId; readonly mark: ReadWish }
  | { readonly do: 'type'; readonly conversation: ConversationId }
  | { readonly do: 'watch'; readonly tab: string; readonly people: readonly PersonId[] }
  | { readonly do: 'ask_people'; readonly people: readonly PersonId[] }
  | { readonly do: 'write_register'; readonly key: string; readonly value: string | null }
  | { readonly do: 'retry'; readonly key: string }
  | { readonly do: 'discard'; readonly key: string }
  | { readonly do: 'token'; readonly fresh: boolean }
  /** That person has logged in. */
  | { readonly do: 'enter'; readonly me: Me }
  | { readonly do: 'erase' }
  /** What the leader shows that the store does not have yet. */
  | { readonly do: 'unwritten' }
  | { readonly do: 'roused' }
  | { readonly do: 'settle'; readonly until: 'idle' | 'synced' };

export type CommandName = Command['do'];
type Results = {
  history: OrRefusal<RangeFrame>;
  open: OrRefusal<ConversationId>;
  create_group: OrRefusal<ConversationId>;
  /** False: it is not ours to see. */
  look_up: OrRefusal<boolean>;
  token: OrRefusal<string>;
  /** `epoch`: of the leader that says so. */
  unwritten: OrRefusal<{ readonly epoch: number; readonly changes: readonly Change[] }>;
  enter: OrRefusal<null>;
};
export type ResultOf<C extends Command> = C['do'] extends keyof Results ? Results[C['do']] : null;
