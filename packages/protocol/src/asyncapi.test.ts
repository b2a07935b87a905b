import { Parser } from '@asyncapi/parser';
import { describe, expect, test } from 'vitest';
import { makeAsyncApi } from './asyncapi.ts';
import { clientFrames } from './client-frame.ts';
import { serverFrames } from './server-frame.ts';

const frameCount = Object.keys(clientFrames).length + Object.keys(serverFrames).length;

describe('AsyncAPI', () => {
  test.each([{}, { host: '127.0.0.1:7420' }])('[SPEC-2] is valid by the parser of its authors, and has every frame: %o', async (place) => {
    const parser = new Parser();
    const { document, diagnostics } = await parser.parse(JSON.stringify(makeAsyncApi({ version: '1.2.3', ...place })));
    const errors = diagnostics.filter(({ severity }) => severity === 0).map(({ message, path }) => `${path.join('.')}: ${message}`);
    expect(errors).toEqual([]);
    expect(document?.messages().all()).toHaveLength(frameCount);
    expect(document?.info().version()).toBe('1.2.3');
  });

  test('[SPEC-2] a broken description is seen', async () => {
    const { operations: _, ...broken } = makeAsyncApi({ version: '1' });
    const { diagnostics } = await new Parser().parse(JSON.stringify({ ...broken, channels: { socket: { messages: 7 } } }));
    expect(diagnostics.some(({ severity }) => severity === 0)).toBe(true);
  });

  test('[SPEC-2] every frame of the server is an answer or news', () => {
    const { operations } = makeAsyncApi({ version: '1' });
    const used = JSON.stringify(operations);
    for (const kind of Object.keys(clientFrames)) expect(used).toContain(`/messages/client_${kind}"`);
    for (const kind of Object.keys(serverFrames)) expect(used).toContain(`/messages/server_${kind}"`);
  });
});
