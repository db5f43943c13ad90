/**
 * Words and moments as a reader's place in the world has them: which language is chosen and what happens without its
 * file, and what is said of a time in any zone, while it passes.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import arabic from '../../embed/languages/ar.ts';
import german from '../../embed/languages/de.ts';
import { type Article, handle, openArticle, say } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { openPages, type Pages } from '../support/pages.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { ENGLISH, walk } from '../support/walk.ts';
import type { Reader } from '../support/world.ts';

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

describe('the language', () => {
  it.each([
    ['the attribute’s before the page’s', 'de', 'lang="ar"', 'ja-JP', german],
    ['the page’s before the browser’s', '', 'lang="de-AT"', 'ja-JP', german],
    ['the browser’s where the page names none', '', '', 'de-CH', german],
    ['the first that there are words for', 'xx', 'lang="tlh"', 'de-DE', german],
    ['English where the page is English, whatever the browser', '', 'lang="en-GB"', 'de-DE', ENGLISH],
    ['English where nobody’s is known', 'xx', 'lang="tlh"', 'tlh', ENGLISH],
  ])('is %s', async (_which, asked, html, locale, t) => {
    const url = pages.page(pages.tag(asked && `data-lang="${asked}"`), { html });
    const { host } = await openArticle(browser, url, { locale });
    await host.getByRole('heading', { name: t.leaveReply, exact: true }).waitFor();
    expect(await host.locator('.root').getAttribute('lang')).toBe(t.lang);
  });

  it('is fetched along with module and comments: still two steps', async () => {
    const url = pages.page(pages.tag(), { html: 'lang="ar"' });
    await say(stage, bo, url, 'Bo was first');
    const page = await browser.newPage();
    const begun: Record<string, number> = {};
    page.on('request', (request) => {
      const { origin, pathname } = new URL(request.url());
      if (origin === stage.service) begun[pathname.replace(/\.\w{8}\.js$/, '.js')] = performance.now();
    });
    // None of the second step is answered before all of it is asked for.
    const second = ['/api/v1/sites/gazette/thread', '/embed/ar.js', '/embed/comments.js'];
    await page.route(`${stage.service}/**`, async (route) => {
      if (!route.request().url().endsWith('/embed.js'))
        await expect.poll(() => second.every((path) => path in begun), { timeout: 5_000 }).toBe(true);
      await route.continue();
    });
    await page.goto(url);
    await handle(page, url).comment('Bo was first').waitFor();
    expect(Object.keys(begun).sort()).toEqual([...second, '/embed.js'].sort());
  });

  it('is English when its file is missing, and everything works', async () => {
    const url = pages.page(`<main>${pages.tag('data-lang="ar"')}</main>`);
    await say(stage, bo, url, 'Bo was first');
    const article = await openArticle(browser, url, {
      prepare: (page) => page.route('**/embed/ar.*', (route) => route.fulfill({ status: 404 })),
    });
    expect(await article.host.locator('.root').getAttribute('dir')).toBe('ltr');
    await walk(stage, article, { name: 'Mira Missing' });
  });

  it('changes with the attribute while the page is open, and the text being written stays', async () => {
    const article = await openArticle(browser, pages.page(pages.tag()));
    const { host, text } = article;
    await text.fill('Being written');
    await host.evaluate((node) => node.setAttribute('lang', 'ar'));
    await host.getByRole('heading', { name: arabic.leaveReply, exact: true }).waitFor();
    expect(await text.inputValue()).toBe('Being written');
  });
});

describe('moments', () => {
  /** A thread with a comment so many seconds ago, for each. */
  async function written(...ages: number[]): Promise<string> {
    const url = pages.page(`<main>${pages.tag()}</main>`);
    for (const [n, seconds] of ages.entries()) {
      const { id } = await say(stage, bo, url, `Remark ${n}`);
      await stage.world.pool.query('update comments set created_at = $1 where id = $2', [
        new Date(Date.now() - seconds * 1000),
        id,
      ]);
    }
    await stage.world.pool.query('update threads set version = version + 1 where key = $1', [`url:${url}`]);
    return url;
  }

  const timesOf = ({ host }: Article) => host.locator('time').allTextContents();

  it.each(['Pacific/Kiritimati', 'America/St_Johns', 'Asia/Kathmandu'])(
    'are as long ago in %s as anywhere, and their titles are of the place',
    async (timezoneId) => {
      const url = await written(400 * 86_400, 3 * 86_400, 5 * 3_600, 7 * 60, 5, -3_600);
      const article = await openArticle(browser, url, { timezoneId, locale: 'en-US' });
      const times = await article.host.locator('time').evaluateAll((nodes) =>
        nodes.map((node) => {
          node.dispatchEvent(new PointerEvent('pointerenter'));
          const date = new Date((node as HTMLTimeElement).dateTime);
          return { text: node.textContent, title: (node as HTMLElement).title, date: date.toISOString() };
        }),
      );
      const said = (date: string, how: Intl.DateTimeFormatOptions) =>
        new Intl.DateTimeFormat('en', { timeZone: timezoneId, ...how }).format(new Date(date));
      expect(times.map(({ text }) => text)).toEqual(
        // In the order of their coming: the oldest, and at the end the one that a clock ahead of ours has written.
        [
          said(times[0]!.date, { dateStyle: 'medium' }),
          '3 days ago',
          '5 hours ago',
          '7 minutes ago',
          'now',
          'now',
        ],
      );
      for (const { title, date } of times)
        expect(title.replace(/\s/g, ' ')).toBe(
          said(date, { dateStyle: 'long', timeStyle: 'short' }).replace(/\s/g, ' '),
        );
    },
  );

  it('pass while the page is open', async () => {
    const url = await written(86_400 - 600, 5);
    const page = await browser.newPage();
    await page.clock.install();
    await page.goto(url);
    const article = handle(page, url);
    await article.comment('Remark 1').waitFor();
    expect(await timesOf(article)).toEqual(['23 hours ago', 'now']);
    await page.clock.fastForward('03:30');
    await expect.poll(() => timesOf(article)).toEqual(['23 hours ago', '3 minutes ago']);
    await page.clock.fastForward('10:00');
    await expect.poll(() => timesOf(article)).toEqual(['yesterday', '13 minutes ago']);
  });

  it('of a reader whose clock is behind are now, and never to come', async () => {
    const url = await written(60);
    const page = await browser.newPage();
    await page.clock.install({ time: new Date(Date.now() - 3 * 86_400_000) });
    await page.goto(url);
    const article = handle(page, url);
    await article.comment('Remark 0').waitFor();
    expect(await timesOf(article)).toEqual(['now']);
  });

  it('of a zone that puts the same instant on another day say that day', async () => {
    const at = new Date('2020-06-30T12:00:00Z');
    const url = await written((Date.now() - at.getTime()) / 1000);
    const days = async (timezoneId: string) => {
      const page: Page = await browser.newPage({ timezoneId, locale: 'en-US' });
      await page.goto(url);
      const article = handle(page, url);
      await article.comment('Remark 0').waitFor();
      return timesOf(article);
    };
    expect(await days('Pacific/Kiritimati')).toEqual(['Jul 1, 2020']);
    expect(await days('America/St_Johns')).toEqual(['Jun 30, 2020']);
  });
});
