/**
 * What each kind of job does, put together: the domain's verbs and the edge's doors. A library that only one job needs
 * is loaded when the first of its kind comes.
 */
import { isLoopback } from '../core/canonical.ts';
import type { Database } from '../domain/database.ts';
import { sweep } from '../domain/sweep.ts';
import type { Work } from './jobs.ts';
import type { Log } from './log.ts';

export interface WorkOptions {
  /** Our own origin. On loopback, what lies on loopback may be fetched: providers are simulators there. */
  publicUrl: string;
  log: Log;
  now: () => Date;
}

export function workOn(
  { db, pool }: Pick<Database, 'db' | 'pool'>,
  { publicUrl, log, now }: WorkOptions,
): Work {
  return {
    sweep: async () => void (await sweep(db, pool, now())),
    picture: async ({ identityId }, signal) => {
      const [{ copyPicture }, { createSafeFetch }] = await Promise.all([
        import('./pictures.ts'),
        import('./safe-fetch.ts'),
      ]);
      const fetch = createSafeFetch({
        userAgent: `Parley (+${publicUrl})`,
        allowLoopback: isLoopback(new URL(publicUrl).hostname),
      });
      await copyPicture({ db, fetch, log, now }, identityId, signal);
    },
  };
}
