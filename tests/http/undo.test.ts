/** Undo: an author takes the removal of a comment back, and everybody has again what was there before. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { ban } from '../../src/domain/memberships.ts';
import type { CommentStatus } from '../../src/domain/schema.ts';
import { setThreadStatus } from '../../src/domain/threads.ts';
import { createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

const UNDO_MS = 60_000;

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
  page = `${GAZETTE}/undo-${++pages}`;
  await world.pool.query('delete from rate_limits');
});

async function post(as: Reader, text: string, parentId?: number): Promise<number> {
  const { status, json } = await world.call('POST', 'gazette/comments', {
    as,
    body: { key: `url:${page}`, url: page, text, ...(parentId ? { parentId } : {}) },
    headers: { 'Idempotency-Key': `key-${++keys}-of-undo` },
  });
  expect(status).toBe(201);
  return json.comment.id;
}

const remove = (as: Reader, id: number) => world.call('DELETE', `gazette/comments/${id}`, { as });
const restore = (as: Reader, id: number) => world.call('POST', `gazette/comments/${id}/restore`, { as });
const decide = (commentId: number, status: CommentStatus) =>
  decideComment(world.db, 'gazette', { commentId, status }, world.clock.now);
const at = () => encodeURIComponent(`url:${page}`);
const close = (status: 'open' | 'closed') =>
  setThreadStatus(world.db, 'gazette', `url:${page}`, status, world.clock.now);

/** What a stranger sees in each order, without the version. */
async function view() {
  const pages = ['oldest', 'newest', 'best'].map((order) =>
    world.call('GET', `gazette/thread?key=${at()}&order=${order}`),
  );
  return (await Promise.all(pages)).map(({ json }) => {
    const { version: _, ...thread } = json.thread;
    return { thread, items: json.comments.items };
  });
}

const version = async () => (await world.call('GET', `gazette/thread?key=${at()}`)).json.thread.version;

async function eventsOf(commentId: number) {
  const { rows } = await world.pool.query(
    'select kind, version, actor_id as actor, data from events where comment_id = $1 order by id',
    [commentId],
  );
  return rows;
}

async function preModerated<T>(work: () => Promise<T>): Promise<T> {
  await world.settings({ moderation: 'all' });
  return work().finally(() => world.settings({ moderation: 'none' }));
}

describe('undoing a removal', () => {
  it('gives the comment back to everybody, with its replies, votes and place in every order', async () => {
    const first = await post(ada, 'First');
    const root = await post(ada, 'Hello *there*');
    const middle = await post(bo, 'Hi', root);
    await post(ada, 'How are you?', middle);
    await world.call('PUT', `gazette/comments/${root}/reaction`, { as: bo, body: { value: 1 } });
    await post(bo, 'Last');
    for (const [id, as] of [
      [first, ada],
      [root, ada],
      [middle, bo],
    ] as const) {
      const [before, versionBefore] = [await view(), await version()];
      const removed = await remove(as, id);
      const undoUntil = new Date(world.clock.now.getTime() + UNDO_MS).toISOString();
      expect(removed).toMatchObject({ status: 200, json: { undoUntil } });
      expect(await view()).not.toEqual(before);
      const { status, headers, json } = await restore(as, id);
      expect(status).toBe(200);
      expect(headers.get('Cache-Control')).toBe('no-store');
      expect(json).toMatchObject({
        comment: { id, status: 'published', removedBy: null, raw: expect.any(String) },
        thread: { version: versionBefore + 2, commentCount: 5 },
      });
      expect(await view()).toEqual(before);
      expect(await version()).toBe(versionBefore + 2);
      expect((await eventsOf(id)).slice(-2)).toEqual([
        { kind: 'comment.removed', version: versionBefore + 1, actor: as.userId, data: { by: 'author' } },
        {
          kind: 'comment.restored',
          version: versionBefore + 2,
          actor: as.userId,
          data: { status: 'published' },
        },
      ]);
    }
  });

  it('brings back the tombstones that went with a last reply', async () => {
    const root = await post(ada, 'Root');
    const leaf = await post(bo, 'Leaf', root);
    await remove(ada, root);
    const before = await view();
    await remove(bo, leaf);
    expect((await view())[0]!.items).toEqual([]);
    await restore(bo, leaf);
    expect(await view()).toEqual(before);
  });

  it('is possible for a minute and not a moment after', async () => {
    const [first, second] = [await post(ada, 'First'), await post(ada, 'Second')];
    await remove(ada, first);
    await remove(ada, second);
    world.pass(UNDO_MS - 1);
    expect((await restore(ada, first)).status).toBe(200);
    world.pass(1);
    expect(await restore(ada, second)).toMatchObject({ status: 409, slug: 'undo-expired' });
    expect((await eventsOf(second)).map(({ kind }) => kind)).toEqual(['comment.posted', 'comment.removed']);
    // The minute counts from the latest removal.
    await remove(ada, first);
    expect((await restore(ada, first)).status).toBe(200);
  });

  it('is its author’s alone, and tells nobody else of what left no trace', async () => {
    const root = await post(ada, 'Root');
    await post(bo, 'Reply', root);
    const alone = await post(ada, 'Alone');
    await remove(ada, root);
    await remove(ada, alone);
    expect((await restore(bo, root)).slug).toBe('comment-foreign');
    expect((await restore(bo, alone)).slug).toBe('comment-unknown');
    expect((await restore(bo, 4096)).slug).toBe('comment-unknown');
    const published = await post(ada, 'Here');
    expect((await restore(bo, published)).slug).toBe('comment-foreign');
  });

  it('twice at once, or of what is there, is undoing once', async () => {
    const id = await post(ada, 'Hello');
    await remove(ada, id);
    const versionBefore = await version();
    const answers = await Promise.all([restore(ada, id), restore(ada, id), restore(ada, id)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { json } of answers) expect(json.comment).toMatchObject({ id, status: 'published' });
    expect((await restore(ada, id)).status).toBe(200);
    expect(await version()).toBe(versionBefore + 1);
    expect((await view())[0]!.thread.commentCount).toBe(1);
    const kinds = (await eventsOf(id)).map(({ kind }) => kind);
    expect(kinds).toEqual(['comment.posted', 'comment.removed', 'comment.restored']);
  });

  it('goes on in a closed thread and on a closed site', async () => {
    const id = await post(ada, 'Hello');
    await close('closed');
    await world.settings({ mode: 'closed' });
    await remove(ada, id);
    expect(await restore(ada, id)).toMatchObject({
      status: 200,
      json: { comment: { status: 'published' }, thread: { status: 'closed' } },
    });
    await world.settings({ mode: 'registered' });
  });

  it('of a reply whose parent was removed meanwhile puts it back below the tombstone', async () => {
    const root = await post(bo, 'Root');
    const reply = await post(ada, 'Reply', root);
    await remove(ada, reply);
    await remove(bo, root);
    expect((await restore(ada, reply)).status).toBe(200);
    expect((await view())[0]!.items).toMatchObject([
      { id: root, status: 'removed', replies: { items: [{ id: reply, status: 'published' }] } },
    ]);
  });
});

it('undoing costs one of the edits of a minute, removing again none', async () => {
  const id = await post(ada, 'To and fro');
  const other = await post(ada, 'Another');
  await world.settings({ commentsPerMinute: 3 });
  try {
    for (let n = 0; n < 3; n++) {
      await remove(ada, id);
      expect((await restore(ada, id)).status).toBe(200);
    }
    const body = { text: 'Nor by hand' };
    expect((await world.call('PATCH', `gazette/comments/${other}`, { as: ada, body })).slug).toBe(
      'rate-limited',
    );
    expect((await remove(ada, id)).status).toBe(200);
    expect(await restore(ada, id)).toMatchObject({ status: 429, slug: 'rate-limited' });
    expect((await remove(ada, other)).status).toBe(200);
    const kinds = (await eventsOf(id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'comment.restored')).toHaveLength(3);
  } finally {
    await world.settings({ commentsPerMinute: 600 });
  }
});

describe('the rules judge again', () => {
  it('who is banned cannot undo, is told until when, and is offered none', async () => {
    const [first, second] = [await post(ada, 'First'), await post(ada, 'Second')];
    await remove(ada, first);
    const until = new Date(world.clock.now.getTime() + 10_000);
    await ban(world.db, 'gazette', ada.publicId, until, world.clock.now);
    expect(await restore(ada, first)).toMatchObject({
      status: 403,
      slug: 'banned',
      json: { until: until.toISOString() },
    });
    expect((await remove(ada, second)).json).toEqual({ comment: null, undoUntil: null });
    await ban(world.db, 'gazette', ada.publicId, 'infinity', world.clock.now);
    expect(await restore(ada, first)).toMatchObject({ slug: 'banned', json: { until: null } });
    await ban(world.db, 'gazette', ada.publicId, null, world.clock.now);
    expect((await restore(ada, first)).status).toBe(200);
  });

  // A moderator let it pass, but nobody looks at what comes back: else a removal would be a way around the queue.
  it('under pre-moderation what was published waits, and a trusted author’s does not', async () => {
    const id = await post(ada, 'Hello');
    await remove(ada, id);
    const versionBefore = await version();
    await preModerated(async () => {
      expect((await restore(ada, id)).json.comment).toMatchObject({ id, status: 'held' });
      expect(await version()).toBe(versionBefore);
      expect((await eventsOf(id)).at(-1)).toEqual({
        kind: 'comment.restored',
        version: null,
        actor: ada.userId,
        data: { status: 'held', rule: 'pre-moderation' },
      });
      await decide(id, 'published');
      await world.pool.query(`update memberships set role = 'trusted' where user_id = $1`, [ada.userId]);
      await remove(ada, id);
      expect((await restore(ada, id)).json.comment).toMatchObject({ id, status: 'published' });
    });
    await world.pool.query(`update memberships set role = 'reader' where user_id = $1`, [ada.userId]);
  });

  it.each(['held', 'spam', 'rejected'] as const)('what was %s comes back so, unnoticed', async (status) => {
    const id = await post(ada, 'Hello');
    await decide(id, status);
    const [before, versionBefore] = [await view(), await version()];
    expect((await remove(ada, id)).json.comment).toBeNull();
    expect((await restore(ada, id)).json.comment).toMatchObject({ id, status });
    expect(await view()).toEqual(before);
    expect(await version()).toBe(versionBefore);
  });

  it('what its author has said again meanwhile stays removed', async () => {
    const id = await post(ada, 'Hello');
    await remove(ada, id);
    const again = await post(ada, 'Hello');
    expect(await restore(ada, id)).toMatchObject({ slug: 'comment-duplicate', json: { commentId: again } });
    expect((await view())[0]!.items).toMatchObject([{ id: again }]);
  });
});

describe('what somebody else removed', () => {
  it.each(['moderator', 'erasure'])('is not its author’s to bring back: %s', async (by) => {
    const id = await post(ada, 'Hello');
    if (by === 'moderator') await decide(id, 'removed');
    else {
      await remove(ada, id);
      await world.pool.query('update comments set removed_by = $1 where id = $2', [by, id]);
    }
    const events = await eventsOf(id);
    expect(await restore(ada, id)).toMatchObject({ status: 410, slug: 'comment-removed' });
    expect(await eventsOf(id)).toEqual(events);
  });

  it('in the same moment as a decision is what was decided', async () => {
    for (let n = 0; n < 5; n++) {
      const id = await post(ada, `Race ${n}`);
      await remove(ada, id);
      const [undone] = await Promise.all([restore(ada, id), decide(id, 'spam')]);
      const { rows } = await world.pool.query(
        `select status, removed_by, removed_from, shown from comments where id = $1`,
        [id],
      );
      const isFirst = undone.status === 200;
      if (!isFirst) expect(undone.slug).toBe('comment-removed');
      expect(rows[0]).toEqual({
        status: isFirst ? 'spam' : 'removed',
        removed_by: isFirst ? null : 'author',
        removed_from: null,
        shown: false,
      });
      expect((await restore(ada, id)).status).toBe(isFirst ? 200 : 410);
      expect((await view())[0]!.items).toEqual([]);
    }
  });
});
