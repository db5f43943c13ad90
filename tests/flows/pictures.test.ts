/**
 * A reader's picture from the provider's profile to the page: sign-in at a simulator, the job that pg-boss keeps, the
 * copy on our own origin, and who is shown with it. Jobs are done by the service's own workers.
 */
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sweep } from '../../src/domain/sweep.ts';
import { type Fault, type ProviderId, type Simulators, startSimulators } from '../simulators/index.ts';
import { personOf } from '../simulators/people.ts';
import { Visitor } from '../support/visitor.ts';
import { ARTICLE, createWorld, GAZETTE, type World } from '../support/world.ts';

const PUBLIC = 'http://localhost:8089';
const PROVIDERS = ['wordpress', 'google', 'twitter', 'facebook', 'github'] as const;
const KEY = encodeURIComponent(`url:${ARTICLE}`);
const ADDRESS = new RegExp(`^${PUBLIC}/pictures/[\\w-]{22}$`);
const PATIENCE = { timeout: 10_000, interval: 100 };

let simulators: Simulators;
let world: World;
let names = 0;

beforeAll(async () => {
  simulators = await startSimulators();
  const providers = simulators.settings(PUBLIC);
  world = await createWorld({ publicUrl: PUBLIC, providers, isLive: true, withJobs: true });
});
afterAll(async () => {
  await world.end();
  await simulators.stop();
});
beforeEach(() => {
  simulators.requests.length = 0;
});
afterEach(async () => {
  for (const id of PROVIDERS) simulators.misbehave(id, null);
  await world.pool.query('delete from rate_limits');
});

/** Nobody has signed in under it before. */
const newName = () => `Reader ${++names}`;

/** Signs in, and gives the bearer that the embed would hold. */
async function signIn(provider: ProviderId, name: string): Promise<{ token: string; person: Person }> {
  const visitor = new Visitor(world, PUBLIC);
  const { status, json } = await visitor.redeem(await visitor.signInWith(provider, name));
  expect(status).toBe(200);
  return json;
}

interface Person {
  id: string;
  name: string;
  picture: string | null;
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}`, Origin: GAZETTE });
const me = async (token: string): Promise<Person> =>
  (await world.call('GET', 'gazette/me', { headers: bearer(token) })).json.person;

async function post(token: string, parentId: number | null = null): Promise<number> {
  const { status, json } = await world.call('POST', 'gazette/comments', {
    body: { key: `url:${ARTICLE}`, url: ARTICLE, text: 'Hello', parentId },
    headers: { ...bearer(token), 'Idempotency-Key': `picture-${++posts}` },
  });
  expect(status).toBe(201);
  return json.comment.id;
}
let posts = 0;

const rowsOf = async (sql: string, values: unknown[] = []) => (await world.pool.query(sql, values)).rows;
const jobsOf = (provider: string, name: string) =>
  rowsOf(
    `select state, retry_count, data, output::text from pgboss.job
     where name = 'picture' and data ->> 'identityId' = (select id::text from identities where provider = $1 and name = $2)`,
    [provider, name],
  );

/** Resolves when no job of the account waits or runs. */
async function settled(provider: string, name: string): Promise<void> {
  await expect
    .poll(async () => (await jobsOf(provider, name)).map(({ state }) => state), PATIENCE)
    .not.toEqual(expect.arrayContaining([expect.stringMatching(/created|active/)]));
}

/** How often the account's picture was fetched from the provider. */
const fetches = (provider: string) =>
  simulators.requests.filter((one) => one.provider === provider && /^\/(pictures|lookaside)\//.test(one.path))
    .length;

/** Passes time for the account, since nobody waits for a week. */
const age = (provider: string, name: string, days: number) =>
  rowsOf(
    `update identities set picture_asked_at = picture_asked_at - $3 * interval '1 day' where provider = $1 and name = $2`,
    [provider, name, days],
  );

async function signInWithPicture(provider: ProviderId, name: string) {
  const { token, person } = await signIn(provider, name);
  await expect.poll(async () => (await me(token)).picture, PATIENCE).toMatch(ADDRESS);
  return { token, id: person.id, picture: (await me(token)).picture! };
}

const fetchPicture = (address: string) => world.app.request(address);

describe.each(PROVIDERS)('signing in with %s', (provider) => {
  it('brings the picture to our own origin', async () => {
    const { picture } = await signInWithPicture(provider, newName());
    const response = await fetchPicture(picture);
    expect(response.status).toBe(200);
    const { format, width, height } = await sharp(await response.arrayBuffer()).metadata();
    expect({ format, width, height }).toEqual({ format: 'webp', width: 96, height: 96 });
    expect(fetches(provider)).toBe(1);
  });

  it('again within a day fetches nothing, though the address may be signed anew', async () => {
    const name = newName();
    const { picture } = await signInWithPicture(provider, name);
    const again = await signIn(provider, name);
    expect(again.person.picture).toBe(picture);
    await settled(provider, name);
    expect([fetches(provider), (await jobsOf(provider, name)).length]).toEqual([1, 1]);
  });

  // Disqus gave MD5 hashes of e-mail addresses away in the addresses of pictures; people were found by them.
  it('gives the picture a name that leads to nobody', async () => {
    const name = newName();
    const { picture } = await signInWithPicture(provider, name);
    const own = picture.split('/').at(-1)!;
    const known = await rowsOf('select * from identities where provider = $1 and name = $2', [
      provider,
      name,
    ]);
    const { subject, email, username, seed } = personOf(provider, name, String(known[0].subject).length);
    expect(subject).toBe(known[0].subject);
    for (const secret of [subject, email, username, seed, known[0].picture_source]) {
      expect(picture).not.toContain(secret);
    }
    for (const secret of [subject, email, username, seed, known[0].picture_source, String(known[0].id)]) {
      for (const text of digestsOf(secret)) {
        expect(picture).not.toContain(text);
        expect(text).not.toContain(own);
      }
    }
  });
});

function digestsOf(text: string): string[] {
  return ['md5', 'sha1', 'sha256'].flatMap((algorithm) =>
    (['hex', 'base64url'] as const).map((encoding) => createHash(algorithm).update(text).digest(encoding)),
  );
}

describe('a picture', () => {
  it('is shown wherever its person is', async () => {
    const { token, picture } = await signInWithPicture('google', newName());
    const other = await signInWithPicture('github', newName());
    const [root, reply] = [await post(token), 0];
    const answered = await post(other.token, root);
    const thread = await world.call('GET', `gazette/thread?key=${KEY}&order=newest`);
    const item = thread.json.comments.items.find(({ id }: { id: number }) => id === root);
    expect(item.author.picture).toBe(picture);
    expect(item.replies.items[reply].author.picture).toBe(other.picture);
    const one = (await world.call('GET', `gazette/comments/${answered}`)).json;
    expect([one.ancestors[0].author.picture, one.comment.author.picture]).toEqual([picture, other.picture]);
    const replies = await world.call('GET', `gazette/comments/${root}/replies`);
    expect(replies.json.items[0].author.picture).toBe(other.picture);
    const own = await world.call('GET', `gazette/me?key=${KEY}`, { headers: bearer(token) });
    expect(own.json.comments[0].author.picture).toBe(picture);
  });

  it('that comes after its person has posted moves the version of the thread, once, and records it', async () => {
    simulators.misbehave('twitter', 'picture-404');
    const name = newName();
    const { token } = await signIn('twitter', name);
    const id = await post(token);
    await settled('twitter', name);
    const before = await world.call('GET', `gazette/comments/${id}`);
    expect(before.json.comment.author.picture).toBeNull();
    simulators.misbehave('twitter', null);
    await age('twitter', name, 1);
    const { picture } = await signInWithPicture('twitter', name);
    const after = await world.call('GET', `gazette/comments/${id}`);
    expect(after.json.comment.author.picture).toBe(picture);
    expect(after.json.thread.version).toBe(before.json.thread.version + 1);
    expect(after.headers.get('ETag')).not.toBe(before.headers.get('ETag'));
    const events = await rowsOf(
      `select e.data from events e join identities i on e.data = jsonb_build_object('identity', i.id)
       where e.site_id = 'gazette' and e.kind = 'identity.changed' and i.provider = 'twitter' and i.name = $1`,
      [name],
    );
    expect(events).toHaveLength(1);
  });

  it('a week old is fetched again, and stays what it is when it is the same', async () => {
    const name = newName();
    const { token, picture } = await signInWithPicture('google', name);
    const id = await post(token);
    const before = (await world.call('GET', `gazette/comments/${id}`)).json.thread.version;
    await age('google', name, 6);
    await signIn('google', name);
    expect(await jobsOf('google', name)).toHaveLength(1);
    await age('google', name, 1);
    await signIn('google', name);
    expect(await jobsOf('google', name)).toHaveLength(2);
    await settled('google', name);
    expect([fetches('google'), (await me(token)).picture]).toEqual([2, picture]);
    expect((await world.call('GET', `gazette/comments/${id}`)).json.thread.version).toBe(before);
  });

  it('whose address is signed anew each time is fetched again after a day, not at each sign-in', async () => {
    const name = newName();
    await signInWithPicture('facebook', name);
    await age('facebook', name, 1);
    // The simulator signs by the second.
    await rowsOf(
      `update identities set picture_source = picture_source || '0' where provider = 'facebook' and name = $1`,
      [name],
    );
    await signIn('facebook', name);
    expect(await jobsOf('facebook', name)).toHaveLength(2);
    await settled('facebook', name);
    expect(fetches('facebook')).toBe(2);
  });

  it('at another address replaces the one before, which the sweep removes a day later', async () => {
    const name = newName();
    const first = await signInWithPicture('github', name);
    simulators.misbehave('github', 'picture-new');
    const { token } = await signIn('github', name);
    await expect.poll(async () => (await me(token)).picture, PATIENCE).not.toBe(first.picture);
    const second = (await me(token)).picture!;
    expect(second).toMatch(ADDRESS);
    const bytes = await Promise.all(
      [first.picture, second].map(async (address) =>
        Buffer.from(await (await fetchPicture(address)).arrayBuffer()),
      ),
    );
    expect(bytes[0]!.equals(bytes[1]!)).toBe(false);
    const later = (hours: number) => new Date(Date.now() + hours * 3_600_000);
    const statuses = async () =>
      Promise.all([first.picture, second].map(async (address) => (await fetchPicture(address)).status));
    await sweep(world.db, world.pool, later(23));
    expect(await statuses()).toEqual([200, 200]);
    await sweep(world.db, world.pool, later(25));
    expect(await statuses()).toEqual([404, 200]);
  });
});

describe('a provider’s picture that cannot be shown', () => {
  it.each<[Fault, string]>([
    ['picture-404', 'is not there'],
    ['picture-svg', 'is SVG'],
    ['picture-html', 'is a page that says it is a picture'],
    ['picture-huge', 'is larger than a megabyte'],
  ])('%s: because it %s, leaves the initials, and is not asked for again the same day', async (fault) => {
    simulators.misbehave('wordpress', fault);
    const name = newName();
    const { token } = await signIn('wordpress', name);
    await settled('wordpress', name);
    expect((await jobsOf('wordpress', name)).map(({ state }) => state)).toEqual(['completed']);
    expect((await me(token)).picture).toBeNull();
    await signIn('wordpress', name);
    expect([(await jobsOf('wordpress', name)).length, fetches('wordpress')]).toEqual([1, 1]);
  });

  it('takes the one before away when it is gone', async () => {
    const name = newName();
    const { token } = await signInWithPicture('wordpress', name);
    simulators.misbehave('wordpress', 'picture-404');
    await age('wordpress', name, 7);
    await signIn('wordpress', name);
    await expect.poll(async () => (await me(token)).picture, PATIENCE).toBeNull();
  });

  it('is tried again later where the provider is out of order, and what was there stays meanwhile', async () => {
    const name = newName();
    const { token, picture } = await signInWithPicture('twitter', name);
    simulators.misbehave('twitter', ['picture-500', 'picture-new']);
    await signIn('twitter', name);
    const failed = async () => (await jobsOf('twitter', name)).find(({ state }) => state === 'retry');
    await expect.poll(failed, PATIENCE).toBeTruthy();
    expect((await me(token)).picture).toBe(picture);
    // The row of the job says why, and holds an id and nothing else.
    const { data, output } = (await failed())!;
    expect(Object.keys(data)).toEqual(['identityId']);
    expect(output).toContain('status 500');
    expect(output).not.toMatch(/127\.0\.0\.1|http|pictures\//);

    simulators.misbehave('twitter', 'picture-new');
    await rowsOf(`update pgboss.job set start_after = now() where name = 'picture' and state = 'retry'`);
    await expect.poll(async () => (await me(token)).picture, PATIENCE).not.toBe(picture);
    expect((await me(token)).picture).toMatch(ADDRESS);
  });
});

describe('the address of a picture', () => {
  it('answers so that nothing of it can become a page, and for a week', async () => {
    const { picture } = await signInWithPicture('google', newName());
    const { headers } = await fetchPicture(picture);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/webp',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=604800, immutable',
    });
    expect(headers.has('set-cookie')).toBe(false);
  });

  it.each([
    'AAAAAAAAAAAAAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAA',
    '..%2F..%2Fetc%2Fpasswd',
    '%00',
    'AAAAAAAAAAAAAAAAAAAAAA%00',
    'AAAAAAAAAAAAAAAAAAAAAA.webp',
    "'%20or%201=1--",
    'a'.repeat(5000),
    '',
  ])('is nobody’s when it ends in %s', async (end) => {
    const { status, slug, headers } = await world.call('GET', `/pictures/${end}`);
    expect({ status, slug }).toEqual({ status: 404, slug: 'not-found' });
    expect(headers.get('Cache-Control')).toBe('no-store');
  });

  it('is only read', async () => {
    const { status, headers } = await world.call('DELETE', '/pictures/AAAAAAAAAAAAAAAAAAAAAA');
    expect([status, headers.get('Allow')]).toEqual([405, 'GET']);
  });
});
