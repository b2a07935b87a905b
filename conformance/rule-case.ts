import type { Place } from './place.ts';

/** One thing that must be so of a running server, and the rules of SPEC.md that say so. */
export type RuleCase = {
  readonly rules: readonly string[];
  readonly title: string;
  readonly run: (place: Place) => Promise<void>;
};

/**
 * Cases that run one after the other; sections run side by side, those of one lane one after the other too. `last`: it takes something from the
 * server that all others need, so it runs when they are through.
 */
export type Section = { readonly name: string; readonly cases: readonly RuleCase[]; readonly lane?: string; readonly last?: true };

/** @param title begins with the rules it shows: `[SEND-2] a refusal for ever ...` */
export function rule(title: string, run: RuleCase['run']): RuleCase {
  const [, ids = '', rest = ''] = /^((?:\[[A-Z]+-\d+\] )+)(.+)$/.exec(title) ?? [];
  const rules = [...ids.matchAll(/\[([^\]]+)\]/g)].map((match) => match[1] ?? '');
  if (rules.length === 0) throw new TypeError(`a case without a rule: ${title}`);
  return { rules, title: rest, run };
}

/** What this run does not let be seen: neither kept nor broken. */
export class Unseen extends Error {
  /** @param remedy the option that would make it visible */
  constructor(reason: string, remedy: string) {
    super(`because ${reason}; ${remedy}`);
  }
}
