/**
 * What time makes obsolete is removed here, and what a lost process left undone is done: expired sessions, attempts,
 * idempotency keys and rate limits, replaced pictures, and votes that no fold has shown.
 */
import { sql } from 'kysely';
import type { Pool } from 'pg';
import { sweepAttempts } from './attempts.ts';
import type { Db } from './database.ts';
import { sweepIdempotency } from './idempotency.ts';
import { sweepLimits } from './limits.ts';
import { sweepPictures } from './pictures.ts';
import { threadsToFold } from './reactions.ts';
import { sweepSessions } from './sessions.ts';
import { foldReactions } from './threads.ts';

/** One sweep; when another process is at it, nothing. Returns whether it swept. */
export async function sweep(db: Db, pool: Pool, now: Date): Promise<boolean> {
  return db.connection().execute(async (own) => {
    const lock = await sql<{
      taken: boolean;
    }>`select pg_try_advisory_lock(hashtext('parley sweep')) as taken`.execute(own);
    if (!lock.rows[0]?.taken) return false;
    try {
      await sweepAttempts(db, now);
      await sweepSessions(db, now);
      await sweepIdempotency(db, now);
      await sweepLimits(pool, now);
      await sweepPictures(db, now);
      for (const { siteId, threadId } of await threadsToFold(db)) {
        await foldReactions(db, siteId, threadId, now);
      }
      return true;
    } finally {
      await sql`select pg_advisory_unlock(hashtext('parley sweep'))`.execute(own);
    }
  });
}
