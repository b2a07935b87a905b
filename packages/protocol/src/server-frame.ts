import * as z from 'zod/mini';
import { draining } from './server/draining.ts';
import { entries } from './server/entries.ts';
import { error } from './server/error.ts';
import { head } from './server/head.ts';
import { listed } from './server/listed.ts';
import { marker } from './server/marker.ts';
import { opened } from './server/opened.ts';
import { people } from './server/people.ts';
import { personChanged } from './server/person-changed.ts';
import { pong } from './server/pong.ts';
import { presence } from './server/presence.ts';
import { range } from './server/range.ts';
import { registerPut } from './server/register-put.ts';
import { registers } from './server/registers.ts';
import { registersChanged } from './server/registers-changed.ts';
import { renewed } from './server/renewed.ts';
import { resync } from './server/resync.ts';
import { sent } from './server/sent.ts';
import { synced } from './server/synced.ts';
import { typing } from './server/typing.ts';
import { welcome } from './server/welcome.ts';

/** Every frame a server may send, by its kind. */
export const serverFrames = {
  welcome,
  renewed,
  sent,
  opened,
  range,
  synced,
  listed,
  people,
  registers,
  register_put: registerPut,
  pong,
  error,
  entries,
  head,
  marker,
  typing,
  presence,
  person_changed: personChanged,
  registers_changed: registersChanged,
  resync,
  draining,
} as const;

export const serverFrame = z.discriminatedUnion('kind', [
  welcome,
  renewed,
  sent,
  opened,
  range,
  synced,
  listed,
  people,
  registers,
  registerPut,
  pong,
  error,
  entries,
  head,
  marker,
  typing,
  presence,
  personChanged,
  registersChanged,
  resync,
  draining,
]);
export type ServerFrame = z.infer<typeof serverFrame>;
export type ServerFrameKind = ServerFrame['kind'];
