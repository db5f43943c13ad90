/** Anonymous reading: what a stranger and a shared cache get to see, and when it is new. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { changeSite, createSite, suspendSite } from '../../src/domain/sites.ts';
import { setThreadStatus } from '../../src/domain/threads.ts';
import type { ProviderSettings } from '../../src/edge/oauth.ts';
import { createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

const CACHED = 'max-age=0, s-maxage=5, stale-while-revalidate=25';
const GOOGLE: ProviderSettings = { clientId: 'the-client', clientSecret: 'the-client-secret' };

let world: World;
let ada: Reader;
let bo: Reader;
/** A page of its own for each test. */
let page: string;
let pages = 0;

beforeAll(async () => {
  world = await createWorld({ providers: { google: GOOGLE } });
  ada = await world.reader('Ada');
  bo = await world.reader('Bo');
});
afterAll(() => world.end());
beforeEach(() => {
  page = `${GAZETTE}/article-${++pages}`;
});

const key = () => encodeURIComponent(`url:${page}`);
const read = (query = '', headers: Record<string, string> = {}) =>
  world.call('GET', `gazette/thread?key=${key()}${query}`, { headers });
const decide = (commentId: number, status: 'published' | 'held' | 'spam' | 'rejected' | 'removed') =>
  decideComment(world.db, 'gazette', { commentId, status }, world.clock.now);

let posts = 0;
async function post(as: Reader, text: string, parentId?: number): Promise<number> {
  const { json } = await world.call('POST', 'gazette/comments', {
    as,
    body: { key: `url:${page}`, url: page, title: 'An article', text, parentId: parentId ?? null },
    headers: { 'Idempotency-Key': `threads-${++posts}` },
  });
  return json.comment.id;
}

describe('an anonymous read', () => {
  it('answers every origin, credentials or none, and lets a shared cache hold it for 5 + 25 seconds', async () => {
    const id = await post(ada, 'Hello');
    for (const path of [
      `gazette/thread?key=${key()}`,
      `gazette/comments/${id}`,
      `gazette/comments/${id}/replies`,
      `gazette/counts?key=${key()}`,
    ]) {
      const { status, headers } = await world.call('GET', path, {
        headers: { Origin: 'https://anywhere.example', Authorization: 'Bearer nonsense', Cookie: 'a=b' },
      });
      expect(status, path).toBe(200);
      expect(headers.get('Access-Control-Allow-Origin'), path).toBe('*');
      expect(headers.get('Cache-Control'), path).toBe(CACHED);
      expect(headers.get('Content-Type'), path).toMatch(/^application\/json/);
      expect(headers.get('X-Content-Type-Options'), path).toBe('nosniff');
      // What would split or poison a shared cache.
      for (const name of ['Access-Control-Allow-Credentials', 'Set-Cookie', 'Vary'])
        expect(headers.get(name), `${path} ${name}`).toBeNull();
    }
  });

  it('is refused with a problem that any origin may read and no cache may keep', async () => {
    for (const path of [
      'nowhere/thread?key=id:a',
      'gazette/thread',
      'gazette/comments/1',
      'gazette/counts',
    ]) {
      const { status, headers, json } = await world.call('GET', path);
      expect(status, path).toBeGreaterThanOrEqual(400);
      expect(headers.get('Access-Control-Allow-Origin'), path).toBe('*');
      expect(headers.get('Cache-Control'), path).toBe('no-store');
      expect(headers.get('ETag'), path).toBeNull();
      expect(json, path).toMatchObject({ status, instance: headers.get('X-Request-Id') });
    }
  });

  it('has the answer of GET without its body for HEAD', async () => {
    await post(ada, 'Hello');
    const response = await world.app.request(
      `https://comments.example/api/v1/sites/gazette/thread?key=${key()}`,
      {
        method: 'HEAD',
      },
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('ETag')).toBe((await read()).headers.get('ETag'));
    expect(await response.text()).toBe('');
  });
});

describe('a thread', () => {
  it('before its first comment is empty and open, and reading it makes nothing', async () => {
    const { json } = await read();
    expect(json.thread).toEqual({
      id: null,
      key: `url:${page}`,
      url: page,
      title: '',
      status: 'open',
      commentCount: 0,
      version: 0,
    });
    expect(json.comments).toEqual({ items: [], next: null });
    const { json: explicit } = await world.call('GET', 'gazette/thread?key=id:unseen');
    expect(explicit.thread).toMatchObject({ id: null, key: 'id:unseen', url: null });
    const { rows } = await world.pool.query('select 1 from threads where key in ($1, $2)', [
      `url:${page}`,
      'id:unseen',
    ]);
    expect(rows).toEqual([]);
  });

  // Twikoo's public getConfig leaked an API key: what is public is a list, and this is the list.
  it('shows of its site exactly the public settings and of a provider no more than its face', async () => {
    const { json } = await read();
    expect(Object.keys(json)).toEqual(['site', 'thread', 'comments']);
    const { providers, ...site } = json.site;
    expect(site).toEqual({
      id: 'gazette',
      name: 'Gazette',
      version: expect.any(Number),
      settings: {
        mode: 'registered',
        maxLength: 4000,
        maxLinks: 10,
        editWindowSeconds: 900,
        moderation: 'none',
        order: 'oldest',
        votes: true,
      },
    });
    expect(providers).toEqual([
      {
        id: 'google',
        name: 'Google',
        brand: { color: expect.any(String), onColor: expect.any(String), icon: expect.any(String) },
        kind: 'redirect',
        canSwitch: true,
      },
    ]);
    expect(JSON.stringify(json)).not.toContain('the-client');
  });

  it('shows a comment with its author’s face on this site and nothing more', async () => {
    const id = await post(ada, 'Hello *there*');
    await post(bo, 'Hi', id);
    const { json } = await read();
    const comment = {
      id,
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
      replyCount: 1,
      pinned: false,
      removedBy: null,
    };
    const [root] = json.comments.items;
    const { replies, ...rest } = root;
    expect(rest).toEqual(comment);
    expect(replies.next).toBeNull();
    expect(Object.keys(replies.items[0]).sort()).toEqual(Object.keys(comment).sort());
    expect(replies.items[0]).toMatchObject({ parentId: id, depth: 1, author: { id: bo.publicId } });
  });

  it('is one under every spelling of its address', async () => {
    await post(ada, 'Hello');
    for (const spelling of [`${page}/`, `${page}?utm_source=mail`, `${page}#comments`]) {
      const { json } = await world.call('GET', `gazette/thread?key=${encodeURIComponent(`url:${spelling}`)}`);
      expect(json.thread, spelling).toMatchObject({ key: `url:${page}`, commentCount: 1 });
    }
  });

  it('that is closed says so and is still read', async () => {
    const id = await post(ada, 'Hello');
    const before = (await read()).json.thread;
    await setThreadStatus(world.db, 'gazette', `url:${page}`, 'closed', world.clock.now);
    const { json } = await read();
    expect(json.thread).toMatchObject({ status: 'closed', version: before.version + 1, commentCount: 1 });
    expect(json.comments.items[0].id).toBe(id);
  });

  it('of a suspended site is not read, nor is anything else of it', async () => {
    const id = await post(ada, 'Hello');
    await suspendSite(world.db, 'gazette', true, world.clock.now);
    try {
      for (const path of [
        `thread?key=${key()}`,
        `comments/${id}`,
        `comments/${id}/replies`,
        'counts?key=id:a',
      ])
        expect((await world.call('GET', `gazette/${path}`)).slug, path).toBe('site-suspended');
    } finally {
      await suspendSite(world.db, 'gazette', false, world.clock.now);
    }
    expect((await read()).status).toBe(200);
  });
});

describe('the ETag', () => {
  const etag = async () => (await read()).headers.get('ETag')!;

  it('gives 304 without a body, with the caching headers of the answer it stands for', async () => {
    const id = await post(ada, 'Hello');
    for (const path of [
      `gazette/thread?key=${key()}`,
      `gazette/comments/${id}`,
      `gazette/comments/${id}/replies`,
    ]) {
      const tag = (await world.call('GET', path)).headers.get('ETag')!;
      for (const known of [tag, `W/${tag}`, `"other", ${tag}`]) {
        const again = await world.call('GET', path, { headers: { 'If-None-Match': known } });
        expect(again.status, `${path} ${known}`).toBe(304);
        expect(again.json).toBe('');
        expect(again.headers.get('ETag')).toBe(tag);
        expect(again.headers.get('Cache-Control')).toBe(CACHED);
        expect(again.headers.get('Access-Control-Allow-Origin')).toBe('*');
      }
      const other = await world.call('GET', path, { headers: { 'If-None-Match': '"other"' } });
      expect(other.status, path).toBe(200);
    }
  });

  it('is another after each change that a reader could see', async () => {
    const seen = new Set([await etag()]);
    const isNew = async (what: string) => {
      const tag = await etag();
      expect(seen.has(tag), what).toBe(false);
      seen.add(tag);
    };
    const id = await post(ada, 'Hello');
    await isNew('posted');
    const reply = await post(bo, 'Hi', id);
    await isNew('answered');
    await world.call('PATCH', `gazette/comments/${id}`, { as: ada, body: { text: 'Hello there' } });
    await isNew('edited');
    await world.call('PUT', `gazette/comments/${id}/reaction`, { as: bo, body: { value: 1 } });
    await isNew('voted on');
    await world.call('DELETE', `gazette/comments/${id}`, { as: ada });
    await isNew('removed');
    await decide(reply, 'held');
    await isNew('held');
    await decide(reply, 'published');
    await isNew('published');
    await changeSite(world.db, 'gazette', { name: 'Gazette' }, world.clock.now);
    await isNew('site changed');
  });

  it('and the version stay as they are for whatever a reader cannot see', async () => {
    const id = await post(ada, 'Hello');
    const [tag, { version }] = [await etag(), (await read()).json.thread];
    await world.settings({ moderation: 'all' });
    try {
      const afterSetting = await etag();
      expect(afterSetting).not.toBe(tag);
      const held = await post(bo, 'Wait');
      await post(bo, 'Wait below', id);
      await world.call('PATCH', `gazette/comments/${held}`, { as: bo, body: { text: 'Waiting' } });
      await decide(held, 'spam');
      await world.call('DELETE', `gazette/comments/${held}`, { as: bo });
      expect(await etag()).toBe(afterSetting);
      expect((await read()).json.thread).toMatchObject({ version, commentCount: 1 });
    } finally {
      await world.settings({ moderation: 'none' });
    }
  });

  it('of one thread is not that of another, nor that of the same address on another site', async () => {
    await createSite(
      world.db,
      { id: 'twin', name: 'Twin', origins: [GAZETTE], settings: {} },
      world.clock.now,
    );
    await post(ada, 'Hello');
    const tag = await etag();
    const twin = await world.call('GET', `twin/thread?key=${key()}`, { headers: { 'If-None-Match': tag } });
    expect(twin.status).toBe(200);
    page = `${page}-b`;
    await post(ada, 'Hello');
    expect(await etag()).not.toBe(tag);
  });

  it('does not save a forged cursor from being refused', async () => {
    const id = await post(ada, 'Hello');
    const known = { 'If-None-Match': await etag() };
    expect((await read('&after=forged', known)).slug).toBe('cursor-invalid');
    const replies = await world.call('GET', `gazette/comments/${id}/replies?after=forged`, {
      headers: known,
    });
    expect(replies.slug).toBe('cursor-invalid');
  });
});

describe('a page of a thread', () => {
  async function walk(query: string): Promise<number[]> {
    const ids: number[] = [];
    let after = '';
    for (let n = 0; n < 10; n++) {
      const { json } = await read(`${query}${after}`);
      ids.push(...json.comments.items.map(({ id }: { id: number }) => id));
      if (json.comments.next === null) return ids;
      after = `&after=${json.comments.next}`;
    }
    throw new Error('The pages do not end.');
  }

  it('holds `limit` roots, 35 without one, and its cursor leads on in the same order', async () => {
    const ids: number[] = [];
    for (let n = 0; n < 37; n++) ids.push(await post(ada, `No. ${n}`));
    expect((await read()).json.comments.items).toHaveLength(35);
    expect((await read('&limit=37')).json.comments).toMatchObject({ next: null });
    expect(await walk('&order=oldest&limit=10')).toEqual(ids);
    expect(await walk('&order=newest&limit=36')).toEqual(ids.toReversed());
  });

  it('in the order best starts with what readers like most, newer first where they do not care', async () => {
    const ids: number[] = [];
    for (let n = 0; n < 4; n++) ids.push(await post(ada, `No. ${n}`));
    const [, liked, disliked] = ids;
    await world.call('PUT', `gazette/comments/${liked}/reaction`, { as: bo, body: { value: 1 } });
    await world.call('PUT', `gazette/comments/${disliked}/reaction`, { as: bo, body: { value: -1 } });
    expect(await walk('&order=best&limit=1')).toEqual([liked, ids[3], ids[0], disliked]);
  });

  it('without an order has the one that the site set', async () => {
    const ids = [await post(ada, 'First'), await post(ada, 'Second')];
    await world.settings({ order: 'newest' });
    try {
      const { json } = await read();
      expect(json.site.settings.order).toBe('newest');
      expect(json.comments.items.map(({ id }: { id: number }) => id)).toEqual(ids.toReversed());
      expect(await walk('&order=oldest')).toEqual(ids);
    } finally {
      await world.settings({ order: 'oldest' });
    }
  });

  it('carries the first three replies of each root, and their cursor leads to the rest in reading order', async () => {
    const root = await post(ada, 'Root');
    const a = await post(bo, 'a', root);
    const b = await post(bo, 'b', root);
    const aa = await post(ada, 'a.a', a);
    const ab = await post(ada, 'a.b', a);
    const aaa = await post(bo, 'a.a.a', aa);
    const preOrder = [a, aa, aaa, ab, b];
    const { replies } = (await read()).json.comments.items[0];
    expect(replies.items.map(({ id }: { id: number }) => id)).toEqual(preOrder.slice(0, 3));
    const { json: first } = await world.call(
      'GET',
      `gazette/comments/${root}/replies?limit=1&after=${replies.next}`,
    );
    expect(first.items.map(({ id }: { id: number }) => id)).toEqual([ab]);
    const { json: second } = await world.call(
      'GET',
      `gazette/comments/${root}/replies?limit=1&after=${first.next}`,
    );
    expect(second).toMatchObject({ items: [{ id: b }], next: null });
    const { json: below } = await world.call('GET', `gazette/comments/${a}/replies`);
    expect(below.items.map(({ id }: { id: number }) => id)).toEqual([aa, aaa, ab]);
  });

  it('of exactly three replies has no cursor for more', async () => {
    const root = await post(ada, 'Root');
    for (const text of ['a', 'b', 'c']) await post(bo, text, root);
    const { replies } = (await read()).json.comments.items[0];
    expect(replies.items).toHaveLength(3);
    expect(replies.next).toBeNull();
  });
});

describe('a permalink', () => {
  it('shows a comment in its place: what is above it, itself, what is below', async () => {
    const root = await post(ada, 'Root');
    const aunt = await post(bo, 'Aunt', root);
    const parent = await post(bo, 'Parent', root);
    const self = await post(ada, 'Self', parent);
    const child = await post(bo, 'Child', self);
    const { json } = await world.call('GET', `gazette/comments/${self}`);
    expect(Object.keys(json)).toEqual(['thread', 'ancestors', 'comment', 'replies']);
    expect(json.thread).toMatchObject({
      key: `url:${page}`,
      url: page,
      title: 'An article',
      commentCount: 5,
    });
    expect(json.ancestors.map(({ id }: { id: number }) => id)).toEqual([root, parent]);
    expect(json.comment.id).toBe(self);
    expect(json.replies.items.map(({ id }: { id: number }) => id)).toEqual([child]);
    expect(JSON.stringify(json)).not.toContain(String(aunt));
  });

  it('leads to a tombstone while it has replies, and to nothing once it is gone', async () => {
    const root = await post(ada, 'A secret of mine');
    const reply = await post(bo, 'I heard that', root);
    await world.call('DELETE', `gazette/comments/${root}`, { as: ada });
    const { json } = await world.call('GET', `gazette/comments/${root}`);
    expect(json.comment).toMatchObject({ status: 'removed', author: null, html: null, removedBy: 'author' });
    expect(JSON.stringify(json)).not.toMatch(/secret|"Ada"/);
    await world.call('DELETE', `gazette/comments/${reply}`, { as: bo });
    expect((await world.call('GET', `gazette/comments/${root}`)).slug).toBe('comment-unknown');
    expect((await world.call('GET', `gazette/comments/${reply}`)).slug).toBe('comment-unknown');
  });
});

describe('counts', () => {
  it('are of published comments, in the order asked, 0 where there is no thread', async () => {
    const root = await post(ada, 'Root');
    await post(bo, 'Reply', root);
    await world.call('DELETE', `gazette/comments/${root}`, { as: ada });
    const { json } = await world.call(
      'GET',
      `gazette/counts?key=id:unseen&key=${key()}&key=${encodeURIComponent(`url:${page}/?utm_medium=x`)}`,
    );
    expect(json).toEqual({
      items: [
        { key: 'id:unseen', count: 0 },
        { key: `url:${page}`, count: 1 },
        { key: `url:${page}/?utm_medium=x`, count: 1 },
      ],
      next: null,
    });
  });

  it('are given for at most 100 keys', async () => {
    const keys = (n: number) => Array.from({ length: n }, (_, at) => `key=id:${at}`).join('&');
    expect((await world.call('GET', `gazette/counts?${keys(100)}`)).json.items).toHaveLength(100);
    expect((await world.call('GET', `gazette/counts?${keys(101)}`)).slug).toBe('invalid-input');
  });
});
