import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import type { Plugin } from 'vite';

/** Catalogs are read once, when the page is built: a message that cannot be read breaks the build, and no reader of messages ships. */
export function compiledCatalogs(): Plugin {
  return {
    name: 'compiled-catalogs',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      if (!/\/language\/catalogs\/[a-z-]+\.json$/.test(id)) return undefined;
      const messages = Object.entries(JSON.parse(code) as Record<string, string>);
      return JSON.stringify(Object.fromEntries(messages.map(([source, said]) => [source, compileMessageOrThrow(said)])));
    },
  };
}
