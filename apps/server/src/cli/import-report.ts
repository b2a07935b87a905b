import type { LeftOut } from './imported-line.ts';

const linesNamedMax = 100;

/** What an import has done so far. Counts are of lines, unless they say otherwise. */
export type ImportReport = {
  read: number;
  written: { message: number; action: number; system: number };
  /** Written by an earlier run. */
  alreadyThere: number;
  /** By reason. */
  leftOut: Record<string, number>;
  /** The first of those left out, with their line in the file. */
  leftOutLines: { number: number; reason: string; detail: string }[];
  conversationsCreated: number;
  peopleCreated: number;
  membersAdded: number;
  /** References of one line to another. */
  replies: { kept: number; unknown: number };
};

export function emptyReport(): ImportReport {
  return {
    read: 0,
    written: { message: 0, action: 0, system: 0 },
    alreadyThere: 0,
    leftOut: {},
    leftOutLines: [],
    conversationsCreated: 0,
    peopleCreated: 0,
    membersAdded: 0,
    replies: { kept: 0, unknown: 0 },
  };
}

export function noteLeftOut(report: ImportReport, number: number, { reason, detail }: LeftOut): void {
  report.leftOut[reason] = (report.leftOut[reason] ?? 0) + 1;
  if (report.leftOutLines.length < linesNamedMax) report.leftOutLines.push({ number, reason, detail });
}

/** Adds what one chunk did, once it is durable. */
export function addToReport(report: ImportReport, chunk: ImportReport): void {
  report.read += chunk.read;
  report.alreadyThere += chunk.alreadyThere;
  report.conversationsCreated += chunk.conversationsCreated;
  report.membersAdded += chunk.membersAdded;
  report.replies.kept += chunk.replies.kept;
  report.replies.unknown += chunk.replies.unknown;
  for (const kind of ['message', 'action', 'system'] as const) report.written[kind] += chunk.written[kind];
  for (const [reason, count] of Object.entries(chunk.leftOut)) report.leftOut[reason] = (report.leftOut[reason] ?? 0) + count;
  report.leftOutLines.push(...chunk.leftOutLines.slice(0, linesNamedMax - report.leftOutLines.length));
}

export function writtenLines({ written }: ImportReport): number {
  return written.message + written.action + written.system;
}

export function presentReport(report: ImportReport, seconds: number): string {
  const { read, written, alreadyThere, leftOut, leftOutLines, replies } = report;
  const leftOutTotal = Object.values(leftOut).reduce((sum, count) => sum + count, 0);
  const lines = [
    `read           ${read} lines in ${seconds.toFixed(1)} s`,
    `written        ${writtenLines(report)} (${written.message} messages, ${written.action} actions, ${written.system} notices)`,
    `already there  ${alreadyThere}`,
    `left out       ${leftOutTotal}`,
    ...Object.entries(leftOut).map(([reason, count]) => `  ${count} x ${reason}`),
    ...leftOutLines.map(({ number, reason, detail }) => `  line ${number} of the file: ${reason}: ${detail}`),
    ...(leftOutLines.length < leftOutTotal ? [`  and ${leftOutTotal - leftOutLines.length} more`] : []),
    `replies        ${replies.kept} kept, ${replies.unknown} to lines that are not there`,
    `made           ${report.conversationsCreated} conversations, ${report.peopleCreated} placeholder accounts, ${report.membersAdded} memberships for readers`,
  ];
  return lines.join('\n');
}
