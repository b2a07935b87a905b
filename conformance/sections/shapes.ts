import assert from 'node:assert/strict';
import { makeAsyncApi } from '@parlour/protocol/asyncapi';
import clientExamples from '../../packages/protocol/src/golden/client-frames.json' with { type: 'json' };
import refusedExamples from '../../packages/protocol/src/golden/refused-frames.json' with { type: 'json' };
import { Device, genesis, wrongChain } from '../device.ts';
import { newId } from '../person.ts';
import { rule, type Section } from '../rule-case.ts';

/** Ids, positions, and the description of all this that the server gives. */
export const shapes: Section = {
  name: 'shapes',
  cases: [
    rule('[ID-1] the least and the greatest id are ids', async (place) => {
      using device = await Device.enter(await place.person('ada'));
      for (const person of ['0'.repeat(26), `7${'z'.repeat(25)}`]) {
        assert.equal((await device.refused({ kind: 'open', person })).code, 'person_not_found');
      }
    }),

    rule('[ID-1] [FRAME-1] what is nearly an id is none', async (place) => {
      const ada = await place.person('ada');
      const wrong = [
        `8${'0'.repeat(25)}`,
        '0'.repeat(25),
        '0'.repeat(27),
        newId().toUpperCase(),
        `0${'i'.repeat(25)}`,
        `0${'u'.repeat(25)}`,
        '',
      ];
      for (const person of wrong) {
        using device = await Device.enter(ada);
        device.say({ kind: 'open', id: 1, person });
        assert.equal(await device.socket.closed(), 4200, `"${person}" was taken`);
        const asked = await ada.call('loadPerson', { params: { person: person || '-' } });
        assert.equal(asked.code, 'malformed', `"${person}" was taken in a path`);
      }
    }),

    rule('[ID-2] [OP-2] a chain of the right form that is none of this log is told from one of a wrong form', async (place) => {
      const ada = await place.person('ada');
      using device = await Device.enter(ada);
      const conversation = await device.openDirect(ada);
      const [result] = await device.send(conversation, [device.message('x', { seq: 1, chain: wrongChain })]);
      assert.ok(result && 'error' in result && result.error === 'diverged', JSON.stringify(result));
      for (const chain of ['A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}B`, `${'A'.repeat(21)}=`, `${'+'.repeat(21)}A`]) {
        using other = await Device.enter(ada);
        other.say({ kind: 'send', id: 1, conversation, operations: [other.message('x', { seq: 1, chain })] });
        assert.equal(await other.socket.closed(), 4200, `"${chain}" was taken`);
      }
    }),

    rule('[ID-3] 0 and its chain stand before every log, and no other chain does', async (place) => {
      const ada = await place.person('ada');
      using device = await Device.enter(ada);
      const conversation = await device.openDirect(ada);
      await device.place(conversation, device.message('after nothing', genesis));
      const [refused] = await device.send(conversation, [device.message('x', { seq: 0, chain: wrongChain })]);
      assert.ok(refused && 'error' in refused && refused.error === 'diverged', JSON.stringify(refused));
      assert.deepEqual((await device.pull(conversation, 1, 2)).previous, genesis);
    }),

    rule('[SPEC-1] the server describes the schemas of this specification, and no others', async (place) => {
      const { info, components } = (await described(place.url, 'asyncapi')) as { info: { version: string }; components: unknown };
      assert.deepEqual(components, JSON.parse(JSON.stringify(makeAsyncApi({ version: info.version }).components)));
    }),

    rule('[SPEC-2] AsyncAPI and OpenAPI are served', async (place) => {
      assert.match(String(((await described(place.url, 'asyncapi')) as { asyncapi: string }).asyncapi), /^3\.0\./);
      const { openapi, paths } = (await described(place.url, 'openapi')) as { openapi: string; paths: object };
      assert.match(openapi, /^3\.1\./);
      assert.ok('/v1/conversations/{conversation}/entries' in paths);
    }),

    rule('[SPEC-3] every example of a frame is taken as one', async (place) => {
      const ada = await place.person('ada');
      for (const [kind, examples] of Object.entries(clientExamples)) {
        if (kind === 'hello') continue;
        for (const example of examples as object[]) {
          using device = await Device.enter(ada);
          device.say(example);
          await settled(device);
          const said = JSON.stringify(device.frames().slice(1));
          assert.ok(!device.socket.isClosed && device.socket.closeCode() === null, `${kind} ended the connection: ${said}`);
        }
      }
    }),

    rule(
      '[SPEC-3] [FRAME-1] every example of what is no frame ends the connection with 4200, a kind nobody knows with 4201',
      async (place) => {
        const ada = await place.person('ada');
        for (const { wrong, frame } of refusedExamples as { wrong: string; frame: { kind?: string } }[]) {
          using device = await Device.enter(ada);
          device.say(frame);
          const isUnknown = typeof frame.kind === 'string' && !Object.hasOwn(clientExamples, frame.kind);
          assert.equal(await device.socket.closed(), isUnknown ? 4201 : 4200, wrong);
        }
      },
    ),
  ],
};

async function described(url: string, what: 'asyncapi' | 'openapi'): Promise<unknown> {
  const answer = await fetch(`${url}/v1/${what}.json`);
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/json; charset=utf-8']);
  return answer.json();
}

/** Waits for a ping of its own: the example may have had any number as its id. */
async function settled(device: Device): Promise<void> {
  const id = 900_000_001;
  device.say({ kind: 'ping', id });
  await device.socket.until(
    'pong',
    () => device.socket.closeCode() !== null || device.frames().some((frame) => 're' in frame && frame.re === id),
  );
}
