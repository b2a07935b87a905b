import { browserPath } from './browser-path.ts';

/** Where this machine keeps WebKit's driver: `PARLOUR_WEBKIT` if set (and then nothing else), else on the path. It needs a screen: Xvfb makes one of its own. */
export function webkitPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const screen = browserPath({ named: undefined, names: ['Xvfb'], macPath: '', path: env.PATH });
  const driver = browserPath({ named: env.PARLOUR_WEBKIT, names: ['WebKitWebDriver'], macPath: '', path: env.PATH });
  return screen === undefined ? undefined : driver;
}
