/**
 * Work outside the request, on pg-boss as the service runs it: what is in a transaction and what is not, what happens to
 * a job that fails, a service that stops, a database that goes away.
 */

import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { TryAgain } from '../../src/core/job.ts';
import { type Database, openDatabase } from '../../src/domain/database.ts';
import { migrateJobs } from '../../src/domain/jobs-schema.ts';
import { migrate } from '../../src/domain/migrate.ts';
import { type Jobs, startJobs, type Work } from '../../src/edge/jobs.ts';
import { workOn } from '../../src/edge/work.ts';
import { createDatabase, createEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { createWorld } from '../support/world.ts';

const PATIENCE = { timeout: 15_000, interval: 50 };
const FAST = { pollSeconds: 0.5 };

let owned: TestDatabase;
let database: Database;
let started: Jobs[];
let lines: Record<string, unknown>[];
/** Identities of the pictures that were done, in order. */
let done: number[];

const log = pino(
  { level: 'info' },
  { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
);

beforeAll(async () => {
  owned = await createDatabase();
  database = openDatabase(owned.connection);
});
afterAll(async () => {
  await database.close();
  await owned.drop();
});
beforeEach(() => {
  started = [];
  lines = [];
  done = [];
});
afterEach(async () => {
  await Promise.all(started.map((jobs) => jobs.stop()));
  await database.pool.query('delete from pgboss.job');
});

async function start(work: Partial<Work> = {}): Promise<Jobs> {
  const all: Work = {
    picture: async ({ identityId }) => void done.push(identityId),
    sweep: async () => {},
    ...work,
  };
  const jobs = await startJobs(database, all, log, FAST);
  started.push(jobs);
  return jobs;
}

const order = (jobs: Jobs, identityId: number) =>
  database.db.transaction().execute((tx) => jobs.enqueue(tx, { kind: 'picture', identityId }));
const rows = async () =>
  (await database.pool.query(`select state, data, output::text from pgboss.job where name = 'picture'`)).rows;
/** The pauses between tries are minutes. */
const hurry = () => database.pool.query(`update pgboss.job set start_after = now() where state = 'retry'`);

describe('a job', () => {
  it('is done after its transaction is there, and never without it', async () => {
    const jobs = await start();
    const undone = database.db.transaction().execute(async (tx) => {
      await jobs.enqueue(tx, { kind: 'picture', identityId: 1 });
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await rows()).toEqual([]);
    await database.db.transaction().execute(async (tx) => {
      await jobs.enqueue(tx, { kind: 'picture', identityId: 2 });
      expect(await rows()).toEqual([]); // nobody sees it yet
    });
    await expect.poll(() => done, PATIENCE).toEqual([2]);
  });

  it('that waits is not put there twice', async () => {
    const jobs = await start({ picture: () => new Promise(() => {}) });
    await jobs.stop(); // fetches no more
    for (const identityId of [7, 7, 8]) await order(jobs, identityId);
    expect((await rows()).map(({ data }) => data.identityId).sort()).toEqual([7, 8]);
  });

  it('that the world hinders says why, is tried again, and then is done', async () => {
    let isOut = true;
    const jobs = await start({
      picture: async ({ identityId }) => {
        if (isOut) throw new TryAgain('timeout');
        done.push(identityId);
      },
    });
    await order(jobs, 3);
    await expect.poll(async () => (await rows())[0]?.state, PATIENCE).toBe('retry');
    expect(lines).toEqual([
      expect.objectContaining({ level: 30, reason: 'timeout', job: { kind: 'picture', identityId: 3 } }),
    ]);
    isOut = false;
    await hurry();
    await expect.poll(() => done, PATIENCE).toEqual([3]);
  });

  it('that breaks is logged as a defect, its row gives nothing away, and others are done', async () => {
    const jobs = await start({
      picture: async ({ identityId }) => {
        if (identityId === 4) throw new Error('at https://secret.example/ada');
        done.push(identityId);
      },
    });
    await order(jobs, 4);
    await order(jobs, 5);
    await expect.poll(() => done, PATIENCE).toEqual([5]);
    await expect
      .poll(async () => (await rows()).map(({ state }) => state).sort(), PATIENCE)
      .toEqual(['completed', 'retry']);
    expect(JSON.stringify(await rows())).not.toContain('secret.example');
    expect(lines).toEqual([expect.objectContaining({ level: 50, msg: 'a job broke' })]);
  });

  it('is given up after some tries, and stays where an operator can find it', async () => {
    let tries = 0;
    const jobs = await start({
      picture: async () => {
        tries++;
        throw new TryAgain('unreachable');
      },
    });
    await order(jobs, 6);
    const state = async () => {
      await hurry();
      return (await rows())[0]?.state;
    };
    await expect.poll(state, PATIENCE).toBe('failed');
    expect(tries).toBe(5);
  });
});

describe('the sweep', () => {
  it('is due every minute, once for all processes', async () => {
    await start();
    await start();
    const { rows: schedules } = await database.pool.query('select name, cron from pgboss.schedule');
    expect(schedules).toEqual([{ name: 'sweep', cron: '* * * * *' }]);
  });

  it('is done by a job, and by one process at a time', async () => {
    let [running, most, all] = [0, 0, 0];
    const sweep = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 300));
      running--;
      all++;
    };
    const [jobs] = [await start({ sweep }), await start({ sweep })];
    const orderSweep = () => database.db.transaction().execute((tx) => jobs!.enqueue(tx, { kind: 'sweep' }));
    await Promise.all([orderSweep(), orderSweep(), orderSweep()]);
    await expect.poll(() => all, PATIENCE).toBe(1);
    await orderSweep();
    await expect.poll(() => all, PATIENCE).toBe(2);
    expect(most).toBe(1);
  });

  it('removes what is over', async () => {
    const world = await createWorld();
    const later = new Date(world.clock.now.getTime() + 3 * 86_400_000);
    const ada = await world.reader('Ada');
    await world.post(ada, 'Hello');
    const work = workOn(world, { publicUrl: 'https://comments.example', log, now: () => later });
    await work.sweep({ kind: 'sweep' }, new AbortController().signal);
    expect((await world.pool.query('select from idempotency')).rowCount).toBe(0);
    await world.end();
  });
});

describe('a service that stops', () => {
  it('tells its jobs to end, waits for them, and leaves them to the next', async () => {
    let isStarted = false;
    const first = await start({
      picture: (_job, signal) =>
        new Promise((_resolve, reject) => {
          isStarted = true;
          signal.addEventListener('abort', () => reject(new TryAgain('stopped')));
        }),
    });
    await order(first, 9);
    await expect.poll(() => isStarted, PATIENCE).toBe(true);
    const begun = performance.now();
    await first.stop();
    expect(performance.now() - begun).toBeLessThan(2000);
    expect((await rows())[0].state).toBe('retry');
    await start();
    await hurry();
    await expect.poll(() => done, PATIENCE).toEqual([9]);
  });

  it('waits no longer than a few seconds for a job that does not listen', async () => {
    let isStarted = false;
    const jobs = await start({
      picture: () => {
        isStarted = true;
        return new Promise(() => {});
      },
    });
    await order(jobs, 10);
    await expect.poll(() => isStarted, PATIENCE).toBe(true);
    const begun = performance.now();
    await jobs.stop();
    expect(performance.now() - begun).toBeLessThan(8000);
  });
});

describe('a database that goes away', () => {
  it('and comes back finds the workers at their place, and was complained about once', async () => {
    const jobs = await start();
    const admin = new pg.Client({ connectionString: inject('testServer').url });
    await admin.connect();
    const name = new URL(owned.url).pathname.slice(1);
    const allow = (isAllowed: boolean) =>
      admin.query(`alter database ${name} allow_connections ${isAllowed}`);
    await allow(false);
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    await expect(order(jobs, 11)).rejects.toThrow();
    await expect.poll(() => lines.length, PATIENCE).toBe(1);
    // Long enough for every worker to ask in vain several times.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(lines).toEqual([
      expect.objectContaining({
        level: 40,
        reason: expect.stringMatching(/connection/),
        msg: 'jobs are held up',
      }),
    ]);
    await allow(true);
    await admin.end();
    await order(jobs, 12);
    await expect.poll(() => done, PATIENCE).toEqual([12]);
  });
});

describe('the tables of jobs', () => {
  it('are made by migrate, so that a service changes no schema when it starts', async () => {
    const own = await createEmptyDatabase();
    const pool = new pg.Pool({ ...own.connection, max: 3 });
    const version = async () => (await pool.query('select version from pgboss.version')).rows;
    await expect(
      startJobs({ pool }, { picture: async () => {}, sweep: async () => {} }, log),
    ).rejects.toThrow('not installed');
    await migrate(pool);
    const made = await version();
    await migrate(pool);
    expect(await version()).toEqual(made);
    await pool.end();
    await own.drop();
  });

  it('are brought up from an earlier version, and refused from a later one', async () => {
    const { getRollbackPlans, PgBoss } = await import('pg-boss');
    const own = await createDatabase();
    const pool = new pg.Pool({ ...own.connection, max: 2 });
    const version = async () => (await pool.query('select version from pgboss.version')).rows[0].version;
    const current = await version();
    await pool.query(getRollbackPlans('pgboss', current));
    expect(await version()).toBe(current - 1);
    await migrateJobs(pool, () => {});
    expect(await version()).toBe(current);
    const boss = new PgBoss({
      db: { executeSql: (text, values) => pool.query(text, values) },
      schema: 'pgboss',
    });
    expect(await boss.detectSchemaDrift()).toMatchObject({ ok: true });
    await pool.query('update pgboss.version set version = version + 1');
    await expect(migrateJobs(pool, () => {})).rejects.toThrow('used by a newer version of Parley');
    await pool.end();
    await own.drop();
  });
});
