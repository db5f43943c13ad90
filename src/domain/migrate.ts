/**
 * Brings a database to the schema of this version by the numbered files in `sql/`, and refuses one that it does not
 * understand; then has `jobs-schema.ts` do the same for the tables of jobs. Owns the table `migrations` and knows no
 * other; what the files do is theirs. A file once applied is never edited: its checksum is kept, and a changed one is
 * refused, because two servers would then differ in silence.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrateJobs } from './jobs-schema.ts';

const DIRECTORY = fileURLToPath(new URL('../../sql', import.meta.url));
const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;
const OUTSIDE_TRANSACTION = '-- parley: no-transaction';

const LOCK_KEY = 7_264_512_038; // any number that nobody else uses in this database
const LOCK_POLL_MS = 100;
/** How long a statement waits for a table lock: meanwhile all new statements on that table queue behind it. */
const TABLE_LOCK_TIMEOUT_MS = 3_000;
const TABLE_LOCK_TRIES = 5;
const LOCK_NOT_AVAILABLE = '55P03';

export interface MigrationReport {
  /** File names applied now, in order. */
  applied: string[];
  /** The last file name of the schema as it stands; empty without any. */
  current: string;
}

interface MigrationFile {
  name: string;
  sql: string;
  checksum: string;
}

/**
 * Applies what is missing, one transaction a file, each recorded in its own; whoever calls at the same time waits, so
 * any number of services may start at once. A file whose first line is `-- parley: no-transaction` runs outside one: it
 * holds a single statement, which must bear being run again (`create index concurrently`). Two connections are taken.
 *
 * Throws one sentence, having changed nothing further, for a file that was changed after it was applied, an applied
 * one that this version does not have, one that comes too late in the order, and a file that fails.
 */
export async function migrate(
  pool: pg.Pool,
  options: { directory?: string; log?: (line: string) => void } = {},
): Promise<MigrationReport> {
  const files = readFiles(options.directory ?? DIRECTORY);
  return underLock(pool, async () => {
    await pool.query(`
      create table if not exists migrations (
        name        text primary key,                   -- the file in sql/
        checksum    text not null,                      -- SHA-256 of it, hex
        applied_at  timestamptz not null default now()  -- when
      )`);
    const pending = missing(files, await readApplied(pool));
    for (const file of pending) {
      options.log?.(`Applying ${file.name}`);
      await apply(pool, file);
    }
    await migrateJobs(pool, options.log ?? (() => {}));
    return { applied: pending.map(({ name }) => name), current: files.at(-1)?.name ?? '' };
  });
}

function readFiles(directory: string): MigrationFile[] {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const files: MigrationFile[] = [];
  for (const name of names) {
    if (!FILE_NAME.test(name)) throw new Error(`${join(directory, name)} is not named NNNN-words.sql.`);
    const twin = files.find((file) => file.name.slice(0, 4) === name.slice(0, 4));
    if (twin) throw new Error(`${twin.name} and ${name} have the same number.`);
    // Git may have written other line ends on this machine; the schema is the same.
    const sql = readFileSync(join(directory, name), 'utf8').replaceAll('\r\n', '\n');
    files.push({ name, sql, checksum: createHash('sha256').update(sql).digest('hex') });
  }
  return files;
}

async function readApplied(pool: pg.Pool): Promise<{ name: string; checksum: string }[]> {
  const { rows } = await pool.query<{ name: string; checksum: string }>(
    'select name, checksum from migrations order by name collate "C"',
  );
  return rows;
}

function missing(files: MigrationFile[], applied: { name: string; checksum: string }[]): MigrationFile[] {
  for (const { name, checksum } of applied) {
    const file = files.find((candidate) => candidate.name === name);
    if (!file)
      throw new Error(`The database has ${name}, unknown here: it was used by a newer version of Parley.`);
    if (file.checksum !== checksum)
      throw new Error(`${name} was changed after it was applied: write a new migration.`);
  }
  const last = applied.at(-1)?.name ?? '';
  const pending = files.filter(({ name }) => !applied.some((done) => done.name === name));
  const late = pending.find(({ name }) => name < last);
  if (late)
    throw new Error(`${late.name} comes too late: ${last} is applied already. Give it a higher number.`);
  return pending;
}

async function apply(pool: pg.Pool, file: MigrationFile): Promise<void> {
  const client = await pool.connect();
  let isBroken = true;
  try {
    for (let tries = 1; ; tries++) {
      try {
        await (file.sql.startsWith(OUTSIDE_TRANSACTION)
          ? runBare(client, file)
          : runInTransaction(client, file));
        break;
      } catch (error) {
        const isWorthRetrying = error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE;
        if (!isWorthRetrying || tries >= TABLE_LOCK_TRIES) throw explained(error, file);
      }
    }
    isBroken = false;
  } finally {
    // A connection in an unknown state does not go back to the pool.
    client.release(isBroken);
  }
}

async function runInTransaction(client: pg.PoolClient, file: MigrationFile): Promise<void> {
  try {
    await client.query('begin');
    await client.query(`set local lock_timeout = ${TABLE_LOCK_TIMEOUT_MS}; set local statement_timeout = 0`);
    await client.query(file.sql);
    await record(client, file);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {}); // the connection may be gone; the first error tells why
    throw error;
  }
}

async function runBare(client: pg.PoolClient, file: MigrationFile): Promise<void> {
  await client.query(`set lock_timeout = ${TABLE_LOCK_TIMEOUT_MS}`);
  await client.query('set statement_timeout = 0');
  await client.query(file.sql);
  await record(client, file);
  await client.query('reset lock_timeout');
  await client.query('reset statement_timeout');
}

async function record(client: pg.PoolClient, { name, checksum }: MigrationFile): Promise<void> {
  await client.query('insert into migrations (name, checksum) values ($1, $2)', [name, checksum]);
}

function explained(error: unknown, { name, sql }: MigrationFile): Error {
  const { message, position } = error as pg.DatabaseError;
  const line = position ? `, line ${sql.slice(0, Number(position)).split('\n').length}` : '';
  return new Error(`${name}${line}: ${message}`, { cause: error });
}

/**
 * Holds the lock in a transaction of its own, so that it also holds through a pooler that hands out a connection for one
 * transaction. It is tried and not waited for: a waiting statement has a snapshot, for which a `create index
 * concurrently` of the holder would wait, which is a deadlock.
 */
async function underLock<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // Idle while the files run: unheard, the loss of this connection would end the process. The commit reports it.
  const ignore = () => {};
  client.on('error', ignore);
  let isBroken = true;
  try {
    for (;;) {
      await client.query('begin; set local idle_in_transaction_session_timeout = 0');
      // No parameter: the portal of a parameterised query keeps its snapshot until the transaction ends.
      const { rows } = await client.query(`select pg_try_advisory_xact_lock(${LOCK_KEY}) as taken`);
      if (rows[0].taken) break;
      await client.query('rollback');
      await sleep(LOCK_POLL_MS);
    }
    const result = await work();
    await client.query('commit');
    isBroken = false;
    return result;
  } finally {
    client.off('error', ignore);
    client.release(isBroken);
  }
}
