import { describe, expect, test } from 'vitest';
import { help, parseCommand } from './command.ts';

describe('npm run simulate', () => {
  test.each([
    [[], { run: 'seeds', fromSeed: 1, untilSeed: 200, records: false }],
    [['--seeds', '5..7'], { run: 'seeds', fromSeed: 5, untilSeed: 7, records: false }],
    [['--seed', '7', '--trace'], { run: 'seed', seed: 7, only: null, trace: true }],
    [['--seed', '7', '--only', '3,17'], { run: 'seed', seed: 7, only: [3, 17], trace: false }],
    [['--seed', '7', '--only', 'none'], { run: 'seed', seed: 7, only: [], trace: false }],
    [['--minutes', '0.5'], { run: 'minutes', minutes: 0.5, records: false }],
    [['--mutants'], { run: 'mutants', records: false }],
    [['--minutes', '2', '--record'], { run: 'minutes', minutes: 2, records: true }],
    [['--help', '--seed', 'x'], { run: 'help' }],
  ])('%j is understood', (args, command) => {
    expect(parseCommand(args)).toEqual(command);
  });

  test.each([
    [['--seed', 'seven'], '--seed takes a whole number from 0 on, not seven'],
    [['--seed', '-1'], 'argument is ambiguous'],
    [['--seeds', '7'], 'FROM..UNTIL'],
    [['--seeds', '7..5'], 'not 7..5'],
    [['--seeds', '1..2..3'], 'not 1..2..3'],
    [['--minutes', '0'], 'not 0'],
    [['--minutes', 'NaN'], 'not NaN'],
    [['--seed', '1', '--mutants'], '--seed and --mutants are two different things'],
    [['--seeds', '1..2', '--trace'], '--trace shows one seed'],
    [['--seeds', '1..2', '--only', '3'], '--only is of one seed'],
    [['--seed', '1', '--only', '3,x'], 'not 3,x'],
    [['--seed', '1', '--record'], '--record is of many worlds'],
    [['--sed', '1'], 'Unknown option'],
    [['7'], 'Unexpected argument'],
  ])('%j is refused with the reason', (args, reason) => {
    expect(parseCommand(args)).toEqual({ problem: expect.stringContaining(reason) });
  });

  test('--help has an example for each thing it does', () => {
    const commands = help
      .split('\n')
      .filter((line) => line.startsWith('  npm run simulate'))
      .map((line) => parseCommand((/ -- (.*?) {2,}/.exec(line)?.[1] ?? '').split(' ').filter(Boolean)));
    expect(commands.filter((command) => 'problem' in command)).toEqual([]);
    expect(new Set(commands.map((command) => 'run' in command && command.run))).toEqual(new Set(['seed', 'seeds', 'minutes', 'mutants']));
  });
});
