import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const macPath = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** Where this machine keeps a Chromium: `PARLOUR_CHROMIUM` if set (and then nothing else), else the first one on the path. */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.PARLOUR_CHROMIUM) return isExecutable(env.PARLOUR_CHROMIUM) ? env.PARLOUR_CHROMIUM : undefined;
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/bin'];
  return [...folders.flatMap((folder) => names.map((name) => join(folder, name))), macPath].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
