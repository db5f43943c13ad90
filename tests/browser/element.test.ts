/**
 * The element and its loader as a part of somebody's page, in a real Chromium: where it comes to stand, what it costs
 * the page, how it behaves under a page's own script and style, and whether everybody can use it.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeSite } from '../../src/domain/sites.ts';
import { type Article, addressOf, handle, openArticle, say, signedIn } from '../support/article.ts';
import { violations } from '../support/axe.ts';
import { complaintsOf, openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';
import type { Reader } from '../support/world.ts';

let stage: Stage;
let browser: TestBrowser;
let bo: Reader;
let server: Server;
/** Where `body` is served. */
let url: string;
/** The page, in two parts: the second is sent when `release` is called. */
let body: string;
let rest: Promise<string>;
let release: (html: string) => void;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
  bo = await stage.world.reader('Bo', { origin: stage.gazette.url, provider: 'twitter' });
  server = createServer(async (request, response) => {
    if (request.url === '/favicon.ico') return response.writeHead(204).end();
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.write(`<!doctype html><html lang="en"><title>A page</title><body>${body}`);
    return response.end(await rest);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`;
  const origins = [stage.gazette.url, new URL(url).origin];
  await changeSite(stage.world.db, 'gazette', { origins }, new Date());
});
afterAll(async () => {
  await browser.close();
  server.close();
  server.closeAllConnections();
  await stage.end();
});
beforeEach(async () => {
  await stage.world.pool.query('delete from rate_limits');
  body = tag();
  rest = Promise.resolve('');
});

const tag = (data = '') =>
  `<script async src="${stage.service}/embed.js" data-site="gazette" ${data}></script>`;

function sendInTwoParts(): void {
  rest = new Promise((resolve) => {
    release = resolve;
  });
}

async function open(path = ''): Promise<Article> {
  return openArticle(browser, url + path);
}

/** The addresses on the service that the page asked for, in order, without the parts that vary. */
function asked(page: Page): string[] {
  const list: string[] = [];
  page.on('request', (request) => {
    const { origin, pathname } = new URL(request.url());
    if (origin === stage.service) list.push(pathname.replace(/\.\w{8}\.js$/, '.js'));
  });
  return list;
}

const elements = (page: Page) => page.evaluate(() => document.querySelectorAll('parley-comments').length);

describe('the loader', () => {
  it('puts the element right after the script when the page has none', async () => {
    body = `<p>Before</p>${tag()}<p>After</p>`;
    const { page } = await open();
    expect(await page.evaluate(() => document.querySelector('script')!.nextElementSibling!.localName)).toBe(
      'parley-comments',
    );
  });

  it('takes the element that is there, with what the tag says and the element does not', async () => {
    body = `<parley-comments order="newest">Comments need JavaScript.</parley-comments>${tag('data-thread="t-1" data-order="best"')}`;
    const { page, host } = await open();
    expect(await elements(page)).toBe(1);
    expect(await host.getAttribute('thread')).toBe('t-1');
    expect(await host.getAttribute('order')).toBe('newest');
  });

  it('finds an element that comes later in a page still on its way, and does not double it', async () => {
    body = tag();
    sendInTwoParts();
    const page = await browser.newPage();
    const list = asked(page);
    const going = page.goto(url);
    // The first page of the thread is on its way although the page is not.
    await expect.poll(() => list.some((path) => path.endsWith('/thread')), { timeout: 5_000 }).toBe(true);
    expect(await elements(page)).toBe(0);
    release('<main><parley-comments></parley-comments></main>');
    await going;
    await handle(page, url).reaches('collapsed');
    expect(await elements(page)).toBe(1);
    expect(list.filter((path) => path.endsWith('/thread'))).toHaveLength(1);
  });

  it('makes no element for a script in the head: a framework that put it there makes its own, or has left the article', async () => {
    body = '<main></main>';
    const page = await browser.newPage();
    await page.goto(url);
    await page.evaluate((src) => {
      const script = Object.assign(document.createElement('script'), { src });
      script.dataset.site = 'gazette';
      document.head.append(script);
      return new Promise((resolve) => script.addEventListener('load', resolve));
    }, `${stage.service}/embed.js`);
    expect(await elements(page)).toBe(0);
    await page.evaluate(() => {
      document.querySelector('main')!.innerHTML = '<parley-comments site="gazette"></parley-comments>';
    });
    await handle(page, url).reaches('collapsed');
    expect(await elements(page)).toBe(1);
  });

  it('reaches the comments in two steps: itself, then module and thread at once, and nothing else', async () => {
    const address = addressOf(stage);
    await say(stage, bo, address, 'Here already');
    const page = await browser.newPage();
    const list = asked(page);
    const begun: Record<string, number> = {};
    page.on('request', (request) => {
      begun[new URL(request.url()).pathname.replace(/\.\w{8}\.js$/, '.js')] = performance.now();
    });
    await page.goto(address);
    await handle(page, address).comment('Here already').waitFor();
    expect(list.sort()).toEqual(['/api/v1/sites/gazette/thread', '/embed.js', '/embed/comments.js']);
    const apart = begun['/api/v1/sites/gazette/thread']! - begun['/embed/comments.js']!;
    expect(Math.abs(apart)).toBeLessThan(50);
  });

  it('asks for the page’s canonical address, without its fragment', async () => {
    body = `<link rel="canonical" href="/canonical">${tag()}`;
    const page = await browser.newPage();
    const keys: (string | null)[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname.endsWith('/thread')) keys.push(searchParams.get('key'));
    });
    await page.goto(`${url}?from=mail#top`);
    await handle(page, url).reaches('collapsed');
    expect(keys).toEqual([`url:${new URL('/canonical', url).href}`]);
  });

  it.each(['<img name="currentScript" src="/foreign/x.png">', '<form name="currentScript"></form>'])(
    'takes no other element for its script: %s',
    async (html) => {
      body = html + tag();
      const page = await browser.newPage();
      const foreign: string[] = [];
      page.on('request', (request) => {
        const { pathname } = new URL(request.url());
        if (pathname.startsWith('/foreign/')) foreign.push(pathname);
      });
      await page.goto(url);
      await handle(page, url).reaches('collapsed');
      expect(foreign.filter((path) => path !== '/foreign/x.png')).toEqual([]);
    },
  );
});

describe('the element', () => {
  it('reflects its attributes as properties', async () => {
    const { page } = await open();
    const seen = await page.evaluate(() => {
      const host = document.querySelector('parley-comments') as unknown as HTMLElement &
        Record<string, unknown>;
      const before = [host.site, host.thread, host.order, host.theme, host.loading];
      Object.assign(host, { theme: 'dark', title: 'Title', lang: 'en' });
      return [before, host.getAttribute('theme'), host.getAttribute('title'), host.getAttribute('lang')];
    });
    expect(seen).toEqual([['gazette', '', '', '', ''], 'dark', 'Title', 'en']);
  });

  it('tells of load, and of error with the problem', async () => {
    const listen = (page: Page) =>
      page.addInitScript(() => {
        const seen: unknown[] = [];
        Object.assign(window, { seen });
        for (const type of ['load', 'error']) {
          // An event named load does not get as far as the window.
          document.addEventListener(
            type,
            (event) => {
              if ((event.target as Element).localName !== 'parley-comments') return;
              seen.push([type, (event as CustomEvent<{ slug: string } | null>).detail?.slug]);
            },
            true,
          );
        }
      });
    const good = await openArticle(browser, url, { prepare: listen });
    expect(await good.page.evaluate('window.seen')).toEqual([['load', undefined]]);
    body = tag().replace('gazette', 'nowhere');
    const bad = await openArticle(browser, url, { prepare: listen });
    await bad.reaches('error');
    await bad.shows('Comments could not be loaded.');
    expect(await bad.page.evaluate('window.seen')).toEqual([['error', 'site-unknown']]);
  });

  it('tells the site’s owner, on the page and in the console, that the origin is not registered', async () => {
    body = `<link rel="canonical" href="https://elsewhere.example/one">${tag()}`;
    const said: string[] = [];
    const prepare = async (page: Page) => void page.on('console', (message) => said.push(message.text()));
    const article = await openArticle(browser, url, { prepare });
    await article.reaches('error');
    await article.shows('The page address lies outside the origins of this site.');
    expect(said.join('\n')).toContain('url-foreign');
    // Asking again cannot help.
    expect(await article.host.getByRole('button').count()).toBe(0);
  });

  it('whose tag names no site leaves the page as it is and says so in the console', async () => {
    body = `<parley-comments>No comments here.</parley-comments><script async src="${stage.service}/embed.js"></script>`;
    const page = await browser.newPage();
    const thrown = page.waitForEvent('pageerror');
    await page.goto(url);
    expect((await thrown).message).toContain('no data-site');
    expect(await page.locator('parley-comments').textContent()).toBe('No comments here.');
    expect(complaintsOf(page).splice(0)).toEqual([expect.stringContaining('no data-site')]);
  });

  it('shows an error with the service down, and loads when asked to try again', async () => {
    const article = await open();
    await stage.takeDown();
    try {
      await article.page.evaluate(() =>
        document.querySelector('parley-comments')!.setAttribute('thread', 'x'),
      );
      await article.reaches('error');
    } finally {
      await stage.bringBack();
    }
    await article.button('Try again').click();
    await article.reaches('collapsed');
  });

  it('shows another thread when its attributes change, and leaves nothing behind when it goes', async () => {
    const address = addressOf(stage);
    await say(stage, bo, address, 'In the first thread');
    const article = await openArticle(browser, address);
    await article.comment('In the first thread').waitFor();
    await article.page.evaluate(() =>
      document.querySelector('parley-comments')!.setAttribute('thread', 'other'),
    );
    await article.shows('No comments yet.');
    expect(await article.comment('In the first thread').count()).toBe(0);
    await article.page.evaluate(() => {
      const host = document.querySelector('parley-comments')!;
      const { parentNode } = host;
      host.remove();
      location.hash = '#comment-1';
      document.body.className = 'changed';
      parentNode!.append(host);
    });
    await article.reaches('collapsed');
    expect(complaintsOf(article.page)).toEqual([]);
  });

  it.each([
    ['#222', 'light'],
    ['#ddd', 'dark'],
    ['oklch(0.9 0.05 250)', 'dark'],
    ['oklch(0.2 0.05 250)', 'light'],
  ])('on a page whose text is %s is %s', async (color, scheme) => {
    body = `<main>${tag()}</main>`;
    const { page, host } = await open();
    await page.evaluate((color) => {
      document.body.style.color = color;
    }, color);
    await expect.poll(() => host.evaluate((node) => getComputedStyle(node).colorScheme)).toBe(scheme);
  });

  it('takes its theme from the attribute when there is one', async () => {
    body = tag('data-theme="dark"');
    const { host } = await open();
    expect(await host.evaluate((node) => getComputedStyle(node).colorScheme)).toBe('dark');
  });

  it('moves nothing in view by more than 0.05 when the comments arrive', async () => {
    const address = addressOf(stage);
    for (let n = 0; n < 8; n += 1)
      await say(stage, bo, address, `Remark ${n}, long enough for a line or two.`);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.addInitScript(() => {
      let shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shift += (entry as unknown as { value: number }).value;
        Object.assign(window, { shift });
      }).observe({ type: 'layout-shift', buffered: true });
      Object.assign(window, { shift });
    });
    await page.goto(address);
    await handle(page, address).comment('Remark 7').waitFor();
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    expect(await page.evaluate('window.shift')).toBeLessThanOrEqual(0.05);
  });
});

describe('everybody', () => {
  // The states of the reply box and of one's own comment are looked at in states*.test.ts.
  it.each(['light', 'dark', 'rtl'])('finds nothing in the way in a thread (%s)', async (kind) => {
    const address = addressOf(stage);
    const root = await say(
      stage,
      bo,
      address,
      'A remark with a [link](https://a.example) and `code`\n\n> quoted',
    );
    const ada = await stage.world.reader('Ada', { origin: stage.gazette.url });
    await say(stage, ada, address, 'An answer', root.id);
    const article = await openArticle(browser, address, {
      colorScheme: kind === 'dark' ? 'dark' : 'light',
      viewport: { width: kind === 'rtl' ? 360 : 1280, height: 800 },
      prepare: (page) => signedIn(stage, page, 'Axel'),
    });
    if (kind === 'rtl')
      await article.page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'));
    const vote = article.button(/^Vote up: \d/).first();
    await vote.click();
    await expect.poll(() => vote.getAttribute('aria-pressed')).toBe('true');
    expect(await violations(article.page)).toEqual([]);
  });
});
