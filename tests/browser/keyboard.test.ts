/**
 * The embed with nothing but a keyboard: the way of a reader (support/walk.ts), the order in which Tab leads through it,
 * and the keys that mean something of their own.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Article, handle, openArticle, say, signedIn } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { openPages, type Pages } from '../support/pages.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { keyboard, standing, walk } from '../support/walk.ts';
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

/** A page with a link before the embed and one behind it, where Bo has said something that has an answer. */
async function begun(): Promise<string> {
  const url = pages.page(`<a href="#one">Before</a><main>${pages.tag()}</main><a href="#two">Behind</a>`);
  const { id } = await say(stage, bo, url, 'Bo was first, with a [link](https://a.example)');
  await say(stage, bo, url, 'An answer', id);
  return url;
}

interface Stop {
  name: string;
  top: number;
  start: number;
}

/** Where the focus is: in the page, or in the embed. */
const stopOf = (page: Page): Promise<Stop> =>
  page.evaluate(() => {
    const { activeElement } = document;
    const node = activeElement?.shadowRoot?.activeElement ?? activeElement!;
    const { top, left } = node.getBoundingClientRect();
    const name = node.ariaLabel ?? node.textContent ?? '';
    return { name: name.trim() || node.localName, top: top + scrollY, start: left };
  });

/** Presses `key` until the focus is on the link `end`. */
async function stopsUntil(page: Page, key: string, end: string): Promise<Stop[]> {
  const stops: Stop[] = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press(key);
    const stop = await stopOf(page);
    if (stop.name === end) return stops;
    stops.push(stop);
  }
  throw new Error(`No way out: ${stops.map(({ name }) => name).join(', ')}`);
}

describe('with the keyboard alone', () => {
  it('the whole way can be gone, and where the focus is can be seen at each stop', async () => {
    const article = await openArticle(browser, await begun());
    await walk(stage, article, { name: 'Kay Keys', hands: keyboard(article.page) });
  });

  it.each(['collapsed', 'open'])(
    'Tab leads through it as it is read, out of it, and the same way back (box %s)',
    async (kind) => {
      const article = await openArticle(browser, await begun(), {
        viewport: { width: 700, height: 800 },
        ...(kind === 'open' ? { prepare: (page) => signedIn(stage, page, 'Ada', pages.origin) } : {}),
      });
      const { page } = article;
      if (kind === 'open') {
        await article.text.fill('Open');
        await article.reaches('logged-in');
        await article.button('Formatting').waitFor();
      } else {
        // The first stop opens the box, which brings more stops with it.
        await article.text.focus();
        await article.button('Google').waitFor();
      }
      await page.getByRole('link', { name: 'Before' }).focus();
      const there = await stopsUntil(page, 'Tab', 'Behind');
      const read = [...there].sort((a, b) =>
        Math.abs(a.top - b.top) < 24 ? a.start - b.start : a.top - b.top,
      );
      expect(there.map(({ name }) => name)).toEqual(read.map(({ name }) => name));
      const back = await stopsUntil(page, 'Shift+Tab', 'Before');
      expect(back.map(({ name }) => name).reverse()).toEqual(there.map(({ name }) => name));
      expect(there.length).toBeGreaterThan(12);
    },
  );

  it('Escape leaves an edit, Ctrl+Enter ends it, and the focus stays with the comment', async () => {
    const url = await begun();
    const article = await openArticle(browser, url, {
      prepare: (page) => signedIn(stage, page, 'Ada', pages.origin),
    });
    const { page } = article;
    const hands = keyboard(page);
    await hands.write('As it was');
    await page.keyboard.press('Control+Enter');
    await article.reaches('posted');
    await hands.press('Edit', 'As it was');
    await article.button('Save').waitFor();
    await hands.write('Never to be');
    await page.keyboard.press('Escape');
    await expect.poll(() => nameOf(article)).toBe('Edit');
    expect(await article.comment('As it was').count()).toBe(1);
    await page.keyboard.press('Enter');
    await hands.write('As it is');
    await page.keyboard.press('Control+Enter');
    await article.comment('As it is').waitFor();
    await expect.poll(() => nameOf(article)).toBe('Edit');
  });

  it('the order is chosen by the arrows, a conversation folded by Space', async () => {
    const url = await begun();
    await say(stage, bo, url, 'Bo was last');
    const article = await openArticle(browser, url);
    const { page } = article;
    await article.host.getByLabel('Sort by').focus();
    await page.keyboard.press('ArrowDown');
    const first = () => article.host.locator('article .body').first().textContent();
    await expect.poll(first).toContain('Bo was last');
    expect(await standing(page)).toMatchObject({ tag: 'select', isSeen: true });
    await keyboard(page).press('Conversation begun by Bo', 'Bo was first');
    await expect.poll(() => article.comment('An answer').isVisible()).toBe(false);
    await page.keyboard.press('Space');
    await article.comment('An answer').waitFor();
  });

  it('a comment that is gone to does not lie under the bar that a page keeps on top', async () => {
    const url = pages.page(`<div class="bar">Bar</div><main>${pages.tag()}</main>`, {
      head: '<style>.bar { position: sticky; top: 0; height: 60px; background: #fff }</style>',
    });
    const ids: number[] = [];
    for (let n = 0; n < 12; n += 1) ids.push((await say(stage, bo, url, `Remark ${n}\n\nMore`)).id);
    const target = `comment-${ids[7]}`;
    const page = await browser.newPage({ viewport: { width: 700, height: 500 } });
    await page.goto(`${url}#${target}`);
    const article = handle(page, url);
    await expect.poll(() => article.host.evaluate((node) => node.shadowRoot!.activeElement?.id)).toBe(target);
    const top = await article.host.locator(`#${target}`).evaluate((node) => node.getBoundingClientRect().top);
    expect(top).toBeGreaterThan(60);
  });
});

const nameOf = async ({ page }: Article) => (await standing(page))?.name;
