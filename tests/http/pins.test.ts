/** Pins: up to three roots on top of the first page, in no other place of the order, and what unpins or brings them back. */
import type { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment, postComment } from '../../src/domain/comments.ts';
import { openDatabase } from '../../src/domain/database.ts';
import { type RootCursor, readRoots } from '../../src/domain/discussion.ts';
import { pinComment, unpinComment } from '../../src/domain/pins.ts';
import type { CommentStatus } from '../../src/domain/schema.ts';
import { createSite, readSite } from '../../src/domain/sites.ts';
import { createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

const ORDERS = ['oldest', 'newest', 'best'] as const;

let world: World;
let ada: Reader;
let bo: Reader;
/** A page of its own for each test. */
let page: string;
let pages = 0;
let keys = 0;

beforeAll(async () => {
  world = await createWorld();
  ada = await world.reader('Ada');
  bo = await world.reader('Bo');
});
afterAll(() => world.end());
beforeEach(async () => {
  page = `${GAZETTE}/pins-${++pages}`;
  await world.pool.query('delete from rate_limits');
});

async function post(as: Reader, text: string, parentId?: number): Promise<number> {
  const { status, json } = await world.call('POST', 'gazette/comments', {
    as,
    body: { key: `url:${page}`, url: page, text, ...(parentId ? { parentId } : {}) },
    headers: { 'Idempotency-Key': `key-${++keys}-of-pins` },
  });
  expect(status).toBe(201);
  return json.comment.id;
}

async function postMany(count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let n = 1; n <= count; n++) ids.push(await post(ada, `Comment ${n}`));
  return ids;
}

/** A moment later each time: the newest pin is on top. */
function pin(commentId: number, siteId = 'gazette') {
  world.pass(1);
  return pinComment(world.db, siteId, commentId, world.clock.now);
}
const unpin = (commentId: number) => unpinComment(world.db, 'gazette', commentId, world.clock.now);
const decide = (commentId: number, status: CommentStatus) =>
  decideComment(world.db, 'gazette', { commentId, status }, world.clock.now);
const remove = (as: Reader, id: number) => world.call('DELETE', `gazette/comments/${id}`, { as });
const restore = (as: Reader, id: number) => world.call('POST', `gazette/comments/${id}/restore`, { as });

async function read(query: Record<string, string> = {}) {
  const { status, json, headers } = await world.call(
    'GET',
    `gazette/thread?${new URLSearchParams({ key: `url:${page}`, ...query })}`,
  );
  expect(status).toBe(200);
  return { ...json, etag: headers.get('ETag') };
}

async function shown(query: Record<string, string> = {}): Promise<number[]> {
  return (await read(query)).comments.items.map(({ id }: { id: number }) => id);
}

/** Ids of each page of the thread. */
async function allPages(order: string, limit: number): Promise<number[][]> {
  const found: number[][] = [];
  let after: string | null = null;
  do {
    const { comments } = await read({ order, limit: String(limit), ...(after ? { after } : {}) });
    found.push(comments.items.map(({ id }: { id: number }) => id));
    after = comments.next;
  } while (after);
  return found;
}

async function eventsOf(commentId: number) {
  const { rows } = await world.pool.query(
    'select kind, version, actor_id as actor, data from events where comment_id = $1 order by id',
    [commentId],
  );
  return rows;
}

describe('a pinned comment', () => {
  it('comes first in every order, the newest pin foremost, with its replies and its mark', async () => {
    const [a, b, c, d] = (await postMany(4)) as [number, number, number, number];
    const reply = await post(bo, 'Reply', b);
    await pin(c);
    await pin(b);
    expect(await shown({ order: 'oldest' })).toEqual([b, c, a, d]);
    expect(await shown({ order: 'newest' })).toEqual([b, c, d, a]);
    expect(await shown({ order: 'best' })).toEqual([b, c, d, a]);
    const { items } = (await read()).comments;
    expect(items.map(({ pinned }: { pinned: boolean }) => pinned)).toEqual([true, true, false, false]);
    expect(items[0].replies.items).toMatchObject([{ id: reply, pinned: false }]);
    expect((await world.call('GET', `gazette/comments/${b}`)).json.comment.pinned).toBe(true);
    await unpin(b);
    expect(await shown({ order: 'oldest' })).toEqual([c, a, b, d]);
  });

  it.each(ORDERS)('is on the first page alone, beyond its limit, and nowhere twice: %s', async (order) => {
    const ids = await postMany(7);
    await pin(ids[1]!);
    await pin(ids[6]!);
    await pin(ids[4]!);
    const rest = [ids[0], ids[2], ids[3], ids[5]] as number[];
    if (order !== 'oldest') rest.reverse();
    const pins = [ids[4], ids[6], ids[1]] as number[];
    for (const limit of [1, 2, 3, 4, 7]) {
      const found = await allPages(order, limit);
      expect(found.flat(), `limit ${limit}`).toEqual([...pins, ...rest]);
      expect(found[0], `limit ${limit}`).toHaveLength(3 + Math.min(limit, 4));
    }
  });

  it('is there, too, where nothing else is', async () => {
    const [only] = await postMany(1);
    await pin(only!);
    for (const order of ORDERS) expect(await allPages(order, 1)).toEqual([[only]]);
  });

  it('makes a new version for readers when it is pinned and unpinned, with an event each time and no other', async () => {
    const [id] = (await postMany(1)) as [number];
    const before = await read();
    expect(await pin(id)).toBe(true);
    expect(await pin(id)).toBe(false);
    const pinned = await read();
    expect(pinned.thread.version).toBe(before.thread.version + 1);
    expect(pinned.etag).not.toBe(before.etag);
    expect(await unpin(id)).toBe(true);
    expect(await unpin(id)).toBe(false);
    expect((await read()).thread).toEqual({ ...before.thread, version: before.thread.version + 2 });
    expect((await eventsOf(id)).slice(1)).toEqual([
      { kind: 'comment.pinned', version: before.thread.version + 1, actor: null, data: {} },
      { kind: 'comment.unpinned', version: before.thread.version + 2, actor: null, data: {} },
    ]);
  });
});

describe('pinning is refused', () => {
  it('for a fourth, also when all come at once, until a place is free', async () => {
    const ids = await postMany(5);
    const outcomes = await Promise.all(ids.map((id) => pin(id).catch(({ slug }) => slug)));
    expect(outcomes.filter((outcome) => outcome === true)).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === 'pins-full')).toHaveLength(2);
    const refused = ids[outcomes.indexOf('pins-full')]!;
    await expect(pin(refused)).rejects.toMatchObject({ slug: 'pins-full', status: 409 });
    expect((await eventsOf(refused)).map(({ kind }) => kind)).toEqual(['comment.posted']);
    await unpin(ids[outcomes.indexOf(true)]!);
    expect(await pin(refused)).toBe(true);
  });

  it('in no thread because of another’s pins', async () => {
    for (const id of await postMany(3)) await pin(id);
    page = `${page}/elsewhere`;
    const [other] = (await postMany(1)) as [number];
    expect(await pin(other)).toBe(true);
  });

  it('for a reply, for what is not published, and for what is not there or elsewhere', async () => {
    const [root] = (await postMany(1)) as [number];
    const reply = await post(bo, 'Reply', root);
    await expect(pin(reply)).rejects.toMatchObject({ slug: 'pin-reply', status: 409 });
    for (const status of ['held', 'spam', 'rejected'] as const) {
      await decide(root, status);
      await expect(pin(root), status).rejects.toMatchObject({ slug: 'pin-unpublished', status: 409 });
    }
    await decide(root, 'removed');
    await expect(pin(root)).rejects.toMatchObject({ slug: 'comment-removed' });
    await expect(pin(4096)).rejects.toMatchObject({ slug: 'comment-unknown' });
    await expect(unpin(4096)).rejects.toMatchObject({ slug: 'comment-unknown' });
    await createSite(world.db, { id: 'twin', name: 'Twin', origins: [GAZETTE] }, world.clock.now);
    await decide(root, 'published');
    await expect(pin(root, 'twin')).rejects.toMatchObject({ slug: 'comment-unknown' });
  });
});

describe('the pin of a comment that goes', () => {
  it('goes with it and comes back with it: its author’s undo changes nothing in the end', async () => {
    const [a, b, c] = (await postMany(3)) as [number, number, number];
    await pin(b);
    const before = (await read()).comments;
    await remove(ada, b);
    expect(await shown()).toEqual([a, c]);
    await restore(ada, b);
    expect((await read()).comments).toEqual(before);
    await decide(b, 'held');
    expect((await world.call('GET', `gazette/me?key=url:${page}`, { as: ada })).json.comments).toMatchObject([
      {},
      { id: b, pinned: false },
      {},
    ]);
    await decide(b, 'published');
    expect((await read()).comments).toEqual(before);
  });

  it('leaves its tombstone unmarked in its own place', async () => {
    const [a, b, c] = (await postMany(3)) as [number, number, number];
    await post(bo, 'Reply', b);
    await pin(b);
    await remove(ada, b);
    const { items } = (await read()).comments;
    expect(items.map(({ id }: { id: number }) => id)).toEqual([a, b, c]);
    expect(items[1]).toMatchObject({ id: b, status: 'removed', pinned: false });
  });

  it('leaves its place to another, and is over when all places are taken', async () => {
    const [a, b, c, d] = (await postMany(4)) as [number, number, number, number];
    for (const id of [a, b, c]) await pin(id);
    await remove(ada, b);
    expect(await pin(d)).toBe(true);
    await restore(ada, b);
    expect(await shown()).toEqual([d, c, a, b]);
    await unpin(d);
    expect(await shown()).toEqual([c, a, b, d]);
  });

  it('can be taken off meanwhile, which nobody sees', async () => {
    const [a, b] = (await postMany(2)) as [number, number];
    await pin(b);
    await decide(b, 'held');
    const { version } = (await read()).thread;
    expect(await unpin(b)).toBe(true);
    expect((await eventsOf(b)).at(-1)).toMatchObject({ kind: 'comment.unpinned', version: null });
    expect((await read()).thread.version).toBe(version);
    await decide(b, 'published');
    expect(await shown()).toEqual([a, b]);
  });
});

// The first page is what most readers ask for: neither the pins nor leaving them out may cost it its index.
describe('with ten thousand comments a page of roots', () => {
  let threadId: number;

  beforeAll(async () => {
    const site = await readSite(world.db, 'gazette');
    const author = { ...ada, role: 'reader', bannedUntil: null, isGuest: false } as const;
    const first = (key: string) => {
      const draft = { page: { key, url: `${GAZETTE}/many`, title: '' }, parentId: null, text: 'First', key };
      return postComment(world.db, site, author, draft, world.clock.now);
    };
    // Between the thread's own lie four times as many of another: else any index would do.
    const { commentId: other } = await first('id:forty-thousand');
    const { commentId, thread } = await first('id:ten-thousand');
    threadId = thread.id;
    for (const [id, count, step] of [
      [commentId, 9999, 5000],
      [other, 39_999, 1250],
    ]) {
      await world.pool.query(
        `insert into comments (site_id, id, thread_id, root_id, depth, path, status, shown, raw, html, renderer, user_id, created_at)
         select site_id, id + n * $3, thread_id, id + n * $3, 0, int8send(id + n * $3), status, shown, raw, html, renderer,
                user_id, created_at
         from comments, generate_series(1, $2::bigint) n where id = $1`,
        [id, count, step],
      );
    }
    await world.pool.query(
      `insert into scores (site_id, thread_id, comment_id, listed, changed_at)
       select site_id, thread_id, id, true, 'epoch' from comments where raw = 'First' on conflict do nothing`,
    );
    for (const n of [10, 5000, 9990]) await pin(commentId + n * 5000);
    await world.pool.query('analyze comments, scores');
  });

  it.each(ORDERS)('touches few rows of them, by index, first and later: %s', async (order) => {
    const statements: CompiledQuery[] = [];
    const listening = openDatabase(
      { connectionString: world.url },
      { log: ({ query }) => void statements.push(query) },
    );
    try {
      let after: RootCursor | undefined;
      for (const count of [38, 35]) {
        const read = await readRoots(listening.db, 'gazette', threadId, { order, after, limit: 35 });
        expect(read.roots).toHaveLength(count);
        const { sql, parameters } = statements.at(-1)!;
        const { rows } = await world.pool.query(`explain (analyze, format json) ${sql}`, [...parameters]);
        const scans = scansOf(rows[0]['QUERY PLAN'][0].Plan);
        const names = scans.map((scan) => scan['Index Name']);
        expect(names.includes('comments_pinned')).toBe(after === undefined);
        expect(names).toContain(order === 'best' ? 'scores_best' : 'comments_roots');
        for (const scan of scans) {
          expect(scan['Node Type'], JSON.stringify(scan)).toMatch(/^Index (Only )?Scan$/);
          const rowsRead = scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0);
          expect(rowsRead, JSON.stringify(scan)).toBeLessThanOrEqual(40);
        }
        after = read.next;
      }
    } finally {
      await listening.close();
    }
  });
});

/** The scans of a plan that touch comments or their scores. */
// biome-ignore lint/suspicious/noExplicitAny: a plan is JSON of PostgreSQL's own shape
function scansOf(plan: any): any[] {
  const below = (plan.Plans ?? []).flatMap(scansOf);
  return ['comments', 'scores'].includes(plan['Relation Name']) ? [plan, ...below] : below;
}
