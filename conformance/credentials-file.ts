import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { type Credentials, Person } from './person.ts';

/** A line each: the name, a space, and all the rest is the password. A file that is not there yet names nobody. */
export function readCredentials(file: string): readonly Credentials[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [, name, password] = /^(\S+) (.+)$/.exec(line) ?? [];
      if (name === undefined || password === undefined) throw new Error(`cannot read ${file}: "${line}" is no name and password`);
      return { name, password };
    });
}

/** As many as are needed: those that the file lacks are registered, and added to it for the next time. */
export async function readyCredentials(file: string, count: number, url: string): Promise<readonly Credentials[]> {
  const known = [...readCredentials(file)];
  while (known.length < count) {
    const { credentials } = await Person.register({ url, line: 'WebSocket' });
    appendFileSync(file, `${credentials.name} ${credentials.password}\n`, { mode: 0o600 });
    known.push(credentials);
  }
  return known;
}
