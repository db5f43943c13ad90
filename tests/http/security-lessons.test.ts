/**
 * What went wrong in other comment services and must not here. Guarded in other files, where the rest of the subject
 * is tested, are: identity keys, open redirects, login CSRF and tokens in URLs (flows/login, browser/attacks), every
 * route × wrong site, session and origin (origins), traversal and bodies past their limit (bad-input, embed), comments
 * that wait (comments), the public settings (threads), forms that a page elsewhere sends (bad-input), empty secrets
 * (core/config, core/secret), markup and its 10 ms (core/hostile, browser/hostile), messages from other windows and
 * what the embed makes of its attributes (browser/). Mail, uploads and imports are not part of the service.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { changeSite, createSite } from '../../src/domain/sites.ts';
import { HOSTILE } from '../fixtures/hostile.ts';
import { Visitor } from '../support/visitor.ts';
import {
  ARTICLE,
  type CallOptions,
  createWorld,
  GAZETTE,
  type Reader,
  SERVICE,
  type World,
} from '../support/world.ts';

const PROXY = '10.0.0.1';

let world: World;
let ada: Reader;
let bo: Reader;

beforeAll(async () => {
  world = await createWorld({
    trustedProxies: [PROXY],
    providers: { google: { clientId: 'the-client', clientSecret: 'the-client-secret' } },
  });
  ada = await world.reader('Ada');
  bo = await world.reader('Bo');
});
afterAll(() => world.end());
beforeEach(async () => {
  await world.pool.query('delete from rate_limits');
});

const KEY = encodeURIComponent(`url:${ARTICLE}`);

/** Every answer that may hold something of a comment or a person, as text. */
async function everything(commentId: number): Promise<string> {
  const answers = await Promise.all([
    world.call('GET', `gazette/thread?key=${KEY}&limit=100`),
    world.call('GET', `gazette/comments/${commentId}`),
    world.call('GET', `gazette/comments/${commentId}/replies`),
    world.call('GET', `gazette/counts?key=${KEY}`),
    world.call('GET', `gazette/me?key=${KEY}`, { as: ada }),
    world.call('GET', `gazette/me?key=${KEY}`, { as: bo }),
  ]);
  return JSON.stringify(answers.map(({ json }) => json));
}

// Jetpack #51824: the picture was checked where it came from the provider, not where it came from the request.
it('a face comes from the provider alone: what a request says of its author is refused on every way to write', async () => {
  const { id } = await world.post(ada, 'Hello');
  const face = { picture: 'https://evil.example/"onerror="alert(1)', name: 'Editor', role: 'moderator' };
  const ways: [string, string, CallOptions][] = [
    [
      'POST',
      'gazette/comments',
      {
        as: ada,
        body: { key: 'id:a', url: ARTICLE, text: 'x', author: face },
        headers: { 'Idempotency-Key': 'with-a-face' },
      },
    ],
    ['PATCH', `gazette/comments/${id}`, { as: ada, body: { text: 'x', author: face } }],
    ['PUT', `gazette/comments/${id}/reaction`, { as: bo, body: { value: 1, ...face } }],
    ['POST', 'gazette/preview', { as: ada, body: { text: 'x', ...face } }],
    [
      'POST',
      'gazette/session',
      {
        headers: { Origin: GAZETTE },
        body: {
          attempt: 'a'.repeat(22),
          code: 'c'.repeat(43),
          proof: { verifier: 'v'.repeat(43) },
          person: face,
        },
      },
    ],
  ];
  for (const [method, path, options] of ways)
    expect((await world.call(method, path, options)).slug, path).toBe('invalid-input');
  expect(await everything(id)).not.toMatch(/evil\.example|Editor/);
});

describe('a hostile text', () => {
  // Isso 0afbfe06, 2e588895: posting escaped, editing did not.
  it('is made the same of by posting, editing and previewing, and is read back as that everywhere', async () => {
    const texts = HOSTILE.filter((_, at) => at % 6 === 0).map(({ text }) => text);
    const { id } = await world.post(ada, 'To be edited');
    let compared = 0;
    for (const text of texts) {
      const preview = await world.call('POST', 'gazette/preview', { as: ada, body: { text } });
      const posted = await world.call('POST', 'gazette/comments', {
        as: ada,
        body: { key: `url:${ARTICLE}`, url: ARTICLE, text },
        headers: { 'Idempotency-Key': `hostile-${compared}-${createHash('md5').update(text).digest('hex')}` },
      });
      const edited = await world.call('PATCH', `gazette/comments/${id}`, { as: ada, body: { text } });
      expect([posted.slug, edited.slug], text).toEqual([preview.slug, preview.slug]);
      await world.pool.query('delete from rate_limits');
      if (preview.slug) continue;
      compared++;
      const { html } = preview.json;
      expect([posted.json.comment.html, edited.json.comment.html], text).toEqual([html, html]);
      expect((await world.call('GET', `gazette/comments/${id}`)).json.comment.html, text).toBe(html);
    }
    expect(compared).toBeGreaterThan(20);
  });

  // Remark42 0e208614: what a stranger wrote came back as a page of the service's own origin.
  it('is never answered as anything but JSON that no browser guesses at', async () => {
    const { id } = await world.post(ada, '<script>alert(1)</script> as a page');
    for (const path of [
      `thread?key=${KEY}`,
      `comments/${id}`,
      `comments/${id}/replies`,
      `counts?key=${KEY}`,
    ]) {
      const { headers } = await world.call('GET', `gazette/${path}`, { headers: { Accept: 'text/html' } });
      expect(headers.get('Content-Type'), path).toBe('application/json');
      expect(headers.get('X-Content-Type-Options'), path).toBe('nosniff');
    }
  });

  // Valine, Waline: cleaned by the reader's browser, or not.
  it('is rendered by the service: neither HTML nor a status is taken from a client, and no source is given out', async () => {
    const { id } = await world.post(ada, 'Source *text*');
    const body = { key: `url:${ARTICLE}`, url: ARTICLE, text: 'x', html: '<script>alert(1)</script>' };
    const headers = { 'Idempotency-Key': 'with-html-of-its-own' };
    expect((await world.call('POST', 'gazette/comments', { as: ada, body, headers })).slug).toBe(
      'invalid-input',
    );
    const asStranger = await Promise.all([
      world.call('GET', `gazette/thread?key=${KEY}`),
      world.call('GET', `gazette/comments/${id}`),
    ]);
    expect(JSON.stringify(asStranger.map(({ json }) => json))).not.toMatch(/"raw"|Source \*text\*/);
  });
});

// Remark42 fe6b1192, e762ea7b, a7b44eee: titles, addresses and names of sites were trusted.
it('a hostile title, address or site name is data in JSON and text in a page', async () => {
  const evil = '</title><script>alert(1)</script><img src=x onerror=alert(1)>"\'';
  const page = { key: 'id:evil', url: `${GAZETTE}/?q=${evil}`, title: `${evil}\u202e\n` };
  const { json } = await world.call('POST', 'gazette/comments', {
    as: ada,
    body: { ...page, text: 'Hello' },
    headers: { 'Idempotency-Key': 'a-hostile-title' },
  });
  expect(json.thread.title).toBe(evil);
  expect(json.thread.url).toMatch(/^https:\/\/gazette\.example\/\?q=[^<>"]*$/);
  await changeSite(world.db, 'gazette', { name: evil }, world.clock.now);
  const visitor = new Visitor(world, SERVICE);
  const drawn = await visitor.look(await visitor.start());
  await changeSite(world.db, 'gazette', { name: 'Gazette' }, world.clock.now);
  expect(drawn).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(drawn).not.toContain('<script>alert(1)');
  expect(drawn).not.toContain('onerror=alert(1)>"');
});

// Remark42 aca0cff3, ff85bbc5: a title was fetched from wherever a reader said.
it('writing under an address makes the service contact nobody', async () => {
  const site = {
    id: 'inside',
    name: 'Inside',
    origins: ['https://169.254.169.254', 'http://127.0.0.1:5432'],
  };
  await createSite(world.db, site, world.clock.now);
  const fetching = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('Fetched'));
  for (const origin of site.origins) {
    const there = await world.reader('Ada', { site: 'inside', origin });
    const { status } = await world.call('POST', 'inside/comments', {
      body: {
        key: `url:${origin}/latest`,
        url: `${origin}/latest`,
        title: origin,
        text: `See ${origin}/latest`,
      },
      headers: {
        Authorization: `Bearer ${there.token}`,
        Origin: origin,
        'Idempotency-Key': `inside ${origin}`.replace(' ', '-'),
      },
    });
    expect(status).toBe(201);
  }
  expect(fetching).not.toHaveBeenCalled();
  fetching.mockRestore();
});

describe('a limit by address', () => {
  const knock = async (address: string, forwarded?: string) => {
    const response = await world.app.request(
      `${SERVICE}/api/v1/sites/gazette/session`,
      {
        method: 'POST',
        body: '{}',
        headers: {
          Origin: GAZETTE,
          'Content-Type': 'application/json',
          ...(forwarded === undefined
            ? {}
            : {
                'X-Forwarded-For': forwarded,
                'X-Real-IP': forwarded,
                Forwarded: `for=${forwarded}`,
                'CF-Connecting-IP': forwarded,
              }),
        },
      },
      { incoming: { socket: { remoteAddress: address } } },
    );
    return response.status;
  };
  /** Uses up what one address may do in a minute, `spell` naming the address or header of each time. */
  async function exhaust(spell: (n: number) => [address: string, forwarded?: string]): Promise<number[]> {
    const all = Array.from({ length: 64 }, (_, n) => knock(...spell(n)));
    return (await Promise.all(all)).sort();
  }
  const LIMITED = [...Array(60).fill(400), ...Array(4).fill(429)];

  // wpDiscuz CVE-2026-22201, Remark42 --trusted-proxy.
  it('is not escaped by claiming to have been forwarded', async () => {
    expect(await exhaust((n) => ['203.0.113.7', `198.51.100.${n}`])).toEqual(LIMITED);
    expect(await knock('203.0.113.8')).toBe(400);
  });

  it('behind a proxy of ours is that of the one who came to the proxy, whatever he claims before it', async () => {
    expect(await exhaust((n) => [PROXY, `192.0.2.${n}, 203.0.113.9`])).toEqual(LIMITED);
    expect(await knock(PROXY, '203.0.113.9')).toBe(429);
    expect(await knock(PROXY, '203.0.113.10')).toBe(400);
    expect(await knock('203.0.113.9')).toBe(429);
  });

  it('counts an IPv6 network of 64 bits as one, however its addresses are written', async () => {
    const spellings = [
      '2001:db8::%',
      '2001:db8:0:0:%::',
      '2001:0db8:0000:0000:0000:0000:0000:%',
      '2001:DB8::a:%',
    ];
    expect(await exhaust((n) => [spellings[n % 4]!.replace('%', (n + 1).toString(16))])).toEqual(LIMITED);
    expect(await knock('2001:db8::ffff:1')).toBe(429);
    expect(await knock('2001:db8:0:1::1')).toBe(400);
    expect(await knock('2001:db9::1')).toBe(400);
  });

  it('knows an IPv4 address on a socket of both families', async () => {
    expect(await exhaust((n) => [n % 2 ? '198.51.100.7' : '::ffff:198.51.100.7'])).toEqual(LIMITED);
    expect(await knock('::ffff:198.51.100.8')).toBe(400);
  });
});

// Artalk #921, #815, Isso: who writes like somebody trusted was taken for them.
it('trust and badges belong to an account, not to a name', async () => {
  await world.pool.query(`update memberships set role = 'moderator' where user_id = $1`, [ada.userId]);
  await world.settings({ moderation: 'all' });
  const impostor = await world.reader('Ada', { provider: 'github' });
  const real = await world.post(ada, 'I moderate here');
  const forged = await world.post(impostor, 'I moderate here');
  await world.settings({ moderation: 'none' });
  expect([real.status, forged.status]).toEqual(['published', 'held']);
  await decideComment(world.db, 'gazette', { commentId: forged.id, status: 'published' }, world.clock.now);
  const author = async (id: number) =>
    (await world.call('GET', `gazette/comments/${id}`)).json.comment.author;
  expect(await author(real.id)).toMatchObject({ name: 'Ada', provider: 'google', role: 'moderator' });
  expect(await author(forged.id)).toMatchObject({ name: 'Ada', provider: 'github', role: null });
  await world.pool.query(`update memberships set role = 'reader' where user_id = $1`, [ada.userId]);
});

describe('a request that changes something', () => {
  // Isso #40; Remark42's log-in by GET.
  it('is never a GET: reading as a reader leaves every table as it was', async () => {
    const { id } = await world.post(ada, 'Only read');
    const { rows: tables } = await world.pool.query(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> 'migrations'`,
    );
    const sql = tables
      .map(
        ({ name }) =>
          `select '${name}' as name, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from ${name} t`,
      )
      .join(' union all ');
    const before = (await world.pool.query(sql)).rows;
    const paths = world.app.routes
      .filter(({ method, path }) => method === 'GET' && !path.startsWith('/login/'))
      .map(({ path }) =>
        path.replace(':site', 'gazette').replace(':id', String(id)).replace(':slug', 'banned'),
      );
    expect(paths).toContain('/api/v1/sites/gazette/me');
    for (const path of new Set(paths)) {
      await world.call('GET', `${path}?key=${KEY}&_method=DELETE&value=1&text=x&status=removed`, {
        as: ada,
        headers: { 'X-HTTP-Method-Override': 'DELETE', Cookie: `__Host-parley=${ada.pageToken}` },
      });
    }
    expect((await world.pool.query(sql)).rows).toEqual(before);
  });

  it('needs the bearer in its header: no cookie, query or body speaks for a reader', async () => {
    const { id } = await world.post(ada, 'To stay');
    const origin = { Origin: GAZETTE };
    for (const token of [ada.token, ada.pageToken]) {
      for (const headers of [
        { Cookie: `__Host-parley=${token}` },
        { Cookie: `Authorization=Bearer ${token}` },
        { Authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` },
        { Authorization: token },
        { 'X-Authorization': `Bearer ${token}` },
      ]) {
        const query = `access_token=${token}&token=${token}&authorization=Bearer%20${token}`;
        const called = await world.call('DELETE', `gazette/comments/${id}?${query}`, {
          headers: { ...origin, ...headers } as Record<string, string>,
        });
        expect(called.slug, JSON.stringify(Object.keys(headers))).toBe('session-missing');
      }
    }
    const page = await world.call('DELETE', `gazette/comments/${id}`, {
      headers: { ...origin, Authorization: `Bearer ${ada.pageToken}` },
    });
    expect(page.slug).toBe('session-expired');
  });
});

// Disqus 2013: hashes of e-mail addresses unmasked who wrote.
it('no answer names a person by anything that is the same elsewhere', async () => {
  const { id } = await world.post(ada, 'Named here only');
  const secret = { subject: 'subject-84729', username: 'handle-84729', issuer: 'issuer-84729' };
  await world.pool.query('update identities set subject = $1, username = $2, issuer = $3 where id = $4', [
    secret.subject,
    secret.username,
    secret.issuer,
    ada.identityId,
  ]);
  const said = await everything(id);
  for (const value of Object.values(secret)) {
    expect(said).not.toContain(value);
    for (const algorithm of ['md5', 'sha1', 'sha256'])
      expect(said).not.toContain(createHash(algorithm).update(value).digest('hex'));
  }
  expect(said).not.toMatch(/"(user|userId|user_id|identityId|identity_id|email|subject|username|issuer)"/);
  const there = await createSite(
    world.db,
    { id: 'twin', name: 'Twin', origins: [GAZETTE] },
    world.clock.now,
  ).then(() => world.reader('Bo', { site: 'twin' }));
  expect(there.userId).toBe(bo.userId);
  expect(there.publicId).not.toBe(bo.publicId);
});

// Remark42 59c92f8c: an error told the path of a file.
it('a defect tells its request id and nothing else', async () => {
  await world.pool.query('alter table threads rename column title to title_away');
  const { status, json, headers } = await world.call('GET', `gazette/thread?key=${KEY}`);
  await world.pool.query('alter table threads rename column title_away to title');
  expect(status).toBe(500);
  expect(json).toEqual({
    type: `${SERVICE}/problems/internal`,
    title: 'Something broke on our side.',
    status: 500,
    instance: headers.get('X-Request-Id'),
  });
});
