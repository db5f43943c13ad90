/**
 * The database goes away: in the middle of a request, between two, for good, for a while. The caller is told to come
 * back, nothing half done stays, and nobody has to restart the service.
 */

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
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

/** Ends the service's connections, all or those that wait for a lock. Returns how many. */
async function terminate(waiting = false): Promise<number> {
  const { rowCount } = await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = $1 and application_name = 'parley' and (not $2 or wait_event_type = 'Lock')`,
    [name, waiting],
  );
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
      await expect.poll(() => terminate(true)).toBe(1);
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
      const ended: number[] = [];
      await expect
        .poll(async () => {
          ended.push(await terminate(true));
          return ended.reduce((sum, n) => sum + n, 0);
        })
        .toBe(2);
      for (const write of writes) await expectUnavailable(write);
    });
    expect((await read()).json).toEqual(before);
    const { rowCount } = await world.pool.query('select 1 from comment_revisions');
    expect(rowCount).toBe(0);
  });

  it('between two requests is not even noticed by the next but one', async () => {
    expect((await read()).status).toBe(200);
    expect(await terminate()).toBeGreaterThan(0);
    await expect.poll(async () => (await read()).status).toBe(200);
  });

  it('for a while is a 503 on every route, and readiness says so, until it is back', async () => {
    await admin.query(`alter database ${name} with allow_connections false`);
    try {
      await terminate();
      await expect.poll(async () => (await world.call('GET', '/readyz')).slug).toBe('unavailable');
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
    await terminate();
    await admin.query(`alter database ${name} rename to ${name}_away`);
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
      await expect.poll(() => terminate(true)).toBe(1);
      await expectUnavailable(posting);
    });
    expect((await read()).json.thread.commentCount).toBe(before);
  });

  it('too slow to answer is a 503: a lock that is never let go costs nobody their connection', async () => {
    await whileLocked(THREAD, async () => {
      await world.pool.query(`alter role current_user in database ${name} set lock_timeout = '50ms'`);
      await terminate();
      await expect.poll(async () => (await post('never-let-go', 'Stuck')).slug).toBe('unavailable');
    });
    await world.pool.query(`alter role current_user in database ${name} reset lock_timeout`);
    expect((await post('never-let-go', 'Stuck')).status).toBe(201);
  });
});
