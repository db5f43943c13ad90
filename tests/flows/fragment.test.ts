/** The piece of HTML that a site's build puts under an article. What its microdata says, a browser reads in `tests/browser`. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ALLOWED } from '../../src/core/text.ts';
import { ARTICLE, createWorld, type Reader, SERVICE, type World } from '../support/world.ts';

const PATH = `/comments/gazette/fragment?key=${encodeURIComponent(`url:${ARTICLE}`)}`;

let world: World;
let ada: Reader;

beforeAll(async () => {
  world = await createWorld();
  ada = await world.reader('Ada <b>');
});
afterAll(() => world.end());

it('says so where nobody has commented yet, and leads to the page where one can', async () => {
  const { status, json, headers } = await world.call('GET', PATH);
  expect(status).toBe(200);
  expect(headers.get('Content-Type')).toMatch(/^text\/html/);
  expect(json).toContain('No comments yet.');
  expect(json).toContain(
    `<a href="${SERVICE}/comments/gazette?key=${encodeURIComponent(`url:${ARTICLE}`)}">`,
  );
});

it('leads to a page that knows the article, where its address names it beside a key of the site’s own', async () => {
  const path = `/comments/gazette/fragment?key=id:post-7&url=${encodeURIComponent(ARTICLE)}`;
  const { json } = await world.call('GET', path);
  const [, page = ''] = /class="parley-link"><a href="([^"]+)"/.exec(json) ?? [];
  expect(page).toBe(`${SERVICE}/comments/gazette?key=id%3Apost-7&amp;url=${encodeURIComponent(ARTICLE)}`);
  const discussion = await world.call('GET', page.replace(SERVICE, '').replace('&amp;', '&'));
  expect(discussion.json).toContain(`<link rel="canonical" href="${ARTICLE}">`);
  const foreign = '/comments/gazette/fragment?key=id:post-7&url=https://evil.example/';
  expect((await world.call('GET', foreign)).slug).toBe('url-foreign');
});

it('is a piece and no document: classes of its own, no form, no script, no style', async () => {
  const root = await world.post(ada, 'A *word* with [a link](https://a.example) <script>alert(1)</script>');
  await world.post(ada, 'An answer.', { parentId: root.id });
  const { json } = await world.call('GET', PATH);
  const tags = new Set([...json.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, tag]) => tag));
  const known = ['section', 'h2', 'ol', 'li', 'div', 'span', 'a', 'time', 'meta', 'link', 'p'];
  expect([...tags].filter((tag) => !known.includes(tag) && !(tag in ALLOWED))).toEqual([]);
  for (const [, classes] of json.matchAll(/class="([^"]*)"/g))
    expect(classes).toMatch(/^(parley-[a-z-]+ ?)+$/);
  expect(json).not.toContain('<b>');
  expect(json).toContain('rel="nofollow ugc noopener"');
});

it('is cached as anonymous reads are, for every origin', async () => {
  const { headers } = await world.call('GET', PATH);
  expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
  expect(headers.get('Cache-Control')).toBe('max-age=0, s-maxage=5, stale-while-revalidate=25');
  const etag = headers.get('ETag') ?? '';
  expect((await world.call('GET', PATH, { headers: { 'If-None-Match': etag } })).status).toBe(304);
  await world.post(ada, 'One more.');
  expect((await world.call('GET', PATH, { headers: { 'If-None-Match': etag } })).status).toBe(200);
});

it('knows nobody by their cookie', async () => {
  await world.settings({ moderation: 'all' });
  await world.post(ada, 'Waiting.');
  const { json, headers } = await world.call('GET', PATH, {
    headers: { Cookie: `__Host-parley=${ada.pageToken}` },
  });
  expect(json).not.toContain('Waiting.');
  expect(headers.get('Cache-Control')).toContain('s-maxage=5');
});

it('refuses as the API does', async () => {
  expect(await world.call('GET', '/comments/gazette/fragment')).toMatchObject({ slug: 'thread-key-invalid' });
  expect(await world.call('GET', '/comments/nowhere/fragment?key=id:1')).toMatchObject({
    slug: 'site-unknown',
  });
  const foreign = await world.call('GET', '/comments/gazette/fragment?key=url:https://evil.example/');
  expect(foreign.slug).toBe('url-foreign');
});
