/**
 * A database of its own for each test file that asks, on the server of the run (global-setup.ts). Holds no data and no
 * vocabulary of Parley; nothing is shared between two databases, so test files need no order and no cleaning.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** The server of this run, as the set-up hands it to the workers. */
export interface TestServer {
  url: string; // an administrator's, with any database
  prefix: string; // what every database of this run is called after
  template: string; // migrated
}

export interface TestDatabase {
  url: string; // fit for DATABASE_URL
  connection: { connectionString: string }; // fit for `new pg.Pool()`
  /** Ends whatever is connected and removes the database. */
  drop(): Promise<void>;
}

/** A database with the schema of `sql/` and no rows. */
export function createDatabase(): Promise<TestDatabase> {
  return create(`template ${inject('testServer').template}`);
}

/** A database without any table, to migrate oneself. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('template template0');
}

async function create(how: string): Promise<TestDatabase> {
  const server = inject('testServer');
  const name = `${server.prefix}_${randomBytes(6).toString('hex')}`;
  await administer(server.url, `create database ${name} ${how}`);
  const url = databaseUrl(server.url, name);
  return {
    url,
    connection: { connectionString: url },
    drop: () => administer(server.url, `drop database if exists ${name} with (force)`),
  };
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** `url` with another database on the same server. */
export function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
