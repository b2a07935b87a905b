import { browserPath } from './browser-path.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const macPath = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** Where this machine keeps a Chromium: `PARLOUR_CHROMIUM` if set (and then nothing else), else the first one on the path. */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return browserPath({ named: env.PARLOUR_CHROMIUM, names, macPath, path: env.PATH });
}
