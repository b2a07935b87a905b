import type { Generated } from 'kysely';

/**
 * The tables, as both engines have them. Keys inside are integers; `public_id` is what the outside sees.
 * 16-byte digests are stored as bytes, times as milliseconds since 1970.
 */
export type Tables = {
  person: PersonTable;
  login: LoginTable;
  refresh_token: RefreshTokenTable;
  name_word: NameWordTable;
  device: DeviceTable;
  register: RegisterTable;
  conversation: ConversationTable;
  entry: EntryTable;
  member: MemberTable;
  marker: MarkerTable;
  marker_step: MarkerStepTable;
};

/** `conversation.type`. */
export const conversationTypes = { direct: 1, group: 2 } as const;

type PersonTable = {
  id: Generated<number>;
  public_id: string;
  handle: string;
  handle_key: string;
  display_name: string;
  name_key: string;
  about: string;
  email_key: string | null;
  password_hash: string | null;
  token_version: number;
  /** 1 for an author of imported history whom nobody has claimed. */
  placeholder: number;
  register_ver: number;
  last_seen_at: number | null;
  created_at: number;
};

/** Each word of a person's folded name, so that a name is found by the beginning of any of its words. */
type NameWordTable = { word: string; person: number };

type LoginTable = {
  id: Generated<number>;
  public_id: string;
  person: number;
  label: string;
  client: string;
  address: string;
  created_at: number;
  last_used_at: number;
  ended_at: number | null;
};

type RefreshTokenTable = { hash: string; login: number; created_at: number; expires_at: number; used_at: number | null };

/** `person` and `login` are null for a device of the server's own jobs. */
type DeviceTable = { id: Generated<number>; public_id: string; person: number | null; login: number | null; created_at: number };

type RegisterTable = { person: number; key: string; ver: number; value: string | null };

type ConversationTable = {
  id: Generated<number>;
  public_id: string;
  type: number;
  title: string | null;
  /** What else a group is, as JSON; null where nobody said anything. */
  group_state: string | null;
  head: number;
  chain: Uint8Array;
  ord: number;
  member_seq: number;
  activity: number;
};

type EntryTable = {
  conv: number;
  seq: number;
  kind: number;
  author: number;
  device: number;
  n: number;
  target: number | null;
  ord: number;
  mine: number;
  member_seq: number;
  ts: number;
  digest: Uint8Array;
  chain: Uint8Array;
  salt: Uint8Array | null;
  body: string | null;
};

/** From where they joined. `until_seq` is null while the stay lasts, and `sees_seq` where they see from there and no earlier. */
type MemberTable = {
  conv: number;
  person: number;
  from_seq: number;
  until_seq: number | null;
  role: string;
  sees_seq: number | null;
  /** What they know the group as since they left, as JSON. */
  left_face: string | null;
};

type MarkerTable = {
  person: number;
  conv: number;
  read_seq: number;
  read_ord: number;
  read_mine: number;
  sent_mine: number;
  received_seq: number;
  told_seq: number;
};

type MarkerStepTable = { conv: number; person: number; read_seq: number; at: number };
