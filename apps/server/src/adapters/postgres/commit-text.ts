/** What a commit has in it. Most have a few parts only, and the server's work is in their number as much as in their rows. */
export type CommitParts = {
  readonly creates: boolean;
  readonly moves: boolean;
  readonly begins: boolean;
  /** Stays that began before end, or go on in another role. */
  readonly changes: boolean;
  readonly steps: boolean;
  readonly raises: boolean;
  /** It is written down that others must be told. */
  readonly notes: boolean;
};

type Columns = readonly (readonly [name: string, type: string])[];

const columns = (types: Readonly<Record<string, string>>): Columns => Object.entries(types);
const appendColumns = columns({
  place: 'int',
  conv: 'bigint',
  public_id: 'text',
  type: 'int',
  title: 'text',
  group_state: 'text',
  expect_head: 'bigint',
  expect_chain: 'bytea',
  head: 'bigint',
  chain: 'bytea',
  ord: 'bigint',
  member_seq: 'bigint',
  activity: 'bigint',
});
const entryColumns = columns({
  place: 'int',
  seq: 'bigint',
  kind: 'int',
  author: 'bigint',
  device: 'bigint',
  n: 'bigint',
  target: 'bigint',
  ord: 'bigint',
  mine: 'bigint',
  member_seq: 'bigint',
  ts: 'bigint',
  digest: 'bytea',
  chain: 'bytea',
  salt: 'bytea',
  body: 'text',
});
const stayColumns = columns({
  place: 'int',
  person: 'bigint',
  from_seq: 'bigint',
  sees_seq: 'bigint',
  until_seq: 'bigint',
  role: 'text',
  left_face: 'text',
});
const changedColumns = columns({ place: 'int', person: 'bigint', until_seq: 'bigint', role: 'text', left_face: 'text' });
const stepColumns = columns({ place: 'int', conv: 'bigint', person: 'bigint', read_seq: 'bigint', at: 'bigint' });
const raisedColumns = columns({
  place: 'int',
  conv: 'bigint',
  person: 'bigint',
  sent_mine: 'bigint',
  begins: 'int',
  read_seq: 'bigint',
  read_ord: 'bigint',
  read_mine: 'bigint',
  received_seq: 'bigint',
  told_seq: 'bigint',
});
const copied = entryColumns.slice(1).map(([name]) => name);

const known = new Map<string, string>();

/**
 * The whole group commit. Rows are locked in the order of their keys, so that commits of several servers wait for one another and never in a ring.
 * Whoever lost finds no row in `won`, and nothing of theirs is written. All parts see the store as it was before the statement.
 * Its parameters are the columns of: appends and their entries, stays begun, stays changed, raises, steps, markers to tell of; of the parts that there are.
 * It answers with the place and the key of each conversation that was won, and with the key of its note.
 */
export function commitText(parts: CommitParts): string {
  const key = JSON.stringify(parts);
  const text = known.get(key) ?? writtenOut(parts);
  known.set(key, text);
  return text;
}

function writtenOut({ creates, moves, begins, changes, steps, raises, notes }: CommitParts): string {
  let parameterCount = 0;
  const unnested = (name: string, of: Columns): string => {
    const arrays = of.map(([, type]) => `$${++parameterCount}::${type}[]`);
    return `unnest(${arrays.join(', ')}) as ${name} (${of.map(([column]) => column).join(', ')})`;
  };
  const appends = creates || moves;
  const written = [
    ...(appends ? [`append as materialized (select * from ${unnested('a', appendColumns)})`] : []),
    ...(moves ? movedParts : []),
    ...(creates ? [createdPart] : []),
    ...(appends ? [wonPart({ creates, moves }), entriesPart(unnested('e', entryColumns))] : []),
    ...(begins ? [begunPart(unnested('m', stayColumns))] : []),
    ...(changes ? [changedPart(unnested('e', changedColumns))] : []),
    ...(raises ? [`raise as materialized (select * from ${unnested('r', raisedColumns)})`, raisedPart(appends)] : []),
    ...(steps ? [stepsPart(unnested('s', stepColumns), appends)] : []),
    ...(notes ? [notedPart([`$${++parameterCount}::bigint[]`, `$${++parameterCount}::bigint[]`], appends)] : []),
  ];
  const answers = [
    ...(appends ? ['select place, conv, null::bigint as note from won'] : []),
    ...(notes ? ['select null::int as place, null::bigint as conv, id as note from noted'] : []),
  ];
  const none = 'select null::int as place, null::bigint as conv, null::bigint as note where false';
  return `with ${written.join(',\n')}\n${answers.length > 0 ? answers.join(' union all ') : none}`;
}

/** One row for the whole commit: it costs by the commit and not by what is in it. */
function notedPart([marked, people]: readonly [string, string], appends: boolean): string {
  const won = appends ? `coalesce((select array_agg(conv) from won), '{}')` : `'{}'::bigint[]`;
  return `noted as (
  insert into untold (conversations, marked, people) select w.conversations, ${marked}, ${people} from (select ${won} as conversations) w
  where cardinality(w.conversations) > 0 or cardinality(${marked}) > 0 returning id)`;
}

/** Each row is looked up by its key, whatever the server believes of the tables' sizes. */
const movedParts: readonly string[] = [
  `locked as materialized (
  select a.*, c.id from (select * from append where conv is not null order by conv) a cross join lateral (
    select id from conversation where id = a.conv and head = a.expect_head and chain = a.expect_chain for no key update) c)`,
  `moved as (
  update conversation c set head = l.head, chain = l.chain, ord = l.ord, member_seq = l.member_seq, activity = greatest(c.activity, l.activity),
    title = case when l.group_state is null then c.title else l.title end, group_state = coalesce(l.group_state, c.group_state)
  from locked l where c.id = l.id returning c.id, l.place)`,
];

const createdPart = `created as (
  insert into conversation (public_id, type, title, group_state, head, chain, ord, member_seq, activity)
  select public_id, type, title, group_state, head, chain, ord, member_seq, activity from append where conv is null order by public_id
  on conflict (public_id) do nothing returning id, public_id)`;

function wonPart({ creates, moves }: Pick<CommitParts, 'creates' | 'moves'>): string {
  const all = [
    ...(moves ? ['select place, id as conv from moved'] : []),
    ...(creates ? ['select a.place, c.id as conv from created c join append a on a.conv is null and a.public_id = c.public_id'] : []),
  ];
  return `won as materialized (${all.join(' union all ')})`;
}

const entriesPart = (from: string): string => `entries as (
  insert into entry (conv, ${copied.join(', ')})
  select w.conv, ${copied.map((name) => `e.${name}`).join(', ')} from ${from} join won w on w.place = e.place)`;

const begunPart = (from: string): string => `begun as (
  insert into member (conv, person, from_seq, sees_seq, until_seq, role, left_face)
  select w.conv, m.person, m.from_seq, m.sees_seq, m.until_seq, m.role, m.left_face from ${from} join won w on w.place = m.place)`;

const changedPart = (from: string): string => `changed as (
  update member m set until_seq = e.until_seq, role = coalesce(e.role, m.role), left_face = e.left_face from ${from} join won w on w.place = e.place
  where m.conv = w.conv and m.person = e.person and m.until_seq is null)`;

/** What has a place counts where that append is won; what has a conversation counts anyway. */
const convOf = (row: string, appends: boolean) =>
  appends
    ? { conv: `coalesce(w.conv, ${row}.conv)`, joined: `left join won w on w.place = ${row}.place` }
    : { conv: `${row}.conv`, joined: '' };

/** A step is kept only where the mark moves, from where it stands or from where a stay begins in this very commit. */
function stepsPart(from: string, appends: boolean): string {
  const { conv, joined } = convOf('s', appends);
  const begun = appends
    ? ` and not exists (select 1 from raise r join won on won.place = r.place
    where r.begins = 1 and won.conv = ${conv} and r.person = s.person and r.read_seq >= s.read_seq)`
    : '';
  return `steps as (
  insert into marker_step (conv, person, read_seq, at)
  select ${conv}, s.person, s.read_seq, s.at from ${from} ${joined}
  where ${conv} is not null and s.read_seq > coalesce((select k.read_seq from marker k where k.person = s.person and k.conv = ${conv}), 0)${begun}
  order by 1, 2, 3 on conflict do nothing)`;
}

function raisedPart(appends: boolean): string {
  const { conv, joined } = convOf('r', appends);
  return `raised as (
  insert into marker (person, conv, sent_mine, read_seq, read_ord, read_mine, received_seq, told_seq)
  select r.person, ${conv}, max(r.sent_mine), max(r.read_seq), max(r.read_ord), max(r.read_mine), max(r.received_seq), max(r.told_seq)
  from raise r ${joined} where ${conv} is not null group by 1, 2 order by 1, 2
  on conflict (person, conv) do update set
    sent_mine = greatest(marker.sent_mine, excluded.sent_mine),
    read_ord = case when excluded.read_seq > marker.read_seq then excluded.read_ord else marker.read_ord end,
    read_mine = case when excluded.read_seq > marker.read_seq then excluded.read_mine else marker.read_mine end,
    read_seq = greatest(marker.read_seq, excluded.read_seq),
    received_seq = greatest(marker.received_seq, excluded.received_seq),
    told_seq = greatest(marker.told_seq, excluded.told_seq))`;
}
