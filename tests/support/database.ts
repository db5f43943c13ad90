/**
 * A database of its own for each test file that asks, on the server of the run (global-setup.ts). Holds no data and no
 * vocabulary of Parley; nothing is shared between two databases, so test files need no order and no cleaning.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';

const PARTING_MS = 2_000; // what a test leaves connected after that is its own fault
const POLL_MS = 5;

/** The server of this run, as the set-up hands it to the workers. */
export interface TestServer {
  url: string; // an administrator's, with any database
  prefix: string; // what every database of this run is called after
  template: string; // migrated
}

export interface TestDatabase {
  url: string; // fit for DATABASE_URL
  connection: { connectionString: string }; // fit for `new pg.Pool()`
  /** Removes the database, waiting for connections that are about to end. */
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
  await asAdministrator(server.url, (client) => client.query(`create database ${name} ${how}`));
  const url = databaseUrl(server.url, name);
  return {
    url,
    connection: { connectionString: url },
    drop: () => drop(server.url, name),
  };
}

async function drop(url: string, name: string): Promise<void> {
  await asAdministrator(url, async (client) => {
    // `pool.end()` settles before the server has heard of it, and a connection ended by force complains to nobody.
    const deadline = performance.now() + PARTING_MS;
    const others = 'select from pg_stat_activity where datname = $1';
    while ((await client.query(others, [name])).rowCount && performance.now() < deadline)
      await sleep(POLL_MS);
    await client.query(`drop database if exists ${name} with (force)`);
  });
}

async function asAdministrator(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
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
