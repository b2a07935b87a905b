import type { Place } from './place.ts';
import { type RuleCase, type Section, Unseen } from './rule-case.ts';

export type Outcome =
  | { readonly is: 'ok' }
  | { readonly is: 'failed'; readonly why: string }
  | { readonly is: 'unseen'; readonly why: string };
export type Judged = { readonly rules: readonly string[]; readonly title: string; readonly outcome: Outcome };

/** Sections side by side, those that come last one after the other. @param only leave out what shows none of these rules */
export async function runSections(sections: readonly Section[], place: Place, only: readonly string[] = []): Promise<readonly Judged[]> {
  const wanted = ({ rules }: RuleCase): boolean => only.length === 0 || rules.some((rule) => only.includes(rule));
  const run = async ({ cases }: Section): Promise<Judged[]> => {
    const judged: Judged[] = [];
    for (const each of cases.filter(wanted))
      judged.push({ rules: each.rules, title: titleOf(each, place), outcome: await judge(each, place) });
    return judged;
  };
  const runLane = async (lane: readonly Section[]): Promise<Judged[]> => {
    const judged: Judged[] = [];
    for (const section of lane) judged.push(...(await run(section)));
    return judged;
  };
  const lanes = Map.groupBy(
    sections.filter(({ last }) => !last),
    ({ lane, name }) => lane ?? name,
  );
  const judged = await Promise.all([...lanes.values()].map(runLane));
  return [...judged.flat(), ...(await runLane(sections.filter(({ last }) => last)))];
}

function titleOf({ title }: RuleCase, { line }: Place): string {
  return line === 'WebSocket' ? title : `${title} [${line}]`;
}

async function judge({ run }: RuleCase, place: Place): Promise<Outcome> {
  try {
    await run(place);
    return { is: 'ok' };
  } catch (error) {
    if (error instanceof Unseen) return { is: 'unseen', why: error.message };
    return { is: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}
