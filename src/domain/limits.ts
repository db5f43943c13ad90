/**
 * Rate limits: fixed windows in an unlogged table, shared by all processes, outside the writer's transaction so that
 * a refused request costs one statement. Keys are MACs; no address or id is stored in clear.
 */
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { problem } from '../core/problem.ts';
import type { Keyring } from '../core/secret.ts';

export interface Limit {
  /** What is counted, e.g. `comment`. */
  name: string;
  /** How many in the window. */
  points: number;
  windowSeconds: number;
}

export interface Limits {
  /** Counts one. Throws `rate-limited` with `retryAfter` in seconds when the window is full. */
  spend(limit: Limit, who: string): Promise<void>;
}

/** Limits on the `rate_limits` table. */
export function createLimits(pool: Pool, keyring: Keyring): Limits {
  const limiters = new Map<string, RateLimiterPostgres>();
  return {
    async spend({ name, points, windowSeconds }, who) {
      const id = `${name}:${points}:${windowSeconds}`;
      let limiter = limiters.get(id);
      if (!limiter) {
        limiter = new RateLimiterPostgres({
          storeClient: pool,
          storeType: 'pool',
          tableName: 'rate_limits',
          tableCreated: true,
          // The sweep does it once for all processes.
          clearExpiredByTimeout: false,
          keyPrefix: name,
          points,
          duration: windowSeconds,
        });
        limiters.set(id, limiter);
      }
      try {
        await limiter.consume(keyring.mac('rate-limit', `${id}:${who}`));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw problem('rate-limited', { retryAfter: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)) });
      }
    },
  };
}

/** Removes windows that ended; for the sweep. */
export async function sweepLimits(pool: Pool, now: Date): Promise<void> {
  await pool.query('delete from rate_limits where expire < $1', [now.getTime()]);
}
