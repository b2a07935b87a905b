/** One number, as Prometheus reads it. */
export type Sample = {
  readonly name: `parlour_${string}`;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
};

/** Upper bounds of what a request took, in milliseconds. */
const bucketsMs = [1, 5, 25, 100, 500, 2_500] as const;

type Requests = { count: number; sumMs: number; readonly buckets: number[] };

/** What the server counts. Parts that keep their own counters are asked for them when somebody looks. */
export class Metrics {
  readonly #requests = new Map<string, Requests>();
  readonly #sources: Array<() => readonly Sample[]> = [];

  addSource(source: () => readonly Sample[]): void {
    this.#sources.push(source);
  }

  /** @param route a name of the table, never a path: paths are without end */
  countRequest(route: string, status: number, durationMs: number): void {
    const key = `route="${route}",status="${status}"`;
    const requests = this.#requests.get(key) ?? { count: 0, sumMs: 0, buckets: bucketsMs.map(() => 0) };
    this.#requests.set(key, requests);
    requests.count += 1;
    requests.sumMs += durationMs;
    for (const [index, boundMs] of bucketsMs.entries())
      if (durationMs <= boundMs) requests.buckets[index] = (requests.buckets[index] ?? 0) + 1;
  }

  /** Prometheus' text format, version 0.0.4. */
  present(): string {
    const lines: string[] = [];
    const described = new Set<string>();
    for (const { name, help, type, value, labels } of this.#sources.flatMap((source) => source())) {
      if (!described.has(name)) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      described.add(name);
      const text = Object.entries(labels ?? {}).map(([label, content]) => `${label}=${JSON.stringify(content)}`);
      lines.push(`${name}${text.length === 0 ? '' : `{${text.join(',')}}`} ${value}`);
    }
    lines.push('# HELP parlour_http_request_seconds What requests took.', '# TYPE parlour_http_request_seconds histogram');
    for (const [key, { count, sumMs, buckets }] of this.#requests) {
      for (const [index, boundMs] of bucketsMs.entries())
        lines.push(`parlour_http_request_seconds_bucket{${key},le="${boundMs / 1_000}"} ${buckets[index]}`);
      lines.push(`parlour_http_request_seconds_bucket{${key},le="+Inf"} ${count}`);
      lines.push(`parlour_http_request_seconds_sum{${key}} ${sumMs / 1_000}`, `parlour_http_request_seconds_count{${key}} ${count}`);
    }
    return `${lines.join('\n')}\n`;
  }
}
