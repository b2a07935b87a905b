import { NatsBus } from '../adapters/nats/nats-bus.ts';
import { natsPlace } from '../adapters/nats/nats-place.ts';
import type { Config } from '../config.ts';
import { nodeEnvironment } from '../node-environment.ts';
import { type Finding, fault, messageOf, ok } from './finding.ts';

/** Looks at the bus between the servers. Says nothing on it. */
export async function checkNats(url: string, { natsPrefix: prefix }: Pick<Config, 'natsPrefix'>): Promise<Finding[]> {
  try {
    await using _bus = await NatsBus.open({ url, prefix, node: nodeEnvironment.id(), reportFault: () => {} });
    return [ok('bus', `NATS at ${natsPlace(url)} is there`)];
  } catch (error) {
    return [fault('bus', messageOf(error), 'start NATS, let this user in, or name another in PARLOUR_NATS_URL')];
  }
}
