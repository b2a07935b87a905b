import type { ConversationId, WallMs } from '@parlour/core/ids';
import type { Keeping } from './client.ts';
import type { Mirror } from './mirror.ts';

/** A register for each, so that what is settled on one device never undoes something else that was settled on another. */
const prefixes = { muted: 'mute:', isPinned: 'pin:', isArchived: 'archive:' } as const satisfies Record<keyof Keeping, string>;
export const keepingPrefixes: readonly string[] = Object.values(prefixes);

/** [SDK-78] How one person keeps one conversation, on all their devices. What some program wrote there that is none of it counts for nothing. */
export function keepingOf(mirror: Mirror, conversation: ConversationId): Keeping {
  const read = (of: keyof Keeping): unknown => {
    const register = mirror.registers.get(`${prefixes[of]}${conversation}`);
    return register ? parse(register.wish ? register.wish.value : register.value) : null;
  };
  return { muted: muteOf(read('muted')), isPinned: read('isPinned') === true, isArchived: read('isArchived') === true };
}

/** The registers that say so; null clears one. */
export function keepingRegisters(conversation: ConversationId, keeping: Partial<Keeping>): [key: string, value: string | null][] {
  return (Object.keys(prefixes) as (keyof Keeping)[]).flatMap((of): [string, string | null][] => {
    const wanted = keeping[of];
    if (wanted === undefined) return [];
    return [[`${prefixes[of]}${conversation}`, wanted === null || wanted === false ? null : JSON.stringify(wanted)]];
  });
}

export function isMuted({ muted }: Pick<Keeping, 'muted'>, now: WallMs): boolean {
  return muted !== null && (muted.until === null || muted.until > now);
}

function muteOf(value: unknown): Keeping['muted'] {
  if (typeof value !== 'object' || value === null || !('until' in value)) return null;
  const { until } = value;
  return until === null || Number.isSafeInteger(until) ? { until: until as WallMs | null } : null;
}

function parse(value: string | null): unknown {
  try {
    return value === null ? null : JSON.parse(value);
  } catch {
    return null;
  }
}
