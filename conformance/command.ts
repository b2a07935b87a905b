import { parseArgs } from 'node:util';

/** What `npm run conformance` was asked to do. */
export type Command = {
  /** Null: servers of this checkout, thrown away afterwards. */
  readonly url: string | null;
  readonly only: readonly string[];
  readonly patienceSeconds: number;
  readonly people: string | null;
  readonly members: string | null;
  readonly operator: string | null;
  readonly socketsPerAddress: number | null;
  readonly sockets: number | null;
  /** Frames of the fuzzer; null: none. */
  readonly fuzz: number | null;
  /** Null: a fresh one. */
  readonly fuzzSeed: number | null;
};
export type CommandProblem = { readonly problem: string };

const patienceByDefaultSeconds = 60;

export const help = `Holds a running server to every rule of packages/protocol/SPEC.md, from outside.

  npm run conformance                                        servers of this checkout, thrown away afterwards: every rule, and 3,000 frames of the fuzzer
  npm run conformance -- --url http://127.0.0.1:7420         a server that runs: all that a stranger can see of it
  npm run conformance -- --only SEND-2,OP-6                  these rules alone
  npm run conformance -- --fuzz 100000 --fuzz-seed 7         the fuzzer alone, for so many frames; the same seed says the same
  npm run conformance -- --fuzz 5000 --url http://127.0.0.1:7420   the same against a server that runs

What lets more be seen of a server that runs:
  --patience SECONDS       how long to wait for what comes by the clock (${patienceByDefaultSeconds})
  --people FILE            log in as these, a line each: name, space, password; those that lack are registered and added to it
  --members FILE           members of imported groups, written the same way
  --operator COMMAND       a program that the suite runs as COMMAND stop, COMMAND refuse-writes, COMMAND take-writes, COMMAND end-login LOGIN, and
                           COMMAND evidence CONVERSATION, which prints a list of {seq, salt, digest, body} as JSON
  --sockets-per-address N  what PARLOUR_SOCKETS_PER_ADDRESS_MAX is there
  --sockets N              what PARLOUR_SOCKETS_MAX is there

Ends with 0 where every rule was kept, 1 where one was broken or none could be seen, 2 where the command was not understood.`;

/** @param args those after \`npm run conformance --\` */
export function parseCommand(args: readonly string[]): Command | 'help' | CommandProblem {
  const given = readOptions(args);
  if ('problem' in given) return given;
  if (given.help) return 'help';
  const numbers = {
    patience: given.patience,
    'sockets-per-address': given['sockets-per-address'],
    sockets: given.sockets,
    fuzz: given.fuzz,
  };
  for (const [name, text] of Object.entries(numbers)) {
    if (text !== undefined && !wholeNumber(text)) return { problem: `--${name} takes a whole number from 1 on, not ${text}` };
  }
  const seed = given['fuzz-seed'];
  if (seed !== undefined && !/^\d{1,9}$/.test(seed))
    return { problem: `--fuzz-seed takes a whole number of up to nine digits, not ${seed}` };
  const { url } = given;
  if (url !== undefined && !isOrigin(url)) return { problem: `--url takes an address like http://127.0.0.1:7420, not ${url}` };
  const needsUrl = ['people', 'members', 'operator', 'sockets-per-address', 'sockets'] as const;
  const lost = needsUrl.find((name) => given[name] !== undefined && url === undefined);
  if (lost) return { problem: `--${lost} is about a server that runs: give its --url with it` };
  return {
    url: url === undefined ? null : new URL(url).origin,
    only: given.only?.split(',') ?? [],
    patienceSeconds: wholeNumber(given.patience) ?? patienceByDefaultSeconds,
    people: given.people ?? null,
    members: given.members ?? null,
    operator: given.operator ?? null,
    socketsPerAddress: wholeNumber(given['sockets-per-address']),
    sockets: wholeNumber(given.sockets),
    fuzz: wholeNumber(given.fuzz),
    fuzzSeed: seed === undefined ? null : Number(seed),
  };
}

const option = { type: 'string' } as const;
const options = {
  url: option,
  only: option,
  patience: option,
  people: option,
  members: option,
  operator: option,
  'sockets-per-address': option,
  sockets: option,
  fuzz: option,
  'fuzz-seed': option,
  help: { type: 'boolean' },
} as const;
type Options = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

function readOptions(args: readonly string[]): Options | CommandProblem {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '';
}
