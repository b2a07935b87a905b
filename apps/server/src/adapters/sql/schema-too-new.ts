import { schemaVersion } from './migrations.ts';

/** The store was written by a newer program than this one. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew';
  readonly foundVersion: number;

  /** @param place the file, or the database and its server */
  constructor(place: string, foundVersion: number) {
    super(`cannot open ${place}: its schema has version ${foundVersion}, this program knows up to ${schemaVersion}; start a newer one`);
    this.foundVersion = foundVersion;
  }
}
