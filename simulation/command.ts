import { parseArgs } from 'node:util';

/** What `npm run simulate` was asked to do. */
export type Command =
  | { readonly run: 'help' }
  /** `only`: the deeds of its timetable that are done, by their places in it; null: all of them. */
  | { readonly run: 'seed'; readonly seed: number; readonly only: readonly number[] | null; readonly trace: boolean }
  | { readonly run: 'seeds'; readonly fromSeed: number; readonly untilSeed: number; readonly records: boolean }
  /** Fresh seeds, until the time is over. */
  | { readonly run: 'minutes'; readonly minutes: number; readonly records: boolean }
  | { readonly run: 'mutants'; readonly records: boolean };

export type CommandProblem = { readonly problem: string };

const minutesMax = 7 * 24 * 60;

export const help = `The server and its clients in a simulated world of faults. The same seed is the same world, on every machine.

  npm run simulate                            seeds 1 to 200, on all cores
  npm run simulate -- --seeds 500..900        these, both included
  npm run simulate -- --seed 7                one, in this process
  npm run simulate -- --seed 7 --trace        one, step by step
  npm run simulate -- --seed 7 --only 3,17    one, with two of its deeds; a failure that was shrunk says which
  npm run simulate -- --minutes 120           fresh ones for two hours, on all cores
  npm run simulate -- --mutants               defects put in on purpose, and who catches each after how many seeds

--record, with all but --seed, keeps what a run came to for docs/delivery.md; runs of worlds are added up as long as what they run stays the same.

Ends with 0 where every promise held, 1 where one was broken, 2 where the command was not understood.`;

/** @param args those after \`npm run simulate --\` */
export function parseCommand(args: readonly string[]): Command | CommandProblem {
  const given = readOptions(args);
  if ('problem' in given) return given;
  if (given.help) return { run: 'help' };
  const kinds = (['seed', 'seeds', 'minutes', 'mutants'] as const).filter((name) => given[name] !== undefined);
  const [kind, other] = kinds;
  if (other) return { problem: `--${kind} and --${other} are two different things: give one of them` };
  if (given.trace && kind !== 'seed') return { problem: '--trace shows one seed: give --seed N with it' };
  if (given.only !== undefined && kind !== 'seed') return { problem: '--only is of one seed: give --seed N with it' };
  const records = given.record ?? false;
  if (records && kind === 'seed') return { problem: '--record is of many worlds: give --seeds, --minutes or --mutants with it' };
  switch (kind) {
    case 'seed':
      return parseSeed(given);
    case 'minutes': {
      const minutes = Number(given.minutes);
      const isFit = minutes > 0 && minutes <= minutesMax;
      return isFit
        ? { run: 'minutes', minutes, records }
        : { problem: `--minutes takes a number up to ${minutesMax}, not ${given.minutes}` };
    }
    case 'mutants':
      return { run: 'mutants', records };
    default:
      return parseRange(given.seeds ?? '1..200', records);
  }
}

type Options = {
  seed?: string;
  only?: string;
  seeds?: string;
  minutes?: string;
  mutants?: boolean;
  record?: boolean;
  trace?: boolean;
  help?: boolean;
};

function readOptions(args: readonly string[]): Options | CommandProblem {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        only: { type: 'string' },
        seeds: { type: 'string' },
        minutes: { type: 'string' },
        mutants: { type: 'boolean' },
        record: { type: 'boolean' },
        trace: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function parseSeed({ seed: text, only: list, trace }: Options): Command | CommandProblem {
  const seed = wholeNumber(text);
  if (seed === null) return { problem: `--seed takes a whole number from 0 on, not ${text}` };
  const only = list === undefined ? null : list === 'none' ? [] : list.split(',').map(wholeNumber);
  if (only?.some((deed) => deed === null)) return { problem: `--only takes places in the timetable, as 3,17, or none, not ${list}` };
  return { run: 'seed', seed, only: only as readonly number[] | null, trace: !!trace };
}

function parseRange(text: string, records: boolean): Command | CommandProblem {
  const [from, until, rest] = text.split('..').map(wholeNumber);
  const problem = `--seeds takes two whole numbers as FROM..UNTIL, the first not above the second, not ${text}`;
  if (from === null || from === undefined || until === null || until === undefined || rest !== undefined || from > until)
    return { problem };
  return { run: 'seeds', fromSeed: from, untilSeed: until, records };
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
