import type { Position } from '@parlour/core/conversation-log/entry';
import { presentStretch } from '@parlour/core/conversation-log/evidence';
import { fingerprintOf } from '@parlour/core/fingerprint';
import { type Chain, digestPattern } from '@parlour/core/ids';
import { CommandFailed } from './command-failed.ts';
import { EvidenceFile } from './evidence-file.ts';

/** What somebody else says of the log at one place: its chain, or the digits of its fingerprint. */
type SaidHead = { readonly said: string; readonly seq: number; readonly mark: string; found: Chain | null };

/** Of two files: the last place where they were seen to be one log, and the first where they are not. */
type Comparison = { agreedSeq: number | null; partedSeq: number | null };

export type EvidenceOptions = { readonly evidence: readonly string[]; readonly head: readonly string[]; readonly json?: true };

/** Checks files by what is in them: no server, no data folder. */
export async function verifyEvidence({ evidence, head, json }: EvidenceOptions): Promise<void> {
  if (evidence.length > 2) throw new CommandFailed('cannot compare so many: give --evidence once or twice');
  const heads = head.map(parseHead);
  const files = evidence.map((name) => new EvidenceFile(name));
  const comparison = await readAll(files, heads);
  if (process.stderr.isTTY) process.stderr.write('\r');
  for (const { name, broken, check } of files) {
    if (broken !== null && check.opening === null) throw new CommandFailed(`cannot read ${name}: ${broken}`);
  }
  const problems = problemsOf(files, heads, comparison);
  if (json) process.stdout.write(`${JSON.stringify({ ok: problems.length === 0, problems, ...presentJson(files, heads, comparison) })}\n`);
  else process.stdout.write(`${[...files.map(presentFile), ...presentAgreement(files, heads, comparison), ...problems].join('\n')}\n`);
  if (problems.length > 0) throw new CommandFailed('not everything holds');
}

/** `95:Gtuvfdvt1FegjRrlHoDmXg`, or the fingerprint behind the colon. */
function parseHead(said: string): SaidHead {
  const [, seq = '', mark = ''] = /^([1-9]\d{0,14}):(.+)$/.exec(said.trim()) ?? [];
  const digits = mark.replaceAll(/[\s-]/g, '');
  if (digestPattern.test(mark)) return { said, seq: Number(seq), mark, found: null };
  if (/^\d{40}$/.test(digits)) return { said, seq: Number(seq), mark: digits, found: null };
  throw new CommandFailed(
    `cannot use --head ${JSON.stringify(said)}: it is a seq, a colon, and 22 characters of a chain or 40 digits of a fingerprint`,
  );
}

const isSame = ({ mark, found }: SaidHead): boolean =>
  found !== null && (mark === found || mark === fingerprintOf(found).replaceAll(' ', ''));

/** Both files at once, each to its end, side by side by their seqs: so one place of each is held and no more. */
async function readAll(files: readonly EvidenceFile[], heads: readonly SaidHead[]): Promise<Comparison> {
  const readers = files.map((file) => file.positions());
  const next = async (index: number): Promise<Position | null> => {
    const step = await readers[index]?.next();
    if (step === undefined || step.done) return null;
    for (const head of heads) if (head.seq === step.value.seq && (head.found === null || isSame(head))) head.found = step.value.chain;
    return step.value;
  };
  const comparison: Comparison = { agreedSeq: null, partedSeq: null };
  let [one, other] = [await next(0), await next(1)];
  while (one !== null || other !== null) {
    if (one && other && one.seq === other.seq && one.seq > 0) {
      if (one.chain !== other.chain) comparison.partedSeq ??= one.seq;
      else if (comparison.partedSeq === null) comparison.agreedSeq = one.seq;
    }
    const oneSeq = one?.seq ?? Number.POSITIVE_INFINITY;
    const otherSeq = other?.seq ?? Number.POSITIVE_INFINITY;
    if (oneSeq <= otherSeq) one = await next(0);
    if (otherSeq <= oneSeq) other = await next(1);
  }
  return comparison;
}

function problemsOf(files: readonly EvidenceFile[], heads: readonly SaidHead[], { agreedSeq, partedSeq }: Comparison): string[] {
  const faults = files.flatMap(({ name, check: { fault }, broken }) =>
    fault === null ? [] : [`${name}: entry ${fault.seq}: ${fault.what}${broken === null ? '' : ` (${plain(broken)})`}`],
  );
  const others = heads
    .filter((head) => !isSame(head))
    .map(({ said, seq, found }) =>
      found === null
        ? `head ${said}: not compared, as what was read says nothing of entry ${seq}`
        : `head ${said}: another history, at entry ${seq} or before; here it is ${found}, ${fingerprintOf(found)}`,
    );
  const [one, other] = files;
  if (!one || !other || faults.length > 0) return [...faults, ...others];
  if (one.check.opening?.conversation !== other.check.opening?.conversation)
    return [...others, 'the two files are of two conversations: there is nothing to compare'];
  if (partedSeq === null)
    return agreedSeq === null ? [...others, 'the two files have no entry in common: there is nothing to compare'] : others;
  const before = agreedSeq === null ? 'it is the first that both tell of' : `entry ${agreedSeq} is the last at which they are one`;
  return [...others, `the two files are two histories: they part at entry ${partedSeq}; ${before}`];
}

/** What came out right; what is said here was read and computed, not taken from the file. */
function presentFile({ name, check, exporter }: EvidenceFile): string {
  const { opening, position, stretches, entryCount, bodyCount, fault } = check;
  const lines: string[] = [];
  if (opening) {
    const by = exporter ? `${plain(exporter.displayName)} (@${plain(exporter.handle)})` : opening.exportedBy;
    const at = new Date(opening.exportedAt).toISOString();
    lines.push(`${name}: ${opening.type} conversation ${opening.conversation}, said to be exported by ${by} at ${at}`);
  }
  if (fault === null) {
    lines.push(
      `entries ${stretches.map(presentStretch).join(', ')}: ${entryCount} in their order, none left out between them, none altered; ${bodyCount} with their bodies, ${entryCount - bodyCount} erased`,
      `head: entry ${position.seq}, chain ${position.chain}, fingerprint ${fingerprintOf(position.chain)}`,
    );
  }
  return lines.join('\n');
}

function presentAgreement([, other]: readonly EvidenceFile[], heads: readonly SaidHead[], { agreedSeq, partedSeq }: Comparison): string[] {
  const said = heads.filter(isSame).map(({ said }) => `head ${said}: it is of this history`);
  const isOne = other !== undefined && agreedSeq !== null && partedSeq === null;
  return isOne ? [...said, `the two files are one history up to entry ${agreedSeq}, the last that both tell of`] : said;
}

function presentJson(files: readonly EvidenceFile[], heads: readonly SaidHead[], comparison: Comparison): object {
  return {
    files: files.map(({ name, check: { opening, stretches, entryCount, bodyCount, position, fault } }) => ({
      file: name,
      conversation: opening?.conversation ?? null,
      exportedBy: opening?.exportedBy ?? null,
      stretches,
      entryCount,
      bodyCount,
      head: { ...position, fingerprint: fingerprintOf(position.chain) },
      fault,
    })),
    heads: heads.map((head) => ({ said: head.said, seq: head.seq, found: head.found, isSame: isSame(head) })),
    ...(files.length > 1 ? { comparison } : {}),
  };
}

/** What a file says of itself must not steer the terminal that it is shown on. */
function plain(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\u{fffd}');
}
