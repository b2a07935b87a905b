import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '@parlour/core/limits';
import type { LineKind } from './line.ts';
import type { Credentials } from './person.ts';
import { Place } from './place.ts';
import { runOnFolder, ThrowawayServer } from './throwaway-server.ts';

const socketsPerAddressMax = 6;
const socketsMax = 9;
/** Nothing of theirs takes as long. */
const patienceMs = 120_000;
/** Somebody who wrote in more conversations than a digest compares. */
const channelCount = limits.conversationsInDigestMax + 10;
const lateLine = 20;

const hasty = {
  PARLOUR_ACCESS_TOKEN_LIFETIME_MS: '12000',
  PARLOUR_PING_INTERVAL_MS: '500',
  PARLOUR_OFFLINE_AFTER_MS: '4000',
  PARLOUR_SOCKETS_PER_PERSON_MAX: '3',
  PARLOUR_SOCKETS_PER_ADDRESS_MAX: String(socketsPerAddressMax),
  PARLOUR_SOCKETS_MAX: String(socketsMax),
  PARLOUR_TRUST_PROXY: 'true',
} as const;

/** Two servers of this checkout, one with the settings as they are and one in a hurry, and someone who may do with them what operators do. */
export class ThrowawayPlaces implements AsyncDisposable {
  readonly place: Place;
  readonly #servers: readonly ThrowawayServer[];

  private constructor(place: Place, servers: readonly ThrowawayServer[]) {
    this.place = place;
    this.#servers = servers;
  }

  static async start(line: LineKind): Promise<ThrowawayPlaces> {
    const members: Credentials[] = ['early', 'late'].map((name) => ({
      name,
      password: `${randomBytes(12).toString('base64url')} tractor`,
    }));
    const started = await Promise.allSettled([
      ThrowawayServer.start({}, (folder) => importGroups(folder, members)),
      ThrowawayServer.start(hasty),
    ]);
    const servers = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const [main, quick] = servers;
    if (!main || !quick || servers.length < started.length) {
      for (const server of servers) await server[Symbol.asyncDispose]();
      throw started.find((each) => each.status === 'rejected')?.reason ?? new Error('no server started');
    }
    const inAHurry = new Place({ url: quick.url, line, patienceMs, operator: quick, socketsPerAddressMax, socketsMax });
    const place = new Place({ url: main.url, line, patienceMs, operator: main, members, hasty: inAHurry });
    return new ThrowawayPlaces(place, servers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

/** Conversations that no client can make: groups, of as many as may be told of receipts and of one more, and very many of one person. */
async function importGroups(folder: string, members: readonly Credentials[]): Promise<void> {
  const line = (channel: string, index: number, author: string | null) =>
    JSON.stringify({
      channel,
      line: index,
      time: '2020-05-01T10:00:00Z',
      text: `line ${index}`,
      ...(author ? { kind: 'message', author } : { kind: 'system' }),
    });
  const [early = '', late = ''] = members.map(({ name }) => name);
  // Each who writes is a member, and the import itself.
  const group = (memberCount: number) =>
    Array.from({ length: memberCount }, (_, index) =>
      line(`of ${memberCount}`, index, index === 0 ? early : index === lateLine ? late : index === 1 ? null : `author${index}`),
    );
  const many = Array.from({ length: channelCount }, (_, index) => line(`channel ${index}`, 0, early));
  const file = join(folder, 'history.jsonl');
  await writeFile(file, [...group(limits.receiptMembersMax), ...group(limits.receiptMembersMax + 1), ...many].join('\n'));
  await runOnFolder(folder, ['import', 'jsonl', file]);
  for (const { name, password } of members) {
    await runOnFolder(folder, ['import', 'claim', name, '--email', `${name}@conformance.example`, '--password-stdin'], `${password}\n`);
  }
}
