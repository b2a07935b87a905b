import { type DeviceId, idFromBytes, type LoginId, type PersonId, type WallMs } from '@parlour/core/ids';
import { nameKeyOf } from '@parlour/core/name-key';
import { describe, expect, test } from 'vitest';
import type { Directory, NewLogin, NewPerson } from './directory.ts';

const id = (number: number) => idFromBytes(new Uint8Array(16).fill(number));
const personId = (number: number) => id(number) as PersonId;
const at = (ms: number) => ms as WallMs;

function newPerson(number: number, name = `Person ${number}`): NewPerson {
  return {
    id: personId(number),
    handle: `h${number}`,
    handleKey: `h${number}`,
    displayName: name,
    nameKey: nameKeyOf(name),
    about: '',
    emailKey: `e${number}@example.org`,
    passwordHash: `hash ${number}`,
    createdAt: at(1),
  };
}

const newLogin = (number: number, person: PersonId, lastUsedAt = 1): NewLogin => ({
  id: id(100 + number) as LoginId,
  person,
  label: `Login ${number}`,
  client: 'program',
  address: '127.0.0.1',
  createdAt: at(1),
  lastUsedAt: at(lastUsedAt),
});

type Open = () => Promise<Directory & AsyncDisposable>;

/** Every adapter's test calls this with a way to open an empty directory. */
export function directoryContract(open: Open): void {
  describe('people', () => peopleContract(open));
  describe('placeholders', () => placeholdersContract(open));
  describe('logins', () => loginsContract(open));
  describe('refresh tokens', () => refreshTokensContract(open));
  describe('devices', () => devicesContract(open));
}

function peopleContract(open: Open): void {
  test('a created person is found by id, handle and credentials; nobody else is', async () => {
    await using directory = await open();
    const { emailKey, passwordHash, createdAt: _, ...person } = newPerson(1);
    expect(await directory.createPerson(newPerson(1))).toBe('ok');
    expect(await directory.loadPeople([personId(1), personId(2), personId(1)])).toEqual([{ ...person, placeholder: false }]);
    expect(await directory.findByHandleKey('h1')).toEqual({ ...person, placeholder: false });
    expect(await directory.findByHandleKey('h2')).toBeNull();
    const credentials = { person: personId(1), passwordHash, tokenVersion: 1 };
    expect(await directory.loadCredentials({ emailKey })).toEqual(credentials);
    expect(await directory.loadCredentials({ handleKey: 'h1' })).toEqual(credentials);
    expect(await directory.loadCredentials({ person: personId(1) })).toEqual(credentials);
    expect(await directory.loadCredentials({ emailKey: 'h1' })).toBeNull();
    expect(await directory.loadPeople([])).toEqual([]);
  });

  test('there are people once somebody can log in: an author whom nobody has claimed cannot', async () => {
    await using directory = await open();
    expect(await directory.hasPeople()).toBe(false);
    const { emailKey, passwordHash, about: _, ...placeholder } = newPerson(1);
    await directory.createPlaceholders([placeholder]);
    expect(await directory.hasPeople()).toBe(false);
    await directory.claimPlaceholder(personId(1), { emailKey, passwordHash });
    expect(await directory.hasPeople()).toBe(true);
  });

  test('a taken handle and a taken e-mail are named, and nothing is written', async () => {
    await using directory = await open();
    await directory.createPerson(newPerson(1));
    expect(await directory.createPerson({ ...newPerson(2), handleKey: 'h1' })).toBe('handle_taken');
    expect(await directory.createPerson({ ...newPerson(2), emailKey: 'e1@example.org' })).toBe('email_taken');
    expect(await directory.loadPeople([personId(2)])).toEqual([]);
    expect(await directory.findByNamePrefix('person', 10)).toHaveLength(1);
  });

  test('of many who want one handle at once, one gets it', async () => {
    await using directory = await open();
    const wishes = [1, 2, 3, 4, 5].map((number) => directory.createPerson({ ...newPerson(number), handleKey: 'wanted' }));
    expect((await Promise.all(wishes)).sort()).toEqual(['handle_taken', 'handle_taken', 'handle_taken', 'handle_taken', 'ok']);
  });

  test('of many who change to one handle at once, one gets it', async () => {
    await using directory = await open();
    const numbers = [1, 2, 3, 4, 5];
    for (const number of numbers) await directory.createPerson(newPerson(number));
    const wishes = numbers.map((number) => directory.updateProfile(personId(number), { handle: 'wanted', handleKey: 'wanted' }));
    const answers = await Promise.all(wishes);
    expect([...answers].sort()).toEqual(['handle_taken', 'handle_taken', 'handle_taken', 'handle_taken', 'ok']);
    expect(await directory.findByHandleKey('wanted')).toMatchObject({ id: personId(numbers[answers.indexOf('ok')] ?? 0) });
  });

  test('a profile changes where it is told to, and keeps out of another’s handle', async () => {
    await using directory = await open();
    await directory.createPerson(newPerson(1, 'Anna Lee'));
    await directory.createPerson(newPerson(2));
    expect(await directory.updateProfile(personId(1), { about: 'new' })).toBe('ok');
    expect(await directory.updateProfile(personId(1), { handle: 'h2', handleKey: 'h2' })).toBe('handle_taken');
    expect(await directory.updateProfile(personId(1), { handle: 'H1', handleKey: 'h1' })).toBe('ok');
    expect(await directory.updateProfile(personId(1), {})).toBe('ok');
    expect(await directory.updateProfile(personId(1), { displayName: 'Anna Berg', nameKey: 'anna berg' })).toBe('ok');
    expect(await directory.loadPeople([personId(1)])).toEqual([
      { id: personId(1), handle: 'H1', handleKey: 'h1', displayName: 'Anna Berg', nameKey: 'anna berg', about: 'new', placeholder: false },
    ]);
    expect(await directory.findByNamePrefix('lee', 10)).toEqual([]);
    expect(await directory.findByNamePrefix('berg', 10)).toHaveLength(1);
  });

  test('a name is found by the beginning of any word, each person once, placeholders last, within the limit', async () => {
    await using directory = await open();
    await directory.createPerson(newPerson(1, 'Zoe Annabel Anna'));
    await directory.createPerson(newPerson(2, 'Anna Lee'));
    await directory.createPerson(newPerson(3, 'Bob'));
    await directory.createPlaceholders([{ ...newPerson(4, 'Anna Aaa'), createdAt: at(1) }]);
    const found = await directory.findByNamePrefix('anna', 10);
    expect(found.map(({ id }) => id)).toEqual([personId(2), personId(1), personId(4)]);
    expect((await directory.findByNamePrefix('anna', 2)).map(({ id }) => id)).toEqual([personId(2), personId(1)]);
    expect(await directory.findByNamePrefix('nna', 10)).toEqual([]);
    expect(await directory.findByNamePrefix("a%' or 1=1 --", 10)).toEqual([]);
  });

  test('a password and a token version change alone', async () => {
    await using directory = await open();
    await directory.createPerson(newPerson(1));
    await directory.setPasswordHash(personId(1), 'new');
    expect(await directory.raiseTokenVersion(personId(1))).toBe(2);
    expect(await directory.raiseTokenVersion(personId(1))).toBe(3);
    expect(await directory.loadTokenVersion(personId(1))).toBe(3);
    expect(await directory.loadTokenVersion(personId(2))).toBeNull();
    await expect(directory.raiseTokenVersion(personId(2))).rejects.toThrow('no such person');
    expect(await directory.loadCredentials({ person: personId(1) })).toEqual({ person: personId(1), passwordHash: 'new', tokenVersion: 3 });
  });

  test('last seen never goes back', async () => {
    await using directory = await open();
    for (const number of [1, 2]) await directory.createPerson(newPerson(number));
    await directory.noteLastSeen([], at(50));
    await directory.noteLastSeen([personId(1), personId(3)], at(50));
    await directory.noteLastSeen([personId(1), personId(2)], at(40));
    expect(new Map(await directory.loadLastSeen([personId(1), personId(2), personId(3)]))).toEqual(
      new Map([
        [personId(1), 50],
        [personId(2), 40],
      ]),
    );
  });

  test('hundreds of people are loaded at once', async () => {
    await using directory = await open();
    const many = Array.from({ length: 700 }, (_, index) => {
      const bytes = new Uint8Array(16);
      new DataView(bytes.buffer).setUint32(0, index);
      return { ...newPerson(1), id: idFromBytes(bytes) as PersonId, handleKey: `many-${index}` };
    });
    await directory.createPlaceholders(many);
    expect(await directory.loadPeople(many.map(({ id }) => id))).toHaveLength(700);
  });
}

function placeholdersContract(open: Open): void {
  test('one whose handle is taken is left out, and none can log in', async () => {
    await using directory = await open();
    await directory.createPerson(newPerson(1));
    await directory.createPlaceholders([{ ...newPerson(2), handleKey: 'h1' }, newPerson(3)]);
    await directory.createPlaceholders([newPerson(3)]);
    expect(await directory.loadPeople([personId(2)])).toEqual([]);
    expect(await directory.loadPeople([personId(3)])).toMatchObject([{ placeholder: true, about: '' }]);
    expect(await directory.loadCredentials({ handleKey: 'h3' })).toBeNull();
  });

  test('a claimed one is a person; only once, and not with another’s e-mail', async () => {
    await using directory = await open();
    await directory.createPerson(newPerson(1));
    await directory.createPlaceholders([newPerson(2)]);
    expect(await directory.claimPlaceholder(personId(2), { emailKey: 'e1@example.org', passwordHash: 'x' })).toBe('email_taken');
    expect(await directory.claimPlaceholder(personId(2), { emailKey: 'e2@example.org', passwordHash: 'x' })).toBe('ok');
    expect(await directory.claimPlaceholder(personId(2), { emailKey: 'e3@example.org', passwordHash: 'x' })).toBe('not_a_placeholder');
    expect(await directory.claimPlaceholder(personId(1), { emailKey: 'e4@example.org', passwordHash: 'x' })).toBe('not_a_placeholder');
    expect(await directory.loadCredentials({ emailKey: 'e2@example.org' })).toMatchObject({ person: personId(2) });
    expect(await directory.loadPeople([personId(2)])).toMatchObject([{ placeholder: false }]);
  });

  test('of many who claim one at once, one gets it; of many who bring one e-mail, one keeps it', async () => {
    await using directory = await open();
    const numbers = [1, 2, 3, 4];
    await directory.createPlaceholders(numbers.map((number) => newPerson(number)));
    const claimOf = (number: number, emailKey: string) =>
      directory.claimPlaceholder(personId(number), { emailKey, passwordHash: `hash of ${emailKey}` });
    const claims = await Promise.all(numbers.map((number) => claimOf(1, `claims${number}@example.org`)));
    expect([...claims].sort()).toEqual(['not_a_placeholder', 'not_a_placeholder', 'not_a_placeholder', 'ok']);
    const emailKey = `claims${numbers[claims.indexOf('ok')]}@example.org`;
    expect(await directory.loadCredentials({ person: personId(1) })).toMatchObject({ passwordHash: `hash of ${emailKey}` });
    const same = await Promise.all([2, 3, 4].map((number) => claimOf(number, 'same@example.org')));
    expect(same.sort()).toEqual(['email_taken', 'email_taken', 'ok']);
  });

  test('a removed one keeps its id and loses its name for ever', async () => {
    await using directory = await open();
    await directory.createPerson(newPerson(1));
    await directory.createPlaceholders([newPerson(2, 'Anna Lee')]);
    expect(await directory.removePlaceholder(personId(1))).toBe('not_a_placeholder');
    expect(await directory.removePlaceholder(personId(2))).toBe('ok');
    expect(await directory.removePlaceholder(personId(2))).toBe('not_a_placeholder');
    expect(await directory.claimPlaceholder(personId(2), { emailKey: 'e2@example.org', passwordHash: 'x' })).toBe('not_a_placeholder');
    expect(await directory.loadPeople([personId(2)])).toMatchObject([{ displayName: 'Gone', nameKey: '' }]);
    expect(await directory.findByNamePrefix('anna', 10)).toEqual([]);
    expect(await directory.findByHandleKey('h2')).toBeNull();
  });
}

function loginsContract(open: Open): void {
  test('open logins are listed, last used first, one’s own only', async () => {
    await using directory = await open();
    for (const number of [1, 2]) await directory.createPerson(newPerson(number));
    await directory.createLogin(newLogin(1, personId(1), 10));
    await directory.createLogin(newLogin(2, personId(1), 20));
    await directory.createLogin(newLogin(3, personId(2), 30));
    await directory.noteLoginUsed(newLogin(1, personId(1)).id, { at: at(40), address: '::1' });
    expect(await directory.loadLogins(personId(1))).toEqual([
      { ...newLogin(1, personId(1), 40), address: '::1', endedAt: null },
      { ...newLogin(2, personId(1), 20), endedAt: null },
    ]);
    expect(await directory.loadLogin(newLogin(3, personId(2)).id)).toEqual({ ...newLogin(3, personId(2), 30), endedAt: null });
    expect(await directory.loadLogin(newLogin(4, personId(2)).id)).toBeNull();
  });

  test('ending one leaves the others, ending all leaves another’s, and a second end changes nothing', async () => {
    await using directory = await open();
    for (const number of [1, 2]) await directory.createPerson(newPerson(number));
    for (const number of [1, 2]) await directory.createLogin(newLogin(number, personId(1)));
    await directory.createLogin(newLogin(3, personId(2)));
    const [one, two, foreign] = [newLogin(1, personId(1)).id, newLogin(2, personId(1)).id, newLogin(3, personId(2)).id];
    expect(await directory.endLogins(personId(1), foreign, at(5))).toEqual([]);
    expect(await directory.endLogins(personId(1), one, at(5))).toEqual([one]);
    expect(await directory.endLogins(personId(1), one, at(6))).toEqual([]);
    expect(await directory.loadLogin(one)).toMatchObject({ endedAt: 5 });
    expect(await directory.loadStanding(one)).toEqual({ person: personId(1), tokenVersion: 1, endedAt: 5 });
    await directory.raiseTokenVersion(personId(1));
    expect(await directory.loadStanding(two)).toEqual({ person: personId(1), tokenVersion: 2, endedAt: null });
    expect(await directory.loadStanding(newLogin(9, personId(1)).id)).toBeNull();
    expect(await directory.endLogins(personId(1), null, at(7))).toEqual([two]);
    expect(await directory.loadLogins(personId(1))).toEqual([]);
    expect(await directory.loadLogins(personId(2))).toHaveLength(1);
  });
}

function refreshTokensContract(open: Open): void {
  const token = (hash: string, number: number, expiresAt = 100) => ({
    hash,
    login: newLogin(number, personId(1)).id,
    createdAt: at(1),
    expiresAt: at(expiresAt),
  });

  async function withLogins(directory: Directory): Promise<void> {
    await directory.createPerson(newPerson(1));
    for (const number of [1, 2]) await directory.createLogin(newLogin(number, personId(1)));
  }

  const created = (hash: string, ms: number) => ({ ...token(hash, 1), createdAt: at(ms) });
  const exchange = (directory: Directory, hash: string, next: string, ms: number) =>
    directory.exchangeRefreshToken(hash, { next: created(next, ms), graceMs: 10 });

  test('one is good for the next, says when it was used, and is good for another for a short while', async () => {
    await using directory = await open();
    await withLogins(directory);
    await directory.createRefreshToken(token('a', 1));
    expect(await directory.loadRefreshToken('a')).toEqual({ ...token('a', 1), usedAt: null });
    expect(await exchange(directory, 'a', 'b', 5)).toBe('ok');
    expect(await directory.loadRefreshToken('a')).toEqual({ ...token('a', 1), usedAt: at(5) });
    expect(await directory.loadRefreshToken('b')).toEqual({ ...created('b', 5), usedAt: null });
    expect(await exchange(directory, 'a', 'c', 15)).toBe('ok');
    // Both came of it, and each goes on by itself.
    expect(await exchange(directory, 'b', 'd', 16)).toBe('ok');
    expect(await exchange(directory, 'c', 'e', 17)).toBe('ok');
    expect(await exchange(directory, 'nobody has it', 'f', 17)).toBe('replayed');
    expect(await directory.loadRefreshToken('f')).toBeNull();
  });

  test('[A-6] of one that was used nothing more comes once what came of it was used', async () => {
    await using directory = await open();
    await withLogins(directory);
    await directory.createRefreshToken(token('a', 1));
    expect(await exchange(directory, 'a', 'b', 5)).toBe('ok');
    expect(await exchange(directory, 'b', 'c', 6)).toBe('ok');
    expect(await exchange(directory, 'a', 'd', 16)).toBe('replayed');
    expect(await directory.loadRefreshToken('d')).toBeNull();
  });

  test('[A-6] one whose answer was lost is good again, and what had come of it, shown after all, is replayed', async () => {
    await using directory = await open();
    await withLogins(directory);
    await directory.createRefreshToken(token('a', 1));
    expect(await exchange(directory, 'a', 'b', 5)).toBe('ok');
    expect(await exchange(directory, 'a', 'c', 50)).toBe('ok');
    expect(await exchange(directory, 'a', 'd', 90)).toBe('ok');
    for (const hash of ['b', 'c']) expect(await exchange(directory, hash, 'e', 91)).toBe('replayed');
    expect(await exchange(directory, 'd', 'f', 92)).toBe('ok');
    expect(await exchange(directory, 'a', 'g', 110)).toBe('replayed');
  });

  test('[A-6] of one that is shown again and what came of it, at once, one goes on at most', async () => {
    await using directory = await open();
    await withLogins(directory);
    for (let round = 0; round < 10; round++) {
      const [first, came] = [`first ${round}`, `came ${round}`];
      await directory.voidRefreshTokens(newLogin(1, personId(1)).id);
      await directory.createRefreshToken(token(first, 1));
      expect(await exchange(directory, first, came, 5)).toBe('ok');
      const outcomes = await Promise.all([
        exchange(directory, first, `again ${round}`, 50),
        exchange(directory, came, `next ${round}`, 50),
      ]);
      expect(outcomes.toSorted()).toEqual(['ok', 'replayed']);
    }
  });

  test('an ended login takes its own with it, and no others', async () => {
    await using directory = await open();
    await withLogins(directory);
    await directory.createRefreshToken(token('a', 1));
    await directory.createRefreshToken(token('b', 2));
    await directory.endLogins(personId(1), newLogin(1, personId(1)).id, at(5));
    expect(await directory.loadRefreshToken('a')).toBeNull();
    expect(await directory.loadRefreshToken('b')).not.toBeNull();
  });

  test('those of one login are made void while it stays open, and those out of date are forgotten', async () => {
    await using directory = await open();
    await withLogins(directory);
    await directory.createRefreshToken(token('a', 1));
    await directory.createRefreshToken(token('b', 2, 10));
    await directory.createRefreshToken(token('c', 2, 11));
    await directory.voidRefreshTokens(newLogin(1, personId(1)).id);
    expect(await directory.loadRefreshToken('a')).toBeNull();
    expect(await directory.loadLogins(personId(1))).toHaveLength(2);
    expect(await directory.forgetRefreshTokens({ expiredBefore: at(11), countMax: 10 })).toBe(1);
    expect(await directory.loadRefreshToken('b')).toBeNull();
    expect(await directory.loadRefreshToken('c')).not.toBeNull();
  });
}

function devicesContract(open: Open): void {
  test('[A-7] a device belongs to one person for ever, and moves between their logins', async () => {
    await using directory = await open();
    for (const number of [1, 2]) await directory.createPerson(newPerson(number));
    for (const number of [1, 2]) await directory.createLogin(newLogin(number, personId(1)));
    await directory.createLogin(newLogin(3, personId(2)));
    const device = id(200) as DeviceId;
    const bind = (person: number, login: number | null) =>
      directory.bindDevice(device, {
        person: personId(person),
        login: login === null ? null : newLogin(login, personId(person)).id,
        at: at(1),
      });
    expect(await directory.isDeviceOf(device, personId(1))).toBe(false);
    expect(await bind(1, 1)).toBe('ok');
    expect(await bind(1, 1)).toBe('ok');
    expect(await bind(1, 2)).toBe('ok');
    expect(await bind(2, 3)).toBe('foreign');
    expect(await bind(1, null)).toBe('ok');
    expect(await bind(2, null)).toBe('foreign');
    expect(await Promise.all([1, 2].map((number) => directory.isDeviceOf(device, personId(number))))).toEqual([true, false]);
  });
  test('[A-7] of many people who bind one device at once, one has it', async () => {
    await using directory = await open();
    const numbers = [1, 2, 3, 4];
    for (const number of numbers) {
      await directory.createPerson(newPerson(number));
      await directory.createLogin(newLogin(number, personId(number)));
    }
    const device = id(200) as DeviceId;
    const bind = (number: number) =>
      directory.bindDevice(device, { person: personId(number), login: newLogin(number, personId(number)).id, at: at(1) });
    const answers = await Promise.all([...numbers, ...numbers].map(bind));
    const winner = numbers[answers.indexOf('ok') % numbers.length];
    expect(answers.map((answer, index) => [numbers[index % numbers.length], answer])).toEqual(
      answers.map((_, index) => {
        const number = numbers[index % numbers.length];
        return [number, number === winner ? 'ok' : 'foreign'];
      }),
    );
  });
}
