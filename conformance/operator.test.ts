import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readCredentials } from './credentials-file.ts';
import { OperatorCommand } from './operator.ts';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parlour-operator-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A program that notes what it was told, and prints this. */
async function makeOperator(printed: string) {
  const folder = await makeFolder();
  const [file, notes] = [join(folder, 'operate'), join(folder, 'notes')];
  await writeFile(file, `#!/bin/sh\necho "$@" >> '${notes}'\ncat <<'END'\n${printed}\nEND\n`);
  await chmod(file, 0o700);
  return { operator: new OperatorCommand(file), notes: async () => (await readFile(notes, 'utf8')).trim().split('\n') };
}

test.skipIf(process.platform === 'win32')('an operator’s program is run with a word for what is to be done', async () => {
  const evidence = [{ seq: 1, salt: 'a', digest: 'b', body: '{}' }];
  const { operator, notes } = await makeOperator(JSON.stringify(evidence));
  await operator.refuseWrites();
  await operator.takeWrites();
  await operator.endLogin('some-login');
  expect(await operator.evidence('some-conversation')).toEqual(evidence);
  await operator.stop();
  expect(await notes()).toEqual(['refuse-writes', 'take-writes', 'end-login some-login', 'evidence some-conversation', 'stop']);
});

test.skipIf(process.platform === 'win32').each(['[{"seq":"1","salt":"a","digest":"b","body":"{}"}]', '[{"seq":1}]', 'none'])(
  'evidence that is none is not believed: %s',
  async (printed) => {
    const { operator } = await makeOperator(printed);
    await expect(operator.evidence('some-conversation')).rejects.toThrow();
  },
);

test('a file of people has a line each, and a password may have spaces', async () => {
  const file = join(await makeFolder(), 'people');
  expect(readCredentials(file)).toEqual([]);
  await writeFile(file, 'ana violet tractor 19\nben x\n');
  expect(readCredentials(file)).toEqual([
    { name: 'ana', password: 'violet tractor 19' },
    { name: 'ben', password: 'x' },
  ]);
  await writeFile(file, 'ana\n');
  expect(() => readCredentials(file)).toThrow('"ana" is no name and password');
});
