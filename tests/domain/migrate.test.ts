import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../src/domain/migrate.ts';
import { createDatabase, createEmptyDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let pool: pg.Pool;
let directory: string;

beforeEach(async () => {
  database = await createEmptyDatabase();
  pool = new pg.Pool({ ...database.connection, max: 4 });
  directory = mkdtempSync(join(tmpdir(), 'parley-sql-'));
});

afterEach(async () => {
  await pool.end();
  await database.drop();
  rmSync(directory, { recursive: true });
});

function write(name: string, sql: string): void {
  writeFileSync(join(directory, name), sql);
}

async function tables(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by 1",
  );
  return rows.map(({ name }) => name);
}

test('applies the files in order and reports them', async () => {
  write('0001-first.sql', 'create table first (id bigint primary key);');
  write('0002-second.sql', 'create table second (id bigint references first);');
  expect(await migrate(pool, { directory })).toEqual({
    applied: ['0001-first.sql', '0002-second.sql'],
    current: '0002-second.sql',
  });
  expect(await tables()).toEqual(['first', 'migrations', 'second']);
});

test('applies nothing twice, and later what is new', async () => {
  write('0001-first.sql', 'create table first (id bigint);');
  await migrate(pool, { directory });
  expect(await migrate(pool, { directory })).toEqual({ applied: [], current: '0001-first.sql' });
  write('0002-second.sql', 'create table second (id bigint);');
  expect((await migrate(pool, { directory })).applied).toEqual(['0002-second.sql']);
});

test('two services that start at once apply each file once', async () => {
  // The pause makes both find the file missing, were there no lock.
  write('0001-first.sql', 'select pg_sleep(0.2); create table first (id bigint);');
  const reports = await Promise.all([migrate(pool, { directory }), migrate(pool, { directory })]);
  expect(reports.map(({ applied }) => applied.length).sort()).toEqual([0, 1]);
});

test('a file that fails leaves nothing of itself, keeps what came before, and says where', async () => {
  write('0001-first.sql', 'create table first (id bigint);');
  write('0002-second.sql', 'create table second (id bigint);\ninsert into nowhere values (1);');
  await expect(migrate(pool, { directory })).rejects.toThrow(
    '0002-second.sql, line 2: relation "nowhere" does not exist',
  );
  expect(await tables()).toEqual(['first', 'migrations']);
  write('0002-second.sql', 'create table second (id bigint);');
  expect((await migrate(pool, { directory })).applied).toEqual(['0002-second.sql']);
});

test('refuses a file that was changed after it was applied', async () => {
  write('0001-first.sql', 'create table first (id bigint);');
  await migrate(pool, { directory });
  write('0001-first.sql', 'create table first (id bigint, name text);');
  write('0002-second.sql', 'create table second (id bigint);');
  await expect(migrate(pool, { directory })).rejects.toThrow(
    '0001-first.sql was changed after it was applied',
  );
  expect(await tables()).toEqual(['first', 'migrations']);
});

test('takes the line ends of Windows for no change', async () => {
  write('0001-first.sql', 'create table first (\n  id bigint\n);\n');
  await migrate(pool, { directory });
  write('0001-first.sql', 'create table first (\r\n  id bigint\r\n);\r\n');
  expect((await migrate(pool, { directory })).applied).toEqual([]);
});

test('refuses a database that a newer version has migrated', async () => {
  write('0001-first.sql', 'create table first (id bigint);');
  write('0002-newer.sql', 'create table newer (id bigint);');
  await migrate(pool, { directory });
  rmSync(join(directory, '0002-newer.sql'));
  await expect(migrate(pool, { directory })).rejects.toThrow('0002-newer.sql, unknown here');
});

test('refuses a file that comes too late in the order', async () => {
  write('0002-second.sql', 'create table second (id bigint);');
  await migrate(pool, { directory });
  write('0001-first.sql', 'create table first (id bigint);');
  await expect(migrate(pool, { directory })).rejects.toThrow('0001-first.sql comes too late');
});

test.each([
  ['first.sql', 'is not named'],
  ['0001-twin.sql', 'the same number'],
])('refuses the file name %s beside 0001-first.sql', async (name, message) => {
  write('0001-first.sql', 'select 1;');
  write(name, 'select 1;');
  await expect(migrate(pool, { directory })).rejects.toThrow(message);
});

test('a marked file runs outside a transaction, also while another service waits for the lock', async () => {
  write('0001-first.sql', 'create table first (id bigint); select pg_sleep(0.2);');
  write('0002-index.sql', '-- parley: no-transaction\ncreate index concurrently first_id on first (id);');
  // A waiter with an open snapshot would be waited for by the index, and the index by the waiter.
  const reports = await Promise.all([migrate(pool, { directory }), migrate(pool, { directory })]);
  expect(reports.flatMap(({ applied }) => applied)).toEqual(['0001-first.sql', '0002-index.sql']);
  const { rows } = await pool.query(
    "select indisvalid from pg_index where indexrelid = 'first_id'::regclass",
  );
  expect(rows).toEqual([{ indisvalid: true }]);
});

test('without the mark the same statement is refused', async () => {
  write('0001-first.sql', 'create table first (id bigint);');
  write('0002-index.sql', 'create index concurrently first_id on first (id);');
  await expect(migrate(pool, { directory })).rejects.toThrow('transaction block');
});

test('a table in use is waited for a while, and the wait ends', async () => {
  write('0001-first.sql', 'create table first (id bigint);');
  await migrate(pool, { directory });
  const reader = await pool.connect();
  await reader.query('begin; select from first');
  write('0002-second.sql', 'alter table first add name text;');
  const migrating = migrate(pool, { directory });
  // The statement gives up after lock_timeout and is tried again; without it this would hang until the commit.
  const waits = new Set<string>();
  while (waits.size < 2) {
    const { rows } = await reader.query<{ started: Date }>(
      "select query_start as started from pg_stat_activity where query like 'alter table%' and wait_event_type = 'Lock'",
    );
    for (const { started } of rows) waits.add(started.toISOString());
    // pg_stat_activity is a snapshot of the transaction.
    await reader.query('select pg_stat_clear_snapshot(), pg_sleep(0.02)');
  }
  await reader.query('commit');
  reader.release();
  expect((await migrating).applied).toEqual(['0002-second.sql']);
});

test("leaves the session's own timeouts as they were", async () => {
  const narrow = new pg.Pool({ ...database.connection, max: 2, statement_timeout: 1_234 });
  write('0001-first.sql', '-- parley: no-transaction\nselect 1;');
  await migrate(narrow, { directory });
  const { rows } = await narrow.query<{ value: string }>(
    "select current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') as value",
  );
  expect(rows[0]?.value).toBe('1234ms 0');
  await narrow.end();
});

test('a directory without files is an empty schema', async () => {
  expect(await migrate(pool, { directory })).toEqual({ applied: [], current: '' });
});

test("the schema of this version stands in the run's template", async () => {
  const migrated = await createDatabase();
  const own = new pg.Pool(migrated.connection);
  expect((await migrate(own)).applied).toEqual([]);
  await own.end();
  await migrated.drop();
});
