import pg from 'pg';
import { inject } from 'vitest';
import { nodeEnvironment } from '../../node-environment.ts';
import { PostgresDatabase, type PostgresOptions } from './postgres-database.ts';

/** An empty database in the suite's PostgreSQL, for one test or one file of tests; gone after it. */
export class TestDatabase implements AsyncDisposable {
  readonly name: string;
  readonly url: string;

  private constructor(name: string) {
    this.name = name;
    this.url = inject('postgresUrl').replace(/[^/]*$/, name);
  }

  /** @param as what `create database` is to be told */
  static async make(as = ''): Promise<TestDatabase> {
    const database = new TestDatabase(`test_${nodeEnvironment.id().toLowerCase().replace(/\W/g, '_')}`);
    await asAdministrator(`create database ${database.name} ${as}`);
    return database;
  }

  open(options: Partial<PostgresOptions> = {}): Promise<PostgresDatabase> {
    return PostgresDatabase.open({
      url: this.url,
      poolSizeMax: 4,
      statementTimeoutMs: 30_000,
      connectTimeoutMs: 30_000,
      answerGraceMs: 30_000,
      schema: 'migrate',
      reportFault: () => {},
      ...options,
    });
  }

  /** As the schema leaves it. */
  async empty(): Promise<void> {
    await this.query(
      'truncate person, name_word, login, refresh_token, device, register, conversation, entry, member, marker, marker_step, secret, untold',
    );
  }

  /** By a connection of its own, as somebody else's. */
  async query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    return queryAt<Row>(this.url, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await asAdministrator(`drop database ${this.name} with (force)`);
  }
}

async function asAdministrator(text: string): Promise<void> {
  await queryAt(inject('postgresUrl'), text);
}

async function queryAt<Row extends pg.QueryResultRow>(connectionString: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
