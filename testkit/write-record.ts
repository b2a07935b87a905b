import type { ConversationId } from '@parlour/core/ids';
import type { Syscall } from '../tests/syscalls.ts';

/** Changes of files in the order in which they were made; places are those of the trace, the same clock for all that is here. */
export type FileChange = {
  readonly file: string;
  readonly begin: number;
  readonly end: number;
  readonly what:
    | { readonly kind: 'write'; readonly offset: number; readonly bytes: Buffer }
    | { readonly kind: 'truncate'; readonly sizeBytes: number }
    | { readonly kind: 'remove' };
};

/** A sync that succeeded, of a file or of the folder that names it. */
export type Sync = { readonly path: string; readonly begin: number; readonly end: number };

/** What a client was told of one entry, and from when on. */
export type Told = {
  readonly begin: number;
  readonly conversation: ConversationId;
  readonly seq: number;
  readonly n: number;
  /** Of entries; an acknowledgement has none. */
  readonly chain: string | null;
};

export type WriteRecord = { readonly changes: readonly FileChange[]; readonly syncs: readonly Sync[]; readonly told: readonly Told[] };

/** The calls of the system that a record is made from. */
export const recordedCalls =
  'write,writev,sendto,sendmsg,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync_file_range,ftruncate,fallocate,unlink,unlinkat,rename,renameat,renameat2';

const toSockets = new Set(['write', 'writev', 'sendto', 'sendmsg']);
const socketPattern = /^(socket|TCP|TCPv6)[:>\]]/;
const wordPattern = /"((?:\\x[0-9a-f]{2})*)"/g;
const toldPattern =
  /"conversation":"([^"]+)"|"n":(\d+),"seq":(\d+)|"seq":(\d+),"author":"[^"]+","device":"[^"]+","n":(\d+),[^{}]*?"chain":"([^"]+)"/g;

/**
 * @param trace with texts as hex
 * @param files whole paths; shared memory is none of them: it is made anew after a loss of power
 * @throws where a file was changed in a way that is not understood here
 */
export function readWriteRecord(trace: readonly Syscall[], files: readonly string[]): WriteRecord {
  const changes: FileChange[] = [];
  const syncs: Sync[] = [];
  const told: Told[] = [];
  for (const call of trace) {
    const path = pathOf(call.text);
    if (path !== null && socketPattern.test(path)) {
      if (toSockets.has(call.name)) told.push(...toldBy(call));
    } else if (call.name === 'fsync' || call.name === 'fdatasync') {
      if (call.result.startsWith('0') && path !== null) syncs.push({ path, begin: call.begin, end: call.end });
    } else {
      const file = files.find((one) => one === path || wordsOf(call.text).some((word) => word.toString() === one));
      if (file !== undefined) changes.push({ file, begin: call.begin, end: call.end, what: changeOf(call) });
    }
  }
  return { changes, syncs, told };
}

function changeOf({ name, text, result }: Syscall): FileChange['what'] {
  const [bytes] = wordsOf(text);
  const [, number = ''] = /, (\d+)$/.exec(text) ?? [];
  if (name === 'pwrite64' && bytes && bytes.length === Number(result)) return { kind: 'write', offset: Number(number), bytes };
  if (name === 'ftruncate' && result === '0') return { kind: 'truncate', sizeBytes: Number(number) };
  if (name === 'unlink' && result === '0') return { kind: 'remove' };
  throw new Error(`a change of a file that is not understood: ${name}(${text.slice(0, 200)}) = ${result}`);
}

/** A frame that leaves in two writes is not seen: whoever counts must see that enough were. */
function toldBy({ begin, text }: Syscall): Told[] {
  const told: Told[] = [];
  let conversation = '' as ConversationId;
  for (const match of Buffer.concat(wordsOf(text)).toString('utf8').matchAll(toldPattern)) {
    const [, named, acknowledgedN, acknowledgedSeq, seq, n, chain = null] = match;
    if (named !== undefined) conversation = named as ConversationId;
    else told.push({ begin, conversation, seq: Number(acknowledgedSeq ?? seq), n: Number(acknowledgedN ?? n), chain });
  }
  return told;
}

function pathOf(text: string): string | null {
  const [, hex] = /^\d+<((?:\\x[0-9a-f]{2})*|[^>]*)>/.exec(text) ?? [];
  if (hex === undefined) return null;
  return hex.startsWith('\\x') ? bytesOf(hex).toString() : hex;
}

function wordsOf(text: string): Buffer[] {
  return [...text.matchAll(wordPattern)].map(([, hex = '']) => bytesOf(hex));
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex');
}
