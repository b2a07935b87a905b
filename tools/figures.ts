import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from './root.ts';

/** What a long run came to, as kept in `docs/figures/`. */
export type Figures<Content> = Content & {
  /** The day it ended, as 2026-11-27. */
  readonly on: string;
  readonly node: string;
  readonly cores: number;
};

const fileOf = (name: string): string => join(root, 'docs/figures', `${name}.json`);

/** Keeps what a run came to; `npm run docs` puts it into the pages. */
export function recordFigures(name: string, content: object): void {
  const figures = { on: new Date().toISOString().slice(0, 10), node: process.version, cores: availableParallelism(), ...content };
  writeFileSync(fileOf(name), `${JSON.stringify(figures, null, 2)}\n`);
  console.log(`recorded in docs/figures/${name}.json; npm run docs puts it into the pages`);
}

export function readFigures<Content>(name: string): Figures<Content> {
  return JSON.parse(readFileSync(fileOf(name), 'utf8'));
}
