/**
 * What seldom happens, and must be taken in a long run all the same, or its absence is a defect of the simulation: by the names under which the
 * worlds count it. (That a store finds the same operation a second time is not among them: the owner looks it up before, and nothing here gets past
 * that; the adapters' own tests see to it.)
 */
export const rarePaths: readonly string[] = [
  'append conflict',
  'append unknown',
  'unknown outcome was lost',
  'unknown outcome was written',
  'verdict duplicate',
  'verdict refused',
  'verdict stopped',
  'refused held_back',
  'refused id_reuse',
  'refused resync',
  'refused storage_unavailable',
  'refused superseded',
  'refused too_busy',
  'crash after the write under way',
  'crash before the write under way',
  'write not_applied',
  'write applied_unanswered',
  'write lost_unanswered',
  'write each_unknown',
  'write applied_late',
  'write refused by a full disk',
  'read failed',
  'notice of entries lost',
  'notice of entries doubled',
  'notice of entries late',
  'told to resync',
  'closed by the server with 4004',
  'closed by the server with 4003',
  'error register_conflict',
  'error login_ended',
  'store became a new device',
  'sent under the id of the device before',
  'storage restored',
  'storage evicted',
  'server store restored',
  'group remove',
  'message given up',
  'start refused by a full device',
  'tab is replaced as leader',
  'tab lock taken from its holder',
  'socket half open',
  'clock jump',
];

/** From so many worlds on each of them must have been taken. */
const longRunSeeds = 1_000;

/** @returns those that were never taken, where there were enough worlds to expect them all */
export function neverTaken(counters: ReadonlyMap<string, number>, seedCount: number): readonly string[] {
  return seedCount < longRunSeeds ? [] : rarePaths.filter((path) => !counters.get(path));
}
