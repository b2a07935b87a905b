/** What a run of real crashes, of one server or of several and their engines, came to, to be kept. */
export type CrashFigures = {
  readonly seed: number;
  readonly seconds: number;
  readonly violations: number;
  readonly rows: readonly (readonly [what: string, count: number])[];
};
