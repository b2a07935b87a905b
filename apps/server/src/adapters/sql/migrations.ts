/**
 * The schema's history, forward only. A migration that has landed is never changed; a later one follows it.
 * `{integer_key}`, `{bytes}` and `{clustered}` (rows lie in the order of the key) stand for each engine's own words.
 */
export type Migration = {
  readonly version: number;
  readonly title: string;
  readonly statements: readonly string[];
  /** What only a store of several servers needs. */
  readonly inPostgres?: readonly string[];
};

export const migrations: readonly Migration[] = [
  {
    version: 1,
    title: 'people, logins, conversations',
    statements: [
      `create table person (id {integer_key}, public_id text not null unique, handle text not null, handle_key text not null unique,
        display_name text not null, name_key text not null, about text not null default '', email_key text unique, password_hash text,
        token_version integer not null default 1, placeholder integer not null default 0, register_ver bigint not null default 0,
        last_seen_at bigint, created_at bigint not null)`,
      `create table name_word (word text not null, person bigint not null references person (id), primary key (word, person))`,
      `create table login (id {integer_key}, public_id text not null unique, person bigint not null references person (id), label text not null,
        client text not null, address text not null, created_at bigint not null, last_used_at bigint not null, ended_at bigint)`,
      `create index login_by_person on login (person)`,
      `create table refresh_token (hash text primary key, login bigint not null references login (id), created_at bigint not null,
        expires_at bigint not null, used_at bigint)`,
      `create index refresh_token_by_login on refresh_token (login)`,
      `create index refresh_token_by_expiry on refresh_token (expires_at)`,
      `create table device (id {integer_key}, public_id text not null unique, person bigint references person (id), login bigint references login (id),
        created_at bigint not null)`,
      `create table register (person bigint not null references person (id), key text not null, ver bigint not null, value text,
        primary key (person, key)) {clustered}`,
      `create unique index register_by_ver on register (person, ver)`,
      `create table conversation (id {integer_key}, public_id text not null unique, type integer not null, title text, head bigint not null,
        chain {bytes} not null, ord bigint not null, member_seq bigint not null, activity bigint not null)`,
      `create table entry (conv bigint not null, seq bigint not null, kind integer not null, author bigint not null, device bigint not null,
        n bigint not null, target bigint, ord bigint not null, mine bigint not null, member_seq bigint not null, ts bigint not null,
        digest {bytes} not null, chain {bytes} not null, salt {bytes}, body text, primary key (conv, seq)) {clustered}`,
      `create unique index entry_by_operation on entry (device, n)`,
      `create table member (conv bigint not null, person bigint not null, from_seq bigint not null, until_seq bigint, role text not null,
        primary key (conv, person, from_seq)) {clustered}`,
      `create index member_by_person on member (person, conv)`,
      `create table marker (person bigint not null, conv bigint not null, read_seq bigint not null default 0, read_ord bigint not null default 0,
        read_mine bigint not null default 0, sent_mine bigint not null default 0, received_seq bigint not null default 0,
        told_seq bigint not null default 0, primary key (person, conv)) {clustered}`,
      `create table marker_step (conv bigint not null, person bigint not null, read_seq bigint not null, at bigint not null,
        primary key (conv, person, read_seq)) {clustered}`,
      `create index marker_step_by_time on marker_step (at)`,
    ],
  },
  {
    version: 2,
    title: 'several servers',
    statements: [],
    inPostgres: [
      'create table secret (name text primary key, value text not null)',
      `create table untold (id {integer_key}, at timestamptz not null default clock_timestamp(), conversations bigint[] not null,
        marked bigint[] not null, people bigint[] not null)`,
      'create index untold_by_time on untold (at)',
    ],
  },
  {
    version: 3,
    title: 'groups',
    statements: [
      'alter table conversation add column group_state text',
      'alter table member add column sees_seq bigint',
      'alter table member add column left_face text',
    ],
  },
];

/** The newest schema this program knows; a store that has a newer one is refused. */
export const schemaVersion = migrations.at(-1)?.version ?? 0;
