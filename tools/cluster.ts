import { ClusterNodes } from '../testkit/cluster-nodes.ts';
import { LoadBalancer } from '../testkit/load-balancer.ts';
import { NatsServer } from '../testkit/nats-server.ts';
import { PostgresServer } from '../testkit/postgres-server.ts';

const serverCount = 3;
const usage = `Several servers on this machine, with what they need: ${serverCount} servers, a PostgreSQL, a NATS, and a load balancer in front.

  npm run cluster                 the balancer on port 7430
  npm run cluster -- --port 8080  on another; 0 takes any that is free

All of it is made anew at each start, and gone with its data when it is ended (Ctrl-C). npm brings the PostgreSQL, Go builds the NATS the first time.
`;

function portAsked(args: readonly string[]): number | null {
  if (args.length === 0) return 7430;
  const port = args.length === 2 && args[0] === '--port' ? Number(args[1]) : Number.NaN;
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : null;
}

const args = process.argv.slice(2);
const port = portAsked(args);
if (args.includes('--help') || port === null) {
  process[args.includes('--help') ? 'stdout' : 'stderr'].write(usage);
  process.exit(args.includes('--help') ? 0 : 2);
}
// Whoever ends it in the middle of the start ends what has begun, too.
const ended = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
{
  await using postgres = await PostgresServer.start({ durable: true });
  await using nats = await NatsServer.start();
  await using nodes = new ClusterNodes({ postgresUrl: postgres.url(), natsUrl: nats.url }, { PARLOUR_LOG_LEVEL: 'warn' });
  const servers = await Promise.all(Array.from({ length: serverCount }, () => nodes.startNamed()));
  await using balancer = await LoadBalancer.before(
    servers.map((server) => server.port),
    port,
  );
  const lines = [
    `Parlour is at ${balancer.url}: open it in several browsers, and they are on several servers.`,
    ...servers.map(({ url, pid }, index) => `server ${index + 1}     ${url}, process ${pid}`),
    `PostgreSQL   ${postgres.url()}`,
    `NATS         ${nats.url}`,
    `states       ${balancer.url}/v1/nodes`,
    'Kill a server and see who notices. Ctrl-C ends all, and nothing is kept.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  await ended;
}
