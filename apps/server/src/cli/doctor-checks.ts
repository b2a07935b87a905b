import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { dataFolderPaths, isDataFolderInUse } from '../adapters/sqlite/data-folder.ts';
import type { Config } from '../config.ts';
import { nodeEnvironment } from '../node-environment.ts';
import { findCertificateProblems } from './certificate.ts';
import { type Finding, fault, judgeNewest, judgeSchema, messageOf, ok, warning } from './finding.ts';

const gibibyte = 2 ** 30;
const diskFaultBytes = gibibyte / 8;
const diskWarningBytes = 2 * gibibyte;
/** Files of the server itself: database, logs, what is being served. */
const filesBesideSockets = 200;
const clockWatchMs = 300;
const clockJumpMs = 50;
/** No clock is right that is before this program was made. */
const earliestYear = 2026;
const dayMs = 86_400_000;

/** Changes nothing, also while the server runs. */
export async function checkAll(config: Config): Promise<readonly Finding[]> {
  return [
    ok('configuration', 'every setting is allowed'),
    ...checkCertificate(config),
    checkFolder(config),
    ...checkSecrets(config),
    checkDisk(config),
    await checkPort(config),
    ...(await checkStore(config)),
    ...(await checkBus(config)),
    await checkClock(),
    checkOpenFiles(config),
  ];
}

function checkCertificate(config: Config): Finding[] {
  const { tlsCert } = config;
  if (tlsCert === undefined) return [];
  const problems = findCertificateProblems(config);
  if (problems.length > 0) {
    return problems.map(({ key, value, allowed }) => fault('certificate', `${key} is ${value}`, `name ${allowed} in ${key}`));
  }
  const daysLeft = Math.floor((new X509Certificate(readFileSync(tlsCert)).validToDate.getTime() - nodeEnvironment.now()) / dayMs);
  if (daysLeft < 0) return [fault('certificate', `${tlsCert} ended ${-daysLeft} days ago`, 'renew it, and start the server again')];
  if (daysLeft < 14) return [warning('certificate', `${tlsCert} ends in ${daysLeft} days`, 'renew it, and start the server again')];
  return [ok('certificate', `${tlsCert} is good for ${daysLeft} days`)];
}

function checkFolder({ data }: Config): Finding {
  const path = resolve(data);
  const exists = existsSync(path);
  const nearest = nearestExisting(path);
  try {
    if (!statSync(nearest).isDirectory()) return fault('folder', `${nearest} is not a folder`, 'name another folder in PARLOUR_DATA');
    accessSync(nearest, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return fault('folder', messageOf(error), `give this user the right to write ${nearest}, or name another folder in PARLOUR_DATA`);
  }
  if (!exists) return ok('folder', `${path} is not there yet; the first start makes it`);
  if ((statSync(path).mode & 0o077) !== 0) {
    return warning('folder', `others than its owner may look into ${path} (mode ${modeOf(path)})`, `chmod 700 ${path}`);
  }
  return ok('folder', `${path}, which ${isDataFolderInUse(path) ? 'a running Parlour is using' : 'nobody is using now'}`);
}

function checkSecrets({ data }: Config): Finding[] {
  const folder = dataFolderPaths.secrets(data);
  if (!existsSync(folder)) return [];
  const open = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((file) => (statSync(file).mode & 0o077) !== 0);
  if (open.length === 0) return [ok('secrets', 'only their owner can read them')];
  return [
    fault(
      'secrets',
      `others can read ${open.join(', ')}`,
      `chmod 600 ${open.join(' ')}; and delete what others may have read: a new one is made, and everyone logs in anew`,
    ),
  ];
}

function checkDisk({ data }: Config): Finding {
  const place = nearestExisting(resolve(data));
  const { bavail, bsize } = statfsSync(place);
  const freeBytes = bavail * bsize;
  const found = `${(freeBytes / gibibyte).toFixed(1)} GiB free at ${place}`;
  if (freeBytes < diskFaultBytes)
    return fault('disk', found, 'make room, or move the data folder to a larger disk: with a full disk nobody can send');
  if (freeBytes < diskWarningBytes) return warning('disk', found, 'make room soon, or move the data folder to a larger disk');
  return ok('disk', found);
}

async function checkPort({ host, port, data, tlsCert }: Config): Promise<Finding> {
  const place = `${host}, port ${port}`;
  if (port === 0) return ok('port', 'any that is free');
  const code = await listenCode(host, port);
  if (code === null) return ok('port', `${place} is free`);
  if (code === 'EADDRINUSE' && isDataFolderInUse(data) && (await answersAsParlour(host, port, tlsCert !== undefined))) {
    return ok('port', `${place} is this server's own`);
  }
  if (code === 'EADDRINUSE') return fault('port', `another program has ${place}`, 'end it, or choose another port with PARLOUR_PORT');
  if (code === 'EACCES') return fault('port', `this user may not listen on ${place}`, 'choose a port from 1024 up with PARLOUR_PORT');
  return fault('port', `${place} cannot be listened on (${code})`, 'name an address of this machine in PARLOUR_HOST');
}

async function listenCode(host: string, port: number): Promise<string | null> {
  const server = createServer();
  const { promise, resolve: done } = Promise.withResolvers<string | null>();
  server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  server.listen({ host, port, exclusive: true }, () => server.close(() => done(null)));
  return promise;
}

/** Over TLS its name would not fit the address, so that the folder is in use has to do. */
async function answersAsParlour(host: string, port: number, isTls: boolean): Promise<boolean> {
  if (isTls) return true;
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const shown = address.includes(':') ? `[${address}]` : address;
  try {
    const answer = await fetch(`http://${shown}:${port}/v1/server`, { signal: AbortSignal.timeout(2_000) });
    const facts: unknown = await answer.json();
    return typeof facts === 'object' && facts !== null && 'protocolVersions' in facts;
  } catch {
    return false;
  }
}

async function checkStore(config: Config): Promise<readonly Finding[]> {
  if (config.postgresUrl === undefined) return checkDatabase(config);
  const { checkPostgres } = await import('./postgres-checks.ts');
  return checkPostgres(config.postgresUrl, config);
}

async function checkBus(config: Config): Promise<readonly Finding[]> {
  if (config.natsUrl === undefined) return [];
  const { checkNats } = await import('./nats-checks.ts');
  return checkNats(config.natsUrl, config);
}

function checkDatabase({ data }: Config): Finding[] {
  const file = dataFolderPaths.database(data);
  if (!existsSync(file)) return [];
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 2_000 });
    const integrity = checkIntegrity(database, file);
    return integrity.state === 'ok' ? [checkSchema(database), integrity, checkNewest(database)] : [integrity];
  } catch (error) {
    return [
      fault(
        'database',
        `${file} cannot be read: ${messageOf(error)}`,
        'bring it back from a backup, or name another folder in PARLOUR_DATA',
      ),
    ];
  } finally {
    database?.close();
  }
}

function checkSchema(database: DatabaseSync): Finding {
  return judgeSchema(Number(database.prepare('select max(version) as version from schema_version').get()?.version ?? 0));
}

function checkIntegrity(database: DatabaseSync, file: string): Finding {
  const wrong = integrityProblem(database);
  if (wrong === null) return ok('integrity', 'the database is whole; parlour verify looks into it');
  const todo = 'stop the server, keep a copy of the folder, and bring the database back from a backup';
  return fault('integrity', `${file} is damaged: ${wrong}`, todo);
}

function integrityProblem(database: DatabaseSync): string | null {
  try {
    const rows = database.prepare('pragma quick_check(5)').all();
    const said = rows.map((row) => String(row.quick_check)).join('; ');
    return said === 'ok' ? null : said;
  } catch (error) {
    return messageOf(error);
  }
}

function checkNewest(database: DatabaseSync): Finding {
  return judgeNewest(Number(database.prepare('select max(activity) as newest from conversation').get()?.newest ?? 0));
}

async function checkClock(): Promise<Finding> {
  const [wall, monotonic] = [nodeEnvironment.now(), nodeEnvironment.monotonic()];
  await wait(clockWatchMs);
  const jumpMs = nodeEnvironment.now() - wall - (nodeEnvironment.monotonic() - monotonic);
  const shown = new Date(wall).toISOString();
  if (new Date(wall).getUTCFullYear() < earliestYear)
    return fault('clock', `it says ${shown}`, "set the machine's clock, and let NTP keep it");
  if (Math.abs(jumpMs) > clockJumpMs) {
    return warning(
      'clock',
      `it jumped by ${Math.round(jumpMs)} ms within ${clockWatchMs} ms`,
      'let one program keep the time, and slew rather than step',
    );
  }
  return ok('clock', shown);
}

function checkOpenFiles({ socketsMax }: Config): Finding {
  const limit = openFilesMax();
  const needed = socketsMax + filesBesideSockets;
  if (limit === null) return warning('open files', 'the limit is not known here', `see that a process may open ${needed} files`);
  if (limit >= needed) return ok('open files', `a process may open ${limit === Number.POSITIVE_INFINITY ? 'any number' : limit}`);
  const todo = `ulimit -n ${needed} (LimitNOFILE=${needed} in systemd), or PARLOUR_SOCKETS_MAX=${Math.max(1, limit - filesBesideSockets)}`;
  return warning('open files', `a process may open ${limit}, and ${socketsMax} sockets need ${needed}`, todo);
}

function openFilesMax(): number | null {
  try {
    const limit = existsSync('/proc/self/limits')
      ? /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
      : execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
    if (limit === undefined) return null;
    return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
  } catch {
    return null;
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}
