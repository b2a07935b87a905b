import { describe, expect, test } from 'vitest';
import { type Config, type ConfigProblem, describeSettings, isConfigProblem, loadConfig, presentConfigProblem } from './config.ts';

const noFile = (path: string): string => {
  throw new Error(`no file at ${path}`);
};

type Told = { env?: Record<string, string>; options?: Record<string, string | undefined>; file?: string };

function load({ env = {}, options = {}, file }: Told): Config | ConfigProblem {
  return file === undefined
    ? loadConfig(env, options, noFile)
    : loadConfig({ PARLOUR_CONFIG: 'parlour.json', ...env }, options, () => file);
}

function loaded(told: Told): Config {
  const config = load(told);
  if (isConfigProblem(config)) throw new Error(presentConfigProblem(config));
  return config;
}

function refused(told: Told): ConfigProblem['problems'] {
  const config = load(told);
  if (!isConfigProblem(config)) throw new Error('nothing was refused');
  return config.problems;
}

describe('settings', () => {
  test('listen on loopback unless told otherwise', () => {
    expect(loaded({})).toMatchObject({ host: '127.0.0.1', port: 7420, data: './parlour-data', registration: 'open', trustProxy: false });
  });

  test('come from the command line before the environment, from that before the file', () => {
    const file = JSON.stringify({ port: 1, socketsMax: 1, logLevel: 'debug' });
    const env = { PARLOUR_PORT: '2', PARLOUR_SOCKETS_MAX: '2' };
    expect(loaded({ file, env, options: { port: '3', host: undefined } })).toMatchObject({
      host: '127.0.0.1',
      port: 3,
      socketsMax: 2,
      logLevel: 'debug',
    });
  });

  test('read alike as text and as JSON', () => {
    const file = JSON.stringify({ port: 0, trustProxy: true, allowedOrigins: ['https://a.example', 'http://b.example:8080'] });
    const env = { PARLOUR_PORT: '0', PARLOUR_TRUST_PROXY: 'true', PARLOUR_ALLOWED_ORIGINS: 'https://a.example, http://b.example:8080,' };
    expect(loaded({ env })).toEqual(loaded({ file }));
  });

  test('an empty variable is one that is not set', () => {
    expect(loaded({ env: { PARLOUR_TLS_CERT: '', PARLOUR_PORT: '' } })).toEqual(loaded({}));
  });

  test('variables of others, and of the tests, are left alone', () => {
    expect(loaded({ env: { PATH: '/bin', PARLOUR_CHROMIUM: '/usr/bin/chromium' } })).toEqual(loaded({}));
  });
});

describe('a wrong setting', () => {
  test.each([
    ['PARLOUR_PORT', '65536', 'a whole number from 0 to 65535'],
    ['PARLOUR_PORT', '-1', 'a whole number from 0 to 65535'],
    ['PARLOUR_PORT', '7420 ', 'a whole number from 0 to 65535'],
    ['PARLOUR_PORT', '1e3', 'a whole number from 0 to 65535'],
    ['PARLOUR_HOST', 'http://here', 'an address or a host name'],
    ['PARLOUR_TRUST_PROXY', 'yes', 'true or false'],
    ['PARLOUR_LOG_LEVEL', 'loud', 'fatal, error, warn, info, debug, trace, silent'],
    ['PARLOUR_REGISTRATION', 'Open', 'open, closed'],
    ['PARLOUR_PUBLIC_URL', 'chat.example', 'an origin like https://chat.example.org, without a path'],
    ['PARLOUR_PUBLIC_URL', 'https://chat.example/parlour', 'an origin like https://chat.example.org, without a path'],
    ['PARLOUR_ALLOWED_ORIGINS', 'https://a.example,*', 'origins like https://chat.example.org, with commas between'],
    ['PARLOUR_STORE', 'mysql', 'sqlite, postgres'],
    ['PARLOUR_POSTGRES_POOL_SIZE', '0', 'a whole number from 1 to 1000'],
    ['PARLOUR_OFFLINE_AFTER_MS', '9999', 'longer than PARLOUR_PING_INTERVAL_MS'],
  ])('%s=%s is named with its value and what is allowed', (key, value, allowed) => {
    expect(refused({ env: { [key]: value } })).toEqual([{ key, value: JSON.stringify(value), allowed }]);
  });

  test('a PostgreSQL is named where it is the store, and nowhere else; its password is shown to nobody', () => {
    const address = 'an address like postgresql://user:password@host:5432/database';
    const both = 'an address with PARLOUR_STORE=postgres, and none without';
    const key = 'PARLOUR_POSTGRES_URL';
    const url = 'postgresql://parlour:hidden@db.example/parlour';
    expect(loaded({ env: { PARLOUR_STORE: 'postgres', [key]: url } })).toMatchObject({
      store: 'postgres',
      postgresUrl: url,
      postgresPoolSize: 10,
    });
    expect(refused({ env: { PARLOUR_STORE: 'postgres' } })).toEqual([{ key, value: 'not set', allowed: both }]);
    expect(refused({ env: { [key]: url } })).toEqual([{ key, value: '"postgresql://***@db.example/parlour"', allowed: both }]);
    for (const wrong of ['mysql://parlour:hidden@db.example/parlour', 'postgresql://parlour:hidden@db.example']) {
      const [problem] = refused({ env: { PARLOUR_STORE: 'postgres', [key]: wrong } });
      expect(problem).toMatchObject({ key, allowed: address });
      expect(problem?.value).not.toContain('hidden');
    }
  });

  test('roles are some of those there are, and a node names itself by an origin', () => {
    expect(loaded({})).toMatchObject({ roles: ['gateway', 'api', 'worker'] });
    expect(loaded({ env: { PARLOUR_ROLES: 'api, worker' } })).toMatchObject({ roles: ['api', 'worker'] });
    for (const wrong of ['gateway,cook', ',']) {
      expect(refused({ env: { PARLOUR_ROLES: wrong } })).toMatchObject([
        { key: 'PARLOUR_ROLES', allowed: expect.stringContaining('gateway') },
      ]);
    }
    expect(loaded({ env: { PARLOUR_NODE_URL: 'http://one.example:7420' } })).toMatchObject({ nodeUrl: 'http://one.example:7420' });
    expect(refused({ env: { PARLOUR_NODE_URL: 'one.example/chat' } })).toMatchObject([{ key: 'PARLOUR_NODE_URL' }]);
  });

  test('a NATS is named where it is the bus, which is where the store is a PostgreSQL; its password is shown to nobody', () => {
    const key = 'PARLOUR_NATS_URL';
    const url = 'nats://parlour:hidden@one.example:4222,nats://two.example';
    const postgres = { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: 'postgresql://db.example/parlour' };
    expect(loaded({ env: { ...postgres, PARLOUR_BUS: 'nats', [key]: url } })).toMatchObject({ bus: 'nats', natsUrl: url });
    const both = 'an address with PARLOUR_BUS=nats, and none without';
    expect(refused({ env: { ...postgres, PARLOUR_BUS: 'nats' } })).toEqual([{ key, value: 'not set', allowed: both }]);
    expect(refused({ env: { ...postgres, [key]: 'nats://parlour:hidden@one.example' } })).toEqual([
      { key, value: '"nats://***@one.example"', allowed: both },
    ]);
    expect(refused({ env: { PARLOUR_BUS: 'nats', [key]: url } })).toMatchObject([{ key: 'PARLOUR_BUS', value: '"nats"' }]);
    for (const wrong of ['http://one.example', 'nats://one.example/subject', 'nats://one.example,two']) {
      expect(refused({ env: { ...postgres, PARLOUR_BUS: 'nats', [key]: wrong } })).toMatchObject([
        { key, allowed: expect.stringContaining('nats://') },
      ]);
    }
  });

  test('a token for the metrics is long enough to be guessed by nobody, fits into a header, and is never shown', () => {
    const key = 'PARLOUR_METRICS_TOKEN';
    expect(loaded({})).not.toHaveProperty('metricsToken');
    expect(loaded({ env: { [key]: 'a-token-for-metrics' } })).toMatchObject({ metricsToken: 'a-token-for-metrics' });
    for (const wrong of ['fifteen-letters', 'with spaces in the middle', 'with-a-line-end-\n']) {
      expect(refused({ env: { [key]: wrong } })).toEqual([{ key, value: '***', allowed: expect.stringContaining('16 to 512 letters') }]);
    }
  });

  test('an unknown variable, option or key of the file is refused', () => {
    const problems = refused({ env: { PARLOUR_PROT: '1' }, options: { prot: '2' }, file: '{"prot": 3}' });
    expect(problems).toEqual([
      { key: 'PARLOUR_PROT', value: '"1"', allowed: expect.stringContaining('PARLOUR_PORT') },
      { key: '--prot', value: '"2"', allowed: expect.stringContaining('port') },
    ]);
    expect(refused({ file: '{"prot": 3}' })).toMatchObject([{ key: 'prot in parlour.json', value: '3' }]);
    expect(refused({ file: '{"__proto__": 3}' })).toMatchObject([{ key: '__proto__ in parlour.json' }]);
  });

  test('half of a certificate is refused', () => {
    expect(refused({ env: { PARLOUR_TLS_CERT: 'cert.pem' } })).toEqual([
      { key: 'PARLOUR_TLS_KEY', value: 'not set', allowed: 'both PARLOUR_TLS_CERT and PARLOUR_TLS_KEY, or neither' },
    ]);
    expect(loaded({ env: { PARLOUR_TLS_CERT: 'cert.pem', PARLOUR_TLS_KEY: 'key.pem' } })).toMatchObject({
      tlsCert: 'cert.pem',
      tlsKey: 'key.pem',
    });
  });

  test('all of them are told at once', () => {
    expect(refused({ env: { PARLOUR_PORT: 'x' }, options: { 'log-level': 'x', logLevel: 'x' }, file: '{"socketsMax": "x"}' }).length).toBe(
      4,
    );
  });

  test('secrets are not shown', () => {
    const text = presentConfigProblem({
      problems: [
        ...refused({ env: { PARLOUR_ADMIN_PASSWORD: 'hunter2' } }),
        ...refused({ env: { PARLOUR_PUBLIC_URL: 'https://me:hunter2@a.example' } }),
      ],
    });
    expect(text).toMatch(/PARLOUR_ADMIN_PASSWORD is \*\*\*;[\s\S]*PARLOUR_PUBLIC_URL is "https:\/\/\*\*\*@a\.example"/);
    expect(text).not.toContain('hunter2');
  });

  test.each([['not json'], ['[]'], ['null'], ['"port"']])('a file that holds %s is refused', (file) => {
    expect(refused({ file })).toEqual([
      { key: 'PARLOUR_CONFIG', value: '"parlour.json"', allowed: 'the path of a file with one JSON object' },
    ]);
  });

  test('a file that is named and cannot be read is refused', () => {
    expect(refused({ options: { config: 'none.json' } })).toEqual([
      { key: 'PARLOUR_CONFIG', value: '"none.json"', allowed: 'the path of a file that can be read' },
    ]);
  });

  test('is told in one line', () => {
    expect(presentConfigProblem({ problems: refused({ env: { PARLOUR_PORT: 'x' } }) })).toBe(
      'cannot start: PARLOUR_PORT is "x"; allowed is a whole number from 0 to 65535',
    );
  });
});

test('every setting says what it is, what is allowed and what it is by default', () => {
  const described = describeSettings();
  expect(described.length).toBe(30);
  for (const { variable, allowed, description } of described) {
    expect(variable).toMatch(/^PARLOUR_[A-Z_]+$/);
    expect(allowed).not.toBe('undefined');
    expect(description).toMatch(/\.$/);
  }
  expect(described.find(({ variable }) => variable === 'PARLOUR_RATE_SENDS_BURST')).toMatchObject({
    key: 'rateSendsBurst',
    byDefault: '200',
  });
});
