import type * as z from 'zod/mini';
import { type ClientFrameKind, clientFrames } from './client-frame.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { type ServerFrameKind, serverFrames } from './server-frame.ts';
import { protocolVersions } from './version.ts';

type Json = { readonly [key: string]: unknown };
type Reference = { readonly $ref: string };

/** AsyncAPI 3.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0), as far as it is used here. */
export type AsyncApi = {
  readonly asyncapi: '3.0.0';
  readonly info: Json;
  readonly defaultContentType: 'application/json';
  readonly servers?: Json;
  readonly channels: Json;
  readonly operations: Json;
  readonly components: { readonly messages: Readonly<Record<string, Json>> };
};

/** What each frame of a client asks for, and the frame that answers it beside `error`; null where nothing does. */
const requests: Readonly<Record<ClientFrameKind, { readonly summary: string; readonly answer: ServerFrameKind | null }>> = {
  hello: { summary: 'Says who connects, as which replica, in which versions; the first frame', answer: 'welcome' },
  renew: { summary: 'Brings a fresh access token for the open socket', answer: 'renewed' },
  send: { summary: 'Appends operations to one conversation', answer: 'sent' },
  open: { summary: 'Opens the direct conversation with a person', answer: 'opened' },
  create_group: { summary: 'Begins a group', answer: 'opened' },
  pull: { summary: 'Reads a range of a log', answer: 'range' },
  sync: { summary: 'Compares what the replica holds with what is', answer: 'synced' },
  list: { summary: 'Reads a page of conversations', answer: 'listed' },
  look_up: { summary: 'Reads the rows of some conversations', answer: 'listed' },
  ask_people: { summary: 'Reads the names of some people', answer: 'people' },
  mark: { summary: 'Tells how far was read and received', answer: null },
  type: { summary: 'Tells that the person is writing', answer: null },
  watch: { summary: 'Names the people whose presence is wanted', answer: null },
  put_register: { summary: 'Writes one register of personal state', answer: 'register_put' },
  pull_registers: { summary: 'Reads the registers written since a version', answer: 'registers' },
  ping: { summary: 'Asks whether the other side is there', answer: 'pong' },
};

/** What the server says without being asked. */
const news: Readonly<Partial<Record<ServerFrameKind, string>>> = {
  entries: 'New entries of one log',
  head: 'How far a log has come',
  marker: 'A marker moved',
  typing: 'Somebody is writing',
  presence: 'Who of the watched is there',
  person_changed: 'Somebody’s profile is another now',
  registers_changed: 'Another device wrote personal state',
  resync: 'Something may have been missed',
  draining: 'The server is going down',
  error: 'A refusal',
};

const answersOnly = 'Answers a frame';
const channel = '#/channels/socket';

/** The socket as AsyncAPI describes it, made from the schemas that the frames are parsed with. @param host where it is served, with the port */
export function makeAsyncApi({ version, host }: { readonly version: string; readonly host?: string }): AsyncApi {
  const asked = Object.entries(requests).map(([kind, { answer }]): [string, Json] => [
    `take_${kind}`,
    {
      action: 'receive',
      channel: { $ref: channel },
      messages: [inChannel('client', kind)],
      ...(answer ? { reply: { channel: { $ref: channel }, messages: [inChannel('server', answer), inChannel('server', 'error')] } } : {}),
    },
  ]);
  const told = Object.keys(news).map((kind): [string, Json] => [
    `tell_${kind}`,
    { action: 'send', channel: { $ref: channel }, messages: [inChannel('server', kind)] },
  ]);
  const messages = {
    ...messagesOf('client', clientFrames, (kind) => requests[kind].summary),
    ...messagesOf('server', serverFrames, (kind) => news[kind] ?? answersOnly),
  };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parlour, the socket',
      version,
      description: `Frames are JSON texts, one object each. Versions of the protocol spoken here: ${protocolVersions.join(', ')}. The same frames go over server-sent events at /v1/stream. The rules are in packages/protocol/SPEC.md.`,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    ...(host === undefined ? {} : { servers: { here: { host, protocol: 'ws' } } }),
    channels: {
      socket: {
        address: '/v1/socket',
        bindings: { ws: { headers: upgradeHeaders, bindingVersion: '0.1.0' } },
        messages: Object.fromEntries(Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }])),
      },
    },
    operations: Object.fromEntries([...asked, ...told]),
    components: { messages },
  };
}

const upgradeHeaders = {
  type: 'object',
  required: ['Origin'],
  properties: {
    Origin: {
      type: 'string',
      description:
        'Of this server, or one that its operator lists; anything else, and none, is refused with 403 (origin_refused). Programs send that of the address they connect to.',
    },
  },
};

type Side = 'client' | 'server';

/** A frame's kind may be used by both sides, so the name says which. */
const nameOf = (side: Side, kind: string): string => `${side}_${kind}`;
const inChannel = (side: Side, kind: string): Reference => ({ $ref: `${channel}/messages/${nameOf(side, kind)}` });

function messagesOf<Kind extends string>(
  side: Side,
  frames: Readonly<Record<Kind, z.ZodMiniType>>,
  summaryOf: (kind: Kind) => string,
): Record<string, Json> {
  const entries = Object.entries(frames) as [Kind, z.ZodMiniType][];
  return Object.fromEntries(
    entries.map(([kind, schema]) => [nameOf(side, kind), { name: kind, summary: summaryOf(kind), payload: jsonSchemaOf(schema) }]),
  );
}
