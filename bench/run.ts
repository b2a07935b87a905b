import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Result } from './measure.ts';
import { isQuick } from './sizes.ts';
import { workloadA } from './workload-a.ts';
import { workloadB } from './workload-b.ts';
import { workloadC } from './workload-c.ts';
import { workloadD } from './workload-d.ts';
import { workloadE } from './workload-e.ts';
import { workloadLogins } from './workload-logins.ts';
import { workloadPostgres } from './workload-postgres.ts';
import { workloadSync } from './workload-sync.ts';
import { workloadWeb } from './workload-web.ts';

const workloads: Readonly<Record<string, () => Promise<Result[]>>> = {
  A: workloadA,
  B: workloadB,
  C: workloadC,
  D: workloadD,
  E: workloadE,
  postgres: workloadPostgres,
  sync: workloadSync,
  logins: workloadLogins,
  web: workloadWeb,
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' }, quick: { type: 'boolean' } } });
if (isQuick) console.log('a quick run: every check is on, and the figures compare with nothing');
const chosen = positionals.length > 0 ? positionals : Object.keys(workloads);
const results: Result[] = [];
for (const name of chosen) {
  const workload = workloads[name];
  if (!workload) {
    console.error(`cannot run ${name}: the workloads are ${Object.keys(workloads).join(', ')}`);
    process.exit(2);
  }
  for (const each of await workload()) {
    results.push(each);
    const bar = each.must === null ? '' : `must ${each.must}`;
    const aim = each.aim === null ? '' : `aim ${each.aim}`;
    console.log(
      [
        each.workload.padEnd(16),
        each.metric.padEnd(30),
        String(each.value).padStart(10),
        each.unit.padEnd(9),
        bar.padEnd(14),
        aim.padEnd(12),
        each.ok ? '' : 'MISSED',
      ].join(' '),
    );
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ results }, null, 2)}\n`);
process.exitCode = results.every((each) => each.ok) ? 0 : 1;
