import type { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Hub } from './gateway/hub.ts';
import type { Sample } from './http/metrics.ts';
import type { ConversationOwners } from './owner/conversation-owners.ts';

export type SampleSources = {
  readonly hub: Hub;
  readonly owners: ConversationOwners;
  readonly sendRate: { readonly refusedCount: number };
  readonly evidence: { readonly entryCount: number; readonly underWayCount: number };
  readonly stalls: Pick<ReturnType<typeof monitorEventLoopDelay>, 'max' | 'percentile'>;
};

export function sweeperSamples({ foundCount }: { readonly foundCount: number }): Sample[] {
  const help = 'Commits that another server, or this one, had told nobody of.';
  return [{ name: 'parlour_untold_commits_total', help, type: 'counter', value: foundCount }];
}

export function eventStreamSamples({ openCount }: { readonly openCount: number }): Sample[] {
  return [{ name: 'parlour_event_streams', help: 'Of the connections, those over server-sent events.', type: 'gauge', value: openCount }];
}

/** What the server's parts have counted, as the metrics present it. */
export function serverSamples({ hub, owners, sendRate, evidence, stalls }: SampleSources): Sample[] {
  const { commits, committedEntries, committedMarkers, appendOutcomes, verdicts, unknownResolved } = owners.counters;
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  return [
    { name: 'parlour_connections', help: 'Sockets open now.', type: 'gauge', value: hub.connectionCount },
    { name: 'parlour_deliveries_total', help: 'Runs of entries told to a socket.', type: 'counter', value: hub.deliveredCount },
    { name: 'parlour_commits_total', help: 'Group commits, each with one sync to disk.', type: 'counter', value: commits },
    { name: 'parlour_entries_total', help: 'Entries committed.', type: 'counter', value: committedEntries },
    { name: 'parlour_markers_total', help: 'Markers committed.', type: 'counter', value: committedMarkers },
    ...Object.entries(appendOutcomes).map(
      ([outcome, value]): Sample => ({
        name: 'parlour_appends_total',
        help: 'Appends by their outcome.',
        type: 'counter',
        value,
        labels: { outcome },
      }),
    ),
    ...Object.entries(verdicts).map(
      ([verdict, value]): Sample => ({
        name: 'parlour_operations_total',
        help: 'Operations by what was decided.',
        type: 'counter',
        value,
        labels: { verdict },
      }),
    ),
    ...Object.entries(unknownResolved).map(
      ([found, value]): Sample => ({
        name: 'parlour_unknown_commits_resolved_total',
        help: 'Operations of commits without an answer, by what the log said afterwards.',
        type: 'counter',
        value,
        labels: { found },
      }),
    ),
    { name: 'parlour_sends_limited_total', help: 'Sends refused by the rate limit.', type: 'counter', value: sendRate.refusedCount },
    { name: 'parlour_evidence_entries_total', help: 'Entries exported as evidence.', type: 'counter', value: evidence.entryCount },
    { name: 'parlour_evidence_under_way', help: 'Files of evidence being made now.', type: 'gauge', value: evidence.underWayCount },
    {
      name: 'parlour_conversations_remembered',
      help: 'Conversations whose state is in memory.',
      type: 'gauge',
      value: owners.rememberedCount,
    },
    {
      name: 'parlour_stall_max_seconds',
      help: 'The longest the serving thread was held up since the start.',
      type: 'gauge',
      value: stalls.max / 1e9,
    },
    {
      name: 'parlour_stall_p99_seconds',
      help: 'What 99 in 100 turns of the serving thread stayed under.',
      type: 'gauge',
      value: stalls.percentile(99) / 1e9,
    },
    { name: 'parlour_memory_bytes', help: 'Resident memory.', type: 'gauge', value: memory.rss },
    { name: 'parlour_cpu_seconds_total', help: 'CPU time of all threads.', type: 'counter', value: (cpu.user + cpu.system) / 1e6 },
  ];
}
