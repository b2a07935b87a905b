export type Sizes = {
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly openLoopPerSecond: number;
  readonly receivers: number;
  readonly fanOutWarmUpRounds: number;
  readonly idleWarmUpClients: number;
  readonly idleClients: number;
  readonly settleRounds: number;
  readonly returningWarmUpClients: number;
  readonly returningClients: number;
  readonly historyMessages: number;
  readonly fewConversations: { readonly conversations: number; readonly sockets: number };
  readonly manyConversations: { readonly conversations: number; readonly sockets: number };
  readonly newDeviceConversations: number;
  /** What grows in `npm run scale`, step by step. */
  readonly growth: {
    readonly stored: readonly number[];
    readonly online: readonly number[];
    readonly members: { readonly online: number; readonly of: readonly number[] };
    readonly devices: readonly number[];
    readonly nodes: readonly number[];
  };
  readonly web: {
    readonly conversations: number;
    readonly messages: number;
    readonly rounds: number;
    readonly keys: number;
    readonly scrollMs: number;
  };
};

const full: Sizes = {
  warmUpMs: 2_000,
  measureMs: 6_000,
  openLoopPerSecond: 2_000,
  receivers: 1_000,
  fanOutWarmUpRounds: 60,
  idleWarmUpClients: 500,
  idleClients: 5_000,
  settleRounds: 15,
  returningWarmUpClients: 1_000,
  returningClients: 5_000,
  historyMessages: 1_000_000,
  fewConversations: { conversations: 50, sockets: 400 },
  manyConversations: { conversations: 10_000, sockets: 100 },
  newDeviceConversations: 1_000,
  growth: {
    stored: [10_000, 100_000, 1_000_000],
    online: [2, 10, 100, 1_000],
    members: { online: 100, of: [100, 1_000, 10_000] },
    devices: [1, 2, 4, 8],
    nodes: [1, 2, 3],
  },
  web: { conversations: 1_000, messages: 100_000, rounds: 12, keys: 100, scrollMs: 5_000 },
};

/** Seconds in place of a minute: the same work under the same checks, and figures that compare with nothing. */
const quick: Sizes = {
  warmUpMs: 200,
  measureMs: 600,
  openLoopPerSecond: 300,
  receivers: 60,
  fanOutWarmUpRounds: 5,
  idleWarmUpClients: 20,
  idleClients: 100,
  settleRounds: 1,
  returningWarmUpClients: 40,
  returningClients: 200,
  historyMessages: 20_000,
  fewConversations: { conversations: 50, sockets: 40 },
  manyConversations: { conversations: 400, sockets: 20 },
  newDeviceConversations: 300,
  growth: { stored: [100], online: [10], members: { online: 5, of: [20] }, devices: [2], nodes: [2] },
  web: { conversations: 40, messages: 2_000, rounds: 4, keys: 10, scrollMs: 500 },
};

export const isQuick = process.argv.includes('--quick');

/** How much each workload does. */
export const sizes = isQuick ? quick : full;
