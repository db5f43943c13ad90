/** What time makes obsolete, and limits that count within it. That votes are folded is in http/reactions.test.ts. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Keyring } from '../../src/core/secret.ts';
import { createAttempt, createState } from '../../src/domain/attempts.ts';
import { createLimits } from '../../src/domain/limits.ts';
import { sweep } from '../../src/domain/sweep.ts';
import { ARTICLE, createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let world: World;
let ada: Reader;

beforeAll(async () => {
  world = await createWorld();
  ada = await world.reader('Ada');
});
afterAll(() => world.end());
beforeEach(async () => {
  await world.pool.query('delete from rate_limits');
});

const after = (milliseconds: number) => new Date(world.clock.now.getTime() + milliseconds);
const sweepAfter = (milliseconds: number) => sweep(world.db, world.pool, after(milliseconds));
const count = async (table: string) =>
  (await world.pool.query(`select count(*)::int as n from ${table}`)).rows[0].n;

describe('the sweep', () => {
  const begin = async () => {
    const input = {
      siteId: 'gazette',
      origin: GAZETTE,
      returnUrl: ARTICLE,
      challenge: randomBytes(32).toString('base64url'),
      mode: 'popup' as const,
      via: 'post' as const,
      switchAccount: false,
      provider: null,
    };
    const { id } = await createAttempt(world.db, input, world.clock.now);
    const attempt = { ...input, id, profile: null, failure: null, isFinished: false };
    await createState(world.db, attempt, 'google', world.clock.now);
  };

  it('removes a state with its time, and an attempt a day later, so that no challenge returns meanwhile', async () => {
    await begin();
    await sweepAfter(600 * SECOND_MS - 1);
    expect([await count('attempts'), await count('attempt_states')]).toEqual([1, 1]);
    await sweepAfter(600 * SECOND_MS);
    expect([await count('attempts'), await count('attempt_states')]).toEqual([1, 0]);
    await sweepAfter(600 * SECOND_MS + DAY_MS - 1);
    expect(await count('attempts')).toBe(1);
    await sweepAfter(600 * SECOND_MS + DAY_MS);
    expect(await count('attempts')).toBe(0);
  });

  it('forgets an Idempotency-Key after 48 hours, and its comment stays', async () => {
    const post = (text = 'Hello') => world.post(ada, text, { key: 'kept-for-two-days' });
    const first = await post();
    await sweepAfter(48 * HOUR_MS - 1);
    expect((await post()).id).toBe(first.id);
    await sweepAfter(48 * HOUR_MS);
    expect(await count('idempotency')).toBe(0);
    expect((await post('Hello again')).id).not.toBe(first.id);
    expect(await count('comments')).toBe(2);
  });

  it('is done by one process at a time, and by the next when that one is through or gone', async () => {
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => sweepAfter(0)));
    expect(outcomes).toContain(true);
    const holder = await world.pool.connect();
    await holder.query(`select pg_advisory_lock(hashtext('parley sweep'))`);
    expect(await sweepAfter(0)).toBe(false);
    holder.release(true); // ends the connection and with it the lock
    await expect.poll(() => sweepAfter(0)).toBe(true);
  });

  it('removes windows of limits that are over', async () => {
    const limits = createLimits(world.pool, world.keyring);
    await limits.spend({ name: 'short', points: 1, windowSeconds: 60 }, 'ada');
    // Windows run by the real clock: they only tell when to come back.
    await sweep(world.db, world.pool, new Date());
    expect(await count('rate_limits')).toBe(1);
    await sweep(world.db, world.pool, new Date(Date.now() + 61 * SECOND_MS));
    expect(await count('rate_limits')).toBe(0);
  });
});

describe('a limit', () => {
  const limit = { name: 'comment', points: 3, windowSeconds: 60 };
  const refusal = { slug: 'rate-limited', details: { retryAfter: expect.any(Number) } };

  it('lets through what it says and refuses the rest, with the seconds until the window ends', async () => {
    const limits = createLimits(world.pool, world.keyring);
    for (let n = 0; n < 3; n++) await limits.spend(limit, 'ada');
    const error = await limits.spend(limit, 'ada').catch((refused) => refused);
    expect(error).toMatchObject(refusal);
    expect(error.details.retryAfter).toBeGreaterThan(50);
    expect(error.details.retryAfter).toBeLessThanOrEqual(60);
    await world.pool.query('update rate_limits set expire = $1', [Date.now() - 1]);
    await limits.spend(limit, 'ada');
  });

  it('counts across processes, however many come at once', async () => {
    const processes = [createLimits(world.pool, world.keyring), createLimits(world.pool, world.keyring)];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, n) => processes[n % 2]!.spend(limit, 'ada')),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  it('is each one’s own, by who, by name and by size', async () => {
    const limits = createLimits(world.pool, world.keyring);
    for (let n = 0; n < 3; n++) await limits.spend(limit, 'ada');
    await limits.spend(limit, 'bo');
    await limits.spend({ ...limit, name: 'vote' }, 'ada');
    await limits.spend({ ...limit, points: 4 }, 'ada');
    await expect(limits.spend(limit, 'ada')).rejects.toMatchObject(refusal);
  });

  it('stores neither address nor person, and nobody without the secret can tell whose it is', async () => {
    await createLimits(world.pool, world.keyring).spend(limit, '203.0.113.7');
    const [{ key }] = (await world.pool.query('select key from rate_limits')).rows;
    expect(key).not.toContain('203.0.113');
    const stranger = new Keyring([randomBytes(32).toString('base64url')]);
    await createLimits(world.pool, stranger).spend(limit, '203.0.113.7');
    expect(await count('rate_limits')).toBe(2);
  });
});
