import { type ClientPlace, findDifference, findLostMessage, findStoredDifference } from '../simulation/convergence.ts';
import { waitUntil } from './condition.ts';
import type { TestDevice } from './device.ts';
import type { DurableLog } from './durable-log.ts';

const convergeMs = 120_000;

/**
 * The checks of the simulation, on devices that are real and what their servers hold: every log is sound and has lost nothing since the last look; each device
 * shows, and stores, what is durable; each message stands where it was sent, in its order. Devices that are still catching up are given time.
 * @param read takes into the log what is held now
 * @throws with what is wrong
 */
export async function expectSimulatedPromises(log: DurableLog, devices: readonly TestDevice[], read: () => Promise<void>): Promise<void> {
  await waitUntil(async () => {
    await read();
    if (log.faults.length > 0) throw new Error(log.faults.join('\n'));
    for (const device of devices) {
      const { checker } = log;
      const storing = { name: device.name, person: { knownId: device.person }, storage: { held: device.store } };
      const difference = findDifference(placeOf(device), checker) ?? (await findStoredDifference(storing, checker));
      if (difference) return `${difference.device}, conversation ${difference.conversation}: ${difference.what}`;
    }
    return null;
  }, convergeMs);
  for (const device of devices) {
    const lost = findLostMessage(placeOf(device), log.checker);
    if (lost) throw new Error(`${lost.device}, conversation ${lost.conversation}: it ${lost.what}`);
  }
}

function placeOf(device: TestDevice): ClientPlace {
  const sent = [...device.sent].map(([text, { conversation, durable, mayChangePlace, mayBeLost }]) => {
    return {
      conversation,
      text,
      storageLife: 0,
      mayChangePlace,
      outcome: durable ? 'kept' : 'open',
      mayBeLost,
      isGivenUp: false,
    } as const;
  });
  return {
    actor: { name: device.name },
    device: { person: { knownId: device.person } },
    client: device.client,
    views: device.views,
    openView: (conversation) => device.openView(conversation),
    sent,
  };
}
