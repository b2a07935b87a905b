import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { measureCosts } from './capacity-measure.ts';
import { type Bound, boundsOf, busiestRate, type Costs, type Habits, loadOf, type Room, usualHabits } from './capacity-sums.ts';
import { numberBetween } from './checked-input.ts';
import { addFolderOptions, loadSettings, type SettingOptions } from './settings.ts';

type CapacityOptions = SettingOptions & {
  readonly seconds: number;
  readonly messages: number;
  readonly online: number;
  readonly devices: number;
  readonly days: number;
  readonly json?: true;
};

const remedies: Readonly<Record<Bound['of'], string>> = {
  'serving thread': 'more servers (docs/operations.md)',
  memory: 'more memory, or more servers',
  sockets: 'a higher PARLOUR_SOCKETS_MAX',
  disk: 'a larger disk',
};
const percent = 100;
const peopleShown = [100, 1_000, 10_000, 100_000, 1_000_000] as const;

export function addCapacityCommand(program: Command): void {
  const habits = usualHabits;
  addFolderOptions(program.command('capacity'))
    .description('measure this machine, and compute how many people it carries and what would break first')
    .option('--seconds <n>', 'how long to measure', numberBetween(1, 600), 5)
    .option('--messages <n>', 'messages that a person writes a day', numberBetween(1, 10_000), habits.messagesADay)
    .option(
      '--online <percent>',
      'of the people, those who are connected in the busiest hour',
      numberBetween(1, percent),
      habits.online * percent,
    )
    .option('--devices <n>', 'devices that a message is told to, the sender’s among them', numberBetween(2, 10_000), habits.devices)
    .option('--days <n>', 'how long everything is kept', numberBetween(1, 36_500), habits.keptDays)
    .option('--json', 'the figures as JSON')
    .addHelpText(
      'after',
      `
It starts a server of its own on a folder beside the data folder, talks to it as clients do, and erases it. What else runs here meanwhile makes the
machine look smaller than it is. The sums are those of docs/scale.md.

Examples:
  parlour capacity
  parlour capacity --messages 100 --online 60 --devices 12`,
    )
    .action(capacity);
}

async function capacity(options: CapacityOptions): Promise<void> {
  const config = loadSettings(options);
  const { seconds, messages: messagesADay, online, devices, days: keptDays } = options;
  const habits: Habits = { ...usualHabits, messagesADay, online: online / percent, devices, keptDays };
  const room = roomOf(config);
  const costs = await measureCosts(resolve(config.data), seconds);
  const bounds = boundsOf(costs, habits, room);
  const text = options.json ? JSON.stringify({ costs, habits, room, bounds }) : present({ costs, habits, room, bounds });
  process.stdout.write(`${text}\n`);
}

function roomOf({ data, socketsMax }: Config): Room {
  const { bavail, bsize } = statfsSync(dirname(resolve(data)));
  return {
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
    diskBytes: bavail * bsize,
    sockets: socketsMax,
  };
}

type Found = { readonly costs: Costs; readonly habits: Habits; readonly room: Room; readonly bounds: readonly Bound[] };

function present({ costs, habits, room, bounds }: Found): string {
  const [first, ...later] = bounds;
  const { messagesADay, busiestHour, online, devices, keptDays } = habits;
  const rows = peopleShown.map((people) => {
    const load = loadOf(people, costs, habits, room);
    const cell = (of: Bound['of']) => presentShare(load[of]).padStart(of.length);
    return `${count(people).padStart(11)}  ${busiestRate(people, habits).toFixed(1).padStart(10)}  ${cell('serving thread')}  ${cell('memory').padStart(8)}  ${cell('sockets').padStart(8)}  ${cell('disk').padStart(8)}`;
  });
  return [
    'measured here, with a server of its own and embedded storage:',
    `  a message      ${costs.messageUs.toFixed(0)} µs of CPU and ${costs.deliveryUs.toFixed(1)} µs for each further device, ${costs.messageBytes.toFixed(0)} bytes; durable and answered in ${costs.answerMs.p50.toFixed(1)} ms (p99 ${costs.answerMs.p99.toFixed(1)})`,
    `  a connection   ${(costs.connectionBytes / 1_000).toFixed(1)} kB`,
    `assumed of a person: ${messagesADay} messages a day, ${busiestHour * percent} % of them in the busiest hour; ${Math.round(online * percent)} % are connected then, a message goes to ${devices} devices and is kept for ${keptDays} days`,
    '',
    `${'people'.padStart(11)}  messages/s  serving thread    memory   sockets      disk`,
    ...rows,
    '',
    `this machine carries about ${count(first?.people ?? 0)} people; then the ${first?.of} is used up: ${first ? remedies[first.of] : ''}`,
    ...later.map(({ of, people }) => `  the ${of}: ${count(people)}`),
  ].join('\n');
}

function presentShare(share: number): string {
  if (share > 10) return 'broken';
  return `${(share * percent).toFixed(share < 0.1 ? 1 : 0)} %${share > 1 ? ' !' : ''}`;
}

const count = (people: number): string => people.toLocaleString('en');
