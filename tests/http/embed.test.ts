/** The embed's files as an article on another origin gets them. What is in them is the browser tests' matter. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepAssets } from '../../src/domain/assets.ts';
import { createWorld, GAZETTE, type World } from '../support/world.ts';

const JAVASCRIPT = { contentType: 'text/javascript; charset=utf-8' };
const DAY_MS = 86_400_000;

let world: World;

beforeAll(async () => {
  world = await createWorld({
    assets: [
      { path: 'embed.js', body: 'loader()', immutable: false, ...JAVASCRIPT },
      { path: 'count.js', body: 'count()', immutable: false, ...JAVASCRIPT },
      { path: 'embed/comments.ABCD2345.js', body: 'element()', immutable: true, ...JAVASCRIPT },
      { path: 'embed/zh-TW.ABCD2345.js', body: 'words()', immutable: true, ...JAVASCRIPT },
    ],
  });
});
afterAll(() => world.end());

const get = (path: string) => world.call('GET', path, { headers: { Origin: GAZETTE } });

describe('a file of the embed', () => {
  it('may be run by any page: other origins, strict ones, and none by guessing its type', async () => {
    for (const path of [
      '/embed.js',
      '/count.js',
      '/embed/comments.ABCD2345.js',
      '/embed/zh-TW.ABCD2345.js',
    ]) {
      const { status, headers } = await get(path);
      expect(status, path).toBe(200);
      expect(headers.get('Access-Control-Allow-Origin'), path).toBe('*');
      // An article with COEP require-corp embeds nothing without it.
      expect(headers.get('Cross-Origin-Resource-Policy'), path).toBe('cross-origin');
      expect(headers.get('Content-Type'), path).toBe('text/javascript; charset=utf-8');
      expect(headers.get('X-Content-Type-Options'), path).toBe('nosniff');
      expect(headers.get('Access-Control-Allow-Credentials'), path).toBeNull();
      expect(headers.get('Set-Cookie'), path).toBeNull();
    }
  });

  it('is kept five minutes when a tag names it, and for ever when its name is its content', async () => {
    const loader = await get('/embed.js');
    expect(loader.json).toBe('loader()');
    expect(loader.headers.get('Cache-Control')).toBe('public, max-age=300');
    const count = await get('/count.js');
    expect(count.json).toBe('count()');
    expect(count.headers.get('Cache-Control')).toBe('public, max-age=300');
    const module = await get('/embed/comments.ABCD2345.js');
    expect(module.json).toBe('element()');
    expect(module.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    const language = await get('/embed/zh-TW.ABCD2345.js');
    expect(language.json).toBe('words()');
    expect(language.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
  });

  // A page that was open during a deployment asks for the module its loader named.
  it('of an older build is answered for 30 days after the last start that shipped it', async () => {
    const old = [{ path: 'embed/comments.OLDER234.js', body: 'older()' }];
    const { now } = world.clock;
    await keepAssets(world.db, old, now);
    await keepAssets(world.db, [], new Date(now.getTime() + 29 * DAY_MS));
    expect((await get('/embed/comments.OLDER234.js')).json).toBe('older()');
    await keepAssets(world.db, old, new Date(now.getTime() + 29 * DAY_MS));
    await keepAssets(world.db, [], new Date(now.getTime() + 58 * DAY_MS));
    expect((await get('/embed/comments.OLDER234.js')).json).toBe('older()');
    const german = [{ path: 'embed/de.OLDER234.js', body: 'worte()' }];
    await keepAssets(world.db, german, new Date(now.getTime() + 60 * DAY_MS));
    expect((await get('/embed/comments.OLDER234.js')).slug).toBe('not-found');
    expect((await get('/embed/de.OLDER234.js')).json).toBe('worte()');
  });

  // Remark42 59c92f8c: path traversal, and the internal path in the error. A NUL was a 500 here once.
  it.each([
    '/embed/comments.UNKNOWN2.js',
    '/embed/..%2f..%2fpackage.json',
    '/embed/..%5C..%5Cpackage.json',
    '/embed/%2e%2e%2fpackage.json',
    '/embed/....//package.json',
    '/embed/%2Fetc%2Fpasswd',
    '/embed/embed.js',
    '/embed/embed%2Fcomments.ABCD2345.js',
    '/embed/comments.ABCD2345.js%00',
    '/embed/%00',
    '/embed/%ff.a.js',
    '/embed/%E0%A4%A',
    '/embed/',
  ])('is not found at %s, and the answer names no path', async (path) => {
    const { status, slug, json } = await get(path);
    expect({ status, slug }).toEqual({ status: 404, slug: 'not-found' });
    expect(Object.keys(json).sort()).toEqual(['instance', 'status', 'title', 'type']);
  });

  it('is not sent at all where none was built', async () => {
    const bare = await createWorld();
    for (const path of ['/embed.js', '/count.js'])
      expect((await bare.call('GET', path)).slug, path).toBe('not-found');
    await bare.end();
  });
});
