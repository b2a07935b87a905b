import type { VisibleEntry } from '@parlour/core/conversation-log/entry';

/**
 * An entry as JSON text. Written by hand: the body is JSON text already, ids and chains need no escaping,
 * and this is done for every message and every page of history.
 */
function presentEntry(entry: VisibleEntry): string {
  const { seq, kind, author, device, n, target, ord, mine, memberSeq, ts, chain, body } = entry;
  const acted = target === null ? '' : `"target":${target},`;
  return `{"kind":"${kind}","seq":${seq},"author":"${author}","device":"${device}","n":${n},${acted}"ord":${ord},"mine":${mine},"memberSeq":${memberSeq},"ts":${ts},"chain":"${chain}","body":${body}}`;
}

export function presentEntries(entries: readonly VisibleEntry[]): string {
  return `[${entries.map(presentEntry).join(',')}]`;
}
