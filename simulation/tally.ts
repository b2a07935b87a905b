import type { SimulationReport } from './simulation.ts';

/** What many worlds came to. */
export class Tally {
  readonly counters = new Map<string, number>();
  seedCount = 0;
  failedCount = 0;
  eventCount = 0;
  messageCount = 0;
  simulatedMs = 0;

  add(report: SimulationReport): void {
    this.seedCount++;
    if (report.violation) this.failedCount++;
    this.eventCount += report.eventCount;
    this.messageCount += report.messageCount;
    this.simulatedMs += report.simulatedMs;
    for (const [name, times] of report.counters) this.counters.set(name, (this.counters.get(name) ?? 0) + times);
  }

  present(realSeconds: number): string {
    const counted = [...this.counters]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, times]) => `${String(times).padStart(9)} ${name}`);
    const hours = this.simulatedMs / 3_600_000;
    return [
      ...counted,
      `${this.seedCount} seeds, ${this.failedCount} failed; ${this.eventCount} events, ${this.messageCount} messages, ${hours.toFixed(2)} simulated hours in ${realSeconds.toFixed(1)} s`,
      `${Math.round(this.eventCount / realSeconds)} events a second, ${((hours * 60) / realSeconds).toFixed(2)} simulated hours a minute`,
    ].join('\n');
  }
}
