import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type Config, configProblemExitCode, isConfigProblem, loadConfig, presentConfigProblem } from '../config.ts';
import { CommandFailed } from './command-failed.ts';

/** Settings that a command takes on its line; each wins over its variable. */
export type SettingOptions = { readonly config?: string; readonly data?: string; readonly port?: string; readonly host?: string };

export function addFolderOptions(command: Command): Command {
  return command
    .option('--data <folder>', 'the data folder (PARLOUR_DATA)')
    .option('--config <file>', 'a JSON file with settings (PARLOUR_CONFIG)');
}

/** @throws CommandFailed with one line for each wrong setting */
export function loadSettings({ config, data, port, host }: SettingOptions): Config {
  const loaded = loadConfig(process.env, { config, data, port, host }, (path) => readFileSync(path, 'utf8'));
  if (isConfigProblem(loaded)) throw new CommandFailed(presentConfigProblem(loaded), configProblemExitCode);
  return loaded;
}
