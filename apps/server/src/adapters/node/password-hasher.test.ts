import { readdirSync, readFileSync } from 'node:fs';
import { isRefusal } from '@parlour/core/errors';
import { expect, test } from 'vitest';
import { Argon2PasswordHasher } from './password-hasher.ts';

const password = 'a long enough secret';

async function hashOf(hasher: Argon2PasswordHasher, text: string): Promise<string> {
  const hashed = await hasher.hash(text);
  if (isRefusal(hashed)) throw new Error('refused');
  return hashed.hash;
}

test('a password matches its own hash and no other, however it was typed', async () => {
  const hasher = new Argon2PasswordHasher({ concurrencyMax: 2 });
  const hash = await hashOf(hasher, `${password}é`);
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await hasher.verify(`${password}e\u0301`, hash)).toEqual({ matches: true });
  expect(await hasher.verify(`${password}e`, hash)).toEqual({ matches: false });
  expect(await hashOf(hasher, `${password}é`)).not.toBe(hash);
});

test('[A-8] without an account the same work is done, and nothing matches', async () => {
  const hasher = new Argon2PasswordHasher({ concurrencyMax: 1 });
  const hash = await hashOf(hasher, password);
  const cpuOf = async (work: () => Promise<unknown>) => {
    const before = process.cpuUsage();
    for (let round = 0; round < 5; round++) await work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const absent = await cpuOf(() => hasher.verify(password, null));
  const present = await cpuOf(() => hasher.verify('wrong password', hash));
  expect(absent / present).toBeGreaterThan(0.5);
  expect(absent / present).toBeLessThan(2);
  expect(await hasher.verify('', null)).toEqual({ matches: false });
});

test('beyond those running and waiting, callers are told when to come back, and the serving thread never stands still', async () => {
  const hasher = new Argon2PasswordHasher({ concurrencyMax: 1 });
  const answers = Array.from({ length: 12 }, () => hasher.hash(password));
  let turnCount = 0;
  let isDone = false;
  const countTurns = () => {
    turnCount += 1;
    if (!isDone) setImmediate(countTurns);
  };
  countTurns();
  const settled = await Promise.all(answers);
  isDone = true;
  const refused = settled.filter((answer) => isRefusal(answer));
  expect(refused).toHaveLength(7);
  expect(refused[0]).toMatchObject({ refused: 'too_many_requests', retryAfterMs: 200 });
  expect(turnCount).toBeGreaterThan(50);
  expect(isRefusal(await hasher.hash(password))).toBe(false);
});

/** How far each thread of this process stands back, as the kernel has it; without those that have ended since they were listed. */
function nicenesses(): number[] {
  return readdirSync('/proc/self/task').flatMap((thread) => {
    try {
      return Number(readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[16]);
    } catch {
      return [];
    }
  });
}

test.runIf(process.platform === 'linux')(
  'the threads stand back behind the serving thread, and not so far that a busy machine leaves them nothing',
  async () => {
    await using hasher = new Argon2PasswordHasher({ concurrencyMax: 2 });
    const own = nicenesses();
    await Promise.all([hasher.hash(password), hasher.hash(password)]);
    const [least = 0, ...more] = nicenesses().filter((nice) => nice > Math.min(...own));
    expect(more.length).toBeGreaterThan(0);
    expect([least, ...more].every((nice) => nice === 10)).toBe(true);
  },
);
