import { DatabaseSync } from 'node:sqlite';
import { dataFolderPaths } from '../apps/server/src/adapters/sqlite/data-folder.ts';

export const historyChannelCount = 7;

/** Made up, and the same each time: channels that take turns, authors who come and go, days that pass midnight, some lines that cannot be taken. */
export function history(lineCount: number): string[] {
  const next = new Array<number>(historyChannelCount).fill(0);
  return Array.from({ length: lineCount }, (_, index) => {
    const channel = Math.floor(index / 90) % historyChannelCount;
    const line = next[channel] ?? 0;
    next[channel] = line + 1;
    const common = { channel: `room-${channel}`, line, time: '2010-05-01T10:00:00Z', text: `line ${line} of room ${channel}` };
    if (index % 997 === 5) return '{ "channel": "room-';
    if (index % 13 === 3) return JSON.stringify({ ...common, kind: 'system' });
    const author = `author${(index * 7919) % 400}`;
    const more = { ...(index % 4 === 0 && line > 3 && { replyTo: [line - 1, line - 3] }), ...(index % 50 === 0 && { day: 1 }) };
    return JSON.stringify({ ...common, ...more, kind: index % 29 === 0 ? 'action' : 'message', author });
  });
}

/** All that was said, by whom, when and where, without what chance decides. */
export function contentOf(dataFolder: string): unknown[] {
  using database = new DatabaseSync(dataFolderPaths.database(dataFolder), { readOnly: true });
  const rows = database.prepare(
    `select c.public_id, c.title, e.seq, e.kind, p.public_id as author, p.handle, e.n, e.ord, e.mine, e.member_seq, e.ts, e.body
     from entry e join conversation c on c.id = e.conv join person p on p.id = e.author order by c.public_id, e.seq`,
  );
  return rows.all();
}
