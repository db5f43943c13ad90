/** People: the accounts they sign in with, what they are on a site, and what a change of them changes for readers. */

import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ban, findMembership, joinSite, readMembership, sitesOf } from '../../src/domain/memberships.ts';
import { createSite } from '../../src/domain/sites.ts';
import { findPerson, type NewIdentity, signInWith } from '../../src/domain/users.ts';
import { createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

let world: World;
let page: string;
let pages = 0;

beforeAll(async () => {
  world = await createWorld();
  await createSite(world.db, { id: 'twin', name: 'Twin', origins: [GAZETTE] }, world.clock.now);
});
afterAll(() => world.end());
beforeEach(() => {
  page = `${GAZETTE}/article-${++pages}`;
});

const account = (subject: string, over: Partial<NewIdentity> = {}): NewIdentity => ({
  provider: 'google',
  issuer: '',
  subject,
  name: subject,
  username: null,
  link: null,
  ...over,
});
const signIn = (who: NewIdentity) =>
  world.db.transaction().execute((tx) => signInWith(tx, who, world.clock.now));
const rowsOf = async (sql: string, values: unknown[] = []) => (await world.pool.query(sql, values)).rows;

async function post(as: Reader, site = 'gazette'): Promise<number> {
  const { json } = await world.call('POST', `${site}/comments`, {
    as,
    body: { key: `url:${page}`, url: page, text: `Hello ${++posts}` },
    headers: { 'Idempotency-Key': `people-${posts}` },
  });
  return json.comment.id;
}
let posts = 0;

describe('an account', () => {
  it('is one person at every sign-in, and another with any other provider, issuer or subject', async () => {
    const ada = await signIn(account('Ada'));
    expect(await signIn(account('Ada', { name: 'Ada Lovelace' }))).toEqual(ada);
    const others = await Promise.all([
      signIn(account('ada')),
      signIn(account('Ada', { provider: 'github' })),
      signIn(account('Ada', { issuer: 'https://issuer.example' })),
      signIn(account('Ada2')),
    ]);
    expect(new Set([ada, ...others].map(({ userId }) => userId)).size).toBe(5);
  });

  it('that signs in for the first time in several windows at once is one person, and no empty one is left', async () => {
    const before = await rowsOf('select count(*)::int as n from users');
    const all = await Promise.all(Array.from({ length: 8 }, () => signIn(account('Many windows'))));
    expect(new Set(all.map(({ userId, identityId }) => `${userId} ${identityId}`)).size).toBe(1);
    expect(await rowsOf('select count(*)::int as n from users')).toEqual([{ n: before[0].n + 1 }]);
  });

  it('joins a site once, under a random name of that site', async () => {
    const { userId } = await signIn(account('Joiner'));
    const join = (site: string) =>
      world.db.transaction().execute((tx) => joinSite(tx, site, userId, world.clock.now));
    const [first, again] = await Promise.all([join('gazette'), join('gazette')]);
    expect(again).toEqual(first);
    expect(first).toMatchObject({ siteId: 'gazette', userId, role: 'reader', bannedUntil: null });
    const twin = await join('twin');
    expect(twin.publicId).not.toBe(first.publicId);
    expect(first.publicId).toMatch(/^[\w-]{16}$/);
    const events = await rowsOf(
      `select site_id from events where kind = 'membership.created' and actor_id = $1`,
      [userId],
    );
    expect(events.map((row) => row.site_id).sort()).toEqual(['gazette', 'twin']);
    await world.db.transaction().execute(async (tx) => {
      expect(await sitesOf(tx, userId)).toEqual(['gazette', 'twin']);
    });
  });

  it('that never joined a site is nobody there', async () => {
    const { userId, identityId } = await signIn(account('Stranger'));
    await expect(readMembership(world.db, 'gazette', userId)).rejects.toMatchObject({
      slug: 'session-expired',
    });
    expect(await findPerson(world.db, 'gazette', userId, identityId)).toBeUndefined();
    const { publicId } = await world.reader('Here');
    expect(await findMembership(world.db, 'twin', publicId)).toBeUndefined();
  });

  it('is not shown under another person’s membership', async () => {
    const [ada, bo] = [await world.reader('Face A'), await world.reader('Face B')];
    expect(await findPerson(world.db, 'gazette', ada.userId, bo.identityId)).toBeUndefined();
  });
});

describe('a new name or link', () => {
  const version = async (site = 'gazette') =>
    (await world.call('GET', `${site}/thread?key=${encodeURIComponent(`url:${page}`)}`)).json.thread.version;
  const author = async (id: number) =>
    (await world.call('GET', `gazette/comments/${id}`)).json.comment.author;

  it('shows in every thread that shows the person, on every site, and moves their versions', async () => {
    const [here, there, other] = [
      await world.reader('Renamed'),
      await world.reader('Renamed', { site: 'twin' }),
      await world.reader('Other'),
    ];
    const id = await post(here);
    await post(here);
    await post(there, 'twin');
    const article = page;
    page = `${article}/elsewhere`;
    await post(other);
    await signIn(account('Renamed', { name: 'Ada Lovelace', link: 'https://ada.example/' }));
    expect(await version()).toBe(1);
    page = article;
    expect(await version()).toBe(3);
    expect(await version('twin')).toBe(2);
    expect(await author(id)).toMatchObject({ name: 'Ada Lovelace', link: 'https://ada.example/' });
    const events = await rowsOf(
      `select site_id, data from events where kind = 'identity.changed' and actor_id = $1 order by site_id`,
      [here.userId],
    );
    expect(events).toEqual([
      { site_id: 'gazette', data: { identity: here.identityId } },
      { site_id: 'twin', data: { identity: here.identityId } },
    ]);
  });

  it('moves nothing when it is the same, or shows nowhere', async () => {
    const reader = await world.reader('Constant');
    const id = await post(reader);
    await signIn(account('Constant', { username: 'constant' }));
    expect(await version()).toBe(1);
    await world.call('DELETE', `gazette/comments/${id}`, { as: reader });
    await signIn(account('Constant', { name: 'Changed' }));
    expect(await version()).toBe(2);
  });

  // With a stronger lock on the account, a post of the same person and the sign-in waited for each other.
  it('does not wait for a post of the same person that waits for it', async () => {
    const reader = await world.reader('Twice at once');
    await post(reader);
    const posting = new pg.Client({ connectionString: world.url });
    await posting.connect();
    await posting.query('begin');
    await posting.query('select 1 from threads where key = $1 for update', [`url:${page}`]);
    const renaming = signIn(account('Twice at once', { name: 'Renamed' })).catch((error) => error);
    await expect
      .poll(async () =>
        rowsOf(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        ),
      )
      .toHaveLength(1);
    await posting.query(`set local lock_timeout = '2s'`);
    // What a foreign key of a new comment does.
    await posting.query('select 1 from identities where id = $1 for key share', [reader.identityId]);
    await posting.query('commit');
    await posting.end();
    expect(await renaming).toEqual({ userId: reader.userId, identityId: reader.identityId });
    expect(await version()).toBe(2);
  });
});

describe('a ban', () => {
  it('runs until its end, for ever, or until it is lifted, each with an event that names nobody', async () => {
    const reader = await world.reader('Banned');
    const { now } = world.clock;
    const until = new Date(now.getTime() + 60_000);
    const state = async () => (await readMembership(world.db, 'gazette', reader.userId)).bannedUntil;
    await ban(world.db, 'gazette', reader.publicId, until, now);
    expect(await state()).toEqual(until);
    await ban(world.db, 'gazette', reader.publicId, 'infinity', now);
    expect(await state()).toBe(Number.POSITIVE_INFINITY);
    await ban(world.db, 'gazette', reader.publicId, null, now);
    expect(await state()).toBeNull();
    const events = await rowsOf(
      `select kind, data from events where kind like 'membership.%banned' and (data->>'user')::bigint = $1 order by id`,
      [reader.userId],
    );
    expect(events).toEqual([
      { kind: 'membership.banned', data: { user: reader.userId, until: until.toISOString() } },
      { kind: 'membership.banned', data: { user: reader.userId, until: 'infinity' } },
      { kind: 'membership.unbanned', data: { user: reader.userId, until: null } },
    ]);
  });

  it('is of one site, and of somebody whom that site knows', async () => {
    const reader = await world.reader('Twofold');
    await world.reader('Twofold', { site: 'twin' });
    await ban(world.db, 'gazette', reader.publicId, 'infinity', world.clock.now);
    expect((await readMembership(world.db, 'twin', reader.userId)).bannedUntil).toBeNull();
    await expect(ban(world.db, 'twin', reader.publicId, 'infinity', world.clock.now)).rejects.toMatchObject({
      slug: 'not-found',
    });
  });
});
