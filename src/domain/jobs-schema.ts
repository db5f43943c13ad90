/**
 * The tables in which pg-boss keeps jobs, in a schema of their own, made and brought up to date as a part of `migrate`:
 * a service that starts changes no schema, and a test's database has them from its template. The statements are the
 * package's own, so nothing here names a table of it but `version`; `edge/jobs.ts` is the one that fills them.
 */

import type pg from 'pg';
import manifest from 'pg-boss/package.json' with { type: 'json' };

export const JOBS_SCHEMA = 'pgboss';
/** What the installed package expects to find. */
const VERSION: number = manifest.pgboss.schema;

/**
 * Makes the tables or brings them up to date, in one transaction but for new indexes. For `migrate`, which holds the lock. Throws one
 * sentence for tables that a newer version has touched.
 */
export async function migrateJobs(pool: pg.Pool, log: (line: string) => void): Promise<void> {
  const client = await pool.connect();
  let isBroken = true;
  try {
    const version = await readVersion(client);
    if (version !== undefined && version > VERSION)
      throw new Error(
        'The database keeps jobs in tables unknown here: it was used by a newer version of Parley.',
      );
    if (version !== VERSION) {
      log(`Bringing the tables of jobs to version ${VERSION}`);
      // Loaded only now: a command that has nothing to migrate need not pay for it.
      const { getConstructionPlans, getMigrationPlans } = await import('pg-boss');
      const plan =
        version === undefined ? getConstructionPlans(JOBS_SCHEMA) : getMigrationPlans(JOBS_SCHEMA, version);
      // What follows the transaction builds indexes without locking the table, each in a statement sent alone.
      const [transaction = '', indexes = ''] = plan.split(/(?<=^\s*COMMIT;)/m);
      await client.query('set statement_timeout = 0');
      for (const statement of [transaction, ...indexes.split(';')]) await client.query(statement);
      await client.query('reset statement_timeout');
    }
    isBroken = false;
  } finally {
    client.release(isBroken);
  }
}

async function readVersion(client: pg.PoolClient): Promise<number | undefined> {
  const { rows: found } = await client.query(
    `select to_regclass('${JOBS_SCHEMA}.version') is not null as is_there`,
  );
  if (!found[0].is_there) return undefined;
  const { rows } = await client.query(`select version from ${JOBS_SCHEMA}.version`);
  return rows[0].version;
}
