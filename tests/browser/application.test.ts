/**
 * The element as a part of an application: it comes and goes and is given other attributes, without leaving anything
 * behind; it stands there twice; it loads when it is needed; the page has names of its own for everything.
 */
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handle, logIn, openArticle, say, visit } from '../support/article.ts';
import { complaintsOf, openBrowser, type TestBrowser } from '../support/browser.ts';
import { openPages, type Pages } from '../support/pages.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { stored, walk } from '../support/walk.ts';
import type { Reader } from '../support/world.ts';

/** A sign-in, or a comment, on a busy machine. */
const LONG = { timeout: 10_000 };

let stage: Stage;
let browser: TestBrowser;
let pages: Pages;
let bo: Reader;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
  pages = await openPages(stage);
  bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
});
afterAll(async () => {
  await browser.close();
  pages.close();
  await stage.end();
});
beforeEach(async () => {
  await stage.world.pool.query('delete from rate_limits');
});

describe('an application of one page', () => {
  const TIMES = 54;

  /** What lives in the page once nothing holds what is gone. */
  async function living(session: CDPSession): Promise<Record<string, number>> {
    await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    const values = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    return { nodes: values.Nodes!, listeners: values.JSEventListeners! };
  }

  /** Counts intervals and observers that are under way. */
  const count = (page: Page) =>
    page.addInitScript(() => {
      const counts = { intervals: new Set<unknown>(), observers: 0 };
      const { setInterval, clearInterval } = window;
      Object.assign(window, {
        counts,
        setInterval(...how: Parameters<typeof setInterval>) {
          const id = setInterval(...how);
          counts.intervals.add(id);
          return id;
        },
        clearInterval(id: number) {
          counts.intervals.delete(id);
          clearInterval(id);
        },
      });
      for (const kind of [MutationObserver, IntersectionObserver, ResizeObserver]) {
        const { observe, disconnect } = kind.prototype;
        const active = new WeakSet();
        kind.prototype.observe = function (...what: [never]) {
          if (!active.has(this)) counts.observers += 1;
          active.add(this);
          return observe.apply(this, what);
        };
        kind.prototype.disconnect = function () {
          if (active.delete(this)) counts.observers -= 1;
          return disconnect.apply(this);
        };
      }
    });

  const running = (page: Page) =>
    page.evaluate(() => {
      const { counts } = window as unknown as { counts: { intervals: Set<unknown>; observers: number } };
      return { intervals: counts.intervals.size, observers: counts.observers };
    });

  /** Does `change` to the element again and again, with a form open each time. */
  async function cycle(page: Page, change: string, times: number): Promise<void> {
    await page.evaluate(
      async ([change, times]) => {
        const act = new Function('host', 'n', change) as (host: HTMLElement, n: number) => void;
        const host = document.querySelector('parley-comments')!;
        for (let n = 0; n < times; n += 1) {
          host.shadowRoot!.querySelector('textarea')?.focus();
          act(host, n);
          while (!['collapsed', 'error'].includes(host.dataset.state!))
            await new Promise((resolve) => requestAnimationFrame(resolve));
        }
      },
      [change, times] as const,
    );
  }

  it.each([
    [
      'attributes',
      "host.setAttribute(['thread', 'lang', 'site'][n % 3], ['t1', 'ar', 'nowhere', 't2', 'de', 'gazette'][n % 6])",
    ],
    ['place', 'const { parentNode } = host; host.remove(); parentNode.append(host)'],
  ])('can change its %s more than 50 times without a trace', async (_kind, change) => {
    const url = pages.page(`<main>${pages.tag()}</main>`);
    const { id } = await say(stage, bo, url, 'Bo was first');
    await say(stage, bo, url, 'An answer', id);
    const { page } = await openArticle(browser, url, { prepare: count });
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    await cycle(page, change, 12);
    const before = await living(session);
    const runningBefore = await running(page);
    // A multiple of the states it goes through, so that it ends as it began.
    await cycle(page, change, TIMES);
    const after = await living(session);
    expect(await running(page)).toEqual(runningBefore);
    // One of each that stayed would be fifty more; a few are of what the last change has yet to let go.
    expect(after.listeners! - before.listeners!).toBeLessThan(TIMES / 2);
    expect(after.nodes! - before.nodes!).toBeLessThan(TIMES);
  });

  it('that takes it away hears no more of it, whatever it was doing', async () => {
    const url = pages.page(`<main>${pages.tag()}</main>`);
    const article = await openArticle(browser, url, { prepare: count });
    const { page } = article;
    await page.clock.install();
    const again = await visit(page, url);
    await again.text.fill('Waiting for the network');
    await logIn(again, 'Google', 'Ada Away');
    await again.reaches('logged-in');
    await page.route('**/comments', (route) => route.abort());
    await again.button('Post Comment').click();
    // The silent second try.
    await page.clock.runFor(1_000);
    await again.reaches('offline-retry');
    await page.evaluate(() => document.querySelector('parley-comments')!.remove());
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.evaluate(() => {
      location.hash = '#comment-1';
      dispatchEvent(new Event('online'));
    });
    await page.clock.runFor(700_000);
    await page.waitForLoadState('networkidle');
    expect(asked).toEqual([]);
    expect(await running(page)).toEqual({ intervals: 0, observers: 0 });
    expect(await stored(stage, 'Waiting for the network')).toBe(0);
  });
});

describe('two of them on a page', () => {
  it('have a sign-in in common and drafts of their own', async () => {
    const body = ['one', 'two'].map(
      (id) => `<parley-comments thread="${id}-${Date.now()}"></parley-comments>`,
    );
    const page = await browser.newPage();
    const url = pages.page(`${body.join('')}${pages.tag()}`);
    await page.goto(url);
    const whole = handle(page, url);
    const [one, two] = [0, 1].map((n) => {
      const host = whole.host.nth(n);
      const button = (name: string | RegExp) => host.getByRole('button', { name, exact: true });
      return { ...whole, host, button, text: host.locator('.box textarea') };
    });
    await one!.text.fill('To the first');
    await two!.text.fill('To the second');
    await logIn(one!, 'Google', 'Dora Double');
    for (const each of [one!, two!])
      await each.host.getByText('Dora Double').filter({ visible: true }).first().waitFor();
    await two!.button('Post Comment').click();
    await expect.poll(() => two!.host.getAttribute('data-state'), LONG).toBe('posted');
    expect(await one!.text.inputValue()).toBe('To the first');
    expect([await stored(stage, 'To the first'), await stored(stage, 'To the second')]).toEqual([0, 1]);
    await one!.button('Post Comment').click();
    await expect.poll(() => one!.host.getAttribute('data-state'), LONG).toBe('posted');
    expect(await one!.host.getByRole('article').allInnerTexts()).toHaveLength(1);
    await one!.text.click();
    await one!.button('Log Out').click();
    await two!.text.click();
    await expect.poll(() => two!.host.getAttribute('data-state'), LONG).toBe('chooser-required');
  });

  it('of the same thread are both of use', async () => {
    const page = await browser.newPage();
    const url = pages.page(
      `<parley-comments></parley-comments><parley-comments></parley-comments>${pages.tag()}`,
    );
    await say(stage, bo, url, 'Bo was first');
    await page.goto(url);
    const hosts = page.locator('parley-comments');
    for (const n of [0, 1]) await hosts.nth(n).getByText('Bo was first').waitFor();
    const first = { ...handle(page, url), host: hosts.nth(0) };
    await hosts.nth(0).locator('.box textarea').fill('By one of them');
    await logIn(
      { ...first, button: (name) => first.host.getByRole('button', { name, exact: true }) },
      'Google',
      'Tom Twice',
    );
    await expect.poll(() => hosts.nth(0).getAttribute('data-state'), LONG).toBe('logged-in');
    for (const n of [0, 1]) {
      const text = hosts.nth(n).locator('.box textarea');
      await text.fill(`By number ${n}`);
      await text.press('Control+Enter');
      await expect.poll(() => hosts.nth(n).getAttribute('data-state'), LONG).toBe('posted');
      expect(await stored(stage, `By number ${n}`)).toBe(1);
    }
  });
});

describe('a lazy one', () => {
  it('far below asks for no comment, and for nothing of first use, before its reader comes near', async () => {
    const url = pages.page(`<div class="far"></div>${pages.tag('data-loading="lazy" data-lang="ar"')}`, {
      head: '<style>.far { height: 4000px }</style>',
    });
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on('request', (request) => {
      const { origin, pathname } = new URL(request.url());
      if (origin === stage.service) asked.push(pathname.replace(/\.\w{8}\.js$/, '.js'));
    });
    await page.goto(url);
    await page.waitForLoadState('networkidle');
    expect(asked.sort()).toEqual(['/embed.js', '/embed/ar.js', '/embed/comments.js']);
    await page.evaluate(() => document.querySelector('parley-comments')!.scrollIntoView());
    await handle(page, url).reaches('collapsed');
    expect(asked.slice(3)).toEqual(['/api/v1/sites/gazette/thread']);
  });

  it('loads at once when the page’s address names a comment', async () => {
    const url = pages.page(`<div style="height: 4000px"></div>${pages.tag('data-loading="lazy"')}`);
    const { id } = await say(stage, bo, url, 'Bo was first');
    const page = await browser.newPage();
    await page.goto(`${url}#comment-${id}`);
    const article = handle(page, url);
    await article.comment('Bo was first').waitFor();
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(3_000);
  });
});

describe('a page with names of its own', () => {
  it('is no obstacle where they stand for the browser’s own', async () => {
    const names = [
      ...['currentScript', 'documentElement', 'body', 'head', 'forms'].map((name) => `<img name="${name}">`),
      ...['getElementById', 'location', 'cookie', 'readyState', 'adoptedStyleSheets'].map(
        (name) => `<form name="${name}"></form>`,
      ),
      ...['localStorage', 'crypto', 'navigator', 'history', 'fetch', 'parley'].map(
        (id) => `<a id="${id}"></a>`,
      ),
      '<iframe name="open" hidden></iframe>',
    ];
    const url = pages.page(`${names.join('')}<main>${pages.tag()}</main>`);
    await say(stage, bo, url, 'Bo was first');
    const article = await openArticle(browser, url);
    await walk(stage, article, { name: 'Clem Clobbered' });
  });

  it('that hides document.querySelector keeps what it has in place of comments, and its console says why', async () => {
    const url = pages.page(
      `<form name="querySelector"></form><parley-comments>No comments here.</parley-comments>${pages.tag()}`,
    );
    const page = await browser.newPage();
    const thrown = page.waitForEvent('pageerror');
    await page.goto(url);
    expect((await thrown).message).toContain('querySelector is not a function');
    expect(await page.locator('parley-comments').textContent()).toBe('No comments here.');
    expect(complaintsOf(page).splice(0)).toHaveLength(1);
  });
});
