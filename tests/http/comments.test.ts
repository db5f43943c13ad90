/** A reader's own hand: post, edit, remove, preview, and what others see of it. Refused input is in bad-input.test.ts. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { ban } from '../../src/domain/memberships.ts';
import type { CommentStatus } from '../../src/domain/schema.ts';
import { createSite } from '../../src/domain/sites.ts';
import { setThreadStatus } from '../../src/domain/threads.ts';
import { type Called, createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

const MINUTE_MS = 60_000;

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
  page = `${GAZETTE}/article-${++pages}`;
  await world.pool.query('delete from rate_limits');
});

interface Draft {
  parentId?: number | null;
  title?: string;
  key?: string;
}

function send(as: Reader, text: string, { key = `key-${++keys}-of-test`, ...draft }: Draft = {}) {
  return world.call('POST', 'gazette/comments', {
    as,
    body: { key: `url:${page}`, url: page, text, ...draft },
    headers: { 'Idempotency-Key': key },
  });
}

async function post(as: Reader, text: string, parentId?: number): Promise<number> {
  const { status, json } = await send(as, text, parentId ? { parentId } : {});
  expect(status).toBe(201);
  return json.comment.id;
}

const edit = (as: Reader, id: number, text: string) =>
  world.call('PATCH', `gazette/comments/${id}`, { as, body: { text } });
const remove = (as: Reader, id: number) => world.call('DELETE', `gazette/comments/${id}`, { as });
const read = () => world.call('GET', `gazette/thread?key=${encodeURIComponent(`url:${page}`)}`);
const look = (id: number) => world.call('GET', `gazette/comments/${id}`);
const me = (as: Reader) => world.call('GET', `gazette/me?key=${encodeURIComponent(`url:${page}`)}`, { as });
const decide = (commentId: number, status: CommentStatus) =>
  decideComment(world.db, 'gazette', { commentId, status }, world.clock.now);

/** What `work` does under pre-moderation. */
async function preModerated<T>(work: () => Promise<T>): Promise<T> {
  await world.settings({ moderation: 'all' });
  return work().finally(() => world.settings({ moderation: 'none' }));
}

/** Ids that a stranger sees in the thread, in reading order (up to three replies a root). */
async function shown(): Promise<number[]> {
  const { json } = await read();
  return json.comments.items.flatMap((root: { id: number; replies: { items: { id: number }[] } }) => [
    root.id,
    ...root.replies.items.map(({ id }) => id),
  ]);
}

async function eventsOf(commentId: number) {
  const { rows } = await world.pool.query(
    'select kind, version, actor_id as actor, data from events where comment_id = $1 order by id',
    [commentId],
  );
  return rows;
}

describe('a comment', () => {
  it('is answered as its author sees it, with the thread it opened, and is in its events', async () => {
    const { status, headers, json } = await send(ada, 'Hello *there*', { title: '  One\n article ' });
    expect(status).toBe(201);
    expect(headers.get('Cache-Control')).toBe('no-store');
    const { id } = json.comment;
    expect(json).toEqual({
      comment: {
        id: expect.any(Number),
        parentId: null,
        depth: 0,
        status: 'published',
        author: {
          id: ada.publicId,
          name: 'Ada',
          provider: 'google',
          link: null,
          picture: null,
          role: null,
        },
        html: '<p>Hello <em>there</em></p>\n',
        createdAt: '2026-03-01T12:00:00.000Z',
        editedAt: null,
        up: 0,
        down: 0,
        replyCount: 0,
        pinned: false,
        removedBy: null,
        raw: 'Hello *there*',
        editableUntil: '2026-03-01T12:15:00.000Z',
      },
      thread: {
        id: expect.any(Number),
        key: `url:${page}`,
        url: page,
        title: 'One article',
        status: 'open',
        commentCount: 1,
        version: 1,
      },
    });
    const { rows } = await world.pool.query(
      'select kind, version, comment_id from events where thread_id = $1 order by id',
      [json.thread.id],
    );
    expect(rows).toEqual([
      { kind: 'thread.opened', version: null, comment_id: null },
      { kind: 'comment.posted', version: 1, comment_id: id },
    ]);
  });

  it('is read back under its article, with its replies', async () => {
    const root = await post(ada, 'Hello');
    const reply = await post(bo, 'Hi', root);
    const deeper = await post(ada, 'How are you?', reply);
    const { json } = await read();
    expect(json.thread).toMatchObject({ commentCount: 3, version: 3 });
    expect(json.comments.items).toMatchObject([
      {
        id: root,
        replyCount: 1,
        author: { name: 'Ada' },
        replies: {
          items: [
            { id: reply, parentId: root, depth: 1, replyCount: 1, author: { name: 'Bo' } },
            { id: deeper, parentId: reply, depth: 2, replyCount: 0, author: { name: 'Ada' } },
          ],
        },
      },
    ]);
  });

  it('leaves no text, name or address in its events', async () => {
    const id = await post(ada, 'A secret of mine');
    await edit(ada, id, 'Another secret of mine');
    await remove(ada, id);
    const events = await eventsOf(id);
    expect(events.map(({ kind }) => kind)).toEqual(['comment.posted', 'comment.edited', 'comment.removed']);
    expect(JSON.stringify(events)).not.toMatch(/secret|Ada|https?:/);
  });

  it('belongs to the page it was first written under, whatever address a later one gives', async () => {
    await post(ada, 'Hello');
    const { json } = await world.call('POST', 'gazette/comments', {
      as: bo,
      body: { key: `url:${page}`, url: `${GAZETTE}/elsewhere`, title: 'Elsewhere', text: 'Hi' },
      headers: { 'Idempotency-Key': 'under-another-address' },
    });
    expect(json.thread).toMatchObject({ url: page, title: '' });
  });
});

describe('an Idempotency-Key', () => {
  const copies = async (text: string) =>
    (await world.pool.query('select 1 from comments where raw = $1', [text])).rowCount;

  it('given again gives the same answer, once, and says so', async () => {
    const first = await send(ada, 'Only once', { key: 'the-same-key' });
    const again = await send(ada, 'Only once', { key: 'the-same-key' });
    expect(again.status).toBe(201);
    expect(again.json).toEqual(first.json);
    expect(first.headers.get('Idempotency-Replayed')).toBeNull();
    expect(again.headers.get('Idempotency-Replayed')).toBe('true');
    expect(await copies('Only once')).toBe(1);
  });

  it('given several times at once makes one comment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => send(ada, 'All at once', { key: 'all-at-once' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
    expect(new Set(answers.map(({ json }) => json.comment.id)).size).toBe(1);
    expect(await copies('All at once')).toBe(1);
    expect((await read()).json.thread).toMatchObject({ commentCount: 1, version: 1 });
  });

  it('given with another draft is refused, also when both come at once', async () => {
    await send(ada, 'A draft', { key: 'one-key-for-two' });
    expect((await send(ada, 'Another', { key: 'one-key-for-two' })).slug).toBe('idempotency-conflict');
    const parentId = await post(bo, 'Root');
    expect((await send(ada, 'A draft', { key: 'one-key-for-two', parentId })).slug).toBe(
      'idempotency-conflict',
    );
    const both = await Promise.all(
      ['One', 'Other'].map((text) => send(ada, text, { key: 'two-at-the-same-time' })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([201, 422]);
    expect(await copies('One')).toBe(1 - (await copies('Other'))!);
  });

  it('is a reader’s and a site’s own: nobody else’s comment comes back for it', async () => {
    await createSite(world.db, { id: 'twin', name: 'Twin', origins: [GAZETTE] }, world.clock.now);
    const adaThere = await world.reader('Ada', { site: 'twin' });
    const first = await send(ada, 'Mine', { key: 'a-common-key' });
    const other = await send(bo, 'Mine', { key: 'a-common-key' });
    const there = await world.call('POST', 'twin/comments', {
      as: adaThere,
      body: { key: `url:${page}`, url: page, text: 'Mine' },
      headers: { 'Idempotency-Key': 'a-common-key' },
    });
    expect(adaThere.userId).toBe(ada.userId);
    expect([first.status, other.status, there.status]).toEqual([201, 201, 201]);
    expect(other.json.comment.author.name).toBe('Bo');
    expect(there.json.thread.commentCount).toBe(1);
  });

  it('is looked up before rate limits, and the retry costs nothing', async () => {
    await world.settings({ commentsPerMinute: 1 });
    try {
      const first = await send(ada, 'Hello', { key: 'first-of-minute' });
      expect(first.status).toBe(201);
      const refused = await send(ada, 'Too soon', { key: 'second-of-minute' });
      expect(refused.slug).toBe('rate-limited');
      expect((await send(ada, 'Hello', { key: 'first-of-minute' })).json).toEqual(first.json);
    } finally {
      await world.settings({ commentsPerMinute: 600 });
    }
  });

  it('is not used up by a refusal: the same key then posts', async () => {
    const key = 'refused-at-first';
    expect((await send(ada, ' ', { key })).slug).toBe('text-empty');
    await post(bo, 'Root');
    await setThreadStatus(world.db, 'gazette', `url:${page}`, 'closed', world.clock.now);
    expect((await send(ada, 'Now', { key })).slug).toBe('thread-closed');
    await setThreadStatus(world.db, 'gazette', `url:${page}`, 'open', world.clock.now);
    const posted = await send(ada, 'Now', { key });
    expect(posted.status).toBe(201);
    expect(posted.headers.get('Idempotency-Replayed')).toBeNull();
  });

  it('of a comment that was removed meanwhile does not post it again', async () => {
    const { json } = await send(ada, 'Gone again', { key: 'gone-meanwhile' });
    await remove(ada, json.comment.id);
    const again = await send(ada, 'Gone again', { key: 'gone-meanwhile' });
    expect(again.json.comment).toMatchObject({ id: json.comment.id, status: 'removed', removedBy: 'author' });
    expect(await copies('Gone again')).toBe(1);
  });
});

describe('the limit of comments in a minute', () => {
  it('is the site’s own, refuses with when to come back, and costs no refused text', async () => {
    await world.settings({ commentsPerMinute: 2 });
    try {
      expect((await send(ada, '')).slug).toBe('text-empty');
      expect((await send(ada, 'x'.repeat(4001))).slug).toBe('text-too-long');
      const answers = await Promise.all(['a', 'b', 'c', 'd'].map((text) => send(ada, text)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 429, 429]);
      const refused = answers.find(({ status }) => status === 429) as Called;
      expect(refused.slug).toBe('rate-limited');
      expect(refused.headers.get('Retry-After')).toBe(String(refused.json.retryAfter));
      expect(refused.json.retryAfter).toBeGreaterThan(0);
      expect(refused.json.retryAfter).toBeLessThanOrEqual(60);
      expect((await send(bo, 'Another reader')).status).toBe(201);
    } finally {
      await world.settings({ commentsPerMinute: 600 });
    }
  });
});

describe('editing', () => {
  it('changes what everybody sees, keeps the text before, and says when', async () => {
    const id = await post(ada, 'Helo');
    world.pass(MINUTE_MS);
    const { status, json, headers } = await edit(ada, id, 'Hello\r\n');
    expect(status).toBe(200);
    expect(headers.get('Cache-Control')).toBe('no-store');
    const editedAt = world.clock.now.toISOString();
    expect(json.comment).toMatchObject({ id, raw: 'Hello', html: '<p>Hello</p>\n', editedAt });
    expect((await look(id)).json.comment).toMatchObject({ html: '<p>Hello</p>\n', editedAt });
    expect((await read()).json.thread).toMatchObject({ version: 2, commentCount: 1 });
    const { rows } = await world.pool.query(
      'select revision, raw from comment_revisions where comment_id = $1',
      [id],
    );
    expect(rows).toEqual([{ revision: 1, raw: 'Helo' }]);
    expect(await eventsOf(id)).toMatchObject([{}, { kind: 'comment.edited', version: 2 }]);
    await edit(ada, id, 'Hello!');
    expect(
      (await world.pool.query('select 1 from comment_revisions where comment_id = $1', [id])).rowCount,
    ).toBe(2);
  });

  it('to the same text changes nothing', async () => {
    const id = await post(ada, 'Hello');
    expect((await edit(ada, id, 'Hello\n\n')).json.comment.editedAt).toBeNull();
    expect((await read()).json.thread.version).toBe(1);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('is possible within the site’s window and not a moment after', async () => {
    const id = await post(ada, 'Hello');
    const { editableUntil } = (await me(ada)).json.comments[0];
    world.pass(15 * MINUTE_MS - 1);
    expect((await edit(ada, id, 'Just in time')).json.comment.editableUntil).toBe(editableUntil);
    world.pass(1);
    expect((await edit(ada, id, 'Too late')).slug).toBe('edit-window-closed');
    expect((await me(ada)).json.comments).toEqual([]);
    await world.settings({ editWindowSeconds: 3600 });
    expect((await edit(ada, id, 'A longer window')).status).toBe(200);
    await world.settings({ editWindowSeconds: 0 });
    const { json } = await send(ada, 'No window at all');
    expect(json.comment.editableUntil).toBeNull();
    expect((await edit(ada, json.comment.id, 'Never')).slug).toBe('edit-window-closed');
    await world.settings({ editWindowSeconds: 900 });
  });

  it('is its author’s alone', async () => {
    const id = await post(ada, 'Hello');
    expect((await edit(bo, id, 'Hacked')).slug).toBe('comment-foreign');
    expect((await edit(ada, 4096, 'Nothing')).slug).toBe('comment-unknown');
    await remove(ada, id);
    expect((await edit(ada, id, 'Back')).slug).toBe('comment-removed');
  });

  it('is over in a closed thread and for who is banned, but both may still take back their words', async () => {
    const [first, second] = [await post(ada, 'First'), await post(ada, 'Second')];
    await setThreadStatus(world.db, 'gazette', `url:${page}`, 'closed', world.clock.now);
    expect((await edit(ada, first, 'Changed')).slug).toBe('thread-closed');
    expect((await remove(ada, first)).status).toBe(200);
    await ban(world.db, 'gazette', ada.publicId, 'infinity', world.clock.now);
    expect((await edit(ada, second, 'Changed')).slug).toBe('banned');
    expect((await remove(ada, second)).status).toBe(200);
    await ban(world.db, 'gazette', ada.publicId, null, world.clock.now);
  });

  // A harmless text that passed must not become a door for another.
  it('under pre-moderation waits again, and others see it no more', async () => {
    const id = await post(ada, 'Hello');
    await preModerated(async () => {
      const { json } = await edit(ada, id, 'Buy pills');
      expect(json.comment).toMatchObject({ status: 'held', raw: 'Buy pills' });
      expect(await shown()).toEqual([]);
      expect((await look(id)).slug).toBe('comment-unknown');
      expect((await read()).json.thread).toMatchObject({ commentCount: 0, version: 2 });
      await decide(id, 'published');
      expect((await look(id)).json.comment.html).toBe('<p>Buy pills</p>\n');
    });
  });

  it('of a comment that waits keeps it waiting, and ends with a decision against it', async () => {
    const id = await preModerated(() => post(ada, 'Wait'));
    expect((await edit(ada, id, 'Wait a moment')).json.comment.status).toBe('held');
    await decide(id, 'rejected');
    expect((await edit(ada, id, 'Please')).slug).toBe('edit-window-closed');
    expect(await shown()).toEqual([]);
  });
});

describe('removing', () => {
  it('leaves no trace of a comment without replies', async () => {
    const root = await post(ada, 'Root');
    const reply = await post(bo, 'Reply', root);
    const { status, json } = await remove(bo, reply);
    expect({ status, json }).toEqual({ status: 200, json: { comment: null, undoUntil: expect.any(String) } });
    expect(await shown()).toEqual([root]);
    expect((await read()).json).toMatchObject({
      thread: { commentCount: 1, version: 3 },
      comments: { items: [{ replyCount: 0 }] },
    });
  });

  it('leaves a tombstone where replies hang, without text or author', async () => {
    const root = await post(ada, 'A secret of mine');
    await edit(ada, root, 'Another secret of mine');
    const reply = await post(bo, 'Reply', root);
    const { json } = await remove(ada, root);
    const tombstone = {
      status: 'removed',
      removedBy: 'author',
      author: null,
      html: null,
      editedAt: null,
      up: 0,
      down: 0,
      replyCount: 1,
    };
    expect(json.comment).toMatchObject({ id: root, ...tombstone });
    expect(json.comment).not.toHaveProperty('raw');
    expect(await shown()).toEqual([root, reply]);
    const text = JSON.stringify([json, (await read()).json, (await look(reply)).json]);
    expect(text).not.toMatch(/secret|"Ada"/);
  });

  it('of the last reply takes the tombstones above it with it, and its return brings them back', async () => {
    const root = await post(ada, 'Root');
    const middle = await post(ada, 'Middle', root);
    const leaf = await post(bo, 'Leaf', middle);
    await remove(ada, root);
    await remove(ada, middle);
    expect(await shown()).toEqual([root, middle, leaf]);
    await decide(leaf, 'removed');
    expect(await shown()).toEqual([]);
    expect((await look(root)).slug).toBe('comment-unknown');
    await decide(leaf, 'published');
    expect(await shown()).toEqual([root, middle, leaf]);
    expect((await read()).json.comments.items[0]).toMatchObject({ status: 'removed', replyCount: 1 });
    expect((await read()).json.thread.commentCount).toBe(1);
  });

  it('is its author’s alone, at any time, and once', async () => {
    const id = await post(ada, 'Hello');
    expect((await remove(bo, id)).slug).toBe('comment-foreign');
    world.pass(48 * 60 * MINUTE_MS);
    expect((await remove(ada, id)).status).toBe(200);
    expect((await remove(ada, id)).slug).toBe('comment-removed');
    expect((await remove(ada, 4096)).slug).toBe('comment-unknown');
    expect((await eventsOf(id)).map(({ kind }) => kind)).toEqual(['comment.posted', 'comment.removed']);
  });

  it('ends replying there, but not below', async () => {
    const root = await post(ada, 'Root');
    const reply = await post(bo, 'Reply', root);
    await remove(ada, root);
    expect((await send(bo, 'Too late', { parentId: root })).slug).toBe('parent-removed');
    expect((await send(ada, 'Here', { parentId: reply })).status).toBe(201);
  });
});

// Isso #679, #683 and #1120: the source of comments that waited was public.
describe('a comment that waits', () => {
  it.each(['held', 'spam', 'rejected'] as const)(
    'as %s is there for its author and for nobody else, anywhere',
    async (status) => {
      const root = await post(bo, 'Root');
      const before = await read();
      const id = await preModerated(() => post(ada, 'Do not show this', root));
      if (status !== 'held') await decide(id, status);
      const after = await read();
      expect(after.json.thread).toEqual(before.json.thread);
      expect(after.json.comments).toEqual(before.json.comments);
      const replies = await world.call('GET', `gazette/comments/${root}/replies`);
      const counts = await world.call('GET', `gazette/counts?key=${encodeURIComponent(`url:${page}`)}`);
      expect(counts.json.items[0].count).toBe(1);
      const others = [after, replies, counts, await look(root), await look(id), await me(bo)];
      expect(JSON.stringify(others.map(({ json }) => json))).not.toMatch(
        new RegExp(`Do not show this|[^0-9]${id}[^0-9]`),
      );
      // As though it did not exist, whatever one tries with it.
      expect((await look(id)).slug).toBe('comment-unknown');
      expect((await world.call('GET', `gazette/comments/${id}/replies`)).slug).toBe('comment-unknown');
      expect((await edit(bo, id, 'x')).slug).toBe('comment-unknown');
      expect((await remove(bo, id)).slug).toBe('comment-unknown');
      expect((await send(bo, 'x', { parentId: id })).slug).toBe('parent-unknown');
      const vote = await world.call('PUT', `gazette/comments/${id}/reaction`, { as: bo, body: { value: 1 } });
      expect(vote.slug).toBe('comment-unknown');
      expect((await me(ada)).json.comments).toMatchObject([{ id, status, raw: 'Do not show this' }]);
    },
  );

  it('is answered as held, and appears where it was written once a moderator lets it', async () => {
    const root = await post(bo, 'Root');
    const { json } = await preModerated(() => send(ada, 'Please', { parentId: root }));
    expect(json.comment).toMatchObject({ status: 'held', raw: 'Please' });
    expect(json.thread).toMatchObject({ commentCount: 1, version: 1 });
    await post(bo, 'Later', root);
    await decide(json.comment.id, 'published');
    expect((await read()).json.comments.items[0].replies.items).toMatchObject([
      { id: json.comment.id },
      { parentId: root },
    ]);
  });

  it('may be taken back without anybody noticing', async () => {
    const id = await preModerated(() => post(ada, 'Never mind'));
    const before = (await read()).json.thread;
    expect((await remove(ada, id)).json.comment).toBeNull();
    expect((await read()).json.thread).toEqual(before);
    expect((await me(ada)).json.comments).toEqual([]);
  });

  it('does not wait where its author is trusted', async () => {
    const role = (name: string) =>
      world.pool.query('update memberships set role = $1 where user_id = $2', [name, ada.userId]);
    await preModerated(async () => {
      for (const trusted of ['trusted', 'moderator', 'owner']) {
        await role(trusted);
        expect((await send(ada, `As ${trusted}`)).json.comment.status, trusted).toBe('published');
      }
    });
    await role('reader');
  });

  // What a moderator took down for a while must not read "held for review" to the public.
  it('with replies below it looks like any comment that a moderator removed', async () => {
    const root = await post(ada, 'Root');
    await post(bo, 'Reply', root);
    for (const status of ['held', 'spam', 'rejected'] as const) {
      await decide(root, status);
      expect((await look(root)).json.comment).toMatchObject({
        status: 'removed',
        removedBy: 'moderator',
        html: null,
        author: null,
      });
    }
  });
});

describe('a banned reader', () => {
  it('cannot post until the ban ends, and is told when that is', async () => {
    const until = new Date(world.clock.now.getTime() + MINUTE_MS);
    await ban(world.db, 'gazette', bo.publicId, until, world.clock.now);
    const refused = await send(bo, 'Hello');
    expect(refused).toMatchObject({ status: 403, slug: 'banned', json: { until: until.toISOString() } });
    world.pass(MINUTE_MS);
    expect((await send(bo, 'Hello')).status).toBe(201);
    await ban(world.db, 'gazette', bo.publicId, 'infinity', world.clock.now);
    expect(await send(bo, 'Once more')).toMatchObject({ slug: 'banned', json: { until: null } });
    await ban(world.db, 'gazette', bo.publicId, null, world.clock.now);
    expect((await send(bo, 'Once more')).status).toBe(201);
  });

  it('is told until when wherever the ban is the reason, and of none that ends while only reading is allowed', async () => {
    const [own, other] = [await post(bo, 'Mine'), await post(ada, 'Yours')];
    const ways = () =>
      Promise.all([
        send(bo, 'Hello'),
        edit(bo, own, 'Changed'),
        world.call('PUT', `gazette/comments/${other}/reaction`, { as: bo, body: { value: 1 } }),
      ]);
    const until = new Date(world.clock.now.getTime() + MINUTE_MS);
    await ban(world.db, 'gazette', bo.publicId, until, world.clock.now);
    for (const refused of await ways())
      expect(refused).toMatchObject({ status: 403, slug: 'banned', json: { until: until.toISOString() } });
    await world.pool.query(`update memberships set role = 'read-only' where user_id = $1`, [bo.userId]);
    for (const refused of await ways())
      expect(refused).toMatchObject({ status: 403, slug: 'banned', json: { until: null } });
    await world.pool.query(`update memberships set role = 'reader' where user_id = $1`, [bo.userId]);
    await ban(world.db, 'gazette', bo.publicId, 'infinity', world.clock.now);
    for (const refused of await ways())
      expect(refused).toMatchObject({ slug: 'banned', json: { until: null } });
    await ban(world.db, 'gazette', bo.publicId, null, world.clock.now);
  });
});

describe('a preview', () => {
  it('shows what posting will show, and keeps nothing', async () => {
    const text = 'Hello **you**\nhttps://other.example/';
    const { rows: before } = await world.pool.query('select count(*) from events');
    const { status, json, headers } = await world.call('POST', 'gazette/preview', {
      headers: { Origin: GAZETTE },
      body: { text },
    });
    expect(status).toBe(200);
    expect(headers.get('Cache-Control')).toBe('no-store');
    const { rows: after } = await world.pool.query('select count(*) from events');
    expect(after).toEqual(before);
    expect(json).toEqual({ html: (await send(ada, text)).json.comment.html });
  });

  it('needs no session, and is refused as posting would be', async () => {
    const preview = (text: string, headers = {}) =>
      world.call('POST', 'gazette/preview', { headers: { Origin: GAZETTE, ...headers }, body: { text } });
    expect((await preview('Hello', { Authorization: 'Bearer of-nobody' })).status).toBe(200);
    for (const [text, slug] of [
      [' ', 'text-empty'],
      ['x'.repeat(4001), 'text-too-long'],
      ['\0', 'text-invalid'],
    ] as const)
      expect((await preview(text)).slug, slug).toBe(slug);
    expect((await preview('Hello', { Origin: 'https://evil.example' })).slug).toBe('origin-foreign');
  });

  it('is there sixty times a minute for an address', async () => {
    const preview = () =>
      world.call('POST', 'gazette/preview', { headers: { Origin: GAZETTE }, body: { text: 'Hello' } });
    const answers = await Promise.all(Array.from({ length: 61 }, preview));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60);
    const refused = answers.find(({ status }) => status !== 200) as Called;
    expect(refused).toMatchObject({ status: 429, slug: 'rate-limited' });
    expect(refused.json.retryAfter).toBeLessThanOrEqual(60);
  });
});
