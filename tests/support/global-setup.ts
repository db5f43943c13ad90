/**
 * One PostgreSQL for the whole run, migrated once into a template that `createDatabase()` copies. It is an embedded one
 * on a temporary folder, or the server of TEST_DATABASE_URL. Nothing of it outlives the run.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/domain/embedded.ts';
import { migrate } from '../../src/domain/migrate.ts';
import { databaseUrl, type TestServer } from './database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startServer();
  const prefix = `parley_test_${randomBytes(4).toString('hex')}`;
  const server: TestServer = { url, prefix, template: `${prefix}_template` };
  try {
    await query(url, `create database ${server.template}`);
    // A template has to be free of connections, so the pool ends before anybody copies it.
    const pool = new pg.Pool({ connectionString: databaseUrl(url, server.template), max: 2 });
    await migrate(pool).finally(() => pool.end());
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide('testServer', server);
  return async () => {
    await dropDatabases(server);
    await stop();
  };
}

async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const url = process.env.TEST_DATABASE_URL;
  if (url) return { url, stop: async () => {} };
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-test-'));
  const { connection, stop } = await startEmbedded({ dataDir, unsafeNoSync: true });
  const { user, host, port } = connection;
  return {
    url: `postgresql://${user}@localhost:${port}/postgres?host=${encodeURIComponent(host)}`,
    stop: async () => {
      await stop();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** Also those that a test forgot, and on a server that is not ours. */
async function dropDatabases({ url, prefix }: TestServer): Promise<void> {
  const names = await query<{ name: string }>(
    url,
    `select datname as name from pg_database where datname like '${prefix}%'`,
  );
  for (const { name } of names) await query(url, `drop database ${name} with (force)`);
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
