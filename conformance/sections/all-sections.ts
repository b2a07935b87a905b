import type { Section } from '../rule-case.ts';
import { caps, connection } from './connection.ts';
import { evidence } from './evidence.ts';
import { groups } from './groups.ts';
import { hello, silence } from './hello.ts';
import { log } from './log.ts';
import { logins, tokens } from './logins.ts';
import { markers, typing } from './markers.ts';
import { heads, news } from './news.ts';
import { farBehind, operations } from './operations.ts';
import { operatorsHand } from './operators-hand.ts';
import { lostLines, presence } from './presence.ts';
import { registers } from './registers.ts';
import { requests } from './requests.ts';
import { shapes } from './shapes.ts';
import { neverReads, slowReaders } from './slow-readers.ts';
import { streams } from './streams.ts';
import { sync } from './sync.ts';

/** Those that take longest begin first. */
export const allSections: readonly Section[] = [
  neverReads,
  lostLines,
  silence,
  heads,
  logins,
  farBehind,
  slowReaders,
  shapes,
  connection,
  streams,
  caps,
  hello,
  tokens,
  requests,
  operations,
  log,
  evidence,
  groups,
  news,
  sync,
  markers,
  typing,
  presence,
  registers,
  operatorsHand,
];

/** What is said of the frames, whatever carries them. */
export const overStreams: readonly Section[] = allSections.filter((section) => ![connection, streams, caps, evidence].includes(section));
