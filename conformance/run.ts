import { randomInt } from 'node:crypto';
import { type Command, help, parseCommand } from './command.ts';
import { readCredentials, readyCredentials } from './credentials-file.ts';
import { presentFuzz, runFuzz } from './fuzz/run-fuzz.ts';
import type { LineKind } from './line.ts';
import { OperatorCommand } from './operator.ts';
import { Place, peopleCount } from './place.ts';
import { type Counts, presentCounts, presentReport, type Said } from './report.ts';
import type { Section } from './rule-case.ts';
import { type Judged, runSections } from './run-sections.ts';
import { allSections, overStreams } from './sections/all-sections.ts';
import { specRules } from './spec-rules.ts';
import { ThrowawayPlaces } from './throwaway-places.ts';
import { ThrowawayServer } from './throwaway-server.ts';

/** A server that runs, with what its operator offers. */
async function placeOf(url: string, command: Command): Promise<Place> {
  const { people, members, operator, socketsPerAddress, sockets, patienceSeconds } = command;
  return new Place({
    url,
    patienceMs: patienceSeconds * 1_000,
    operator: operator === null ? null : new OperatorCommand(operator),
    ...(people === null ? {} : { people: await readyCredentials(people, peopleCount, url) }),
    ...(members === null ? {} : { members: readCredentials(members) }),
    ...(socketsPerAddress === null ? {} : { socketsPerAddressMax: socketsPerAddress }),
    ...(sockets === null ? {} : { socketsMax: sockets }),
  });
}

/** Frames of the fuzzer beside the rules. */
const fuzzBesideRules = 3_000;
const seedMax = 999_999_999;

async function judgeRules(command: Command): Promise<readonly Judged[]> {
  const { url, only } = command;
  if (url === null) {
    const judged = await Promise.all([judgeThrowaway('WebSocket', allSections, only), judgeThrowaway('event stream', overStreams, only)]);
    return judged.flat();
  }
  const place = await placeOf(url, command);
  const stays = ({ last }: Section) => !last;
  return [
    ...(await runSections(allSections.filter(stays), place, only)),
    ...(await runSections(overStreams.filter(stays), place.over('event stream'), only)),
    ...(await runSections(
      allSections.filter((section) => !stays(section)),
      place,
      only,
    )),
  ];
}

async function judgeThrowaway(line: LineKind, sections: readonly Section[], only: readonly string[]): Promise<readonly Judged[]> {
  await using places = await ThrowawayPlaces.start(line);
  return await runSections(sections, places.place, only);
}

/** On a server of its own where none is given: what it says there disturbs nobody. */
async function fuzz(command: Command, frameCount: number): Promise<Said> {
  const seed = command.fuzzSeed ?? randomInt(seedMax);
  await using server = command.url === null ? await ThrowawayServer.start() : null;
  const wish = { url: command.url ?? server?.url ?? '', frameCount, seed };
  const report = await runFuzz(wish);
  const problems = server?.isRunning === false ? ['the server ended', ...report.problems] : report.problems;
  const again = `npm run conformance -- --fuzz ${frameCount} --fuzz-seed ${seed}${command.url === null ? '' : ` --url ${command.url}`}`;
  return {
    lines: [...presentFuzz({ ...report, problems }, wish), ...(problems.length > 0 ? [`      again: ${again}`] : [])],
    counts: { passed: problems.length > 0 ? 0 : 1, failed: problems.length, skipped: 0 },
  };
}

async function rules(command: Command, known: readonly string[]): Promise<Said> {
  return presentReport(await judgeRules(command), known, command.only.length > 0 ? command.only : known);
}

async function main(command: Command): Promise<number> {
  const known = specRules();
  const unknown = command.only.filter((rule) => !known.includes(rule));
  if (unknown.length > 0) return misunderstood(`SPEC.md has no rule ${unknown.join(', ')}`);
  const isAll = command.url === null && command.only.length === 0;
  console.log(
    `${command.url ?? 'servers of this checkout'}: ${command.fuzz === null ? `${known.length} rules, some of which take half a minute to be seen` : 'the fuzzer'}`,
  );
  const said = await Promise.all([
    ...(command.fuzz === null ? [rules(command, known)] : []),
    ...(command.fuzz !== null || isAll ? [fuzz(command, command.fuzz ?? fuzzBesideRules)] : []),
  ]);
  for (const { lines } of said) for (const line of lines) console.log(line);
  const total = (of: keyof Counts): number => said.reduce((sum, { counts }) => sum + counts[of], 0);
  const counts = { passed: total('passed'), failed: total('failed'), skipped: total('skipped') };
  console.log(presentCounts(counts));
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

function misunderstood(problem: string): number {
  console.error(`cannot run: ${problem}\n\n${help}`);
  return 2;
}

const command = parseCommand(process.argv.slice(2));
if (command === 'help') console.log(help);
else process.exitCode = 'problem' in command ? misunderstood(command.problem) : await main(command);
