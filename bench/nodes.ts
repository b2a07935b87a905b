import type { Result } from './measure.ts';
import { sizes } from './sizes.ts';
import { workloadA } from './workload-a.ts';
import { workloadB } from './workload-b.ts';
import { workloadC } from './workload-c.ts';
import { workloadD } from './workload-d.ts';
import { workloadE } from './workload-e.ts';

/** A workload's figure on so many servers with a PostgreSQL, all on one core together. */
export type NodesRow = Pick<Result, 'workload' | 'metric' | 'unit' | 'value'> & { readonly nodes: number };

/** A to E on one server, two and three, on one PostgreSQL. */
export async function* measureNodes(): AsyncGenerator<NodesRow> {
  for (const nodes of sizes.growth.nodes)
    for (const workload of [workloadA, workloadB, workloadC, workloadD, workloadE])
      for (const { workload: name, metric, unit, value } of await workload({ nodes })) yield { workload: name, metric, unit, value, nodes };
}
