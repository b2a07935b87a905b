import { limits } from '@parlour/core/limits';
import { z } from 'zod';
import { nodeRoles } from './ports/bus.ts';

/** Text in the environment and on the command line, JSON in the file: both are read alike. */
const wholeNumber = (min: number, max: number) =>
  z
    .union([
      z.int(),
      z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number),
    ])
    .pipe(z.int().min(min).max(max))
    .meta({ allowed: `a whole number from ${min} to ${max}` });

const flag = () =>
  z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).meta({ allowed: 'true or false' });

const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) => z.enum(words).meta({ allowed: words.join(', ') });

const path = () => z.string().min(1).max(4096).meta({ allowed: 'the path of a file' });

const origin = z.string().max(300).refine(isOrigin);

/** What can be set, in the order of the documentation. The name of a variable is its key in capitals: `tlsCert` is `PARLOUR_TLS_CERT`. */
const settings = {
  host: z
    .string()
    .regex(/^[\w.:%-]{1,255}$/)
    .default('127.0.0.1')
    .meta({
      allowed: 'an address or a host name',
      description: 'The address to listen on. Loopback is for this machine only; `0.0.0.0` is for everyone who can reach it.',
    }),
  port: wholeNumber(0, 65_535).default(7420).describe('The port to listen on; 0 takes any that is free.'),
  data: z.string().min(1).max(4096).default('./parlour-data').meta({
    allowed: 'the path of a folder',
    description:
      'The folder that holds everything: database, secrets, files. With PostgreSQL, all but the database. Made at the first start.',
  }),
  tlsCert: path().optional().describe('Certificate chain (PEM) to serve HTTPS with. Together with the key, or neither.'),
  tlsKey: path().optional().describe("The certificate's private key (PEM)."),
  publicUrl: origin.optional().meta({
    allowed: 'an origin like https://chat.example.org, without a path',
    description:
      'Where people reach this server, where that is a name with a dot or a proxy’s. Decides the origin that may connect, and whether cookies are for HTTPS only.',
  }),
  allowedOrigins: z
    .union([z.array(origin).max(100), z.string().max(10_000).transform(splitList).pipe(z.array(origin).max(100))])
    .default([])
    .meta({
      allowed: 'origins like https://chat.example.org, with commas between',
      description: 'Further origins whose pages may connect, and further addresses that programs use.',
    }),
  logLevel: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info').describe('How much is logged.'),
  registration: oneOf(['open', 'closed'])
    .default('open')
    .describe('Whether people may register by themselves; `parlour user create` always works.'),
  accessTokenLifetimeMs: wholeNumber(1_000, 86_400_000)
    .default(limits.accessTokenLifetimeMs)
    .describe(
      'How long an access token is good. Clients renew it a minute before it ends, or each second where it lives shorter than that.',
    ),
  pingIntervalMs: wholeNumber(100, 600_000).default(10_000).describe('How often the server asks each socket for a sign of life.'),
  offlineAfterMs: wholeNumber(200, 3_600_000)
    .default(25_000)
    .describe('After how long without a sign of life somebody counts as offline. Longer than `PARLOUR_PING_INTERVAL_MS`.'),
  socketsPerPersonMax: wholeNumber(1, 10_000).default(32).describe('Sockets that one person may hold, over all servers.'),
  socketsPerAddressMax: wholeNumber(1, 1_000_000)
    .default(1000)
    .describe('Sockets that one network address may hold, over all servers. A /64 of IPv6 is one address.'),
  socketsMax: wholeNumber(1, 10_000_000).default(50_000).describe('Sockets that the server holds.'),
  rateSendsPerSecond: wholeNumber(1, 1_000_000)
    .default(50)
    .describe('Messages that one person may send per second, over time and over all servers.'),
  rateSendsBurst: wholeNumber(1, 1_000_000).default(200).describe('Messages that one person may send at once.'),
  store: oneOf(['sqlite', 'postgres'])
    .default('sqlite')
    .describe('Where people and conversations are kept: in the data folder, or in a PostgreSQL.'),
  postgresUrl: z.string().max(4096).refine(isPostgresUrl).optional().meta({
    allowed: 'an address like postgresql://user:password@host:5432/database',
    description:
      'The PostgreSQL, 13 or newer, and in it a database with the encoding UTF8. Together with `PARLOUR_STORE=postgres`. `?sslmode=verify-full` at its end asks for TLS, and `&sslrootcert=` names the file of an authority of your own.',
  }),
  postgresPoolSize: wholeNumber(1, 1_000)
    .default(10)
    .describe(
      'Connections to PostgreSQL that are held at most, beside one that shows that this server serves. It must let in as many, from all servers together.',
    ),
  postgresStatementTimeoutMs: wholeNumber(1_000, 600_000)
    .default(15_000)
    .describe('How long PostgreSQL may take over one statement. What takes longer is undone, and whoever waits is told to try again.'),
  bus: oneOf(['memory', 'nats'])
    .default('memory')
    .describe(
      'What tells other servers of what happens here: nothing, where this is the only one, which is then seen to; or a NATS. With `PARLOUR_STORE=postgres`.',
    ),
  natsUrl: z.string().max(4096).refine(isNatsUrl).optional().meta({
    allowed: 'an address like nats://user:password@host:4222, or several with commas between',
    description:
      'The NATS server. Together with `PARLOUR_BUS=nats`. `tls://` in place of `nats://` asks for TLS. Who may use it sees and says everything, so it is for the servers alone.',
  }),
  natsPrefix: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .default('parlour')
    .meta({
      allowed: 'letters, digits, - and _',
      description: 'What the subjects in NATS begin with. Servers on one database have the same, and nobody else has.',
    }),
  nodeUrl: origin.optional().meta({
    allowed: 'an origin like https://one.example.org:7420, without a path',
    description:
      'Where clients and the other servers reach this one by itself, beside what distributes them. Then `GET /v1/connect` sends clients here, too.',
  }),
  roles: z
    .union([
      z.array(z.enum(nodeRoles)).min(1),
      z
        .string()
        .max(100)
        .transform(splitList)
        .pipe(z.array(z.enum(nodeRoles)).min(1)),
    ])
    .default([...nodeRoles])
    .meta({
      allowed: `some of ${nodeRoles.join(', ')}, with commas between`,
      description:
        'What this server does: `gateway` holds sockets, `api` answers over HTTP and has the page, `worker` forgets what is kept for a time only.',
    }),
  databaseCacheMib: wholeNumber(1, 65_536)
    .default(64)
    .describe(
      'With SQLite, how many MiB of the database file are held in memory. It fills as the file is read and written, and stays then.',
    ),
  loginConcurrencyMax: wholeNumber(1, 64)
    .default(2)
    .describe('Passwords that are hashed at the same time; whoever comes beyond is told when to come back.'),
  trustProxy: flag()
    .default(false)
    .describe('Whether to believe `X-Forwarded-For` and `X-Forwarded-Proto`. Only behind a proxy that sets them.'),
  metricsToken: z
    .string()
    .regex(/^[\w.~+/=-]{16,512}$/)
    .optional()
    .meta({
      allowed: '16 to 512 letters, digits and - . _ ~ + / =',
      description:
        'What `GET /metrics` and `GET /v1/nodes` ask for as `Authorization: Bearer`, also of this machine. Without it they answer this machine only.',
    }),
};

const schema = z
  .strictObject(settings)
  .refine(({ tlsCert, tlsKey }) => (tlsCert === undefined) === (tlsKey === undefined), {
    path: ['tlsKey'],
    params: { allowed: 'both PARLOUR_TLS_CERT and PARLOUR_TLS_KEY, or neither' },
  })
  .refine(({ store, postgresUrl }) => (store === 'postgres') === (postgresUrl !== undefined), {
    path: ['postgresUrl'],
    params: { allowed: 'an address with PARLOUR_STORE=postgres, and none without' },
  })
  .refine(({ bus, natsUrl }) => (bus === 'nats') === (natsUrl !== undefined), {
    path: ['natsUrl'],
    params: { allowed: 'an address with PARLOUR_BUS=nats, and none without' },
  })
  .refine(({ bus, store }) => bus === 'memory' || store === 'postgres', {
    path: ['bus'],
    params: { allowed: 'memory, or nats with PARLOUR_STORE=postgres' },
  })
  .refine(({ offlineAfterMs, pingIntervalMs }) => offlineAfterMs > pingIntervalMs, {
    path: ['offlineAfterMs'],
    params: { allowed: 'longer than PARLOUR_PING_INTERVAL_MS' },
  });

export type Config = Readonly<z.output<typeof schema>>;
export type ConfigProblem = {
  readonly problems: ReadonlyArray<{ readonly key: string; readonly value: string; readonly allowed: string }>;
};

/** A wrong setting is the operator's to mend, and is told apart from a crash by this. */
export const configProblemExitCode = 2;

type Source = { readonly values: Readonly<Record<string, unknown>>; readonly nameOf: (key: string) => string };

const variableOf = (key: string): string => `PARLOUR_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
const optionOf = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
const keys = new Map(Object.keys(settings).map((key) => [variableOf(key), key]));
/** Variables that are about Parlour and set nothing in the server. */
const otherVariables = new Set(['PARLOUR_CONFIG', 'PARLOUR_CHROMIUM', 'PARLOUR_POSTGRES_BIN', 'PARLOUR_NATS_BIN']);

/**
 * Everything the server was told, read once. The command line wins over the environment, that over the file, that over the defaults.
 * @param overrides from the command line, by key; `config` names the file, as `PARLOUR_CONFIG` does
 * @param readText reads the file; throws when it cannot
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  overrides: Readonly<Record<string, string | undefined>>,
  readText: (path: string) => string,
): Config | ConfigProblem {
  const { config: fileOption, ...options } = overrides;
  const filePath = fileOption || env.PARLOUR_CONFIG || undefined;
  const file = filePath === undefined ? { values: {} } : readFile(filePath, readText);
  if ('problems' in file) return file;

  const unknown: ConfigProblem['problems'][number][] = [];
  const fromEnv: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('PARLOUR_') || otherVariables.has(name) || !value) continue;
    const key = keys.get(name);
    if (key === undefined) unknown.push({ key: name, value: mask(name, value), allowed: `one of ${[...keys.keys()].join(', ')}` });
    else fromEnv[key] = value;
  }

  const fromOptions = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const sources: Source[] = [
    { values: fromOptions, nameOf: optionOf },
    { values: fromEnv, nameOf: variableOf },
    { values: file.values, nameOf: (key) => `${key} in ${filePath}` },
  ];
  const parsed = schema.safeParse({ ...file.values, ...fromEnv, ...fromOptions });
  const problems = [...unknown, ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => presentIssue(issue, sources)))];
  return parsed.success && problems.length === 0 ? parsed.data : { problems };
}

export function isConfigProblem(value: Config | ConfigProblem): value is ConfigProblem {
  return 'problems' in value;
}

/** One line for each wrong setting: the key, the value, what is allowed. */
export function presentConfigProblem({ problems }: ConfigProblem): string {
  return problems.map(({ key, value, allowed }) => `cannot start: ${key} is ${value}; allowed is ${allowed}`).join('\n');
}

export interface SettingDescription {
  readonly variable: string;
  readonly key: string;
  readonly byDefault: string;
  readonly allowed: string;
  readonly description: string;
}

/** What the documentation says about each setting. */
export function describeSettings(): SettingDescription[] {
  return Object.entries(settings).map(([key, setting]) => {
    const preset = setting.safeParse(undefined).data;
    return {
      variable: variableOf(key),
      key,
      byDefault: preset === undefined || (Array.isArray(preset) && preset.length === 0) ? '' : String(preset),
      allowed: allowedFor(key),
      description: setting.description ?? '',
    };
  });
}

function readFile(filePath: string, readText: (path: string) => string): { values: Record<string, unknown> } | ConfigProblem {
  const problem = (allowed: string): ConfigProblem => ({ problems: [{ key: 'PARLOUR_CONFIG', value: JSON.stringify(filePath), allowed }] });
  let text: string;
  try {
    text = readText(filePath);
  } catch {
    return problem('the path of a file that can be read');
  }
  try {
    const values: unknown = JSON.parse(text);
    if (typeof values === 'object' && values !== null && !Array.isArray(values)) return { values: { ...values } };
  } catch {}
  return problem('the path of a file with one JSON object');
}

function presentIssue(issue: z.core.$ZodIssue, sources: readonly Source[]): ConfigProblem['problems'] {
  const wrong = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0])];
  return wrong.map((key) => {
    const source = sources.find(({ values }) => Object.hasOwn(values, key));
    const name = (source?.nameOf ?? variableOf)(key);
    const value = source === undefined ? 'not set' : mask(name, source.values[key]);
    const stated = issue.code === 'custom' ? issue.params?.allowed : undefined;
    return { key: name, value, allowed: typeof stated === 'string' ? stated : allowedFor(key) };
  });
}

function allowedFor(key: string): string {
  const setting = Object.hasOwn(settings, key) ? settings[key as keyof typeof settings] : undefined;
  if (setting === undefined) return `one of ${Object.keys(settings).join(', ')}`;
  const own = setting.meta()?.allowed ?? setting.def.innerType.meta()?.allowed;
  return String(own);
}

/** A value as it may be shown: a secret given under a wrong name, or inside an address, must not end up in a log. */
function mask(name: string, value: unknown): string {
  if (/secret|password|token/i.test(name)) return '***';
  return JSON.stringify(value)
    .replace(/\/\/[^/@"]*@/g, '//***@')
    .slice(0, 200);
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function isPostgresUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1;
}

function isNatsUrl(text: string): boolean {
  return text.split(',').every((each) => {
    const url = URL.parse(each.trim());
    return url !== null && /^(nats|tls):$/.test(url.protocol) && url.hostname !== '' && ['', '/'].includes(url.pathname);
  });
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}
