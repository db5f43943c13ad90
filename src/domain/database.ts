/**
 * The door to PostgreSQL: the pool, Kysely on it, transactions, and the one place where the database's errors are
 * given a meaning. It knows no table. Inside a transaction only the handle passed in may be used: an outer query
 * waits for the commit, or for ever.
 */
import { Kysely, type LogEvent, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { Problem, problem } from '../core/problem.ts';
import type { Schema } from './schema.ts';

/** Read and write outside a transaction; every verb of the domain takes it first. */
export type Db = Kysely<Schema>;
/** The same inside a transaction. */
export type Tx = Transaction<Schema>;

const BIGINT = 20;
const POOL_SIZE = 20;
/** Longer than any statement of ours at 1,000,000 comments; a stuck one must not hold a pool slot. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** A reader rather sees "try again" than a spinner. */
const CONNECT_TIMEOUT_MS = 3_000;
const RETRY_AFTER_SECONDS = 2;

// Ids and counts stay below 2^53 by construction, so they travel as numbers.
pg.types.setTypeParser(BIGINT, Number);

export interface Database {
  db: Db;
  pool: pg.Pool;
  close(): Promise<void>;
}

/** Opens a pool on `connection`; nothing is sent until the first statement. `log` sees every statement (tests). */
export function openDatabase(
  connection: pg.PoolConfig,
  options: { log?: (event: LogEvent) => void; onError?: (error: Error) => void } = {},
): Database {
  const pool = new pg.Pool({
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'parley',
    ...connection,
  });
  // An idle connection that dies is replaced by the pool; unheard, its error would end the process. So would that of
  // one in use, which the pool does not listen to: there the statement that waits has failed with it already.
  pool.on('error', (error) => options.onError?.(error));
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool }),
    ...(options.log ? { log: options.log } : {}),
  });
  return { db, pool, close: () => db.destroy() };
}

/** Resolves when the database answers; for readiness. */
export async function ping(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}

const MAX_TRIES = 4;

/**
 * Runs `work` in one READ COMMITTED transaction and again from the start when two processes minted the same id in
 * the same millisecond, or on a deadlock; `work` must therefore do nothing outside the database.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx, tries: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute((tx) => work(tx, tries));
    } catch (error) {
      if (tries >= MAX_TRIES || !isWorthRetrying(error)) throw error;
    }
  }
}

const MINTED_KEYS = new Set(['comments_pkey', 'threads_pkey', 'events_pkey']);

function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  if (error.code === '40P01' || error.code === '40001') return true;
  return error.code === '23505' && MINTED_KEYS.has(error.constraint ?? '');
}

/** Constraint → what its violation means to the caller; anything not listed is a defect. */
const CONSTRAINTS = {
  attempts_challenge_key: 'attempt-invalid',
} as const;

/** Whether `error` violates the named unique constraint. */
export function violates(error: unknown, constraint: string): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === constraint;
}

// Classes 08 and 57P: connection lost, server shutting down; 53300: no connection left; 57014: statement timeout.
const AWAY = /^(08|57P|53300|57014|55P03|25P03|3D000)/;
const AWAY_SYSTEM = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH']);
const AWAY_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|Client (was closed|has encountered a connection error))/;
/** A NUL, which PostgreSQL's text cannot hold and an address can. */
const UNSTORABLE = '22021';

/**
 * What an error of the database means to a caller: a problem when it is one (`unavailable` with `retryAfter` when
 * the server is away, a constraint's own, `invalid-input` for a NUL), else the error as it was.
 */
export function translated(error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  if (error instanceof pg.DatabaseError && error.constraint && error.constraint in CONSTRAINTS) {
    return problem(CONSTRAINTS[error.constraint as keyof typeof CONSTRAINTS]);
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof pg.DatabaseError && code === UNSTORABLE) return problem('invalid-input');
  const isAway =
    error instanceof pg.DatabaseError
      ? // FATAL: PostgreSQL ended the connection or would not begin one, for whatever reason.
        AWAY.test(code) || error.severity === 'FATAL'
      : // pg reports a lost connection as a plain Error without a code (pg 8.23, client.js).
        AWAY_SYSTEM.has(code) || AWAY_TEXT.test(error.message);
  return isAway ? new Problem('unavailable', { retryAfter: RETRY_AFTER_SECONDS }, { cause: error }) : error;
}
