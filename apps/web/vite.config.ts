import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
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

/** No inlined assets and no polyfill by script: the page's content security policy allows neither `data:` nor inline code. */
export default defineConfig({
  plugins: [leanEmojiData(), react(), serviceWorker()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2024',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // What several parts share is one file: each of its own would be a request before the first paint.
      output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] } },
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
