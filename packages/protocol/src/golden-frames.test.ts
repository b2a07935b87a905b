import { describe, expect, test } from 'vitest';
import { clientFrame, clientFrames } from './client-frame.ts';
import clientExamples from './golden/client-frames.json' with { type: 'json' };
import refusedExamples from './golden/refused-frames.json' with { type: 'json' };
import serverExamples from './golden/server-frames.json' with { type: 'json' };
import { serverFrame, serverFrames } from './server-frame.ts';

const examplesOf = (byKind: object): [string, unknown][] =>
  Object.entries(byKind).flatMap(([kind, frames]: [string, unknown[]]) => frames.map((frame): [string, unknown] => [kind, frame]));

describe('golden frames', () => {
  test('[SPEC-3] there is an example of every frame', () => {
    expect(Object.keys(clientExamples).sort()).toEqual(Object.keys(clientFrames).sort());
    expect(Object.keys(serverExamples).sort()).toEqual(Object.keys(serverFrames).sort());
    for (const frames of Object.values({ ...clientExamples, ...serverExamples })) expect(frames.length).toBeGreaterThan(0);
  });

  test.each(examplesOf(clientExamples))('[SPEC-3] a client may still send this %s', (kind, frame) => {
    expect(clientFrame.parse(frame)).toEqual(frame);
    expect(frame).toHaveProperty('kind', kind);
  });

  test.each(examplesOf(serverExamples))('[SPEC-3] a server may still send this %s', (kind, frame) => {
    expect(serverFrame.parse(frame)).toEqual(frame);
    expect(frame).toHaveProperty('kind', kind);
  });

  test('[SPEC-3] a text has up to 16,000 characters', () => {
    const [first] = clientExamples.send;
    const withText = (length: number) => ({ ...first, operations: [{ ...first?.operations[0], body: { text: 'ü'.repeat(length) } }] });
    expect(clientFrame.safeParse(withText(16_000)).success).toBe(true);
    expect(clientFrame.safeParse(withText(16_001)).success).toBe(false);
  });

  test.each(refusedExamples)('[SPEC-3] refused: $wrong', ({ frame, at }) => {
    const { error } = clientFrame.safeParse(frame);
    expect(error?.issues.map(({ path }) => path.join('.'))).toContain(at);
  });
});
