import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Statement, VariableDeclaration } from '@swc/core';
import { Visitor } from '@swc/core/Visitor.js';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { importRules } from './import-rules.ts';

const rooms = ['packages', 'apps', 'simulation', 'conformance', 'testkit', 'bench', 'tests', 'tools'];

// The walker that comes with swc does not know `using` and throws at it; to a reader of imports it is a declaration like any other.
const visitStatement = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function (statement: Statement | UsingDeclaration): Statement {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement as unknown as Statement;
};

interface UsingDeclaration {
  readonly type: 'UsingDeclaration';
  readonly decls: VariableDeclaration['declarations'];
}

export interface ImportReport {
  readonly moduleCount: number;
  readonly violations: readonly string[];
}

/** Reads every import below `folder` and names those that no rule allows. The swc parser, because TypeScript 7 has no API to parse with. */
export async function checkImports(folder: string): Promise<ImportReport> {
  const { output } = await cruise(
    rooms.filter((room) => existsSync(join(folder, room))),
    {
      baseDir: folder,
      parser: 'swc',
      tsPreCompilationDeps: true,
      validate: true,
      ruleSet: importRules,
      exclude: { path: '(^|/)dist/' },
      doNotFollow: { path: '(^|/)node_modules/' },
    },
    {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.css'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  );
  if (typeof output === 'string') throw new Error('the import checker answered with text in place of modules');
  return { moduleCount: ownModuleCount(output), violations: output.summary.violations.map(sentence) };
}

function ownModuleCount({ modules }: ICruiseResult): number {
  return modules.filter(({ source }) => /\.tsx?$/.test(source) && !source.includes('node_modules/')).length;
}

function sentence({ from, to, rule }: ICruiseResult['summary']['violations'][number]): string {
  return rule.name === 'not-in-allowed' ? `${from} may not import ${to}` : `${from} -> ${to}: ${rule.name}`;
}

if (import.meta.main) {
  const { moduleCount, violations } = await checkImports(process.cwd());
  for (const violation of violations) console.error(violation);
  if (moduleCount === 0) console.error('no modules were seen, so nothing was checked');
  else console.log(`${moduleCount} modules, ${violations.length} forbidden imports`);
  process.exitCode = moduleCount === 0 || violations.length > 0 ? 1 : 0;
}
