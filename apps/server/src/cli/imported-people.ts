import { displayNameOf } from '@parlour/core/display-name';
import type { Digest16 } from '@parlour/core/environment';
import { isRefusal } from '@parlour/core/errors';
import { decideHandle, type Handle } from '@parlour/core/handle';
import { bytesOfDigest, idFromBytes, type PersonId, type WallMs } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { nameKeyOf } from '@parlour/core/name-key';
import { BoundedCache } from '../adapters/sql/bounded-cache.ts';
import type { Directory, NewPlaceholder } from '../ports/directory.ts';

const cacheSizeMax = 100_000;

/** Someone who appears in imported history. The same words make the same person, in whichever file. */
export type ImportedName = { readonly id: PersonId; readonly name: string };

export function importedAuthor(digest16: Digest16, name: string): ImportedName {
  return { id: idOf(digest16, ['import author', name]), name };
}

/** Who brings a source in: the owner of its conversations, and the voice of what nobody said. */
export function importerOf(digest16: Digest16, source: string): ImportedName {
  return { id: idOf(digest16, ['import source', source]), name: `Import ${source}` };
}

function idOf(digest16: Digest16, words: readonly string[]): PersonId {
  return idFromBytes(bytesOfDigest(digest16(JSON.stringify(words)))) as PersonId;
}

/** Makes a placeholder account for everyone who has none yet. */
export class ImportedPeople {
  readonly #directory: Directory;
  readonly #known = new BoundedCache<PersonId, true>(cacheSizeMax);
  created = 0;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  async ensure(names: readonly ImportedName[], createdAt: WallMs): Promise<void> {
    const asked = new Map(names.filter(({ id }) => this.#known.get(id) === undefined).map((name) => [name.id, name]));
    let missing = await this.#missing([...asked.values()]);
    const missingAtFirst = missing.length;
    // A handle may be taken, by a person or by another of these; then the next in line is tried.
    for (let rank = 0; missing.length > 0; rank += 1) {
      await this.#directory.createPlaceholders(missing.flatMap((name) => placeholder(name, rank, createdAt)));
      missing = await this.#missing(missing);
      if (rank > handleRanks) throw new Error(`cannot import ${missing[0]?.name}: every handle that would fit is taken`);
    }
    this.created += missingAtFirst;
    for (const id of asked.keys()) this.#known.set(id, true);
  }

  async #missing(names: readonly ImportedName[]): Promise<readonly ImportedName[]> {
    if (names.length === 0) return [];
    const found = new Set((await this.#directory.loadPeople(names.map(({ id }) => id))).map(({ id }) => id));
    return names.filter(({ id }) => !found.has(id));
  }
}

const handleRanks = 2;

function placeholder({ id, name }: ImportedName, rank: number, createdAt: WallMs): NewPlaceholder[] {
  const handle = handleFor(name, id, rank);
  if (handle === null) return [];
  const displayName = displayNameOf(name).slice(0, limits.displayNameLengthMax).trim() || handle.handle;
  return [
    {
      id,
      handle: handle.handle,
      handleKey: handle.handleKey,
      displayName,
      nameKey: nameKeyOf(`${displayName} ${handle.handle}`),
      createdAt,
    },
  ];
}

/** The name as a handle; the same with a piece of the id; the id alone. The last fits always. */
function handleFor(name: string, id: PersonId, rank: number): Handle | null {
  const base = name
    .normalize('NFKC')
    .replaceAll(/[^\p{L}\p{M}\p{Nd}_.-]+/gu, '-')
    .replaceAll(/([_.-])[_.-]+/g, '$1')
    .replaceAll(/^[\p{M}_.-]+/gu, '');
  const tail = `-${id.slice(-5)}`;
  const candidates = [
    cut(base, limits.handleLengthMax),
    cut(base, limits.handleLengthMax - tail.length) + tail,
    `import-${id.slice(0, 20)}`,
  ];
  const candidate = candidates[Math.min(rank, handleRanks)] ?? '';
  const handle = decideHandle(candidate);
  return isRefusal(handle) ? null : handle;
}

function cut(text: string, length: number): string {
  return [...text]
    .slice(0, length)
    .join('')
    .replace(/[_.-]+$/, '');
}
