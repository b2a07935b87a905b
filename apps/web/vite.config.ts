import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { compiledCatalogs } from './messages.config.ts';
import { serviceWorker } from './service-worker.config.ts';

const server = 'http://127.0.0.1:7420';

/** Of the table of all emoji, only the columns that the page reads: the others are more than half of it. */
function leanEmojiData(): Plugin {
  const columns = ['emoji', 'label', 'group', 'version', 'tags', 'skins', 'tone'];
  return {
    name: 'lean-emoji-data',
    enforce: 'pre',
    transform: (code, id) => (/\/emojibase-data\/en\/data\.json$/.test(id) ? JSON.stringify(JSON.parse(code), columns) : undefined),
  };
}

/** What the first frame is written in: found in the style sheet alone, it would come after that frame, and every line would move. */
function earlyFonts(): Plugin {
  const early = /\/(atkinson-hyperlegible-next-latin-wght|fraunces-latin-soft)-.*\.woff2$/;
  return {
    name: 'early-fonts',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle = {} }) =>
        Object.keys(bundle)
          .filter((file) => early.test(file))
          .map((file) => ({
            tag: 'link',
            attrs: { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: true, href: `/${file}` },
            injectTo: 'head' as const,
          })),
    },
  };
}

/** The file itself, so that packages which have no Preact of their own find it too. */
const preact = (entry: string) => fileURLToPath(import.meta.resolve(`preact/${entry}`));

/** No inlined assets and no polyfill by script: the page's content security policy allows neither `data:` nor inline code. */
export default defineConfig({
  plugins: [compiledCatalogs(), leanEmojiData(), earlyFonts(), serviceWorker()],
  // React's interface, drawn by Preact: docs/decisions/0019.
  resolve: {
    alias: [
      { find: /^react(-dom)?$/, replacement: preact('compat') },
      { find: /^react-dom\/client$/, replacement: preact('compat/client') },
      { find: /^react\/jsx(-dev)?-runtime$/, replacement: preact('jsx-runtime') },
    ],
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2024',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // Libraries for React say for whom they are meant; here is no server that would draw them.
      onLog: (level, log, handle) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && handle(level, log),
      // What the first paint needs is one file, and what several later parts share another: each of its own would be a request, and longer.
      output: {
        codeSplitting: {
          groups: [
            { name: 'index', tags: ['$initial'], test: (id) => !id.includes('/src/service-worker/') },
            { name: 'late', minShareCount: 2 },
          ],
        },
      },
    },
    // The names of all emoji, which come when they are asked for.
    chunkSizeWarningLimit: 600,
  },
  server: {
    host: '127.0.0.1',
    port: 7421,
    strictPort: true,
    proxy: {
      '/v1': { target: server, changeOrigin: true, ws: true, rewriteWsOrigin: true, headers: { origin: server } },
    },
  },
});
