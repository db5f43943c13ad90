/** Who a reader is here, what of a thread is theirs, and the end of their session. How one begins is in flows/. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

let world: World;
let ada: Reader;
let bo: Reader;
let page: string;
let pages = 0;

beforeAll(async () => {
  world = await createWorld({
    providers: { google: { clientId: 'the-client', clientSecret: 'the-client-secret' } },
  });
  ada = await world.reader('Ada');
  bo = await world.reader('Bo');
});
afterAll(() => world.end());
beforeEach(() => {
  page = `${GAZETTE}/article-${++pages}`;
});

let posts = 0;
async function post(as: Reader, text: string): Promise<number> {
  const { json } = await world.call('POST', 'gazette/comments', {
    as,
    body: { key: `url:${page}`, url: page, text },
    headers: { 'Idempotency-Key': `account-${++posts}` },
  });
  return json.comment.id;
}

const me = (as: Reader, query = `?key=${encodeURIComponent(`url:${page}`)}`) =>
  world.call('GET', `gazette/me${query}`, { as });

describe('a reader', () => {
  it('is told who they are on this site, and until when', async () => {
    const { status, json } = await me(ada);
    expect(status).toBe(200);
    expect(json).toEqual({
      person: {
        id: ada.publicId,
        name: 'Ada',
        provider: 'google',
        link: null,
        picture: null,
        role: null,
      },
      providerName: 'Google',
      votes: {},
      comments: [],
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(new Date(json.expiresAt).getTime()).toBeGreaterThan(Date.now());
  });

  it('of a provider that was switched off since stays who they are', async () => {
    const eve = await world.reader('Eve', { provider: 'retired' });
    expect((await me(eve)).json).toMatchObject({
      person: { name: 'Eve', provider: 'retired' },
      providerName: 'retired',
    });
  });

  it('with an office wears a badge, with trust or without it none', async () => {
    for (const [role, badge] of [
      ['owner', 'owner'],
      ['moderator', 'moderator'],
      ['trusted', null],
      ['read-only', null],
    ]) {
      await world.pool.query('update memberships set role = $1 where user_id = $2', [role, bo.userId]);
      expect((await me(bo)).json.person.role, `${role}`).toBe(badge);
    }
    expect((await world.call('POST', 'gazette/preview', { as: bo, body: { text: 'Hello' } })).status).toBe(
      200,
    );
    const { slug } = await world.call('POST', 'gazette/comments', {
      as: bo,
      body: { key: `url:${page}`, url: page, text: 'Hello' },
      headers: { 'Idempotency-Key': 'from-who-may-only-read' },
    });
    expect(slug).toBe('banned');
    await world.pool.query(`update memberships set role = 'reader' where user_id = $1`, [bo.userId]);
  });

  it('is given their own comments of this thread that wait or may still be edited, oldest first', async () => {
    const old = await post(ada, 'Too old to edit');
    world.pass(900_000);
    const fresh = await post(ada, 'Fresh');
    await post(bo, 'Another’s');
    const gone = await post(ada, 'Taken back');
    await world.call('DELETE', `gazette/comments/${gone}`, { as: ada });
    const spam = await post(ada, 'Taken for spam');
    await decideComment(world.db, 'gazette', { commentId: spam, status: 'spam' }, world.clock.now);
    await decideComment(world.db, 'gazette', { commentId: old, status: 'rejected' }, world.clock.now);
    const here = page;
    page = `${page}/next`;
    await post(ada, 'In another thread');
    page = here;
    const { json } = await me(ada);
    expect(json.comments).toMatchObject([
      { id: old, status: 'rejected', raw: 'Too old to edit', editableUntil: null },
      { id: fresh, status: 'published', raw: 'Fresh' },
      { id: spam, status: 'spam', raw: 'Taken for spam' },
    ]);
    await decideComment(world.db, 'gazette', { commentId: old, status: 'published' }, world.clock.now);
    expect((await me(ada)).json.comments.map(({ id }: { id: number }) => id)).toEqual([fresh, spam]);
    expect((await me(ada, '')).json.comments).toEqual([]);
    expect((await me(ada, '?key=id:unseen')).json.comments).toEqual([]);
  });

  it('may ask for the votes of 500 comments at once', async () => {
    const ids = (n: number) => Array.from({ length: n }, (_, at) => at + 1).join();
    expect((await me(ada, `?ids=${ids(500)}`)).json.votes).toEqual({});
    expect((await me(ada, `?ids=${ids(501)}`)).slug).toBe('invalid-input');
    expect((await me(ada, '?ids=')).json.votes).toEqual({});
  });
});

describe('a session', () => {
  it('that ran out is over', async () => {
    const dora = await world.reader('Dora');
    expect((await me(dora)).status).toBe(200);
    await world.pool.query(`update sessions set expires_at = now() where user_id = $1`, [dora.userId]);
    expect((await me(dora)).slug).toBe('session-expired');
  });

  it('ends on the server, with the page session behind it and all that one minted', async () => {
    const [here, elsewhere] = [await world.reader('Fay'), await world.reader('Fay')];
    const { status, json, headers } = await world.call('DELETE', 'gazette/session', { as: here });
    expect({ status, json }).toEqual({ status: 204, json: '' });
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect((await me(here)).slug).toBe('session-expired');
    expect((await world.call('DELETE', 'gazette/session', { as: here })).slug).toBe('session-expired');
    const left = await world.pool.query('select kind from sessions where user_id = $1 order by kind', [
      here.userId,
    ]);
    expect(left.rows).toEqual([{ kind: 'embed' }, { kind: 'page' }]);
    expect((await me(elsewhere)).status).toBe(200);
  });
});
