import { type UnpackedRow, unpackRow } from './packed-row.ts';
import type { Listed } from './server/listed.ts';
import type { Opened } from './server/opened.ts';
import type { Synced } from './server/synced.ts';
import type { ServerFrame } from './server-frame.ts';

type Packed = Listed | Synced | Opened;
type WithRows<Frame extends { rows: unknown }> = Omit<Frame, 'rows'> & { readonly rows: readonly UnpackedRow[] };

export type UnpackedListed = WithRows<Listed>;
export type UnpackedSynced = WithRows<Synced>;
export type UnpackedOpened = Omit<Opened, 'row'> & { readonly row: UnpackedRow };

/** A frame of the server with its rows by the names of their fields. */
export type UnpackedFrame = Exclude<ServerFrame, Packed> | UnpackedListed | UnpackedSynced | UnpackedOpened;

export function unpackFrame(frame: ServerFrame): UnpackedFrame {
  switch (frame.kind) {
    case 'listed':
    case 'synced':
      return { ...frame, rows: frame.rows.map(unpackRow) };
    case 'opened':
      return { ...frame, row: unpackRow(frame.row) };
    default:
      return frame;
  }
}
