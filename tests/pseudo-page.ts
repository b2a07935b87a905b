import { join } from 'node:path';
import { build, type PreviewServer, preview } from 'vite';

const web = join(import.meta.dirname, '../apps/web');

/** The page with a language of no people, built beside the one that ships, in front of a server that runs. */
export class PseudoPage implements AsyncDisposable {
  readonly url: string;
  readonly #server: PreviewServer;

  private constructor(url: string, server: PreviewServer) {
    this.url = url;
    this.#server = server;
  }

  /** @param outDir a folder of its own */
  static async start(outDir: string, serverUrl: string): Promise<PseudoPage> {
    const common = { root: web, configFile: join(web, 'vite.config.ts'), mode: 'pseudo', logLevel: 'warn' } as const;
    await build({ ...common, build: { outDir, emptyOutDir: true, chunkSizeWarningLimit: 2_000 } });
    const proxy = { '/v1': { target: serverUrl, changeOrigin: true, ws: true, rewriteWsOrigin: true, headers: { origin: serverUrl } } };
    // It would tell of every socket that a page leaves open as it goes.
    const server = await preview({
      ...common,
      logLevel: 'silent',
      build: { outDir },
      preview: { host: '127.0.0.1', port: 0, strictPort: false, proxy },
    });
    const address = server.resolvedUrls?.local[0];
    if (address === undefined) throw new Error('the page is served nowhere');
    return new PseudoPage(new URL(address).origin, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }
}
