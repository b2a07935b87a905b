import type { Directory, Login } from '../ports/directory.ts';
import type { Identity } from './authenticate.ts';

export type ListedLogin = Login & { readonly current: boolean };

/** One's own open logins, last used first. */
export async function listLogins({ person, login }: Identity, directory: Directory): Promise<readonly ListedLogin[]> {
  return (await directory.loadLogins(person)).map((open) => ({ ...open, current: open.id === login }));
}
