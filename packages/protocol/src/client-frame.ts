import * as z from 'zod/mini';
import { askPeople } from './client/ask-people.ts';
import { createGroup } from './client/create-group.ts';
import { hello } from './client/hello.ts';
import { list } from './client/list.ts';
import { lookUp } from './client/look-up.ts';
import { mark } from './client/mark.ts';
import { open } from './client/open.ts';
import { ping } from './client/ping.ts';
import { pull } from './client/pull.ts';
import { pullRegisters } from './client/pull-registers.ts';
import { putRegister } from './client/put-register.ts';
import { renew } from './client/renew.ts';
import { send } from './client/send.ts';
import { sync } from './client/sync.ts';
import { type } from './client/type.ts';
import { watch } from './client/watch.ts';

/** Every frame a client may send, by its kind. */
export const clientFrames = {
  hello,
  renew,
  send,
  open,
  create_group: createGroup,
  pull,
  sync,
  list,
  look_up: lookUp,
  ask_people: askPeople,
  mark,
  type,
  watch,
  put_register: putRegister,
  pull_registers: pullRegisters,
  ping,
} as const;

export const clientFrame = z.discriminatedUnion('kind', [
  hello,
  renew,
  send,
  open,
  createGroup,
  pull,
  sync,
  list,
  lookUp,
  askPeople,
  mark,
  type,
  watch,
  putRegister,
  pullRegisters,
  ping,
]);
export type ClientFrame = z.infer<typeof clientFrame>;
export type ClientFrameKind = ClientFrame['kind'];
