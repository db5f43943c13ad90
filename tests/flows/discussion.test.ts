/** The discussion without script through the front door: reading it, writing in it, and what refusals leave of a text. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { ban } from '../../src/domain/memberships.ts';
import { pinComment } from '../../src/domain/pins.ts';
import { changeSite, createSite } from '../../src/domain/sites.ts';
import { setThreadStatus } from '../../src/domain/threads.ts';
import { Visitor } from '../support/visitor.ts';
import { createWorld, GAZETTE, type Reader, SERVICE, type World } from '../support/world.ts';

const SAME = { 'Sec-Fetch-Site': 'same-origin' };

let world: World;
let ada: Reader;
let bo: Reader;
let article: string;
let key: string;

beforeAll(async () => {
  world = await createWorld({
    isLive: true,
    providers: {
      google: { clientId: 'the-client', clientSecret: 'the-client-secret' },
      github: { clientId: 'the-client', clientSecret: 'the-client-secret' },
    },
  });
  await createSite(world.db, { id: 'twin', name: 'Twin', origins: ['https://twin.example'] }, new Date());
  ada = await world.reader('Ada');
  bo = await world.reader('Bo', { provider: 'github' });
});
afterAll(() => world.end());
beforeEach(async () => {
  article = `${GAZETTE}/${randomBytes(6).toString('hex')}`;
  key = `url:${article}`;
  await world.pool.query('delete from rate_limits');
  await world.settings({ moderation: 'none', commentsPerMinute: 600, maxLength: 4000, mode: 'registered' });
});

/** Bo's word under this test's article, by the API. */
async function say(text: string, parentId?: number, as = bo): Promise<number> {
  const { json, status } = await world.call('POST', 'gazette/comments', {
    as,
    body: { key, url: article, title: 'Late ferries', text, ...(parentId ? { parentId } : {}) },
    headers: { 'Idempotency-Key': randomBytes(9).toString('base64url') },
  });
  expect(status, JSON.stringify(json)).toBe(201);
  return json.comment.id;
}

const at = (query: Record<string, string | number> = {}) =>
  `/comments/gazette?${new URLSearchParams({ key, ...query } as Record<string, string>)}`;

/** A browser that is signed in as this reader, or as nobody. */
function browser(reader?: Reader): Visitor {
  const visitor = new Visitor(world, SERVICE);
  if (reader) visitor.cookies.set('__Host-parley', reader.pageToken);
  return visitor;
}

const read = async (path: string, reader?: Reader) => (await browser(reader).go(path)).text();

const field = (page: string, name: string) =>
  new RegExp(`<input type="hidden" name="${name}" value="([^"]*)">`).exec(page)?.[1] ?? '';

const textIn = (page: string) => /<textarea[^>]*>\n([\s\S]*?)<\/textarea>/.exec(page)?.[1];

const sentence = (page: string) => /<p class="notice"[^>]*role="alert">([^<]*)</.exec(page)?.[1];

interface Sending {
  /** Where the page is opened. */
  query?: Record<string, string | number>;
  headers?: Record<string, string>;
  /** What happens while the reader writes. */
  meanwhile?: () => Promise<unknown>;
}

/** Opens the page, fills its form in and sends it. */
async function post(
  reader: Reader,
  fields: Record<string, string>,
  { query = {}, headers = SAME, meanwhile }: Sending = {},
) {
  const visitor = browser(reader);
  const drawn = await (await visitor.go(at(query))).text();
  const names = ['key', 'url', 'parentId', 'once', 'as'];
  const hidden = Object.fromEntries(names.map((name) => [name, field(drawn, name)]));
  const form = { ...hidden, ...fields };
  await meanwhile?.();
  const response = await visitor.go('/comments/gazette', { form, headers });
  return { response, page: await response.text(), form: form as Record<string, string>, visitor };
}

it('is kept from search engines while nobody has commented, and again when all is gone', async () => {
  const robots = '<meta name="robots" content="noindex">';
  expect(await read(at())).toContain(robots);
  expect(await read('/comments/gazette?key=id:of-my-own-making')).toContain(robots);
  const root = await say('Here.');
  expect(await read(at())).not.toContain(robots);
  const reply = await say('Below.', root);
  await world.call('DELETE', `gazette/comments/${root}`, { as: bo });
  // What a tombstone carries is still to be found.
  expect(await read(at())).not.toContain(robots);
  await world.call('DELETE', `gazette/comments/${reply}`, { as: bo });
  expect(await read(at())).toContain(robots);
});

describe('reading', () => {
  it('shows the thread with its title, the way back, the count, and each comment with author and date', async () => {
    const id = await say('A *word*.');
    const page = await read(at());
    expect(page).toContain('<html lang="en">');
    expect(page).toMatch(/<h1>Late ferries<\/h1>/);
    expect(page).toContain(`<a href="${article}">Back to the article</a>`);
    expect(page).toContain('1 Comment<');
    expect(page).toContain(`<article id="comment-${id}" aria-label="Comment by Bo">`);
    expect(page).toContain('<p>A <em>word</em>.</p>');
    expect(page).toContain('by GitHub');
    expect(page).toMatch(/<time datetime="\d{4}-\d\d-\d\dT[\d:.]+Z">\d+ \w+ \d{4} at \d\d:\d\d UTC<\/time>/);
  });

  it('lets search engines have it in the article’s name', async () => {
    await say('A word.');
    const page = await read(at());
    expect(page).toContain(`<link rel="canonical" href="${article}">`);
    expect(page).not.toContain('noindex');
  });

  it('names no article outside the site’s origins', async () => {
    key = `id:${randomBytes(6).toString('hex')}`;
    await say('A word.');
    expect(await read(at())).toContain(`<a href="${article}">Back to the article</a>`);
    await changeSite(world.db, 'gazette', { origins: ['https://moved.example'] }, new Date());
    try {
      const page = await read(at());
      expect(page).toContain('A word.');
      expect(page).not.toContain(article);
    } finally {
      await changeSite(world.db, 'gazette', { origins: [GAZETTE] }, new Date());
    }
  });

  it('nests replies up to a depth, and says beyond it what each answers', async () => {
    let id = await say('Root');
    for (let depth = 1; depth <= 5; depth++) id = await say(`Depth ${depth}`, id, depth % 2 ? ada : bo);
    const page = await read(at({ comment: id }));
    expect(page.match(/<ol class="replies">/g)).toHaveLength(3);
    expect(page.match(/in reply to <bdi>(Ada|Bo)<\/bdi>/g)).toHaveLength(2);
    expect(page).toContain(`<article id="comment-${id}" class="asked"`);
  });

  it('leads to every comment by links: more comments, more replies, each order', async () => {
    const roots: number[] = [];
    for (let n = 0; n < 36; n++) roots.push(await say(`Root ${n}.`));
    for (let n = 0; n < 5; n++) await say(`Reply ${n}.`, roots[0]);
    const first = await read(at());
    const hrefOf = (page: string, text: string) =>
      new RegExp(`<a href="([^"]*)"[^>]*>${text}`).exec(page)?.[1]?.replaceAll('&amp;', '&') ?? 'none';
    expect(first).not.toContain('Root 35.');
    expect(await read(hrefOf(first, 'Show more comments'))).toContain('Root 35.');
    expect(first).not.toContain('Reply 4.');
    const rest = await read(hrefOf(first, 'Show more replies'));
    expect(rest).toContain('Reply 4.');
    expect(rest).not.toContain('Reply 2.');
    expect(rest).toContain('Root 0.');
    const newest = await read(hrefOf(first, 'Newest'));
    expect(newest.indexOf('Root 35.')).toBeLessThan(newest.indexOf('Root 34.'));
    expect(newest).toContain('aria-current="true">Newest');
  });

  it('shows a tombstone without author or text, and nothing of a comment that waits', async () => {
    const id = await say('Regretted.');
    await say('An answer.', id);
    const hidden = await say('Unseen.');
    await decideComment(world.db, 'gazette', { commentId: hidden, status: 'held' }, new Date());
    await world.call('DELETE', `gazette/comments/${id}`, { as: bo });
    for (const reader of [undefined, ada]) {
      const page = await read(at(), reader);
      expect(page).toContain('This comment was deleted by its author.');
      expect(page).toContain('An answer.');
      expect(page).not.toContain('Regretted.');
      expect(page).not.toContain('Unseen.');
    }
    expect((await browser().go(`/comments/gazette?comment=${hidden}`)).status).toBe(404);
  });

  it('puts what is pinned first, and says who owns and moderates the site', async () => {
    const mara = await world.reader('Mara');
    await world.pool.query(`update memberships set role = 'moderator' where public_id = $1`, [mara.publicId]);
    await say('First said.');
    const pinned = await say('Read this first.', undefined, mara);
    expect((await read(at())).indexOf('Read this first.')).toBeGreaterThan(
      (await read(at())).indexOf('First said.'),
    );
    await pinComment(world.db, 'gazette', pinned, new Date());
    const page = await read(at());
    expect(page.indexOf('Read this first.')).toBeLessThan(page.indexOf('First said.'));
    expect(page.match(/<span class="badge">(Moderator|Pinned)<\/span>/g)).toHaveLength(2);
  });

  it('says that a comment was edited', async () => {
    const id = await say('Befoer.');
    await world.call('PATCH', `gazette/comments/${id}`, { as: bo, body: { text: 'Before.' } });
    expect(await read(at())).toContain('<span>edited</span>');
  });

  it('shows votes where the site takes them', async () => {
    const id = await say('Good.');
    await world.call('PUT', `gazette/comments/${id}/reaction`, { as: ada, body: { value: 1 } });
    expect(await read(at())).toContain('<span>Votes: 1 up</span>');
    await world.settings({ votes: false });
    expect(await read(at())).not.toContain('Votes:');
    await world.settings({ votes: true });
  });

  it('escapes a hostile title and name', async () => {
    const mallory = await world.reader('<img src=x onerror=alert(1)>');
    const { json } = await world.call('POST', 'gazette/comments', {
      as: mallory,
      body: { key, url: article, title: '</title><script>alert(1)</script>', text: 'x' },
      headers: { 'Idempotency-Key': randomBytes(9).toString('base64url') },
    });
    expect(json.comment).toBeDefined();
    const page = await read(at({ reply: json.comment.id }));
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<img src=x');
  });

  it('may lie in caches as anonymous reads do while no reader is known, and nowhere else', async () => {
    await say('A word.');
    const anonymous = await browser().go(at());
    expect(anonymous.headers.get('Cache-Control')).toBe('max-age=0, s-maxage=5, stale-while-revalidate=25');
    expect(anonymous.headers.get('Vary')).toBe('Cookie');
    const etag = anonymous.headers.get('ETag') ?? '';
    const again = await browser().go(at(), { headers: { 'If-None-Match': etag } });
    expect(again.status).toBe(304);
    await say('Another word.');
    expect((await browser().go(at(), { headers: { 'If-None-Match': etag } })).status).toBe(200);
    for (const visitor of [browser(ada), browser()]) {
      if (!visitor.cookies.size) visitor.cookies.set('__Host-parley', 'pp_ended');
      const known = await visitor.go(at(), { headers: { 'If-None-Match': etag } });
      expect(known.status).toBe(200);
      expect(known.headers.get('Cache-Control')).toBe('no-store');
      expect(known.headers.get('ETag')).toBeNull();
      expect(known.headers.get('Vary')).toBe('Cookie');
    }
  });

  it('is the same page for everybody who is nobody, so that a cache gives away nothing', async () => {
    await say('A word.');
    expect(await read(at())).toBe(await read(at()));
    expect(await read(at())).not.toContain('name="once"');
  });

  it('runs no script, takes no frame, and styles by hash alone', async () => {
    const response = await browser().go(at());
    const policy = response.headers.get('Content-Security-Policy') ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(await response.text()).not.toMatch(/<script|style="/);
  });

  it('answers what is not there with a page that says so', async () => {
    for (const [path, status] of [
      ['/comments/nowhere?key=id:1', 404],
      ['/comments/gazette', 400],
      ['/comments/gazette?key=url:https://evil.example/', 400],
      ['/comments/gazette?comment=1', 404],
      ['/comments/gazette?comment=x', 404],
      [at({ after: 'forged' }), 400],
      [at({ order: 'worst' }), 400],
      [at({ reply: 1 }), 404],
    ] as const) {
      const response = await browser().go(path);
      expect(response.status, path).toBe(status);
      expect(response.headers.get('Content-Type'), path).toContain('text/html');
      expect(response.headers.get('Cache-Control'), path).toBe('no-store');
      expect(response.headers.get('ETag'), path).toBeNull();
    }
  });
});

describe('writing', () => {
  it('posts a comment and leads to it', async () => {
    const { response } = await post(ada, { text: 'From the page.' });
    expect(response.status).toBe(303);
    const location = response.headers.get('Location') ?? '';
    expect(location).toMatch(/^\/comments\/gazette\?key=url%3A[^?#]+#comment-\d+$/);
    const page = await read(location, bo);
    expect(page).toContain('From the page.');
    expect(page).toContain('Ada');
  });

  it('answers the comment that the form stands below', async () => {
    const id = await say('Question.');
    const drawn = await read(at({ reply: id }), ada);
    expect(drawn).toMatch(/Leave a Reply to <bdi>Bo<\/bdi>/);
    expect(drawn).toMatch(new RegExp(`<a href="[^"]*#comment-${id}">Cancel reply</a>`));
    await post(ada, { text: 'Answer.' }, { query: { reply: id } });
    const { json } = await world.call('GET', `gazette/comments/${id}/replies`);
    expect(json.items).toMatchObject([{ parentId: id, html: '<p>Answer.</p>\n' }]);
  });

  it('leads to a comment’s own place where the first page does not show it', async () => {
    for (let n = 0; n < 35; n++) await say(`Root ${n}.`);
    const { response } = await post(ada, { text: 'The last one.' });
    const location = response.headers.get('Location') ?? '';
    expect(location).toMatch(/^\/comments\/gazette\?comment=(\d+)#comment-\1$/);
    expect(await read(location, ada)).toContain('The last one.');
  });

  it('shows a comment that waits to its author, also the first of its thread, and to nobody else', async () => {
    await world.settings({ moderation: 'all' });
    const { response } = await post(ada, { text: 'Patience.' });
    const location = response.headers.get('Location') ?? '';
    const own = await read(location, ada);
    expect(own).toContain('Patience.');
    expect(own).toContain('Your comment is awaiting moderation.');
    expect(own).toContain(`id="${location.split('#')[1]}"`);
    for (const other of [undefined, bo]) expect(await read(at(), other)).not.toContain('Patience.');
    const place = `/comments/gazette?comment=${location.split('-').at(-1)}`;
    expect((await browser(ada).go(place)).headers.get('Location')).toBe(location);
    for (const other of [undefined, bo]) expect((await browser(other).go(place)).status).toBe(404);
  });

  it('posts once when the form is sent twice', async () => {
    const { form, visitor, response } = await post(ada, { text: 'Once.' });
    const again = await visitor.go('/comments/gazette', { form, headers: SAME });
    expect(again.headers.get('Location')).toBe(response.headers.get('Location'));
    expect((await read(at())).match(/Once\./g)).toHaveLength(1);
  });

  it('leads to the comment that says the same already', async () => {
    const first = await post(ada, { text: 'Said.' });
    const { response, page } = await post(ada, { text: 'Said.' });
    expect(response.status).toBe(409);
    const id = first.response.headers.get('Location')?.split('#')[1];
    expect(page).toMatch(new RegExp(`already said that! <a href="[^"]*#${id}">Show it</a>`));
  });

  it('lets another text be posted by the form that came back with the Back button', async () => {
    const { form, visitor } = await post(ada, { text: 'First.' });
    const refused = await visitor.go('/comments/gazette', {
      form: { ...form, text: 'Second.' },
      headers: SAME,
    });
    expect(refused.status).toBe(422);
    const page = await refused.text();
    expect(textIn(page)).toBe('Second.');
    const once = field(page, 'once');
    expect(once).not.toBe(form.once);
    const posted = await visitor.go('/comments/gazette', {
      form: { ...form, text: 'Second.', once },
      headers: SAME,
    });
    expect(posted.status).toBe(303);
  });

  it('refuses with the page, the sentence, the status and the text as it was', async () => {
    const id = await say('Something.');
    await world.settings({ maxLength: 10 });
    const text = `\n<b>"A text" & more</b>`;
    const { response, page } = await post(ada, { text }, { query: { reply: id } });
    expect(response.status).toBe(422);
    expect(sentence(page)).toMatch(/^Your comment is \d+ characters too long\.$/);
    expect(textIn(page)).toBe('\n&lt;b&gt;&quot;A text&quot; &amp; more&lt;/b&gt;');
    expect(page).toContain('Leave a Reply to <bdi>Bo</bdi>');
    expect(page).toContain('Something.');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(page).toContain('noindex');
  });

  it.each<[string, number, () => Promise<unknown>, Record<string, string>?]>([
    ['an empty comment', 422, async () => undefined, { text: ' ' }],
    ['a banned reader', 403, () => ban(world.db, 'gazette', ada.publicId, 'infinity', new Date())],
    ['a site where nobody writes any more', 409, () => world.settings({ mode: 'closed' })],
    ['a closed thread', 409, () => setThreadStatus(world.db, 'gazette', key, 'closed', new Date())],
    [
      'too many comments',
      429,
      async () => {
        await world.settings({ commentsPerMinute: 1 });
        await say('The one of this minute.', undefined, ada);
      },
    ],
    ['a parent that is not there', 409, async () => undefined, { parentId: '1' }],
    ['a form without its name', 400, async () => undefined, { once: '' }],
  ])('keeps the text for %s', async (_, status, meanwhile, fields = {}) => {
    try {
      await say('Before.');
      const text = fields.text ?? 'Long thought about.';
      const { response, page } = await post(ada, { text, ...fields }, { meanwhile });
      expect(response.status).toBe(status);
      expect(textIn(page)).toBe(text);
      expect(page).toContain('Before.');
      expect(sentence(page)?.length).toBeGreaterThan(10);
      if (status === 429) expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
    } finally {
      await ban(world.db, 'gazette', ada.publicId, null, new Date());
    }
  });

  it('keeps the text when the session has ended, and offers to log in', async () => {
    const gone = await world.reader('Gone');
    await say('Before.');
    const visitor = browser(gone);
    const drawn = await (await visitor.go(at())).text();
    await world.pool.query('delete from sessions where user_id = $1', [gone.userId]);
    const response = await visitor.go('/comments/gazette', {
      form: { key, once: field(drawn, 'once'), text: 'Still here.' },
      headers: SAME,
    });
    expect(response.status).toBe(401);
    const page = await response.text();
    expect(textIn(page)).toBe('Still here.');
    expect(page).toContain('Your login has expired.');
    expect(page).toMatch(/<button class="provider p-google" name="provider" value="google"/);
  });

  it('keeps the text while the database is away, on a page that sends it again', async () => {
    const { form, visitor } = await post(ada, { text: '' });
    await world.pool.query('alter table sites rename to sites_away');
    let response: Response;
    try {
      response = await visitor.go('/comments/gazette', {
        form: { ...form, text: 'Hold on.' },
        headers: SAME,
      });
    } finally {
      await world.pool.query('alter table sites_away rename to sites');
    }
    expect(response.status).toBe(500);
    const page = await response.text();
    expect(textIn(page)).toBe('Hold on.');
    expect(field(page, 'once')).toBe(form.once);
    expect(page).toContain('>Try again</button>');
  });

  it('takes a form from our own pages alone, and gives no other page’s text a button', async () => {
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: GAZETTE },
      { Origin: 'null' },
      {},
    ]) {
      const { response, page } = await post(
        ada,
        { text: 'Not mine.' },
        { headers: headers as Record<string, string> },
      );
      expect(response.status, JSON.stringify(headers)).toBe(403);
      expect(page).toContain('readonly');
      expect(page).not.toContain('<button');
    }
    expect(await read(at())).not.toContain('Not mine.');
    expect((await post(ada, { text: 'Mine.' }, { headers: { Origin: SERVICE } })).response.status).toBe(303);
  });

  it('lets nobody write who has not joined the site, whatever they are signed in to', async () => {
    key = 'url:https://twin.example/one';
    const page = await read(`/comments/twin?key=${encodeURIComponent(key)}`, ada);
    expect(page).not.toContain('Ada');
    expect(page).toContain('Please log in using one of these methods');
    const response = await browser(ada).go('/comments/twin', {
      form: { key, once: 'a-name-of-its-own', text: 'Uninvited.' },
      headers: SAME,
    });
    expect(response.status).toBe(401);
  });

  it('takes no bearer for a cookie', async () => {
    const visitor = browser();
    visitor.cookies.set('__Host-parley', ada.token);
    const response = await visitor.go('/comments/gazette', {
      form: { key, once: 'a-name-of-its-own', text: 'x' },
      headers: SAME,
    });
    expect(response.status).toBe(401);
  });

  it('cannot begin a thread whose article nothing tells, and can where the link to the page does', async () => {
    key = `id:${randomBytes(6).toString('hex')}`;
    const bare = await read(at(), ada);
    expect(bare).toContain('The first comment is to be written at the article.');
    expect(bare).not.toContain('<textarea');
    const drawn = await read(at({ url: article }), ada);
    expect(field(drawn, 'url')).toBe(article);
    expect((await post(ada, { text: 'First.' }, { query: { url: article } })).response.status).toBe(303);
    expect(await read(at())).toContain(`<a href="${article}">Back to the article</a>`);
    expect((await browser(ada).go(at({ url: 'https://evil.example/' }))).status).toBe(400);
  });
});

describe('one’s own comment', () => {
  it('is deleted after a question', async () => {
    const id = await say('Regretted.', undefined, ada);
    const page = await read(at(), ada);
    const link =
      new RegExp(`<a href="(/comments/gazette/delete\\?comment=${id})">Delete`).exec(page)?.[1] ?? '';
    const question = await read(link, ada);
    expect(question).toContain('Delete this comment?');
    expect(question).toContain('Regretted.');
    const form = { key: field(question, 'key'), comment: field(question, 'comment') };
    const visitor = browser(ada);
    expect((await visitor.go('/comments/gazette/delete', { form, headers: {} })).status).toBe(403);
    const deleted = await visitor.go('/comments/gazette/delete', { form, headers: SAME });
    expect(deleted.status).toBe(303);
    expect(await read(deleted.headers.get('Location') ?? '', ada)).not.toContain('Regretted.');
  });

  it('is nobody else’s to delete, and one that waits is not there for others', async () => {
    const id = await say('Mine.', undefined, ada);
    const hidden = await say('Waiting.', undefined, ada);
    await decideComment(world.db, 'gazette', { commentId: hidden, status: 'held' }, new Date());
    expect(await read(at(), bo)).not.toContain('/delete?');
    for (const [comment, status] of [
      [id, 403],
      [hidden, 404],
    ] as const) {
      const asked = await browser(bo).go(`/comments/gazette/delete?comment=${comment}`);
      expect(asked.status).toBe(status);
      expect(await asked.text()).not.toContain('Waiting.');
      const form = { key, comment: String(comment) };
      const response = await browser(bo).go('/comments/gazette/delete', { form, headers: SAME });
      expect(response.status).toBe(status);
    }
    expect(await read(at(), ada)).toContain('Mine.');
  });
});
