/** A reader's comments on the whole site, and what becomes of those they wrote before they signed in. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { ban } from '../../src/domain/memberships.ts';
import { createSite } from '../../src/domain/sites.ts';
import { createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

let world: World;
let ada: Reader;
let bo: Reader;
let page: string;
let pages = 0;
let posts = 0;

beforeAll(async () => {
  world = await createWorld();
  const twin = { id: 'twin', name: 'Twin', origins: [GAZETTE], settings: { mode: 'open' as const } };
  await createSite(world.db, twin, world.clock.now);
});
afterAll(() => world.end());
beforeEach(async () => {
  page = `${GAZETTE}/claims-${++pages}`;
  await world.settings({ mode: 'open', moderation: 'none' });
  await world.pool.query('delete from rate_limits');
  ada = await world.reader(`Ada ${pages}`);
  bo = await world.reader(`Bo ${pages}`);
});

async function guest(name = 'Grace', site = 'gazette'): Promise<Reader> {
  const { json } = await world.call('POST', `${site}/session`, {
    body: { proof: { guest: { name, email: 'grace@secret.example', website: '' } } },
    headers: { Origin: GAZETTE },
  });
  return { name, token: json.token, publicId: json.person.id } as Reader;
}

async function post(as: Reader, text: string, { url = page, parentId = null as number | null } = {}) {
  const { status, json } = await world.call('POST', 'gazette/comments', {
    as,
    body: { key: `url:${url}`, url, title: 'An article', text, parentId },
    headers: { 'Idempotency-Key': `claims-${++posts}` },
  });
  expect(status, JSON.stringify(json)).toBe(201);
  return json.comment.id as number;
}

const claim = (as: Reader, token: string, site = 'gazette') =>
  world.call('POST', `${site}/claims`, { as, body: { guest: token } });
const read = async (url = page) =>
  (await world.call('GET', `gazette/thread?key=${encodeURIComponent(`url:${url}`)}`)).json;
const own = (as: Reader, query = '') => world.call('GET', `gazette/me/comments${query}`, { as });
const vote = (as: Reader, id: number, value: number) =>
  world.call('PUT', `gazette/comments/${id}/reaction`, { as, body: { value } });
const rowsOf = async (sql: string, values: unknown[] = []) => (await world.pool.query(sql, values)).rows;

describe('own comments', () => {
  it('come newest first over all threads, in every state, with where they are', async () => {
    const other = `${page}/other`;
    const first = await post(ada, 'First');
    const second = await post(ada, 'Second', { url: other });
    const gone = await post(ada, 'Taken back');
    await world.call('DELETE', `gazette/comments/${gone}`, { as: ada });
    await post(bo, 'Not mine');
    await decideComment(world.db, 'gazette', { commentId: second, status: 'rejected' }, world.clock.now);
    const { status, json } = await own(ada);
    expect(status).toBe(200);
    expect(json).toEqual({
      items: [
        expect.objectContaining({ id: second, status: 'rejected', raw: 'Second' }),
        expect.objectContaining({ id: first, status: 'published', raw: 'First' }),
      ],
      next: null,
    });
    expect(json.items.map((one: { thread: unknown }) => one.thread)).toEqual([
      { url: other, title: 'An article' },
      { url: page, title: 'An article' },
    ]);
  });

  it('come in pages that end, each once', async () => {
    const ids: number[] = [];
    for (let n = 0; n < 5; n++) ids.unshift(await post(ada, `Number ${n}`));
    const seen: number[] = [];
    let after = '';
    for (let asked = 0; asked < 3; asked++) {
      const { json } = await own(ada, `?limit=2${after && `&after=${after}`}`);
      seen.push(...json.items.map((one: { id: number }) => one.id));
      expect(json.next === null).toBe(asked === 2);
      after = json.next;
    }
    expect(seen).toEqual(ids);
  });

  it('are nobody else’s: a cursor, a session or a site of others opens none', async () => {
    for (let n = 0; n < 3; n++) await post(ada, `Mine ${n}`);
    const { next } = (await own(ada, '?limit=1')).json;
    expect((await own(bo, `?after=${next}`)).slug).toBe('cursor-invalid');
    expect((await own(bo)).json.items).toEqual([]);
    expect((await world.call('GET', 'gazette/me/comments')).slug).toBe('session-missing');
    expect((await world.call('GET', 'twin/me/comments', { as: ada })).slug).toBe('session-foreign');
    for (const limit of ['0', '101', 'x'])
      expect((await own(ada, `?limit=${limit}`)).slug).toBe('invalid-input');
  });

  it('of a guest are theirs, too', async () => {
    const grace = await guest();
    const id = await post(grace, 'Hello');
    expect((await own(grace)).json.items.map((one: { id: number }) => one.id)).toEqual([id]);
  });
});

describe('a claim', () => {
  it('makes what the guest wrote the reader’s, with one event and one step of the version a thread', async () => {
    const other = `${page}/other`;
    const grace = await guest();
    const [one, two] = [await post(grace, 'One'), await post(grace, 'Two')];
    const three = await post(grace, 'Three', { url: other });
    const before = [(await read()).thread, (await read(other)).thread];
    const called = await claim(ada, grace.token);
    expect([called.status, called.json]).toEqual([200, { claimed: 3 }]);
    const after = [await read(), await read(other)];
    expect(after.map(({ thread }) => thread.version)).toEqual(before.map(({ version }) => version + 1));
    for (const comment of [...after[0].comments.items, ...after[1].comments.items]) {
      expect(comment.author).toMatchObject({ id: ada.publicId, provider: 'google' });
    }
    expect((await own(ada)).json.items.map(({ id }: { id: number }) => id)).toEqual([three, two, one]);
    const events = await rowsOf(
      `select thread_id, version, actor_id, data from events where kind = 'comment.claimed' and actor_id = $1
       order by thread_id`,
      [ada.userId],
    );
    const from = expect.any(Number);
    expect(events).toEqual(
      after
        .map(({ thread }, at) => ({
          thread_id: thread.id,
          version: thread.version,
          actor_id: ada.userId,
          data: { from, comments: [2, 1][at] },
        }))
        .sort((a, b) => a.thread_id - b.thread_id),
    );
    // And is theirs like any other: to edit, and not to vote on.
    const edit = { as: ada, body: { text: 'One, by Ada' } };
    expect((await world.call('PATCH', `gazette/comments/${one}`, edit)).status).toBe(200);
    expect((await vote(ada, two, 1)).slug).toBe('own-vote');
  });

  it('is of everything they wrote as that guest, under every name and in every state', async () => {
    const grace = await guest('Grace');
    const [held, gone] = [await post(grace, 'Held'), await post(grace, 'Gone')];
    await decideComment(world.db, 'gazette', { commentId: held, status: 'held' }, world.clock.now);
    await world.call('DELETE', `gazette/comments/${gone}`, { as: grace });
    const { json } = await world.call('POST', 'gazette/session', {
      body: { proof: { guest: { name: 'Grace Murray', email: '', website: '' } } },
      headers: { Origin: GAZETTE, Authorization: `Bearer ${grace.token}` },
    });
    const shown = await post({ token: json.token } as Reader, 'Shown');
    expect((await claim(ada, json.token)).json).toEqual({ claimed: 3 });
    const rows = await rowsOf('select id, status from comments where user_id = $1 order by id', [ada.userId]);
    expect(rows).toEqual([
      { id: held, status: 'held' },
      { id: gone, status: 'removed' },
      { id: shown, status: 'published' },
    ]);
  });

  it('that shows to nobody steps no version: it would tell of what waits', async () => {
    const grace = await guest();
    await post(ada, 'Seen');
    const held = await post(grace, 'Held');
    await decideComment(world.db, 'gazette', { commentId: held, status: 'held' }, world.clock.now);
    const { version } = (await read()).thread;
    expect((await claim(ada, grace.token)).json).toEqual({ claimed: 1 });
    expect((await read()).thread.version).toBe(version);
  });

  it('leaves replies and others’ votes, and takes the reader’s own vote away', async () => {
    const grace = await guest();
    const id = await post(grace, 'Vote on me');
    await post(bo, 'An answer', { parentId: id });
    await vote(ada, id, 1);
    await vote(bo, id, 1);
    await vote(await world.reader('Cleo'), id, -1);
    await claim(ada, grace.token);
    const [comment] = (await read()).comments.items;
    expect(comment).toMatchObject({ id, up: 1, down: 1, replyCount: 1 });
    expect(await rowsOf('select 1 from reactions where user_id = $1', [ada.userId])).toEqual([]);
    expect(comment.replies.items[0].author.id).toBe(bo.publicId);
  });

  // The vote had read whose comment it is before the claim changed that, and would stay as an own vote.
  it('and a vote of the reader on the same comment, at once, leave no own vote', async () => {
    const grace = await guest();
    const id = await post(grace, 'Vote on me');
    const seen = new Set<number>();
    for (let n = 0; n < 10; n++) {
      const again = n === 0 ? grace : await guest();
      const target = n === 0 ? id : await post(again, `Vote on me, too ${n}`);
      const [claimed, voted] = await Promise.all([claim(ada, again.token), vote(ada, target, 1)]);
      expect(claimed.json).toEqual({ claimed: 1 });
      seen.add(voted.status);
    }
    expect([...seen].every((status) => status === 200 || status === 409)).toBe(true);
    expect(await rowsOf('select 1 from reactions where user_id = $1', [ada.userId])).toEqual([]);
    expect(
      await rowsOf(`select 1 from scores where site_id = 'gazette' and thread_id = $1 and up > 0`, [
        (await read()).thread.id,
      ]),
    ).toEqual([]);
  });

  it('ends the guest’s session; a second one finds nothing, and says so without an error', async () => {
    const grace = await guest();
    await post(grace, 'Hello');
    expect((await claim(ada, grace.token)).json).toEqual({ claimed: 1 });
    const again = await claim(ada, grace.token);
    expect([again.status, again.json]).toEqual([200, { claimed: 0 }]);
    expect((await claim(bo, grace.token)).json).toEqual({ claimed: 0 });
    expect((await own(grace)).slug).toBe('session-expired');
    expect((await claim(ada, 'pe_nothing-of-the-kind')).json).toEqual({ claimed: 0 });
    expect((await own(ada)).json.items).toHaveLength(1);
  });

  it('twice at once counts every comment once', async () => {
    const grace = await guest();
    for (const text of ['One', 'Two', 'Three']) await post(grace, text);
    const both = await Promise.all([claim(ada, grace.token), claim(bo, grace.token)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both.map(({ json }) => json.claimed).sort()).toEqual([0, 3]);
  });

  it('needs a guest’s session: another reader’s bearer, page session or code gives nothing away', async () => {
    const id = await post(bo, 'Mine');
    for (const token of [bo.token, ada.token]) {
      const called = await claim(ada, token);
      expect([called.status, called.slug]).toEqual([403, 'claim-foreign']);
    }
    expect((await claim(ada, bo.pageToken)).json).toEqual({ claimed: 0 });
    expect((await read()).comments.items[0]).toMatchObject({ id, author: { id: bo.publicId } });
    expect((await own(bo)).status).toBe(200);
  });

  it('is of this site alone', async () => {
    const there = await guest('Grace', 'twin');
    expect((await claim(ada, there.token)).slug).toBe('session-foreign');
    expect((await world.call('GET', 'twin/me', { as: there })).status).toBe(200);
  });

  it('is for who is signed in: not for guests, not for nobody', async () => {
    const [one, other] = [await guest(), await guest()];
    await post(one, 'Mine');
    const called = await claim(other, one.token);
    expect([called.status, called.slug]).toEqual([403, 'sign-in-required']);
    expect((await claim(one, one.token)).slug).toBe('sign-in-required');
    const body = { guest: one.token };
    expect((await world.call('POST', 'gazette/claims', { body })).slug).toBe('session-missing');
    expect((await own(one)).json.items).toHaveLength(1);
  });

  it('does not shake off a ban, the guest’s or the reader’s', async () => {
    const grace = await guest();
    await post(grace, 'Hello');
    const until = new Date(world.clock.now.getTime() + 86_400_000);
    await ban(world.db, 'gazette', grace.publicId, until, world.clock.now);
    const refused = await claim(ada, grace.token);
    expect([refused.status, refused.slug, refused.json.until]).toEqual([403, 'banned', until.toISOString()]);
    expect((await read()).comments.items[0].author.provider).toBe('guest');
    await ban(world.db, 'gazette', grace.publicId, null, world.clock.now);
    await ban(world.db, 'gazette', ada.publicId, 'infinity', world.clock.now);
    const also = await claim(ada, grace.token);
    expect([also.slug, also.json.until]).toEqual(['banned', null]);
    await ban(world.db, 'gazette', ada.publicId, null, world.clock.now);
    expect((await claim(ada, grace.token)).json).toEqual({ claimed: 1 });
  });

  it('works where guests are not taken any more, and says what is wrong with a body', async () => {
    const grace = await guest();
    await post(grace, 'Hello');
    await world.settings({ mode: 'registered' });
    for (const body of [{}, { guest: 7 }, { guest: 'x', more: 1 }, { guest: 'x'.repeat(201) }]) {
      expect((await world.call('POST', 'gazette/claims', { as: ada, body })).slug).toBe('invalid-input');
    }
    expect((await claim(ada, grace.token)).json).toEqual({ claimed: 1 });
  });
});
