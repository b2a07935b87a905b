import assert from 'node:assert/strict';
import { Device, genesis, type Result } from '../device.ts';
import { openLine } from '../open-line.ts';
import { rule, type Section } from '../rule-case.ts';
import { waitAsTold } from '../waiting.ts';

/** Longer than what an operator needs to make room on a disk. */
const resumeMs = 60_000;

/** Which of the two it is depends on whether it is known that nothing was written. */
function isAway(result: Result | undefined): boolean {
  return result !== undefined && 'error' in result && (result.error === 'storage_unavailable' || result.error === 'too_busy');
}

/** What takes something from the server that everybody else needs, so it comes last. */
export const operatorsHand: Section = {
  name: "the operator's hand",
  last: true,
  cases: [
    rule(
      '[OWN-4] while the storage takes no writes nothing is acknowledged; afterwards the same operations go through, once',
      async (place) => {
        const operator = place.operator('its storage must refuse writes for a while', 'refuse-writes');
        const ada = await place.person('ada');
        using device = await Device.enter(ada);
        const conversation = await device.openDirect(ada);
        const operations = [1, 2, 3].map((count) => device.message(`while it takes nothing ${count}`, genesis));
        await operator.refuseWrites();
        try {
          const results = await device.send(conversation, operations);
          assert.ok(
            results.every((result) => 'error' in result && result.retryable),
            JSON.stringify(results),
          );
          assert.ok(isAway(results[0]), JSON.stringify(results));
          const texts = (await device.pull(conversation, 1, 10_000, { end: 'last' })).entries.map(({ body }) => JSON.stringify(body));
          assert.ok(!texts.some((text) => text.includes('while it takes nothing')));
        } finally {
          await operator.takeWrites();
        }
        let results = await device.send(conversation, operations);
        for (const endMs = performance.now() + resumeMs; results.some(isAway) && performance.now() < endMs; ) {
          const [first] = results;
          await waitAsTold((first && 'retryAfterMs' in first && first.retryAfterMs) || 100);
          results = await device.send(conversation, operations);
        }
        const seqs = results.map((result) => ('seq' in result ? result.seq : null));
        assert.ok(
          seqs.every((seq) => seq !== null),
          JSON.stringify(results),
        );
        const { entries } = await device.pull(conversation, seqs[0] ?? 1, (seqs[2] ?? 1) + 1);
        assert.deepEqual(
          entries.map(({ n }) => n),
          operations.map(({ n }) => n),
        );
      },
    ),

    rule('[DRAIN-1] a server that goes down says so with the time to come back after, and closes with 4002', async (place) => {
      const operator = place.operator('the server must be stopped', 'stop');
      const ada = await place.person('ada');
      using one = await Device.enter(ada);
      using other = await Device.enter(ada);
      using silent = await openLine(place);
      const stopped = operator.stop();
      for (const device of [one, other]) {
        const { reconnectAfterMs } = await device.news('draining');
        assert.ok(reconnectAfterMs >= 0);
        assert.equal(await device.socket.closed(), 4002);
        const last = device.frames().at(-1);
        assert.deepEqual([last?.kind, last?.kind === 'error' && last.retryAfterMs], ['error', reconnectAfterMs]);
      }
      assert.equal(await silent.closed(), 4002);
      await stopped;
    }),
  ],
};
