import { limits } from '@parlour/core/limits';

/** What one client asks for at once and keeps. A program may choose its own, within what the server takes. */
export type ClientLimits = {
  /** Operations in one `send`. */
  readonly operationsPerSendMax: number;
  /** Entries asked for in one pull. */
  readonly entriesPerRangeMax: number;
  /** A longer gap is not filled: the tail begins anew at the log's end, and what lies between is paged when somebody looks. */
  readonly gapMax: number;
  /** Entries asked for where the tail begins anew. */
  readonly tailLengthBegun: number;
  /** Entries kept of one conversation; when there are more, the older ones are forgotten, down to `tailLengthKept`. */
  readonly tailLengthMax: number;
  readonly tailLengthKept: number;
};

export const usualClientLimits: ClientLimits = {
  operationsPerSendMax: limits.operationsPerSendMax,
  entriesPerRangeMax: limits.entriesPerRangeMax,
  gapMax: 200,
  tailLengthBegun: 50,
  tailLengthMax: 500,
  tailLengthKept: 300,
};
