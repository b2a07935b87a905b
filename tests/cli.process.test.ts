import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { runParlour } from './parlour-command.ts';
import { ParlourProcess, TemporaryFolder } from './parlour-process.ts';

const password = 'nine violet kettles sing at dawn';
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

function changeDatabase(dataFolder: string, sql: string): void {
  using database = new DatabaseSync(join(dataFolder, 'parlour.db'));
  database.exec(sql);
}

async function createUser(dataFolder: string, handle: string): Promise<void> {
  const args = ['user', 'create', '--handle', handle, '--email', `${handle}@example.org`, '--password-stdin'];
  const end = await runParlour(args, { dataFolder, input: `${password}\n` });
  expect(end).toMatchObject({ code: 0, stdout: expect.stringContaining(`${handle} can log in now`) });
}

test.each([
  ['', ['start', 'demo', 'import', 'user', 'verify', 'doctor']],
  ['start', ['--port', '--host', '--data', '--config']],
  ['demo', ['--port', 'erased']],
  ['import jsonl', ['--member', '--source', '--as-channel-prefix', '--json']],
  ['import claim', ['--email', '--password-stdin']],
  ['import remove', ['--data']],
  ['user create', ['--handle', '--email', '--name', '--password-stdin']],
  ['verify', ['--json', '--evidence', '--head']],
  ['doctor', ['--json']],
  ['health', ['--ready']],
  ['capacity', ['--messages', '--online', '--devices', '--days', '--seconds', '--json']],
])('parlour %s --help explains it with examples', async (command, words) => {
  await using folder = await TemporaryFolder.make();
  const { code, stdout } = await runParlour([...command.split(' ').filter(Boolean), '--help'], { dataFolder: folder.path });
  expect(code).toBe(0);
  for (const word of [...words, 'Example', `parlour ${command}`.trim()]) expect(stdout).toContain(word);
});

test('an unknown command and an unknown option are told', async () => {
  await using folder = await TemporaryFolder.make();
  const options = { dataFolder: folder.path };
  expect(await runParlour(['dance'], options)).toMatchObject({ code: 1, stderr: expect.stringContaining("unknown command 'dance'") });
  expect(await runParlour(['verify', '--quickly'], options)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("unknown option '--quickly'"),
  });
});

test.each([
  [{ PARLOUR_PORT: 'seventy' }, 'cannot start: PARLOUR_PORT is "seventy"; allowed is a whole number from 0 to 65535\n'],
  [{ PARLOUR_PROT: '70' }, /^cannot start: PARLOUR_PROT is "70"; allowed is one of PARLOUR_HOST, .*\n$/],
  [
    { PARLOUR_TLS_CERT: '/not/there.pem', PARLOUR_TLS_KEY: '/not/there.key' },
    /^cannot start: PARLOUR_TLS_CERT is "\/not\/there.pem"; allowed is the path of a file that can be read\n/,
  ],
])('a wrong setting ends with key, value, what is allowed, and exit code 2: %o', async (env, said) => {
  await using folder = await TemporaryFolder.make();
  const dataFolder = join(folder.path, 'data');
  const { code, stdout, stderr } = await runParlour(['start'], { dataFolder, env: env as Record<string, string> });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(said);
  expect(existsSync(dataFolder)).toBe(false);
});

test('the first start makes a folder and secrets for their owner alone, and an up-to-date schema', async () => {
  await using folder = await TemporaryFolder.make();
  const dataFolder = join(folder.path, 'data');
  await using server = await ParlourProcess.start({ dataFolder });
  expect(modeOf(dataFolder)).toBe('700');
  const secrets = join(dataFolder, 'secrets');
  expect(modeOf(secrets)).toBe('700');
  expect(readdirSync(secrets).map((name) => modeOf(join(secrets, name)))).toEqual(['600']);
  expect(await server.stop()).toBe(0);
  using database = new DatabaseSync(join(dataFolder, 'parlour.db'), { readOnly: true });
  expect(database.prepare('select max(version) as version from schema_version').get()?.version).toBeGreaterThan(0);
});

test('a start says where it is and what to do first, and SIGTERM ends it in order with exit code 0', async () => {
  await using folder = await TemporaryFolder.make();
  const end = await runParlour(['start', '--port', '0'], {
    dataFolder: folder.path,
    onStdout: (said, child) => said.includes('in a browser') && child.kill('SIGTERM'),
  });
  expect(end.stdout).toMatch(/^Parlour is listening on http:\/\/127\.0\.0\.1:\d+$/m);
  expect(end.stdout).toMatch(/^Nobody is here yet: open http:\/\/127\.0\.0\.1:\d+ in a browser and register\.$/m);
  expect(end.stderr).toMatch(/SIGTERM: going down; .*\ndown\n$/s);
  expect(end).toMatchObject({ code: 0, signal: null });
});

test('an address that others can reach is warned of where there is no TLS', async () => {
  await using folder = await TemporaryFolder.make();
  const warned = async (env: Readonly<Record<string, string>>) => {
    const args = ['start', '--port', '0'];
    const onStdout = (said: string, child: { kill(signal: 'SIGTERM'): void }) => said.includes('in a browser') && child.kill('SIGTERM');
    return (await runParlour(args, { dataFolder: folder.path, env, onStdout })).stderr.includes(
      'warning: 0.0.0.0 can be reached from other machines',
    );
  };
  expect(await warned({ PARLOUR_HOST: '0.0.0.0' })).toBe(true);
  expect(await warned({ PARLOUR_HOST: '127.0.0.1' })).toBe(false);
});

test('a second start on the same folder is refused clearly, and the first goes on', async () => {
  await using folder = await TemporaryFolder.make();
  await using server = await ParlourProcess.start({ dataFolder: folder.path });
  for (const args of [
    ['start', '--port', '0'],
    ['import', 'jsonl', '-'],
    ['import', 'remove', 'somebody'],
  ]) {
    const { code, stderr } = await runParlour(args, { dataFolder: folder.path });
    expect(code).toBe(1);
    expect(stderr).toBe(
      `cannot use ${folder.path}: another Parlour is using this folder (a server, an import or a command on people); end that first, or name another folder in PARLOUR_DATA\n`,
    );
  }
  expect((await fetch(`${server.url}/v1/server`)).status).toBe(200);
});

test('a server that was killed leaves no lock behind', async () => {
  await using folder = await TemporaryFolder.make();
  const killed = await ParlourProcess.start({ dataFolder: folder.path });
  await killed.kill();
  await using again = await ParlourProcess.start({ dataFolder: folder.path });
  expect((await fetch(`${again.url}/v1/server`)).status).toBe(200);
});

test('a port that another program has is told', async () => {
  await using folder = await TemporaryFolder.make();
  await using other = createServer();
  const port = await new Promise<number>((resolve) =>
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
  );
  const { code, stderr } = await runParlour(['start', '--port', String(port)], { dataFolder: folder.path });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `cannot listen on 127.0.0.1, port ${port}: another program has the port; end it, or choose another with PARLOUR_PORT\n`,
  });
  const doctor = await runParlour(['doctor'], { dataFolder: folder.path, env: { PARLOUR_PORT: String(port) } });
  expect(doctor.stdout).toContain(`fault    port: another program has 127.0.0.1, port ${port}`);
});

test('a schema that is newer than the program is refused, and left alone', async () => {
  await using folder = await TemporaryFolder.make();
  await createUser(folder.path, 'ada');
  changeDatabase(folder.path, `insert into schema_version values (99, 'from the future')`);
  for (const command of [['start'], ['verify'], ['import', 'remove', 'ada']]) {
    const { code, stderr } = await runParlour(command, { dataFolder: folder.path });
    expect({ command, code }).toEqual({ command, code: 1 });
    expect(stderr).toMatch(/its schema has version 99, this program knows up to \d+; start a newer one/);
  }
});

test('a person made on the command line logs in where registration is closed', async () => {
  await using folder = await TemporaryFolder.make();
  const args = ['user', 'create', '--handle', 'ada', '--email', 'ada@example.org', '--name', 'Ada Lovelace', '--password-stdin'];
  const env = { PARLOUR_REGISTRATION: 'closed' };
  const options = { dataFolder: folder.path, env };
  expect(await runParlour(args, { ...options, input: 'ada12345\n' })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('too easy to guess'),
  });
  expect(await runParlour(args, { ...options, input: `${password}\n` })).toMatchObject({ code: 0 });
  expect(await runParlour(args, { ...options, input: `${password}\n` })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot register'),
  });
  await using server = await ParlourProcess.start({ dataFolder: folder.path, env });
  const answer = await fetch(`${server.url}/v1/logins`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'ada@example.org', password, client: 'program' }),
  });
  expect(await answer.json()).toMatchObject({ person: { handle: 'ada', displayName: 'Ada Lovelace' } });
});

test('verify and doctor look at a running server; verify names what is broken, with exit code 1', async () => {
  await using folder = await TemporaryFolder.make();
  const options = { dataFolder: folder.path };
  const line = { channel: 'tea', line: 0, time: '2010-05-01T10:00:00Z', kind: 'message', author: 'grace', text: 'hello' };
  expect(await runParlour(['import', 'jsonl', '-'], { ...options, input: JSON.stringify(line) })).toMatchObject({ code: 0 });
  {
    await using server = await ParlourProcess.start(options);
    const env = { PARLOUR_PORT: String(server.port) };
    const doctor = JSON.parse((await runParlour(['doctor', '--json'], { ...options, env })).stdout);
    expect(doctor.ok).toBe(true);
    expect(doctor.findings).toContainEqual({ check: 'port', state: 'ok', found: `127.0.0.1, port ${server.port} is this server's own` });
    expect(await runParlour(['verify'], options)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('read 3 entries (1 messages) of 1 conversations'),
    });
  }
  changeDatabase(folder.path, 'update entry set ord = 7 where seq = 3');
  expect(await runParlour(['verify'], options)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^conversation \w{26}, seq 3: ord is kept as 7; the entries say 1$/m),
    stderr: '1 faults found\n',
  });
  const json = await runParlour(['verify', '--json'], options);
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, faultCount: 1, faults: [{ seq: 3 }] });
});

test('verify of a folder without a database says so', async () => {
  await using folder = await TemporaryFolder.make();
  expect(await runParlour(['verify'], { dataFolder: folder.path })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no database in it'),
  });
  expect(readdirSync(folder.path)).toEqual([]);
});

test('doctor ends with exit code 1 on a fault, and says what to do', async () => {
  await using folder = await TemporaryFolder.make();
  const secrets = join(folder.path, 'secrets');
  mkdirSync(secrets);
  const key = join(secrets, 'access-token.key');
  writeFileSync(key, 'x');
  chmodSync(key, 0o644);
  const { code, stdout, stderr } = await runParlour(['doctor'], { dataFolder: folder.path, env: { PARLOUR_PORT: '0' } });
  expect({ code, stderr }).toEqual({ code: 1, stderr: '1 fault found\n' });
  expect(stdout).toContain(`fault    secrets: others can read ${key}\n         what to do: chmod 600 ${key}`);
  const wrong = await runParlour(['doctor'], { dataFolder: folder.path, env: { PARLOUR_PORT: 'x' } });
  expect(wrong).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^fault {4}configuration: .*PARLOUR_PORT is "x".*\n.*what to do: /),
  });
});

test('capacity measures a server of its own, says what breaks first, and leaves nothing behind', async () => {
  await using folder = await TemporaryFolder.make();
  const dataFolder = join(folder.path, 'data');
  const { code, stdout, stderr } = await runParlour(['capacity', '--seconds', '1', '--json'], {
    dataFolder,
    env: { PARLOUR_SOCKETS_MAX: '7' },
  });
  expect(code, stderr).toBe(0);
  const { costs, bounds } = JSON.parse(stdout);
  for (const cost of [costs.messageUs, costs.deliveryUs, costs.answerMs.p50, costs.connectionBytes, costs.messageBytes])
    expect(cost).toBeGreaterThan(0);
  // 30 % of 23 people are connected in the busiest hour.
  expect(bounds[0]).toEqual({ of: 'sockets', people: 23 });
  expect(readdirSync(folder.path)).toEqual([]);
  const refused = await runParlour(['capacity', '--online', '101'], { dataFolder });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('it is a whole number from 1 to 100') });
});
