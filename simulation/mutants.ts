import { StorageFailure } from '@parlour/core/errors';
import type { LogStore, RecentRow } from '../apps/server/src/ports/log-store.ts';
import type { Mutant } from './server-actor.ts';

/** Deliberate defects of the delivery design, each put in at a port: what ships knows nothing of them. */
export const mutants: Readonly<Record<string, Mutant>> = {
  /** What a crash then takes away was acknowledged. */
  'acknowledges before the commit': {
    logStore: (store, actor) =>
      over(store, {
        commit: async (commit) => {
          actor.later(150, 'late commit', () => void store.commit(commit).catch(() => {}));
          return commit.appends.map(() => 'ok');
        },
      }),
  },
  'takes an unknown outcome for success': {
    logStore: (store) =>
      over(store, {
        commit: async (commit) => {
          try {
            return (await store.commit(commit)).map((outcome) => (outcome === 'unknown' ? 'ok' : outcome));
          } catch (failure) {
            if (failure instanceof StorageFailure && failure.outcome === 'unknown') return commit.appends.map(() => 'ok');
            throw failure;
          }
        },
      }),
  },
  'never tells a head again': {
    bus: (bus) => ({
      publish: (notice) => {
        if (notice.notice !== 'head') bus.publish(notice);
      },
      subscribe: (receiver) => bus.subscribe(receiver),
    }),
  },
  'counts one’s own messages as unread': {
    logStore: (store) => {
      const naive = (row: RecentRow): RecentRow => ({ ...row, sentMine: 0 as RecentRow['sentMine'] });
      return over(store, {
        loadRows: async (...of) => (await store.loadRows(...of)).map(naive),
        loadRecent: async (...of) => (await store.loadRecent(...of)).map(naive),
      });
    },
  },
  'recognises an operation only while it remembers it': {
    logStore: (store) => over(store, { findOperation: async () => null, loadMarks: async () => [] }),
  },
};

function over(store: LogStore, replaced: Partial<LogStore>): LogStore {
  return { ...store, ...replaced };
}
