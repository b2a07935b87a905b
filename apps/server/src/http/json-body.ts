import { refuse } from '@parlour/core/errors';
import type { FastifyInstance } from 'fastify';
import type { RefusalWithWait } from './usecases.ts';

/** Thrown out of the parser, where a value has nowhere to go. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
  readonly refusal: RefusalWithWait;

  constructor(reason: string) {
    super(reason);
    this.refusal = refuse('malformed', { reason });
  }
}

/** A mark of the byte order is no JSON (RFC 8259, section 8.1), here as on sockets: it is not taken off. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * JSON and nothing else, in true UTF-8. `__proto__` becomes a key like any other, which no schema knows;
 * what a schema does not name is refused by the schema.
 */
export function parseJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined);
    let text: string;
    try {
      text = utf8.decode(body);
    } catch {
      return done(new UnreadableBody('the body is not UTF-8'));
    }
    try {
      done(null, JSON.parse(text));
    } catch {
      done(new UnreadableBody('the body is not JSON'));
    }
  });
}
