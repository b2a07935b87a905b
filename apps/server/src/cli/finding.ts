import { schemaVersion } from '../adapters/sql/migrations.ts';
import { nodeEnvironment } from '../node-environment.ts';

/** What one check found; `todo` says what to do about it. */
export type Finding = { readonly check: string; readonly found: string } & (
  | { readonly state: 'ok' }
  | { readonly state: 'warning' | 'fault'; readonly todo: string }
);

const aheadMaxMs = 60_000;

export const ok = (check: string, found: string): Finding => ({ check, found, state: 'ok' });
export const warning = (check: string, found: string, todo: string): Finding => ({ check, found, state: 'warning', todo });
export const fault = (check: string, found: string, todo: string): Finding => ({ check, found, state: 'fault', todo });

/** @param found the version of the store's schema */
export function judgeSchema(found: number): Finding {
  if (found > schemaVersion) {
    return fault(
      'schema',
      `version ${found}, and this program knows up to ${schemaVersion}`,
      'start a newer Parlour, or go back to a backup',
    );
  }
  if (found < schemaVersion) return ok('schema', `version ${found}; the next start brings it to ${schemaVersion}`);
  return ok('schema', `version ${found}`);
}

/** @param newestMs the time of the newest message */
export function judgeNewest(newestMs: number): Finding {
  const aheadMs = newestMs - nodeEnvironment.now();
  if (aheadMs <= aheadMaxMs) return ok('time of messages', 'none is from the future');
  const found = `the newest message is ${Math.round(aheadMs / 1_000)} s ahead of the clock`;
  return warning(
    'time of messages',
    found,
    "set the machine's clock right, and let NTP keep it; until then, new messages are shown as old",
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
