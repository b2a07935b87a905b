#!/usr/bin/env -S node --min-semi-space-size=16
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { runProgram } = await import('./cli/program.ts');
process.exitCode = await runProgram(process.argv.slice(2));
