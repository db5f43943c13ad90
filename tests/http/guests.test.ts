/** Readers who sign in nowhere: how they come in, what they may, and what nobody learns of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ban } from '../../src/domain/memberships.ts';
import { createSite } from '../../src/domain/sites.ts';
import { createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

const TWIN = 'https://twin.example';
const EMAIL = 'grace.hopper@secret.example';

let world: World;
let ada: Reader;
let page: string;
let pages = 0;
let posts = 0;

beforeAll(async () => {
  world = await createWorld({
    providers: { google: { clientId: 'the-client', clientSecret: 'the-client-secret' } },
    trustedProxies: ['127.0.0.1'],
  });
  const twin = { id: 'twin', name: 'Twin', origins: [TWIN, GAZETTE], settings: { mode: 'open' as const } };
  await createSite(world.db, twin, world.clock.now);
  ada = await world.reader('Ada');
});
afterAll(() => world.end());
beforeEach(async () => {
  page = `${GAZETTE}/guests-${++pages}`;
  await world.settings({ mode: 'open', moderation: 'none', commentsPerMinute: 600 });
  await world.pool.query('delete from rate_limits'); // all of this file comes from one address
});

const NOBODY = { name: '', email: '', website: '' };

interface Come {
  site?: string;
  origin?: string | null;
  token?: string;
}

/** Comes in as a guest under `said`. */
function come(said: object = {}, { site = 'gazette', origin = GAZETTE, token }: Come = {}) {
  return world.call('POST', `${site}/session`, {
    body: { proof: { guest: { ...NOBODY, ...said } } },
    headers: {
      ...(origin === null ? {} : { Origin: origin }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
  });
}

/** A guest who can call the API as readers do. */
async function guest(said: object = {}, from: Come = {}): Promise<Reader> {
  const { status, json } = await come(said, from);
  expect(status, JSON.stringify(json)).toBe(200);
  return { name: json.person.name, token: json.token, publicId: json.person.id } as Reader;
}

const write = (as: Reader, text: string, more: object = {}) =>
  world.call('POST', 'gazette/comments', {
    as,
    body: { key: `url:${page}`, url: page, text, ...more },
    headers: { 'Idempotency-Key': `guests-${++posts}` },
  });

const read = async (url = page) =>
  (await world.call('GET', `gazette/thread?key=${encodeURIComponent(`url:${url}`)}`)).json;

const rowsOf = async (sql: string, values: unknown[] = []) => (await world.pool.query(sql, values)).rows;

describe('a guest', () => {
  it('comes in under a name and comments under it, with the website as link', async () => {
    const { status, json } = await come({ name: ' Grace  Hopper ', email: EMAIL, website: 'hopper.example' });
    expect(status).toBe(200);
    expect(json).toEqual({
      token: expect.stringMatching(/^pe_[\w-]{43}$/),
      expiresAt: expect.stringMatching(/Z$/),
      person: {
        id: expect.stringMatching(/^[\w-]{16}$/),
        name: 'Grace Hopper',
        provider: 'guest',
        link: 'https://hopper.example/',
        picture: null,
        role: null,
      },
    });
    const grace = { token: json.token } as Reader;
    const posted = await write(grace, 'Hello');
    expect(posted.json.comment).toMatchObject({ status: 'published', author: json.person });
    expect((await read()).comments.items[0].author).toEqual(json.person);
    expect((await world.call('GET', 'gazette/me', { as: grace })).json).toMatchObject({
      person: json.person,
      providerName: 'Guest',
    });
  });

  it('without a name comments without one', async () => {
    const nobody = await guest({ name: '\u200b\u202e' });
    expect((await write(nobody, 'Hello')).status).toBe(201);
    expect((await read()).comments.items[0].author).toMatchObject({
      name: '',
      provider: 'guest',
      link: null,
    });
  });

  it('is another person than every other guest of that name', async () => {
    const one = await guest({ name: 'Grace' });
    const other = await guest({ name: 'Grace' });
    expect(one.publicId).not.toBe(other.publicId);
    const { json } = await write(one, 'Mine');
    for (const [method, body] of [
      ['PATCH', { text: 'Yours' }],
      ['DELETE', undefined],
    ] as const) {
      const called = await world.call(method, `gazette/comments/${json.comment.id}`, { as: other, body });
      expect(called.slug).toBe('comment-foreign');
    }
  });

  it('edits and removes what they wrote, within the window', async () => {
    const grace = await guest({ name: 'Grace' });
    const { id } = (await write(grace, 'Hello')).json.comment;
    const edited = await world.call('PATCH', `gazette/comments/${id}`, { as: grace, body: { text: 'Hi' } });
    expect(edited.json.comment).toMatchObject({ html: '<p>Hi</p>\n', status: 'published' });
    world.pass(900_001);
    const late = await world.call('PATCH', `gazette/comments/${id}`, { as: grace, body: { text: 'Ho' } });
    expect(late.slug).toBe('edit-window-closed');
    expect((await world.call('DELETE', `gazette/comments/${id}`, { as: grace })).status).toBe(200);
    expect((await read()).comments.items).toEqual([]);
  });

  it('does not vote, whatever there is to vote on', async () => {
    const { id } = (await write(ada, 'Vote on me')).json.comment;
    const grace = await guest({ name: 'Grace' });
    for (const commentId of [id, 12345]) {
      for (const value of [1, 0, -1]) {
        const vote = await world.call('PUT', `gazette/comments/${commentId}/reaction`, {
          as: grace,
          body: { value },
        });
        expect([vote.status, vote.slug]).toEqual([403, 'sign-in-required']);
      }
    }
    expect(await rowsOf('select * from reactions')).toEqual([]);
  });

  it('who logs out has left: their token is worth nothing', async () => {
    const grace = await guest({ name: 'Grace' });
    expect((await world.call('DELETE', 'gazette/session', { as: grace })).status).toBe(204);
    expect((await write(grace, 'Hello')).slug).toBe('session-expired');
  });

  it('who is banned writes no more under any name', async () => {
    const grace = await guest({ name: 'Grace' });
    await ban(world.db, 'gazette', grace.publicId, 'infinity', world.clock.now);
    const again = await guest({ name: 'Somebody else' }, { token: grace.token });
    expect(again.publicId).toBe(grace.publicId);
    expect((await write(again, 'Hello')).slug).toBe('banned');
  });
});

describe('a guest who comes again with their session', () => {
  it('is the same person, and the session they had ends', async () => {
    const first = await guest({ name: 'Grace', email: EMAIL });
    const again = await guest({ name: 'Grace', email: EMAIL }, { token: first.token });
    expect(again.publicId).toBe(first.publicId);
    expect((await write(first, 'Hello')).slug).toBe('session-expired');
    expect((await write(again, 'Hello')).status).toBe(201);
    expect(
      await rowsOf(`select id from identities where name = 'Grace' and email = $1`, [EMAIL]),
    ).toHaveLength(1);
  });

  it('under other details keeps earlier comments, which keep the name they were written under', async () => {
    const first = await guest({ name: 'Grace' });
    const early = (await write(first, 'Early')).json.comment.id;
    const married = await guest({ name: 'Grace Murray' }, { token: first.token });
    await write(married, 'Late');
    const names = (await read()).comments.items.map((one: { author: { name: string } }) => one.author.name);
    expect(names).toEqual(['Grace', 'Grace Murray']);
    const edit = { as: married, body: { text: 'Early, but better' } };
    expect((await world.call('PATCH', `gazette/comments/${early}`, edit)).status).toBe(200);
    // And back: no third identity.
    const back = await guest({ name: 'Grace' }, { token: married.token });
    const identities = await rowsOf(
      `select i.id from identities i join memberships m on m.user_id = i.user_id
       where m.site_id = 'gazette' and m.public_id = $1`,
      [back.publicId],
    );
    expect(identities).toHaveLength(2);
  });

  it('that has ended, or in which they had signed in, is somebody new', async () => {
    const gone = await guest({ name: 'Grace' });
    await world.call('DELETE', 'gazette/session', { as: gone });
    expect((await guest({ name: 'Grace' }, { token: gone.token })).publicId).not.toBe(gone.publicId);
    const asGuest = await guest({ name: 'Ada' }, { token: ada.token });
    expect(asGuest.publicId).not.toBe(ada.publicId);
    expect((await world.call('GET', 'gazette/me', { as: ada })).json.person.provider).toBe('google');
  });

  it('of another site or origin is refused, and lives on', async () => {
    const there = await guest({ name: 'Grace' }, { site: 'twin' });
    expect((await come({ name: 'Grace' }, { token: there.token })).slug).toBe('session-foreign');
    expect((await write(there, 'Hello')).slug).toBe('session-foreign');
    const elsewhere = await come({ name: 'Grace' }, { site: 'twin', origin: TWIN, token: there.token });
    expect(elsewhere.slug).toBe('session-foreign');
    expect((await world.call('GET', 'twin/me', { as: there })).status).toBe(200);
  });
});
