import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { waitUntil } from '../testkit/condition.ts';
import { freePort } from '../testkit/free-port.ts';
import { certificateKeyPath, certificatePath } from './trusted-certificate.ts';

export const balancers = ['nginx', 'HAProxy', 'Caddy'] as const;
export type BalancerName = (typeof balancers)[number];

const deploy = join(import.meta.dirname, '../deploy');
const patienceMs = 30_000;
const names = ['one', 'two', 'three'] as const;

type Place = {
  /** For what it writes. */
  readonly folder: string;
  readonly port: number;
  readonly plainPort: number;
  /** host:port of the three servers that the configuration names. */
  readonly servers: readonly string[];
};
type Run = { readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> };

/** The file that we ship, with what its operator puts in it: ports, certificate, and where the servers are. */
async function filled(file: string, { servers, folder }: Place, replacements: ReadonlyArray<readonly [string, string]>): Promise<string> {
  let text = readFileSync(join(deploy, file), 'utf8');
  const addresses = names.map((name, index) => [`${name}:7420`, servers[index] ?? ''] as const);
  for (const [shipped, real] of [...addresses, ...replacements]) {
    if (!text.includes(shipped)) throw new Error(`deploy/${file} does not say ${shipped}`);
    text = text.replaceAll(shipped, real);
  }
  const path = join(folder, file);
  await writeFile(path, text);
  return path;
}

const programs: Readonly<Record<BalancerName, { readonly program: string; readonly prepare: (place: Place) => Promise<Run> }>> = {
  nginx: {
    program: 'nginx',
    prepare: async (place) => {
      const { folder, port, plainPort } = place;
      const site = await filled('nginx.conf', place, [
        ['listen 80;', `listen 127.0.0.1:${plainPort};`],
        ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`],
        ['/etc/parlour/certificate.pem', certificatePath],
        ['/etc/parlour/key.pem', certificateKeyPath],
      ]);
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${folder}/${what};`);
      const main = join(folder, 'main.conf');
      const lines = [
        'daemon off;',
        'worker_processes 1;',
        `pid ${folder}/pid;`,
        ...(process.getuid?.() === 0 ? ['user root;'] : []),
        'events { worker_connections 512; }',
        `http { access_log off; ${temporary.join(' ')} include ${site}; }`,
      ];
      await writeFile(main, lines.join('\n'));
      return { args: ['-c', main, '-p', folder, '-e', 'stderr'] };
    },
  },
  HAProxy: {
    program: 'haproxy',
    prepare: async (place) => {
      const { folder, port, plainPort } = place;
      const both = join(folder, 'both.pem');
      await writeFile(both, [certificatePath, certificateKeyPath].map((path) => readFileSync(path, 'utf8')).join('\n'), { mode: 0o600 });
      const path = await filled('haproxy.cfg', place, [
        ['maxconn 100000', 'maxconn 100'],
        ['bind :80', `bind 127.0.0.1:${plainPort}`],
        ['bind :443', `bind 127.0.0.1:${port}`],
        ['/etc/parlour/certificate-and-key.pem', both],
      ]);
      return { args: ['-db', '-f', path] };
    },
  },
  Caddy: {
    program: 'caddy',
    prepare: async (place) => {
      const { folder, port, plainPort } = place;
      const options = `{\n\tadmin off\n\thttp_port ${plainPort}\n\tskip_install_trust\n}\n`;
      const path = await filled('Caddyfile', place, [
        ['{$PARLOUR_PUBLIC_URL} {', `${options}{$PARLOUR_PUBLIC_URL} {\n\tbind 127.0.0.1\n\ttls ${certificatePath} ${certificateKeyPath}`],
      ]);
      const env = { PARLOUR_PUBLIC_URL: `https://127.0.0.1:${port}`, SERVERS: place.servers.join(' ') };
      return {
        args: ['run', '--adapter', 'caddyfile', '--config', path],
        env: { ...env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      };
    },
  },
};

/** Where the program is; undefined where this machine has none. */
export function balancerPath(name: BalancerName): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, programs[name].program)).find(mayRun);
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export type BalancerOptions = {
  readonly name: BalancerName;
  readonly program: string;
  readonly folder: string;
  readonly port: number;
  readonly servers: readonly string[];
};

/** A real load balancer with the configuration that we ship. */
export class LoadBalancerProgram implements AsyncDisposable {
  readonly url: string;
  readonly plainUrl: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess, { port, plainPort }: Place) {
    this.url = `https://127.0.0.1:${port}`;
    this.plainUrl = `http://127.0.0.1:${plainPort}`;
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** @returns once it takes requests to a server. This process must trust the certificate of the tests. */
  static async start({ name, program, folder, port, servers }: BalancerOptions): Promise<LoadBalancerProgram> {
    const place = { folder, port, plainPort: await freePort(), servers };
    const { args, env } = await programs[name].prepare(place);
    const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said = `${said}${chunk}`.slice(-4_000);
      });
    }
    const balancer = new LoadBalancerProgram(child, place);
    try {
      await waitUntil(async () => {
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}:\n${said}`);
        const status = await fetch(`${balancer.url}/readyz`).then(
          (response) => response.status,
          (error: Error) => `${error.message}: ${error.cause}`,
        );
        return status === 200 ? null : `${name} answers ${status}:\n${said}`;
      }, patienceMs);
      return balancer;
    } catch (error) {
      await balancer[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM');
    // nginx and HAProxy end at once at SIGTERM; Caddy waits for its connections, and nobody needs them any more.
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await this.#ended;
    clearTimeout(timer);
  }
}
