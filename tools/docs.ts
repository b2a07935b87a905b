import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSettings } from '../apps/server/src/config.ts';
import { errors } from '../packages/core/src/errors.ts';
import { deliveryPage } from './delivery-page.ts';
import { root } from './root.ts';
import { growthPicture, scalePage } from './scale-page.ts';

const row = (...cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

function configurationPage(): string {
  const rows = describeSettings().map(({ variable, key, byDefault, allowed, description }) =>
    row(code(variable), code(key), code(byDefault), allowed, description),
  );
  return `# Configuration

Made by \`npm run docs\` from \`apps/server/src/config.ts\`.

Settings are environment variables, and one optional JSON file named by \`PARLOUR_CONFIG\` or \`--config\`, whose keys stand in the second column.
The command line wins over the environment, the environment over the file. An empty variable counts as not set.
A wrong value or an unknown name ends the start with exit code 2 and one line: the name, the value, what is allowed.

${[row('variable', 'key in the file', 'default', 'allowed', 'what it does'), row('---', '---', '---', '---', '---'), ...rows].join('\n')}
`;
}

function errorsPage(): string {
  const entries: Array<[string, { sentence: string; retryable: boolean; httpStatus?: number; closeCode?: number }]> =
    Object.entries(errors);
  const rows = entries.map(([name, { httpStatus, closeCode, retryable, sentence }]) =>
    row(code(name), String(httpStatus ?? ''), String(closeCode ?? ''), retryable ? 'yes' : 'no', sentence),
  );
  return `# Errors

Made by \`npm run docs\` from \`packages/core/src/errors.ts\`. The same codes are used over HTTP, on sockets and in the SDK.
Retryable: the same request may succeed later, unchanged.

${[row('code', 'HTTP', 'close', 'retryable', 'what it says'), row('---', '---', '---', '---', '---'), ...rows].join('\n')}
`;
}

/** Every page of the documentation that is made from the program. */
export const pages: ReadonlyArray<{ readonly path: string; readonly present: () => string }> = [
  { path: 'docs/configuration.md', present: configurationPage },
  { path: 'docs/errors.md', present: errorsPage },
  { path: 'docs/delivery.md', present: deliveryPage },
  { path: 'docs/scale.md', present: scalePage },
  { path: 'docs/pictures/growth.svg', present: growthPicture },
];

export function isStale({ path, present }: (typeof pages)[number]): boolean {
  try {
    return readFileSync(join(root, path), 'utf8') !== present();
  } catch {
    return true;
  }
}

if (import.meta.main) {
  for (const page of pages.filter(isStale)) {
    writeFileSync(join(root, page.path), page.present());
    console.log(`wrote ${page.path}`);
  }
}
