import type { BusCounters } from './adapters/nats/nats-bus.ts';
import type { Sample } from './http/metrics.ts';

/** What the bus has counted, as the metrics present it. */
export function busSamples({ counters, isBroken }: { readonly counters: BusCounters; readonly isBroken: boolean }): Sample[] {
  const counter = (name: Sample['name'], help: string, value: number): Sample => ({ name, help, type: 'counter', value });
  return [
    { name: 'parlour_bus_connected', help: 'Whether the bus is there.', type: 'gauge', value: isBroken ? 0 : 1 },
    counter('parlour_bus_published_total', 'Messages given to the bus.', counters.published),
    counter('parlour_bus_dropped_total', 'Notices that the bus did not take; the others are told by the sweeper.', counters.dropped),
    counter('parlour_bus_shortened_total', 'Notices too long for the bus, of which the head was told.', counters.shortened),
    counter('parlour_bus_heard_total', 'Notices heard of other servers.', counters.heard),
    counter('parlour_bus_repeated_total', 'Copies of notices that were heard already.', counters.repeated),
    counter('parlour_bus_malformed_total', 'Messages on the bus that were none of ours.', counters.malformed),
    counter('parlour_bus_gaps_total', 'Times that notices may have been missed, and everybody was told to sync.', counters.gaps),
  ];
}
