import { shownName, type TestDevice } from './device.ts';
import type { Recount } from './recount.ts';

/**
 * Holds what the devices were told against the logs: everything that a device has taken to send stands there once, in the order in which its device sent it, and what
 * was shown to anybody stands where it was shown. What the server lost may stand elsewhere, and be missing where its device did not hold it.
 * @returns what is wrong, in words
 */
export function findLedgerFaults(counted: Recount, devices: readonly TestDevice[]): string[] {
  const faults = devices.flatMap(({ complaints }) => complaints);
  const places = new Map<string, { conversation: string; seqs: number[] }>();
  for (const { id, entries } of counted.conversations.values()) {
    for (const { seq, text } of entries) {
      if (text === null) continue;
      const place = places.get(text) ?? { conversation: id, seqs: [] };
      place.seqs.push(seq);
      places.set(text, place);
    }
  }
  for (const device of devices) faults.push(...sentFaults(device, places), ...shownFaults(device, counted));
  return faults;
}

function sentFaults({ name, sent }: TestDevice, places: ReadonlyMap<string, { conversation: string; seqs: number[] }>): string[] {
  const faults: string[] = [];
  const lastSeqs = new Map<string, number>();
  for (const [text, { conversation, durable, acknowledged, mayChangePlace, mayBeLost }] of sent) {
    const place = places.get(text);
    const [seq = 0, ...again] = place?.seqs ?? [];
    if (seq === 0 && (!durable || mayBeLost)) continue;
    if (seq === 0) faults.push(`${name}: "${text}" is lost${acknowledged ? ', though it was acknowledged' : ''}`);
    else if (again.length > 0) faults.push(`${name}: "${text}" stands ${again.length + 1} times, at ${place?.seqs.join(', ')}`);
    else if (place?.conversation !== conversation) faults.push(`${name}: "${text}" stands in another conversation`);
    else if (!mayChangePlace && seq < (lastSeqs.get(conversation) ?? 0))
      faults.push(`${name}: "${text}" stands before what was sent earlier`);
    if (seq > 0 && !acknowledged) faults.push(`${name}: "${text}" is there, and its sender was never told`);
    if (!mayChangePlace) lastSeqs.set(conversation, Math.max(seq, lastSeqs.get(conversation) ?? 0));
  }
  return faults;
}

function shownFaults({ name, shown, lost }: TestDevice, { conversations }: Recount): string[] {
  return [...shown].flatMap(([conversation, keys]) => {
    const entries = conversations.get(conversation)?.entries ?? [];
    const gone = [...keys].filter(([seq, key]) => entries[seq - 1]?.key !== key && !lost.has(shownName(conversation, { seq, key })));
    return gone.map(([seq, key]) => `${name}: it has shown ${key} as entry ${seq}, where the log has ${entries[seq - 1]?.key}`);
  });
}
