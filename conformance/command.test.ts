import { describe, expect, test } from 'vitest';
import { help, parseCommand } from './command.ts';

const url = 'http://127.0.0.1:1';

describe('npm run conformance', () => {
  test.each([
    [[], { url: null, only: [], patienceSeconds: 60, fuzz: null, fuzzSeed: null }],
    [['--url', `${url}/`], { url }],
    [['--only', 'SEND-2,OP-6'], { only: ['SEND-2', 'OP-6'] }],
    [['--fuzz', '5', '--fuzz-seed', '0'], { fuzz: 5, fuzzSeed: 0 }],
    [['--url', url, '--people', 'a', '--members', 'b', '--operator', 'c'], { people: 'a', members: 'b', operator: 'c' }],
    [
      ['--url', url, '--sockets', '7', '--sockets-per-address', '6', '--patience', '9'],
      { sockets: 7, socketsPerAddress: 6, patienceSeconds: 9 },
    ],
  ])('%j is understood', (args, command) => {
    expect(parseCommand(args)).toMatchObject(command);
  });

  test.each([
    [['--url', 'example.org'], '--url takes an address'],
    [['--url', `${url}/v1`], '--url takes an address'],
    [['--fuzz', '0'], 'not 0'],
    [['--fuzz', '1', '--fuzz-seed', 'x'], 'not x'],
    [['--patience', 'long'], 'not long'],
    [['--operator', 'c'], 'give its --url with it'],
    [['--rul', '1'], 'Unknown option'],
    [['7'], 'Unexpected argument'],
  ])('%j is refused with the reason', (args, reason) => {
    expect(parseCommand(args)).toEqual({ problem: expect.stringContaining(reason) });
  });

  test('--help has examples that it understands itself', () => {
    const commands = help
      .split('\n')
      .filter((line) => line.startsWith('  npm run conformance'))
      .map((line) => parseCommand((/ -- (.*?) {2,}/.exec(line)?.[1] ?? '').split(' ').filter(Boolean)));
    expect(commands.length).toBeGreaterThan(3);
    expect(commands.filter((command) => command === 'help' || 'problem' in command)).toEqual([]);
    expect(parseCommand(['--help', '--fuzz', 'x'])).toBe('help');
  });
});
