import type { Command } from './commands.ts';
import type { Change } from './mirror.ts';
import type { SharedState } from './shared-state.ts';

/** What tabs of one browser, and of one version of this program, tell each other. */
export type TabMessage =
  /** "Who leads?" Answered by `leading`. */
  | { readonly kind: 'who_leads' }
  | { readonly kind: 'leading'; readonly epoch: number; readonly shared: SharedState }
  /** The leader is gone for good. */
  | { readonly kind: 'left' }
  /** `epoch`: of the leader that made them, as one that was replaced may not know it yet; null for what any tab may write. */
  | { readonly kind: 'changes'; readonly changes: readonly Change[]; readonly epoch: number | null }
  | { readonly kind: 'shared'; readonly shared: SharedState }
  | { readonly kind: 'command'; readonly tab: string; readonly id: number; readonly command: Command }
  /** The leader has it, the answer may take a while. */
  | { readonly kind: 'heard'; readonly tab: string; readonly id: number }
  | { readonly kind: 'answer'; readonly tab: string; readonly id: number; readonly result: unknown }
  /** The store was emptied: all that is in memory is out of date. */
  | { readonly kind: 'erased' };
