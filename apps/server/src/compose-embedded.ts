import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MemoryBus } from './adapters/memory/memory-bus.ts';
import { JwtAccessTokens } from './adapters/node/access-tokens.ts';
import { SqlDirectory } from './adapters/sql/sql-directory.ts';
import { SqlRegisterStore } from './adapters/sql/sql-register-store.ts';
import { kyselyOver } from './adapters/sqlite/kysely-dialect.ts';
import { SqliteDatabase } from './adapters/sqlite/sqlite-database.ts';
import { SqliteLogStore } from './adapters/sqlite/sqlite-log-store.ts';
import type { DataFolder } from './adapters/sqlite/data-folder.ts';
import type { Config } from './config.ts';
import { createGateway } from './gateway/gateway.ts';
import { slowConsumerLimits } from './gateway/outgoing.ts';
import { serveWebSockets } from './gateway/websocket.ts';
import { digest16, mintSalt, nodeEnvironment } from './node-environment.ts';
import { ConversationOwners } from './owner/conversation-owners.ts';
import { Authenticator } from './usecases/authenticate.ts';
import { PersonSettings } from './usecases/person-settings.ts';
import { RateLimit } from './usecases/rate-limit.ts';

export type RunningServer = { readonly url: string; readonly drain: () => Promise<void> };

const ownersKeptMax = 20_000;
const marksKept = 64;
const settingsKeptMax = 100_000;
const rateKeysMax = 100_000;

export async function composeEmbedded(config: Config, folder: DataFolder): Promise<RunningServer> {
  const environment = nodeEnvironment;
  const database = new SqliteDatabase({ file: folder.databaseFile, busyTimeoutMs: 5_000, readOnly: false });
  const db = kyselyOver(database);
  const store = new SqliteLogStore(database);
  const directory = new SqlDirectory(db);
  const registers = new SqlRegisterStore(db);
  const bus = new MemoryBus();
  const tokens = new JwtAccessTokens(folder.accessTokenKey);
  const authenticator = new Authenticator({ directory, tokens, bus, environment });
  const settings = new PersonSettings({ registers, bus, keptMax: settingsKeptMax });
  const owners = new ConversationOwners({ store, bus, environment, digest16, mintSalt, ownersKeptMax, marksKept });
  const { monotonic } = environment;
  const { hub, tools } = createGateway({
    environment,
    digest16,
    authenticator,
    owners,
    store,
    registers,
    directory,
    settings,
    bus,
    sendRate: new RateLimit({ perSecond: config.rateSendsPerSecond, burst: config.rateSendsBurst, keysMax: rateKeysMax, monotonic }),
    frameRate: new RateLimit({ perSecond: config.rateSendsPerSecond * 4, burst: config.rateSendsBurst * 4, keysMax: rateKeysMax, monotonic }),
    limits: {
      socketsPerPersonMax: config.socketsPerPersonMax,
      socketsPerAddressMax: config.socketsPerAddressMax,
      socketsMax: config.socketsMax,
      pingIntervalMs: config.pingIntervalMs,
      offlineAfterMs: config.offlineAfterMs,
      slowConsumer: slowConsumerLimits,
    },
    reportFault: (fault, where) => console.error(where, fault),
  });
  const server = createServer((_request, response) => response.end('ok'));
  serveWebSockets({ server, hub, tools, allowsOrigin: () => true, addressOf: (request) => request.socket.remoteAddress ?? '' });
  await new Promise<void>((resolve) => server.listen(config.port, config.host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${config.host}:${port}`,
    drain: async () => {
      hub.drain(2_000);
      await owners.quiet();
      hub.stop();
      owners.stop();
      server.closeAllConnections();
      server.close();
      database.close();
    },
  };
}
