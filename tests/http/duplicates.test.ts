/** The same said twice: the second is refused and names the first, and nothing but the same is refused. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { ban } from '../../src/domain/memberships.ts';
import { createSite } from '../../src/domain/sites.ts';
import { setThreadStatus } from '../../src/domain/threads.ts';
import { createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

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
  page = `${GAZETTE}/again-${++pages}`;
  await world.pool.query('delete from rate_limits');
});

interface Draft {
  parentId?: number;
  key?: string;
  site?: string;
  under?: string;
}

function send(as: Reader, text: string, draft: Draft = {}) {
  const { key = `key-${++keys}-of-twice`, site = 'gazette', under = page, ...rest } = draft;
  return world.call('POST', `${site}/comments`, {
    as,
    body: { key: `url:${under}`, url: under, text, ...rest },
    headers: { 'Idempotency-Key': key },
  });
}

async function post(as: Reader, text: string, draft: Draft = {}): Promise<number> {
  const { status, json } = await send(as, text, draft);
  expect(status).toBe(201);
  return json.comment.id;
}

const remove = (as: Reader, id: number) => world.call('DELETE', `gazette/comments/${id}`, { as });

async function count(): Promise<number> {
  const { json } = await world.call('GET', `gazette/thread?key=${encodeURIComponent(`url:${page}`)}`);
  return json.thread.commentCount;
}

describe('the same text in the same place', () => {
  it('is refused, names the comment that has it, and leaves nothing behind', async () => {
    const id = await post(ada, 'Hello');
    const { rows: before } = await world.pool.query('select count(*) from events');
    expect(await send(ada, 'Hello')).toMatchObject({
      status: 409,
      slug: 'comment-duplicate',
      json: { commentId: id },
    });
    expect((await world.pool.query('select count(*) from events')).rows).toEqual(before);
    expect(await count()).toBe(1);
  });

  it('is compared as it is stored: blank lines around it make no difference, letters do', async () => {
    await post(ada, 'Hello\nyou');
    expect((await send(ada, '\n \nHello\r\nyou \n\n')).slug).toBe('comment-duplicate');
    expect((await send(ada, 'hello\nyou')).status).toBe(201);
    expect((await send(ada, 'Hello\n\nyou')).status).toBe(201);
  });

  it('is refused as a reply to the same comment, too', async () => {
    const root = await post(bo, 'Root');
    const id = await post(ada, 'Hello', { parentId: root });
    expect(await send(ada, 'Hello', { parentId: root })).toMatchObject({
      slug: 'comment-duplicate',
      json: { commentId: id },
    });
  });

  it('is refused while the first waits or was not accepted', async () => {
    const id = await post(ada, 'Hello');
    for (const status of ['held', 'spam', 'rejected'] as const) {
      await decideComment(world.db, 'gazette', { commentId: id, status }, world.clock.now);
      expect((await send(ada, 'Hello')).slug, status).toBe('comment-duplicate');
    }
  });

  it('twice in the same moment is posted once', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => send(ada, 'All at once')));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    expect(await count()).toBe(1);
  });

  // A lost answer is asked for again: the reader did not say it twice.
  it('under the same Idempotency-Key is no second one, also while the first is on its way', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => send(ada, 'Hello', { key: 'the-very-same-key' })),
    );
    answers.push(await send(ada, 'Hello', { key: 'the-very-same-key' }));
    expect(answers.map(({ status }) => status)).toEqual(Array(7).fill(201));
    expect(new Set(answers.map(({ json }) => json.comment.id)).size).toBe(1);
    const replays = answers.filter(({ headers }) => headers.get('Idempotency-Replayed') === 'true');
    expect(replays).toHaveLength(6);
    expect(await count()).toBe(1);
  });
});

describe('no duplicate is', () => {
  it('the same text of somebody else, in answer to something else, or elsewhere', async () => {
    await createSite(world.db, { id: 'twin', name: 'Twin', origins: [GAZETTE] }, world.clock.now);
    const there = await world.reader('Ada', { site: 'twin' });
    expect(there.userId).toBe(ada.userId);
    const [root, other] = [await post(ada, 'Agreed'), await post(bo, 'Agreed')];
    for (const draft of [{ parentId: root }, { parentId: other }, { under: `${page}/elsewhere` }]) {
      expect((await send(ada, 'Agreed', draft)).status, JSON.stringify(draft)).toBe(201);
    }
    expect((await send(there, 'Agreed', { site: 'twin' })).status).toBe(201);
  });

  it('what was said before and removed, by its author or by a moderator', async () => {
    const first = await post(ada, 'Hello');
    await remove(ada, first);
    const second = await post(ada, 'Hello');
    await decideComment(world.db, 'gazette', { commentId: second, status: 'removed' }, world.clock.now);
    expect((await send(ada, 'Hello')).status).toBe(201);
  });

  it('what an edit makes of a comment; and what one said before an edit may be said again', async () => {
    await post(ada, 'Hello');
    const other = await post(ada, 'Goodbye');
    const edit = (text: string) =>
      world.call('PATCH', `gazette/comments/${other}`, { as: ada, body: { text } });
    expect((await edit('Hello')).status).toBe(200);
    expect((await send(ada, 'Goodbye')).status).toBe(201);
    expect(await send(ada, 'Hello')).toMatchObject({ slug: 'comment-duplicate', json: { commentId: other } });
  });
});

describe('before that a draft is refused for', () => {
  it('a ban, a closed thread and a parent that is gone', async () => {
    const root = await post(bo, 'Root');
    await post(ada, 'Hello', { parentId: root });
    await post(ada, 'Hello');
    await remove(bo, root);
    expect((await send(ada, 'Hello', { parentId: root })).slug).toBe('parent-removed');
    await setThreadStatus(world.db, 'gazette', `url:${page}`, 'closed', world.clock.now);
    expect((await send(ada, 'Hello')).slug).toBe('thread-closed');
    await ban(world.db, 'gazette', ada.publicId, 'infinity', world.clock.now);
    expect((await send(ada, 'Hello')).slug).toBe('banned');
    await ban(world.db, 'gazette', ada.publicId, null, world.clock.now);
  });

  it('nothing else: under pre-moderation it is a duplicate and does not wait', async () => {
    await world.settings({ moderation: 'all' });
    try {
      await post(ada, 'Hello');
      expect((await send(ada, 'Hello')).slug).toBe('comment-duplicate');
    } finally {
      await world.settings({ moderation: 'none' });
    }
  });
});
