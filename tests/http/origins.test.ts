/**
 * Who may call a site's routes, from where: CORS, preflights, and every route tried with the wrong site, the wrong
 * session and the wrong origin. The table below must name every route of the app, so that a new one is tried as well.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeSite, createSite } from '../../src/domain/sites.ts';
import { createWorld, GAZETTE, type PostedComment, type Reader, type World } from '../support/world.ts';

const HERALD = 'https://herald.example';

interface Route {
  method: string;
  path: string;
  who: 'anyone' | 'reader' | 'signing in' | 'nobody known';
  query?: string;
  body?: object;
}

const ROUTES: Route[] = [
  { method: 'GET', path: '/thread', who: 'anyone', query: '?key=id:a' },
  { method: 'GET', path: '/comments/:id', who: 'anyone' },
  { method: 'GET', path: '/comments/:id/replies', who: 'anyone' },
  { method: 'GET', path: '/counts', who: 'anyone', query: '?key=id:a' },
  { method: 'GET', path: '/me', who: 'reader', query: '?key=id:a' },
  { method: 'GET', path: '/me/comments', who: 'reader' },
  { method: 'POST', path: '/claims', who: 'reader', body: { guest: 'pe_of-nobody' } },
  {
    method: 'POST',
    path: '/comments',
    who: 'reader',
    body: { key: 'id:a', url: `${GAZETTE}/a`, text: 'Hello' },
  },
  { method: 'PATCH', path: '/comments/:id', who: 'reader', body: { text: 'Hello' } },
  { method: 'DELETE', path: '/comments/:id', who: 'reader' },
  { method: 'POST', path: '/comments/:id/restore', who: 'reader' },
  { method: 'PUT', path: '/comments/:id/reaction', who: 'reader', body: { value: 1 } },
  { method: 'POST', path: '/preview', who: 'nobody known', body: { text: 'Hello' } },
  {
    method: 'POST',
    path: '/session',
    who: 'signing in',
    body: { attempt: 'a'.repeat(22), code: 'c'.repeat(43), proof: { verifier: 'v'.repeat(43) } },
  },
  { method: 'DELETE', path: '/session', who: 'reader' },
];
const OF_READERS = ROUTES.filter(({ who }) => who !== 'anyone');
const WITH_SESSION = ROUTES.filter(({ who }) => who === 'reader');
const WITH_ID = ROUTES.filter(({ path }) => path.includes(':id'));

let world: World;
let ada: Reader;
let bo: Reader;
let comment: PostedComment;

beforeAll(async () => {
  world = await createWorld();
  await createSite(world.db, { id: 'herald', name: 'Herald', origins: [HERALD] }, world.clock.now);
  // Two sites of one owner on one origin.
  await createSite(world.db, { id: 'twin', name: 'Twin', origins: [GAZETTE] }, world.clock.now);
  ada = await world.reader('Ada');
  bo = await world.reader('Bo', { site: 'herald', origin: HERALD });
  comment = await world.post(ada, 'Hello');
});
afterAll(() => world.end());

/** Calls a route of a site. `origin: null` sends none. */
function call(
  route: Route,
  over: { site?: string; token?: string; origin?: string | null; id?: string } = {},
) {
  const { site = 'gazette', token, origin = GAZETTE, id = String(comment.id) } = over;
  const path = route.path.replace(':id', id) + (route.query ?? '');
  return world.call(route.method, `${site}${path}`, {
    ...(route.body ? { body: route.body } : {}),
    headers: {
      'Idempotency-Key': 'tried-on-every-route',
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...(origin === null ? {} : { Origin: origin }),
    },
  });
}

const named = (routes: Route[]) => routes.map((route) => [`${route.method} ${route.path}`, route] as const);

it('every route of a site is in the table of this file', () => {
  const inApp = world.app.routes
    .filter(({ path, method }) => path.startsWith('/api/v1/sites/:site/') && method !== 'OPTIONS')
    .map(({ method, path }) => `${method} ${path.replace('/api/v1/sites/:site', '')}`);
  expect([...new Set(inApp)].sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
});

describe.each(named(OF_READERS))('%s', (_, route) => {
  const expectExactOrigin = ({ headers }: { headers: Headers }, origin: string | null) => {
    expect(headers.get('Access-Control-Allow-Origin')).toBe(origin);
    expect(headers.get('Vary')).toBe('Origin');
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(headers.get('Access-Control-Allow-Credentials')).toBeNull();
  };

  it('answers the site’s own origin by name, no cache, and never allows credentials', async () => {
    // Refused for want of a session or code: a refusal, too, must be readable in the article.
    const answer = await call(route);
    const slugs: Record<string, string> = { reader: 'session-missing', 'signing in': 'code-invalid' };
    expect(answer.slug).toBe(slugs[route.who]);
    expectExactOrigin(answer, GAZETTE);
  });

  it.each([
    'https://evil.example',
    'null',
    'http://gazette.example',
    'https://gazette.example:8443',
    'https://gazette.example.evil.example',
    'https://www.gazette.example',
    'https://gazette.example/',
    HERALD,
  ])('refuses the origin %s and does not let it read why', async (origin) => {
    const answer = await call(route, { origin, token: ada.token });
    expect(answer.slug).toBe('origin-foreign');
    expectExactOrigin(answer, null);
  });

  it('answers a preflight of the site’s own origin, and no other', async () => {
    const path = `${route.path.replace(':id', '1')}`;
    const ask = (origin: string) =>
      world.call('OPTIONS', `gazette${path}`, {
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': route.method,
          'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key',
        },
      });
    const allowed = await ask(GAZETTE);
    expect(allowed.status).toBe(204);
    expectExactOrigin(allowed, GAZETTE);
    expect(allowed.headers.get('Access-Control-Allow-Methods')?.split(', ')).toContain(route.method);
    expect(allowed.headers.get('Access-Control-Allow-Headers')?.toLowerCase().split(', ').sort()).toEqual([
      'authorization',
      'content-type',
      'idempotency-key',
    ]);
    expect(Number(allowed.headers.get('Access-Control-Max-Age'))).toBeLessThanOrEqual(600);
    const refused = await ask('https://evil.example');
    expect(refused.slug).toBe('origin-foreign');
    expectExactOrigin(refused, null);
  });
});

describe('a session', () => {
  it.each(named(WITH_SESSION))('that nobody opened is refused by %s', async (_, route) => {
    for (const token of [`pe_${'x'.repeat(43)}`, 'x', 'pe_', ada.token.slice(0, -1), `${ada.token}x`])
      expect((await call(route, { token })).slug, token).toBe('session-expired');
  });

  // Remark42 f8ba3877: a check that the caller could leave out; here the path names the site and the session its own.
  it.each(named(WITH_SESSION))('of another site is refused by %s', async (_, route) => {
    const foreign = 'session-foreign';
    expect((await call(route, { token: bo.token })).slug).toBe(foreign);
    expect((await call(route, { token: bo.token, origin: null })).slug).toBe(foreign);
    expect((await call(route, { token: ada.token, site: 'herald', origin: HERALD })).slug).toBe(foreign);
    expect((await call(route, { token: ada.token, site: 'twin' })).slug).toBe(foreign);
    expect((await call(route, { token: ada.token, site: 'twin', origin: null })).slug).toBe(foreign);
  });

  it.each(named(WITH_SESSION))('of another origin of the same site is refused by %s', async (_, route) => {
    const other = 'https://m.gazette.example';
    await changeSite(world.db, 'gazette', { origins: [GAZETTE, other] }, world.clock.now);
    expect((await call(route, { token: ada.token, origin: other })).slug).toBe('session-foreign');
    await changeSite(world.db, 'gazette', { origins: [other] }, world.clock.now);
    // The origin it is bound to was taken off the site.
    expect((await call(route, { token: ada.token, origin: null })).slug).toBe('origin-foreign');
    await changeSite(world.db, 'gazette', { origins: [GAZETTE] }, world.clock.now);
  });
});

describe('a site', () => {
  it.each(named(ROUTES))('that does not exist is unknown to %s', async (_, route) => {
    for (const site of [
      'nowhere',
      'Gazette',
      'gazette%00',
      '..%2Fgazette',
      '%252e%252e',
      'a'.repeat(64),
      '%ff',
    ])
      expect((await call(route, { site, token: ada.token })).slug, site).toBe('site-unknown');
  });

  it.each(named(ROUTES))('cannot be left out of %s', async (_, route) => {
    const bare = await world.call(route.method, `/api/v1/sites${route.path.replace(':id', '1')}`, {
      as: ada,
      headers: { 'Idempotency-Key': 'no-site-in-the-path' },
      ...(route.body ? { body: route.body } : {}),
    });
    // `/me/comments` then names a site "me", whose comments are posted and not read.
    expect(bare.status).toBe(bare.slug === 'method-not-allowed' ? 405 : 404);
    expect(['not-found', 'site-unknown', 'method-not-allowed']).toContain(bare.slug);
  });

  it.each(named(WITH_ID))('does not reach another’s comment by %s', async (_, route) => {
    const site = { site: 'herald', origin: HERALD };
    const reached = await call(route, { ...site, token: bo.token });
    expect(reached.slug).toBe('comment-unknown');
    expect(JSON.stringify(reached.json)).not.toContain('Hello');
  });

  it('does not reach another’s comment as the parent of one of its own', async () => {
    const { slug } = await world.call('POST', 'herald/comments', {
      body: { key: 'id:a', url: `${HERALD}/a`, text: 'Hello', parentId: comment.id },
      headers: {
        Authorization: `Bearer ${bo.token}`,
        Origin: HERALD,
        'Idempotency-Key': 'a-parent-elsewhere',
      },
    });
    expect(slug).toBe('parent-unknown');
  });

  it('tells nothing of another’s threads, votes or readers', async () => {
    const key = encodeURIComponent(`url:${GAZETTE}/one`);
    expect((await world.call('GET', `herald/counts?key=${key}`)).slug).toBe('url-foreign');
    expect((await world.call('GET', `twin/thread?key=${key}`)).json.thread.commentCount).toBe(0);
    expect((await world.call('GET', `twin/counts?key=${key}`)).json.items[0].count).toBe(0);
    const there = await world.reader('Ada', { site: 'twin' });
    const me = await world.call('GET', `twin/me?key=${key}&ids=${comment.id}`, { as: there });
    expect(me.json).toMatchObject({ votes: {}, comments: [] });
    expect(there.userId).toBe(ada.userId);
    expect(me.json.person.id).not.toBe(ada.publicId);
  });
});

it('none of it wrote anything', async () => {
  const { rows } = await world.pool.query('select site_id, id, status, reply_count, raw from comments');
  expect(rows).toEqual([
    { site_id: 'gazette', id: comment.id, status: 'published', reply_count: 0, raw: 'Hello' },
  ]);
  for (const table of ['reactions', 'comment_revisions'])
    expect((await world.pool.query(`select 1 from ${table}`)).rowCount, table).toBe(0);
});
