import type { Command } from 'commander';
import { CommandFailed } from './command-failed.ts';
import { checkAll } from './doctor-checks.ts';
import type { Finding } from './finding.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';

type DoctorOptions = SettingOptions & { readonly json?: true };

export function addDoctorCommand(program: Command): void {
  addFolderOptions(program.command('doctor'))
    .description('look at everything the server needs, and say what to do about what is wrong')
    .option('--json', 'the findings as JSON')
    .addHelpText(
      'after',
      `
It changes nothing, and may run while the server runs. It ends with exit code 1 where it found a fault; warnings do not count.

Examples:
  parlour doctor
  PARLOUR_DATA=/srv/parlour parlour doctor --json`,
    )
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  const findings = await findAll(options);
  const faultCount = findings.filter(({ state }) => state === 'fault').length;
  const text = options.json ? JSON.stringify({ ok: faultCount === 0, findings }) : findings.map(presentFinding).join('\n');
  process.stdout.write(`${text}\n`);
  if (faultCount > 0) throw new CommandFailed(`${faultCount} ${faultCount === 1 ? 'fault' : 'faults'} found`);
}

/** Without right settings nothing else can be looked at. */
async function findAll(options: DoctorOptions): Promise<readonly Finding[]> {
  try {
    return await checkAll(loadSettings(options));
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return [
      { check: 'configuration', state: 'fault', found: error.message, todo: 'set it right; docs/configuration.md lists every setting' },
    ];
  }
}

function presentFinding(finding: Finding): string {
  const line = `${finding.state.padEnd(8)} ${finding.check}: ${finding.found}`;
  return finding.state === 'ok' ? line : `${line}\n         what to do: ${finding.todo}`;
}
