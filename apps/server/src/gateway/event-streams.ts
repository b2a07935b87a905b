import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Environment } from '@parlour/core/environment';
import { type Refusal, refuse } from '@parlour/core/errors';
import { idPattern } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Notice, StreamId } from '../ports/bus.ts';
import { RateLimit } from '../usecases/rate-limit.ts';
import { Connection } from './connection.ts';
import type { GatewayTools } from './gateway-tools.ts';
import type { Hub } from './hub.ts';
import type { Transport } from './outgoing.ts';
import type { FrameBatch } from './shared-frame.ts';

const streamPath = '/v1/stream';
const streamHeader = 'parlour-stream';
const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  // Proxies that collect answers before they pass them on do not collect this one.
  'x-accel-buffering': 'no',
};
/** How long what was said last may take to be taken, before the stream ends without it. */
const closeTimeoutMs = 2_000;
/** What is said into streams that are not held here goes to all other nodes; from one address no more than this. */
const passedOn = { perSecond: 100, burst: 500, keysMax: 10_000 } as const;

type RefusalWithWait = Refusal & { readonly retryAfterMs?: number };

export type EventStreamOptions = {
  readonly app: FastifyInstance;
  readonly hub: Hub;
  readonly tools: GatewayTools;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly sendRefusal: (reply: FastifyReply, refusal: RefusalWithWait) => FastifyReply;
};

/**
 * [STREAM-1] Connections for whom no WebSocket passes: what comes is one long answer of server-sent events, what goes are requests. These may come
 * to any node: one that does not hold the stream passes them on by the bus.
 */
export function serveEventStreams({ app, hub, tools, addressOf, sendRefusal }: EventStreamOptions): EventStreams {
  const streams = new EventStreams(hub, tools);
  const limit = new RateLimit<string>({ ...passedOn, monotonic: tools.environment.monotonic });
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: limits.frameSizeBytesMax }, async (_request: unknown, body: Buffer) => {
      try {
        return utf8.decode(body);
      } catch {
        throw Object.assign(new Error('the body is not UTF-8'), { statusCode: 400 });
      }
    });
    const route = { url: streamPath, config: { routeName: 'stream' } };
    scope.route({
      ...route,
      method: 'GET',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const id = streamIdOf(request);
        const address = addressOf(request.raw);
        const refused = hub.admits(address);
        if (!id || streams.holds(id)) return sendRefusal(reply, refuse('malformed', { in: 'headers', field: streamHeader }));
        if (refused) return sendRefusal(reply, { ...refuse(refused), retryAfterMs: 1_000 });
        reply.hijack();
        request.raw.socket.setNoDelay(true);
        reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...streamHeaders });
        await streams.open(id, reply.raw, address);
      },
    });
    scope.route({
      ...route,
      method: ['POST', 'DELETE'],
      handler: async (request, reply) => {
        const id = streamIdOf(request);
        if (!id) return sendRefusal(reply, refuse('malformed', { in: 'headers', field: streamHeader }));
        const waitMs = streams.holds(id) ? 0 : limit.take(addressOf(request.raw), 1);
        if (waitMs > 0) return sendRefusal(reply, { ...refuse('too_many_requests'), retryAfterMs: waitMs });
        const texts = typeof request.body === 'string' && request.body !== '' ? request.body.split('\n') : [];
        if (texts.length > limits.framesPerPostMax)
          return sendRefusal(reply, refuse('malformed', { in: 'body', reason: 'too many lines' }));
        const refusal = streams.say({ stream: id, texts, isEnd: request.method === 'DELETE' });
        return refusal ? sendRefusal(reply, refusal) : reply.code(204).send();
      },
    });
  });
  return streams;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whoever knows it speaks as the client, so it stands in no address, which others write down. */
function streamIdOf({ headers }: FastifyRequest): StreamId | null {
  const id = headers[streamHeader];
  return typeof id === 'string' && idPattern.test(id) ? id : null;
}

type Said = Omit<Extract<Notice, { notice: 'stream' }>, 'notice'>;
type Held = { readonly connection: Connection; readonly transport: StreamTransport };

/** The event streams of this node, and the way to those of others. */
export class EventStreams {
  readonly #hub: Hub;
  readonly #tools: GatewayTools;
  readonly #held = new Map<StreamId, Held>();
  readonly #unsubscribe: () => void;

  constructor(hub: Hub, tools: GatewayTools) {
    this.#hub = hub;
    this.#tools = tools;
    this.#unsubscribe = tools.bus.subscribe((notice) => {
      if (notice.notice === 'stream') this.#take(notice);
    });
  }

  get openCount(): number {
    return this.#held.size;
  }

  holds(id: StreamId): boolean {
    return this.#held.has(id);
  }

  async open(id: StreamId, response: ServerResponse, address: string): Promise<void> {
    // Of whoever is gone already nobody says any more that they go.
    if (response.destroyed) return;
    const { bus } = this.#tools;
    const transport = new StreamTransport(response, this.#tools.environment);
    const connection = new Connection({ address, hub: this.#hub, tools: this.#tools, transport });
    this.#hub.accept(connection);
    this.#held.set(id, { connection, transport });
    const unfollow = bus.isShared ? bus.follow(`stream.${id}`) : null;
    response.on('close', () => {
      this.#held.delete(id);
      unfollow?.();
      connection.closed(transport.isDone);
    });
    // What is said to another node from now on comes here.
    if (unfollow) await bus.settled();
    transport.begin();
  }

  /** @returns why it cannot be taken, if so */
  say(said: Said): RefusalWithWait | null {
    if (this.#take(said)) return null;
    const { bus } = this.#tools;
    if (!bus.isShared) return refuse('not_found');
    if (bus.isBroken) return { ...refuse('too_busy'), retryAfterMs: 1_000 };
    bus.publish({ notice: 'stream', ...said }, () => [`stream.${said.stream}`]);
    return null;
  }

  stop(): void {
    this.#unsubscribe();
  }

  #take({ stream, texts, isEnd }: Said): boolean {
    const held = this.#held.get(stream);
    if (!held) return false;
    const { connection, transport } = held;
    connection.sign();
    for (const text of texts) connection.receive(text);
    if (isEnd) transport.finish();
    return true;
  }
}

/** [STREAM-2] */
class StreamTransport implements Transport {
  /** Both sides know that it ends. */
  isDone = false;
  readonly #response: ServerResponse;
  readonly #environment: Environment;

  constructor(response: ServerResponse, environment: Environment) {
    this.#response = response;
    this.#environment = environment;
  }

  begin(): void {
    this.#write('event: open\ndata: {}\n\n');
  }

  bufferedBytes(): number {
    return this.#response.writableLength;
  }

  write(batch: FrameBatch): void {
    // JSON has no line breaks of its own.
    this.#write(batch.frames.map(({ text }) => `data: ${text}\n\n`).join(''));
  }

  ping(): void {
    this.#write('event: ping\ndata: {}\n\n');
  }

  close(code: number, reason: string): void {
    this.#write(`event: close\ndata: ${JSON.stringify({ code, reason })}\n\n`);
    this.finish();
  }

  finish(): void {
    this.isDone = true;
    this.#response.end();
    const cancel = this.#environment.timer(closeTimeoutMs, () => this.#response.destroy());
    this.#response.once('close', cancel);
  }

  destroy(): void {
    this.#response.destroy();
  }

  #write(text: string): void {
    if (!this.#response.writableEnded && !this.#response.destroyed) this.#response.write(text);
  }
}
