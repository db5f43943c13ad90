/**
 * `<parley-count>` in lists of articles, in a real Chromium: what it asks for, what it says, and what becomes of a page
 * where it cannot. The counts themselves are tests/http's matter.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeSite } from '../../src/domain/sites.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';
import type { Reader } from '../support/world.ts';

let stage: Stage;
let browser: TestBrowser;
let bo: Reader;
let server: Server;
/** Of the page with the list; the articles are below its origin. */
let url: string;
let origin: string;
/** The page, in two parts: the second is sent when `release` is called. */
let body: string;
let headers: Record<string, string>;
let lang: string;
let rest: Promise<string>;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
  server = createServer(async (request, response) => {
    if (request.url === '/favicon.ico') return response.writeHead(204).end();
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...headers });
    response.write(`<!doctype html><html lang="${lang}"><title>Today</title><body>${body}`);
    return response.end(await rest);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  url = `${origin}/list/today`;
  await changeSite(stage.world.db, 'gazette', { origins: [stage.gazette.url, origin] }, new Date());
  bo = await stage.world.reader('Bo', { origin, provider: 'twitter' });
  await comment(`url:${origin}/one`, 1);
  await comment(`url:${origin}/list/two`, 2);
  await comment('id:five', 5);
  await comment(`url:${url}`, 3);
  await comment('id:many', 1234);
});
afterAll(async () => {
  await browser.close();
  server.close();
  server.closeAllConnections();
  await stage.end();
});
beforeEach(() => {
  headers = {};
  lang = 'en';
  rest = Promise.resolve('');
});

const tag = () => `<script async src="${stage.service}/count.js" data-site="gazette"></script>`;

/** Has a thread with so many comments: one is written, the others are only counted. */
async function comment(key: string, count: number): Promise<void> {
  const text = `The first in ${key}`;
  const posted = await stage.world.call('POST', 'gazette/comments', {
    as: bo,
    body: { key, url, title: 'An article', text },
    headers: { Origin: origin, 'Idempotency-Key': text.replace(/\W/g, '-') },
  });
  expect(posted.status, posted.slug).toBe(201);
  await stage.world.pool.query('update threads set comment_count = $1 where key = $2', [count, key]);
}

/** Lets the page do what an answer has given it to do. */
const settled = (page: Page) => page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));

interface List {
  page: Page;
  /** The keys of each request for counts so far. */
  asked: string[][];
  /** Waits until the elements say this. */
  says(...texts: string[]): Promise<void>;
}

async function open(
  options: { goes?: (page: Page) => Promise<unknown>; scripts?: boolean } = {},
): Promise<List> {
  const page = await browser.newPage({ javaScriptEnabled: options.scripts ?? true });
  const asked: string[][] = [];
  page.on('request', (request) => {
    const { pathname, searchParams, href } = new URL(request.url());
    if (!pathname.endsWith('/counts')) return;
    expect(href.length).toBeLessThan(8_192);
    asked.push(searchParams.getAll('key'));
  });
  await (options.goes ?? ((page) => page.goto(url)))(page);
  return {
    page,
    asked,
    says: (...texts) =>
      expect.poll(() => page.locator('parley-count').allTextContents(), { timeout: 10_000 }).toEqual(texts),
  };
}

describe('the counts of a list', () => {
  it('come in one request, for addresses as links have them, for ids, and for the page itself', async () => {
    body = `${tag()}
      <a href="/one"><parley-count url="/one">Comments</parley-count></a>
      <parley-count url="two"></parley-count>
      <parley-count thread="five" url="/one"></parley-count>
      <parley-count></parley-count>
      <parley-count url="/none"></parley-count>
      <parley-count url="${origin}/one"></parley-count>`;
    const list = await open();
    await list.says('1', '2', '5', '3', '0', '1');
    await list.page.waitForLoadState('networkidle');
    expect(list.asked).toHaveLength(1);
    expect(list.asked[0]!.sort()).toEqual(
      [`url:${origin}/one`, `url:${origin}/list/two`, 'id:five', `url:${url}`, `url:${origin}/none`].sort(),
    );
  });

  it('come in one request for ids that look like paths, too', async () => {
    body = `${tag()}<parley-count thread="/a/one/"></parley-count><parley-count thread="/b/one/"></parley-count>
      <parley-count url="/one"></parley-count>`;
    const { asked, says } = await open();
    await says('0', '0', '1');
    expect(asked).toEqual([['id:/a/one/', 'id:/b/one/', `url:${origin}/one`]]);
  });

  it('are asked for without a cookie, and newly each time the page is shown', async () => {
    body = `${tag()}<parley-count thread="five"></parley-count>`;
    const list = await open();
    await list.says('5');
    await stage.world.pool.query("update threads set comment_count = 6 where key = 'id:five'");
    const asking = list.page.waitForRequest(/counts/);
    await list.page.reload();
    expect((await (await asking).allHeaders()).cookie).toBeUndefined();
    await list.says('6');
    await stage.world.pool.query("update threads set comment_count = 5 where key = 'id:five'");
  });

  it('take one more request for each hundred articles', async () => {
    const many = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => `<parley-count thread="${from + n}"></parley-count>`);
    body = tag() + many(0, 100).join('');
    const hundred = await open();
    await hundred.says(...Array(100).fill('0'));
    expect(hundred.asked.map(({ length }) => length)).toEqual([100]);
    body += many(100, 201).join('');
    const more = await open();
    await more.says(...Array(201).fill('0'));
    expect(more.asked.map(({ length }) => length).sort()).toEqual([1, 100, 100]);
  });

  it('take several where the addresses are longer than what servers read', async () => {
    const slugs = Array.from({ length: 60 }, (_, n) => `/${n}/${'a-long-way-of-saying-it-'.repeat(9)}`);
    body = tag() + slugs.map((slug) => `<parley-count url="${slug}"></parley-count>`).join('');
    const list = await open();
    await list.says(...Array(60).fill('0'));
    expect(list.asked.length).toBeGreaterThan(1);
    expect(list.asked.flat().sort()).toEqual(slugs.map((slug) => `url:${origin}${slug}`).sort());
  });

  it('wait, in a page that is still on its way, for the whole list', async () => {
    let release: (html: string) => void = () => {};
    rest = new Promise((resolve) => {
      release = resolve;
    });
    body = `${tag()}<parley-count url="/one">-</parley-count>`;
    const list = await open({
      goes: async (page) => {
        const going = page.goto(url);
        await page.waitForFunction(() => customElements.get('parley-count'));
        release('<p><parley-count thread="five">-</parley-count><parley-count url="two">-</parley-count>');
        await going;
      },
    });
    await list.says('1', '5', '2');
    expect(list.asked).toEqual([[`url:${origin}/one`, 'id:five', `url:${origin}/list/two`]]);
  });

  it('come for what is added later, all of it in one request', async () => {
    body = `${tag()}<parley-count url="/one"></parley-count>`;
    const list = await open();
    await list.says('1');
    await list.page.evaluate(() => {
      for (const id of ['five', 'none', 'five']) {
        const count = document.createElement('parley-count');
        count.setAttribute('thread', id);
        document.body.append(count);
      }
      document.body.insertAdjacentHTML('beforeend', '<parley-count url="two"></parley-count>');
    });
    await list.says('1', '5', '0', '5', '2');
    expect(list.asked.slice(1)).toEqual([['id:five', 'id:none', `url:${origin}/list/two`]]);
  });

  it('follow their attributes, and never show another article’s number', async () => {
    body = `${tag()}<parley-count thread="five" other="# comments">Comments</parley-count>`;
    const list = await open();
    await list.says('5 comments');
    await list.page.locator('parley-count').evaluate((node) => node.setAttribute('other', '# voices'));
    await list.says('5 voices');
    // The answer for the first of two threads is held back until that for the second has come.
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await list.page.route(/counts.*many/, async (route) => {
      await held;
      await route.continue();
    });
    const set = (id: string) =>
      list.page.locator('parley-count').evaluate((node, id) => node.setAttribute('thread', id), id);
    const first = list.page.waitForRequest(/many/);
    await set('many');
    await first;
    await list.says('Comments');
    await set('none');
    await list.says('0 voices');
    const late = list.page.waitForResponse(/many/);
    release();
    await (await late).finished();
    await settled(list.page);
    await list.says('0 voices');
  });
});

describe('a count', () => {
  it.each([
    ['en', '', ['1,234', '1', '0']],
    ['de', '', ['1.234', '1', '0']],
    ['ar-EG', '', ['١٬٢٣٤', '١', '٠']],
    ['en', 'other="# comments"', ['1,234 comments', '1 comments', '0 comments']],
    ['en', 'one="# comment" other="# comments"', ['1,234 comments', '1 comment', '0 comments']],
    ['en', 'zero="" one="one" other="#, yes, #"', ['1,234, yes, 1,234', 'one', '']],
    ['fr', 'one="# voix seule" other="# voix"', ['1\u202f234 voix', '1 voix seule', '0 voix seule']],
    [
      'pl',
      'one="# głos" few="# głosy" many="# głosów" other="# głosu"',
      ['1234 głosy', '1 głos', '0 głosów'],
    ],
    // What is no language must not cost the page its numbers: the browser's own serves.
    ['english_US', 'one="# comment" other="# comments"', ['1,234 comments', '1 comment', '0 comments']],
  ])('speaks the page’s language: %s with %s', async (language, texts, said) => {
    lang = language;
    body =
      tag() +
      ['thread="many"', 'url="/one"', 'thread="none"']
        .map((where) => `<parley-count ${where} ${texts}>Comments</parley-count>`)
        .join('');
    await (await open()).says(...said);
  });

  it('speaks the language of the part of the page that it is in', async () => {
    body = `${tag()}<p lang="de"><parley-count thread="many"></parley-count></p><parley-count thread="many" lang="fr"></parley-count>`;
    await (await open()).says('1.234', '1\u202f234');
  });

  it('shows a template as text, whatever stands in it', async () => {
    body = `${tag()}<parley-count url="/one" other="<b>#</b> &amp; $& more"></parley-count>`;
    await (await open()).says('<b>1</b> & $& more');
  });
});

describe('without a number', () => {
  const own = '<parley-count url="/one" other="# comments"><i>Comments</i></parley-count>';

  it('what stands in the element stays: with scripts off', async () => {
    body = tag() + own;
    const { page, asked } = await open({ scripts: false });
    expect(await page.locator('parley-count i').textContent()).toBe('Comments');
    expect(asked).toEqual([]);
  });

  it('what stands in the element stays: with the service down', async () => {
    body = tag() + own;
    const list = await open();
    await list.says('1 comments');
    await stage.takeDown();
    try {
      const failed = list.page.waitForEvent('requestfailed');
      await list.page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), own);
      await failed;
      await settled(list.page);
      expect(await list.page.locator('parley-count i').textContent()).toBe('Comments');
    } finally {
      await stage.bringBack();
    }
  });

  it('what stands in the element stays: with an address that is none, or that is another site’s', async () => {
    body = `${tag()}
      <parley-count url="http://[">a</parley-count>
      <parley-count url="https://elsewhere.example/one">b</parley-count>
      <parley-count url="/one">c</parley-count>
      <parley-count thread="five">d</parley-count>`;
    const list = await open();
    // The others have theirs, though the service refuses a request with a foreign address in it.
    await list.says('a', 'b', '1', '5');
  });

  it('what stands in the element stays: where the page’s policy forbids to ask', async () => {
    headers = { 'Content-Security-Policy': `default-src 'none'; script-src ${stage.service}` };
    body = tag() + own;
    const page = await browser.newPage();
    const refused = page.waitForEvent('console', (message) => message.text().includes('connect-src'));
    await page.goto(url);
    await refused;
    await settled(page);
    expect(await page.locator('parley-count i').textContent()).toBe('Comments');
  });
});

describe('a page', () => {
  it('with teasers, as the Gazette’s, has the number under each, and leads to the comments', async () => {
    const { url, title } = stage.gazette.articles[1]!;
    await comment(`url:${url}`, 2);
    const list = await open({ goes: (page) => page.goto(stage.gazette.url) });
    await list.says('Leave a Reply', '2 Comments', 'Leave a Reply');
    expect(list.asked).toHaveLength(1);
    await list.page.getByRole('link', { name: '2 Comments' }).click();
    await list.page.getByRole('heading', { name: title }).waitFor();
    const top = () => list.page.locator('#comments').evaluate((node) => node.getBoundingClientRect().top);
    await expect.poll(top).toBeLessThan(list.page.viewportSize()!.height);
  });

  it('may be as strict as it likes: no inline script or style, Trusted Types without a policy of ours', async () => {
    headers = {
      'Content-Security-Policy': [
        "default-src 'none'",
        `script-src ${stage.service}`,
        `connect-src ${stage.service}`,
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ].join('; '),
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Referrer-Policy': 'no-referrer',
    };
    body = `${tag()}<parley-count url="/one" one="# comment" other="# comments">Comments</parley-count>`;
    const said: string[] = [];
    const list = await open({
      goes: (page) => {
        page.on('console', (message) => said.push(message.text()));
        return page.goto(url);
      },
    });
    await list.says('1 comment');
    expect(said).toEqual([]);
  });

  it('may have the script twice, as a module, and an image that has its name', async () => {
    body = `<img name="currentScript" alt="">${tag()}${tag().replace('async', 'type="module"')}<parley-count url="/one"></parley-count>`;
    const list = await open();
    await list.says('1');
    expect(list.asked).toHaveLength(1);
  });
});
