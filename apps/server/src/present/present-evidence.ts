import type { EvidenceLine } from '@parlour/core/conversation-log/evidence';

/** Lines of a file, each with its end. */
export function presentEvidence(lines: readonly EvidenceLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
