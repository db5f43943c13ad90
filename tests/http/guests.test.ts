/** Readers who sign in nowhere: how they come in, what they may, and what nobody learns of them. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ban } from '../../src/domain/memberships.ts';
import { createSite, suspendSite } from '../../src/domain/sites.ts';
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

describe('who a guest may say they are', () => {
  const REQUIRED = { name: 'Grace', email: EMAIL };
  const slugs = async (said: object[]) => {
    const found = [];
    for (const one of said) {
      await world.pool.query('delete from rate_limits');
      const { status, slug } = await come(one);
      if (slug) expect(status).toBe(422);
      found.push(slug);
    }
    return found;
  };

  it('is up to them where the site asks for nothing', async () => {
    expect(await slugs([{}, { name: 'Grace' }, { email: EMAIL }])).toEqual([undefined, undefined, undefined]);
  });

  it('is a name and an e-mail address where the site asks for them', async () => {
    await world.settings({ mode: 'open-required' });
    const said = [
      {},
      { email: EMAIL },
      { name: '\u200b', email: EMAIL },
      { name: 'Grace', email: ' ' },
      REQUIRED,
    ];
    expect(await slugs(said)).toEqual([
      'name-missing',
      'name-missing',
      'name-missing',
      'email-missing',
      undefined,
    ]);
  });

  it('is no address that is none, and no website but an open one, in either mode', async () => {
    for (const mode of ['open', 'open-required'] as const) {
      await world.settings({ mode });
      expect(await slugs([{ ...REQUIRED, email: 'grace' }])).toEqual(['email-invalid']);
      const websites = [
        'javascript:alert(1)',
        'https://grace:pw@hopper.example',
        'ftp://hopper.example',
        'x',
      ];
      expect(await slugs(websites.map((website) => ({ ...REQUIRED, website })))).toEqual(
        websites.map(() => 'website-invalid'),
      );
    }
  });

  it('is told in three strings: what is missing, more or of another type is named, all of it', async () => {
    const send = (body: unknown) =>
      world.call('POST', 'gazette/session', { body, headers: { Origin: GAZETTE } });
    const wrong = await send({ proof: { guest: { name: 7, email: null, more: '' } } });
    expect(wrong.slug).toBe('invalid-input');
    expect(wrong.json.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      '/proof/guest',
      '/proof/guest/email',
      '/proof/guest/name',
      '/proof/guest/website',
    ]);
    for (const body of [
      { proof: { guest: NOBODY, verifier: 'x' } },
      { proof: { guest: NOBODY }, code: 'x' },
    ]) {
      expect((await send(body)).slug).toBe('invalid-input');
    }
    for (const proof of [{ guest: null }, { guest: [] }, { guest: 'Grace' }, {}, null]) {
      expect((await send({ proof })).slug).toBe('invalid-input');
    }
    const huge = await send({ proof: { guest: { ...NOBODY, name: 'x'.repeat(10_000_000) } } });
    expect(huge.slug).toBe('body-too-large');
  });

  // Whoever calls himself like a moderator must not look like one.
  it('is never believed: one named like a moderator is a guest without a badge', async () => {
    const mara = await world.reader('Mara');
    await world.pool.query(`update memberships set role = 'moderator' where user_id = $1`, [mara.userId]);
    await write(mara, 'The real one');
    const fake = await guest({ name: '\u202eMara\u202c', email: 'mara@gazette.example' });
    await write(fake, 'Believe me');
    const [real, other] = (await read()).comments.items;
    expect(real.author).toMatchObject({ name: 'Mara', provider: 'google', role: 'moderator' });
    expect(other.author).toMatchObject({ name: 'Mara', provider: 'guest', role: null });
    expect(other.author.id).not.toBe(real.author.id);
  });

  it('stays text: a hostile name reaches nobody as anything else', async () => {
    const grace = await guest({ name: '<img src=x onerror=alert(1)>\u0000\u202e' });
    const { json } = await write(grace, 'Hello');
    expect(json.comment.author.name).toBe('<img src=x onerror=alert(1)>');
  });
});

describe('a guest’s e-mail address', () => {
  it('is kept, and in no answer of any route, to nobody', async () => {
    const come1 = await come({ name: 'Grace', email: EMAIL, website: 'hopper.example' });
    const grace = { token: come1.json.token } as Reader;
    const posted = await write(grace, 'Hello');
    const { id } = posted.json.comment;
    await write(ada, 'An answer', { parentId: id });
    const key = encodeURIComponent(`url:${page}`);
    const answers = [come1, posted];
    for (const as of [grace, ada, undefined]) {
      const who = as ? { as } : {};
      for (const path of [
        `gazette/thread?key=${key}`,
        `gazette/comments/${id}`,
        `gazette/comments/${id}/replies`,
        `gazette/me?key=${key}`,
        'gazette/me/comments',
        `/comments/gazette?key=${key}`,
        `/comments/gazette/fragment?key=${key}`,
      ]) {
        answers.push(await world.call('GET', path, who));
      }
    }
    answers.push(
      await world.call('PATCH', `gazette/comments/${id}`, { as: grace, body: { text: 'Hi' } }),
      await come({ name: 'Grace', email: EMAIL }, { token: grace.token }),
      await come({ name: 'Grace', email: `${EMAIL} ${'x'.repeat(300)}` }),
    );
    const stored = await rowsOf('select provider, client from identities where email = $1', [EMAIL]);
    expect(stored[0]).toEqual({ provider: 'guest', client: 'gazette' });
    for (const { json, headers } of answers) {
      expect(`${JSON.stringify(json)}${JSON.stringify([...headers])}`).not.toContain('secret.example');
    }
    const events = await rowsOf('select * from events');
    expect(JSON.stringify(events)).not.toMatch(/secret\.example|Grace|hopper/);
  });
});

describe('a site', () => {
  const providers = async () =>
    (await read()).site.providers.map(({ id, kind }: { id: string; kind: string }) => `${id} ${kind}`);

  it('lists guests last and only where they are taken', async () => {
    for (const [mode, listed] of [
      ['open', ['google redirect', 'guest form']],
      ['open-required', ['google redirect', 'guest form']],
      ['registered', ['google redirect']],
      ['closed', ['google redirect']],
    ] as const) {
      await world.settings({ mode });
      expect(await providers(), mode).toEqual(listed);
      expect((await read()).site.settings.mode).toBe(mode);
    }
  });

  it('takes nobody but who signs in, as long as it does not say otherwise', async () => {
    const plain = { id: 'plain', name: 'Plain', origins: [GAZETTE] };
    await createSite(world.db, plain, world.clock.now);
    const { status, slug } = await come({ name: 'Grace' }, { site: 'plain' });
    expect([status, slug]).toEqual([403, 'guests-off']);
  });

  it('that takes guests no more lets one with a session read, remove and leave, and write nothing', async () => {
    const grace = await guest({ name: 'Grace' });
    const { id } = (await write(grace, 'Hello')).json.comment;
    await world.settings({ mode: 'registered' });
    const refused = await write(grace, 'Again');
    expect([refused.status, refused.slug]).toEqual([403, 'guests-off']);
    const edit = { as: grace, body: { text: 'Changed' } };
    expect((await world.call('PATCH', `gazette/comments/${id}`, edit)).slug).toBe('guests-off');
    expect((await come({ name: 'Grace' }, { token: grace.token })).slug).toBe('guests-off');
    expect((await world.call('GET', 'gazette/me', { as: grace })).status).toBe(200);
    expect((await write(ada, 'Signed in')).status).toBe(201);
    expect((await world.call('DELETE', `gazette/comments/${id}`, { as: grace })).status).toBe(200);
    expect((await world.call('DELETE', 'gazette/session', { as: grace })).status).toBe(204);
  });

  it('that is closed shows every thread as closed, also one that is not there, and takes nothing', async () => {
    const grace = await guest({ name: 'Grace' });
    const { id } = (await write(ada, 'Hello')).json.comment;
    await world.settings({ mode: 'closed' });
    expect((await read()).thread).toMatchObject({ status: 'closed', commentCount: 1 });
    expect((await read(`${GAZETTE}/never`)).thread).toMatchObject({ id: null, status: 'closed' });
    expect((await world.call('GET', `gazette/comments/${id}`)).json.thread.status).toBe('closed');
    for (const as of [ada, grace]) {
      const { status, slug } = await write(as, 'Hello again');
      expect([status, slug]).toEqual([409, 'thread-closed']);
    }
    const edit = { as: ada, body: { text: 'Changed' } };
    expect((await world.call('PATCH', `gazette/comments/${id}`, edit)).slug).toBe('thread-closed');
    expect((await come()).slug).toBe('guests-off');
    await world.settings({ mode: 'open' });
    expect((await read()).thread.status).toBe('open');
  });

  it('that moderates guests holds what they write and edit, and nobody else’s', async () => {
    const grace = await guest({ name: 'Grace' });
    const early = (await write(grace, 'Early')).json.comment.id;
    await world.settings({ moderation: 'guests' });
    const { json } = await write(grace, 'Wait for me');
    expect(json.comment.status).toBe('held');
    expect((await write(ada, 'At once')).json.comment.status).toBe('published');
    const edit = { as: grace, body: { text: 'Early, changed' } };
    const edited = await world.call('PATCH', `gazette/comments/${early}`, edit);
    expect(edited.json.comment.status).toBe('held');
    expect((await read()).comments.items.map((one: { html: string }) => one.html)).toEqual([
      '<p>At once</p>\n',
    ]);
    const [event] = await rowsOf('select data from events where comment_id = $1', [json.comment.id]);
    expect(event.data).toEqual({ status: 'held', rule: 'guest' });
  });

  it('that is suspended takes no guest, nor one it had', async () => {
    const grace = await guest({ name: 'Grace' });
    await suspendSite(world.db, 'gazette', true, world.clock.now);
    const called = [
      await come(),
      await write(grace, 'Hello'),
      await world.call('GET', 'gazette/me', { as: grace }),
    ];
    await suspendSite(world.db, 'gazette', false, world.clock.now);
    expect(called.map(({ slug }) => slug)).toEqual(Array(3).fill('site-suspended'));
  });

  it('knows guests by itself: nothing of one leads to another site', async () => {
    const said = { name: 'Grace', email: 'one.grace@secret.example' };
    const here = await guest(said);
    const there = await guest(said, { site: 'twin' });
    expect(here.publicId).not.toBe(there.publicId);
    const rows = await rowsOf('select user_id, subject, client from identities where email = $1', [
      said.email,
    ]);
    expect(rows.map(({ client }) => client).sort()).toEqual(['gazette', 'twin']);
    expect(rows[0].user_id).not.toBe(rows[1].user_id);
    expect(rows[0].subject).not.toBe(rows[1].subject);
  });
});

describe('signing in', () => {
  const start = (provider: string) =>
    world.app.request('https://comments.example/login/start', {
      method: 'POST',
      headers: { Origin: GAZETTE, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        site: 'gazette',
        return: page,
        challenge: randomBytes(32).toString('base64url'),
        provider,
      }),
    });

  it('offers no guest: nobody is sent to themselves', async () => {
    expect((await start('guest')).status).toBe(404);
    const started = await start('');
    const chosen = await world.app.request(`https://comments.example${started.headers.get('Location')}`, {
      headers: { Cookie: started.headers.get('Set-Cookie')!.split(';')[0]! },
    });
    const text = await chosen.text();
    expect(text).toContain('/to/google');
    expect(text).not.toContain('/to/guest');
    const trip = await world.app.request(
      `https://comments.example${started.headers.get('Location')}/to/guest`,
      {
        headers: { Cookie: started.headers.get('Set-Cookie')!.split(';')[0]! },
      },
    );
    expect(trip.status).toBe(404);
  });
});

describe('another page', () => {
  it('makes no guest without saying where it is, or from where it may not', async () => {
    expect((await come({}, { origin: null })).slug).toBe('origin-missing');
    expect((await come({}, { origin: 'https://evil.example' })).slug).toBe('origin-foreign');
    expect((await come({}, { origin: 'null' })).slug).toBe('origin-foreign');
    const form = await world.call('POST', 'gazette/session', {
      body: JSON.stringify({ proof: { guest: NOBODY } }),
      headers: { Origin: GAZETTE, 'Content-Type': 'text/plain' },
    });
    expect(form.slug).toBe('unsupported-media-type');
  });

  it('cannot use the session of one', async () => {
    const there = await guest({ name: 'Grace' }, { site: 'twin', origin: TWIN });
    expect((await world.call('GET', 'twin/me', { as: there })).slug).toBe('session-foreign'); // from GAZETTE, also registered
  });
});

describe('limits', () => {
  /** A request from an address, through the proxy that tests trust. */
  const callFrom = (address: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    world.app.request(
      `https://comments.example/api/v1/sites/${path}`,
      {
        method: 'POST',
        headers: {
          Origin: GAZETTE,
          'Content-Type': 'application/json',
          'X-Forwarded-For': address,
          ...headers,
        },
        body: JSON.stringify(body),
      },
      { incoming: { socket: { remoteAddress: '127.0.0.1', remotePort: 1, remoteFamily: 'IPv4' } } },
    );
  const comeFrom = (address: string, token?: string) =>
    callFrom(
      address,
      'gazette/session',
      { proof: { guest: NOBODY } },
      token ? { Authorization: `Bearer ${token}` } : {},
    );

  it('allow ten new guests a minute from one address, and those who were here more', async () => {
    let token = '';
    for (let n = 0; n < 10; n++) {
      const response = await comeFrom('198.51.100.7');
      expect(response.status).toBe(200);
      token = ((await response.json()) as { token: string }).token;
    }
    const refused = await comeFrom('198.51.100.7');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect((await comeFrom('198.51.100.7', token)).status).toBe(200);
    expect((await comeFrom('198.51.100.8')).status).toBe(200);
  });

  it('let who was here take as many new details in a minute as there may be new guests', async () => {
    const identities = async () =>
      Number((await rowsOf(`select count(*) as n from identities where provider = 'guest'`))[0].n);
    let token = (await guest({ name: 'Name 0' })).token;
    const before = await identities();
    for (let n = 1; n < 10; n++) {
      const { status, json } = await come({ name: `Name ${n}` }, { token });
      expect(status).toBe(200);
      token = json.token;
    }
    expect(await come({ name: 'Name 10' }, { token })).toMatchObject({ status: 429, slug: 'rate-limited' });
    expect(await identities()).toBe(before + 9);
    // Under details they had before they are welcome, and their session is still theirs.
    expect((await come({ name: 'Name 3' }, { token })).status).toBe(200);
    expect(await identities()).toBe(before + 9);
  });

  it('count a guest’s comments by address too: becoming another guest gives no more of them', async () => {
    await world.settings({ commentsPerMinute: 3 });
    const comment = async (address: string) => {
      const { token } = (await (await comeFrom(address)).json()) as { token: string };
      return callFrom(
        address,
        'gazette/comments',
        { key: `url:${page}`, url: page, text: `Buy ${++posts}` },
        { Authorization: `Bearer ${token}`, 'Idempotency-Key': `limits-${posts}` },
      );
    };
    for (let n = 0; n < 3; n++) expect((await comment('198.51.100.9')).status).toBe(201);
    expect((await comment('198.51.100.9')).status).toBe(429);
    expect((await comment('198.51.100.10')).status).toBe(201);
    // Who signed in is counted as themselves.
    const { status } = await callFrom(
      '198.51.100.9',
      'gazette/comments',
      { key: `url:${page}`, url: page, text: 'Mine' },
      { Authorization: `Bearer ${ada.token}`, 'Idempotency-Key': `limits-${++posts}` },
    );
    expect(status).toBe(201);
  });
});
