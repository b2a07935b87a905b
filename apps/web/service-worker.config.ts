import { createHash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const fileName = 'service-worker.js';

/**
 * Builds the service worker beside the page, and tells it in the end what the page is made of. One digest over all of that stands in it, so that a
 * browser sees another service worker whenever anything of the page is another.
 */
export function serviceWorker(): Plugin {
  return {
    name: 'parlour-service-worker',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'chunk', id: join(import.meta.dirname, 'src/service-worker/service-worker.ts'), fileName });
    },
    writeBundle({ dir = 'dist' }) {
      const paths = globSync('**/*.*', { cwd: dir })
        .map((path) => path.replaceAll('\\', '/'))
        .filter((path) => path !== fileName)
        .sort();
      const hash = createHash('sha256');
      for (const path of paths)
        hash
          .update(path)
          .update('\0')
          .update(readFileSync(join(dir, path)));
      const files = ['/', ...paths.filter((path) => path !== 'index.html').map((path) => `/${path}`)];
      const facts = `const programFiles=${JSON.stringify(files)},programVersion=${JSON.stringify(hash.digest('hex').slice(0, 16))};\n`;
      const place = join(dir, fileName);
      const worker = readFileSync(place, 'utf8');
      if (/\bimport\b/.test(worker)) throw new Error('the service worker is one file: browsers start it as a script that imports nothing');
      writeFileSync(place, facts + worker);
    },
  };
}
