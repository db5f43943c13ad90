/**
 * The database goes away: in the middle of a request, between two, for good, for a while. The caller is told to come
 * back, nothing half done stays, and nobody has to restart the service.
 */

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { inTransaction, translated } from '../../src/domain/database.ts';
import { findThread } from '../../src/domain/threads.ts';
import { createWorld, GAZETTE, type PostedComment, type Reader, type World } from '../support/world.ts';

let world: World;
let ada: Reader;
let root: PostedComment;
/** Connected to another database of the server: it stays when the world's is away. */
let admin: pg.Client;
let name: string;

beforeAll(async () => {
  world = await createWorld();
  ada = await world.reader('Ada');
  root = await world.post(ada, 'Hello');
  name = new URL(world.url).pathname.slice(1);
  admin = new pg.Client({ connectionString: inject('testServer').url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await world.end();
});

const read = () => world.call('GET', `gazette/thread?key=${encodeURIComponent(`url:${GAZETTE}/one`)}`);
const post = (key: string, text: string) =>
  world.call('POST', 'gazette/comments', {
    as: ada,
    body: { key: `url:${GAZETTE}/one`, url: `${GAZETTE}/one`, text },
    headers: { 'Idempotency-Key': key },
  });

async function expectUnavailable(asked: ReturnType<typeof read>): Promise<void> {
  const { status, slug, headers, json } = await asked;
  expect({ status, slug }).toEqual({ status: 503, slug: 'unavailable' });
  expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
  expect(json.retryAfter).toBe(Number(headers.get('Retry-After')));
  expect(headers.get('Cache-Control')).toBe('no-store');
  // Neither a host name nor a statement.
  expect(Object.keys(json).sort()).toEqual(['instance', 'retryAfter', 'status', 'title', 'type']);
}

const CONNECTIONS = `from pg_stat_activity where datname = $1 and application_name = 'parley'`;

/** Ends `count` connections of the service, as they come to wait for a lock. */
async function endWaiting(count: number): Promise<void> {
  const ended = new Set<number>();
  const sql = `select pid, pg_terminate_backend(pid) ${CONNECTIONS} and wait_event_type = 'Lock'`;
  await expect
    .poll(async () => {
      for (const { pid } of (await admin.query(sql, [name])).rows) ended.add(pid);
      return ended.size;
    })
    .toBe(count);
}

/** Ends all connections of the service, and waits until they are gone. Returns how many there were. */
async function endAll(): Promise<number> {
  const { rowCount } = await admin.query(`select pg_terminate_backend(pid) ${CONNECTIONS}`, [name]);
  await expect.poll(async () => (await admin.query(`select 1 ${CONNECTIONS}`, [name])).rowCount).toBe(0);
  return rowCount ?? 0;
}

const THREAD = 'select 1 from threads for update';

/** Runs `work` while another holds a lock, so that a writer stops in the middle of what it does. */
async function whileLocked(what: string, work: () => Promise<void>): Promise<void> {
  const holder = new pg.Client({ connectionString: world.url });
  await holder.connect();
  await holder.query('begin');
  await holder.query(what);
  try {
    await work();
  } finally {
    await holder.query('rollback');
    await holder.end();
  }
}

describe('a database that goes away', () => {
  it('in the middle of a post is a 503, nothing is written, and the same key posts it later', async () => {
    await whileLocked(THREAD, async () => {
      const posting = post('cut-in-the-middle', 'Cut off');
      await endWaiting(1);
      await expectUnavailable(posting);
    });
    expect((await read()).json.thread.commentCount).toBe(1);
    const again = await post('cut-in-the-middle', 'Cut off');
    expect(again.status).toBe(201);
    expect(again.headers.get('Idempotency-Replayed')).toBeNull();
    expect((await read()).json.thread.commentCount).toBe(2);
  });

  it('in the middle of an edit and of a removal leaves neither half done', async () => {
    const before = (await read()).json;
    await whileLocked(THREAD, async () => {
      const writes = [
        world.call('PATCH', `gazette/comments/${root.id}`, { as: ada, body: { text: 'Changed' } }),
        world.call('DELETE', `gazette/comments/${root.id}`, { as: ada }),
      ];
      await endWaiting(2);
      for (const write of writes) await expectUnavailable(write);
    });
    expect((await read()).json).toEqual(before);
    const { rowCount } = await world.pool.query('select 1 from comment_revisions');
    expect(rowCount).toBe(0);
  });

  it('between two statements of a transaction is no defect of ours', async () => {
    const error = await inTransaction(world.db, async (tx) => {
      await findThread(tx, 'gazette', 'id:a');
      await endAll();
      // Lets the end of the connection arrive before the next statement is sent.
      await expect.poll(() => world.pool.query('select 1').then(() => 'answered', String)).toBe('answered');
      await findThread(tx, 'gazette', 'id:a');
    }).catch(translated);
    expect(error).toMatchObject({ slug: 'unavailable' });
  });

  it('between two requests is forgotten once it is back', async () => {
    expect((await read()).status).toBe(200);
    expect(await endAll()).toBeGreaterThan(0);
    await expect.poll(async () => (await read()).status).toBe(200);
  });

  it('for a while is a 503 on every route, and readiness says so, until it is back', async () => {
    await admin.query(`alter database ${name} with allow_connections false`);
    try {
      await endAll();
      await expectUnavailable(world.call('GET', '/readyz'));
      await expectUnavailable(read());
      await expectUnavailable(post('while-it-is-away', 'Away'));
      await expectUnavailable(world.call('GET', 'gazette/me', { as: ada }));
      await expectUnavailable(world.call('GET', `gazette/comments/${root.id}`));
      // Alive: restarting the service would not bring the database back.
      expect((await world.call('GET', '/healthz')).status).toBe(200);
    } finally {
      await admin.query(`alter database ${name} with allow_connections true`);
    }
    expect((await world.call('GET', '/readyz')).status).toBe(200);
    expect((await post('while-it-is-away', 'Away')).status).toBe(201);
  });

  it('under another name, as after a restore, is a 503 until it is back', async () => {
    await endAll();
    // Refused while autovacuum looks around in it.
    const rename = () => admin.query(`alter database ${name} rename to ${name}_away`);
    await expect.poll(() => rename().then(() => 'renamed', String)).toBe('renamed');
    try {
      await expectUnavailable(read());
      await expectUnavailable(post('while-it-is-renamed', 'Renamed'));
    } finally {
      await admin.query(`alter database ${name}_away rename to ${name}`);
    }
    expect((await post('while-it-is-renamed', 'Renamed')).status).toBe(201);
  });

  it('while a limit is counted is a 503, and nothing is posted uncounted', async () => {
    const before = (await read()).json.thread.commentCount;
    await whileLocked('lock table rate_limits', async () => {
      const posting = post('nobody-counts-this', 'Uncounted');
      await endWaiting(1);
      await expectUnavailable(posting);
    });
    expect((await read()).json.thread.commentCount).toBe(before);
  });

  it('too slow to answer is a 503: a lock that is never let go costs nobody their connection', async () => {
    await whileLocked(THREAD, async () => {
      await world.pool.query(`alter role current_user in database ${name} set lock_timeout = '50ms'`);
      await endAll();
      await expect.poll(async () => (await world.call('GET', '/readyz')).status).toBe(200);
      await expectUnavailable(post('never-let-go', 'Stuck'));
    });
    await world.pool.query(`alter role current_user in database ${name} reset lock_timeout`);
    expect((await post('never-let-go', 'Stuck')).status).toBe(201);
  });
});
