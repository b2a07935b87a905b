import { defineConfig } from 'vitest/config';

const processTests = '**/*.process.test.ts';
const browserTests = '**/*.browser.test.ts';
const firefoxTests = '**/*.firefox.test.ts';
const postgresTests = '**/*.postgres.test.ts';
const natsTests = '**/*.nats.test.ts';
const webkitTests = '**/*.webkit.test.ts';
const notOurs = ['**/node_modules/**', '**/dist/**'];
const minuteMs = 60_000;
/** How long to wait before something is called broken. No promise of ours: machines that have other things to do take many times as long. */
const patience = (minutes: number) => ({
  testTimeout: minutes * minuteMs,
  hookTimeout: minutes * minuteMs,
  expect: { poll: { timeout: minuteMs } },
});

/** What each suite needs: `rules` and `unit` nothing, `process` real server processes, `browser` a Chromium, `firefox` a Firefox, `postgres` a PostgreSQL, `nats` that and a NATS, `webkit` a WebKit; `cluster` is what people do in the mode of a cluster: the same tests as in `browser` and `process`. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { name: 'rules', include: ['tools/**/*.test.ts'], ...patience(2) } },
      {
        test: {
          name: 'unit',
          include: ['{packages,apps,simulation,testkit,bench,conformance}/**/*.test.{ts,tsx}'],
          exclude: [...notOurs, processTests, browserTests, firefoxTests, postgresTests, natsTests, webkitTests],
          ...patience(2),
        },
      },
      {
        test: {
          name: 'process',
          include: [processTests],
          exclude: notOurs,
          globalSetup: 'tools/build-web.ts',
          fileParallelism: false,
          ...patience(6),
        },
      },
      {
        test: {
          name: 'browser',
          include: [browserTests],
          exclude: notOurs,
          globalSetup: 'tools/build-web.ts',
          fileParallelism: false,
          ...patience(6),
        },
      },
      {
        test: {
          name: 'firefox',
          include: [firefoxTests],
          exclude: notOurs,
          globalSetup: 'tools/build-web.ts',
          fileParallelism: false,
          ...patience(6),
        },
      },
      {
        test: {
          name: 'postgres',
          include: [postgresTests],
          exclude: notOurs,
          globalSetup: ['tools/build-web.ts', 'testkit/postgres-for-suite.ts'],
          ...patience(6),
        },
      },
      {
        test: {
          name: 'nats',
          include: [natsTests],
          exclude: notOurs,
          globalSetup: ['tools/build-web.ts', 'testkit/postgres-for-suite.ts', 'testkit/nats-for-suite.ts'],
          fileParallelism: false,
          ...patience(6),
        },
      },
      {
        test: {
          name: 'cluster',
          include: [browserTests, 'tests/{bot,conformance,event-stream,script,tls}.process.test.ts'],
          exclude: notOurs,
          env: { SUITE_MODE: 'cluster' },
          globalSetup: ['tools/build-web.ts', 'testkit/cluster-for-suite.ts'],
          fileParallelism: false,
          ...patience(6),
        },
      },
      {
        test: {
          name: 'webkit',
          include: [webkitTests],
          exclude: notOurs,
          globalSetup: 'tools/build-web.ts',
          fileParallelism: false,
          ...patience(6),
        },
      },
    ],
  },
});
