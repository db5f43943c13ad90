/**
 * Reading a thread and coming back to it: what is folded, which order was chosen, what is long, what is pinned, where an
 * address leads in a thread of many pages, and what is on paper.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pinComment } from '../../src/domain/pins.ts';
import {
  type Article,
  addressOf,
  handle,
  openArticle,
  say,
  signedIn,
  textsIn,
  visit,
} from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';
import type { Reader } from '../support/world.ts';

let stage: Stage;
let browser: TestBrowser;
let bo: Reader;
let cem: Reader;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
  bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
  cem = await stage.world.reader('Cem', { origin: stage.gazette.url });
});
afterAll(async () => {
  await browser.close();
  await stage.end();
});
beforeEach(async () => {
  await stage.world.pool.query('delete from rate_limits');
});

const textsOf = ({ host }: Article) => textsIn(host.locator('article .body'));

const focused = ({ page }: Article) =>
  page.evaluate(() => document.querySelector('parley-comments')?.shadowRoot?.activeElement?.id);

/** Says these texts, each in answer to the one before. */
async function chain(url: string, texts: string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const [n, text] of texts.entries())
    ids.push((await say(stage, n % 2 ? cem : bo, url, text, ids.at(-1))).id);
  return ids;
}

/** Starts where the page is scrolled to, in the window. */
const topOf = (article: Article, id: number) =>
  article.host.locator(`#comment-${id}`).evaluate((node) => node.getBoundingClientRect().top);

describe('what a reader has chosen', () => {
  it('stays folded over a reload, on this article alone, and opens for a comment that is gone to', async () => {
    const url = addressOf(stage);
    const [, , deep] = await chain(url, ['root', 'child', 'grandchild']);
    await say(stage, bo, url, 'another root');
    const article = await openArticle(browser, url);
    const fold = article.comment('root').first().getByRole('button', { name: 'Conversation begun by Bo' });
    expect(await fold.getAttribute('aria-expanded')).toBe('true');
    await fold.click();
    await expect.poll(() => article.comment('grandchild').isVisible()).toBe(false);
    expect(await fold.getAttribute('aria-expanded')).toBe('false');

    const again = await visit(article.page, url);
    await expect.poll(() => again.comment('grandchild').isVisible()).toBe(false);
    expect(await again.comment('another root').isVisible()).toBe(true);

    await article.page.evaluate((id) => {
      location.hash = `#comment-${id}`;
    }, deep);
    await expect.poll(() => focused(again)).toBe(`comment-${deep}`);
    expect(await again.comment('grandchild').isVisible()).toBe(true);
    // For good: the reader has opened it.
    const third = await visit(article.page, url);
    await third.comment('grandchild').waitFor();
  });

  it('is the order of this article after a reload, and of the next one', async () => {
    const [one, two] = [addressOf(stage), addressOf(stage)];
    for (const url of [one, two]) for (const text of ['first', 'last']) await say(stage, bo, url, text);
    const article = await openArticle(browser, one);
    expect(await textsOf(article)).toEqual(['first', 'last']);
    await article.host.getByLabel('Sort by').selectOption('Newest');
    await expect.poll(() => textsOf(article)).toEqual(['last', 'first']);
    for (const url of [one, two]) {
      const again = await visit(article.page, url);
      expect(await textsOf(again)).toEqual(['last', 'first']);
      expect(await again.host.getByLabel('Sort by').inputValue()).toBe('newest');
    }
  });
});

describe('a long comment', () => {
  const LONG = `${'A line of many words, to be read at leisure.\n\n'.repeat(60)}[the end](https://a.example)`;

  async function openLong(): Promise<Article & { height: () => Promise<number> }> {
    const url = addressOf(stage);
    await say(stage, bo, url, LONG);
    const article = await openArticle(browser, url);
    const body = article.host.locator('article .body');
    return { ...article, height: () => body.evaluate((node) => node.getBoundingClientRect().height) };
  }

  it('is cut short, and whole when its reader wants to read on', async () => {
    const article = await openLong();
    expect(await article.height()).toBeLessThan(400);
    await article.button('Read more').click();
    expect(await article.height()).toBeGreaterThan(1_000);
    expect(await article.button('Read more').count()).toBe(0);
  });

  it('is whole when the focus comes to a link in it, which is then in view', async () => {
    const article = await openLong();
    await article.host.locator('time').focus();
    await article.host.getByRole('article').getByRole('link').first().focus();
    await article.page.keyboard.press('Tab');
    await expect.poll(() => article.height()).toBeGreaterThan(1_000);
    const place = () =>
      article.host.getByRole('link', { name: 'the end' }).evaluate((node) => {
        const { top, bottom } = node.getBoundingClientRect();
        return { isFocused: node.matches(':focus'), isSeen: top >= 0 && bottom <= innerHeight, top };
      });
    await expect.poll(place).toMatchObject({ isFocused: true, isSeen: true });
  });
});

describe('where one is in a conversation', () => {
  it('is said from the fourth level on, by a link to what is answered', async () => {
    const url = addressOf(stage);
    const ids = await chain(url, ['level 0', 'level 1', 'level 2', 'level 3', 'level 4']);
    const article = await openArticle(browser, url);
    await article.button('Show more replies').click();
    await article.comment('level 4').waitFor();
    const saying = async (text: string) =>
      (
        await article
          .comment(text)
          .getByText(/in reply to/)
          .allTextContents()
      ).join();
    expect(await saying('level 2')).toBe('');
    expect(await saying('level 3')).toContain('in reply to Bo');
    await article.comment('level 4').getByText('in reply to Cem').click();
    await expect.poll(() => focused(article)).toBe(`comment-${ids[3]}`);
  });

  it('is shown by an address deep in a late page, with what it answers; Back leads back', async () => {
    const url = addressOf(stage);
    for (let n = 0; n < 119; n += 1) await say(stage, bo, url, `root ${n}`);
    const ids = await chain(
      url,
      Array.from({ length: 30 }, (_, n) => `link ${n} of the chain`),
    );
    const article = await openArticle(browser, `${url}#comment-${ids[25]}`);
    await expect.poll(() => focused(article)).toBe(`comment-${ids[25]}`);
    // The line that leads to it, what answers it, and its root; what lies between comes when it is asked for.
    const names = (from: number) =>
      Array.from({ length: 30 - from }, (_, n) => `link ${from + n} of the chain`);
    const chained = () => textsIn(article.host.locator(`li:has(> #comment-${ids[0]}) .body`));
    expect(await chained()).toEqual(['link 0 of the chain', ...names(5)]);
    await article.comment('link 26 of the chain').waitFor();
    const height = article.page.viewportSize()!.height;
    await expect.poll(() => topOf(article, ids[25]!)).toBeGreaterThan(0);
    expect(await topOf(article, ids[25]!)).toBeLessThan(height);

    await article.comment('link 25 of the chain').getByText('in reply to').click();
    await expect.poll(() => focused(article)).toBe(`comment-${ids[24]}`);
    await article.page.goBack();
    expect(article.page.url()).toBe(`${url}#comment-${ids[25]}`);
    await expect.poll(() => focused(article)).toBe(`comment-${ids[25]}`);
    await article.page.goForward();
    await expect.poll(() => focused(article)).toBe(`comment-${ids[24]}`);

    const more = article.host.locator(`li:has(> #comment-${ids[0]})`).getByText('Show more replies');
    while (await more.count()) {
      const before = (await chained()).length;
      await more.click();
      await expect
        .poll(async () => (await more.count()) === 0 || (await chained()).length > before)
        .toBe(true);
    }
    expect(await chained()).toEqual(names(0));
  });
});

describe('pinned comments', () => {
  it('come first whatever the order, the newest pin on top, and say so', async () => {
    const url = addressOf(stage);
    const ids: number[] = [];
    for (const text of ['one', 'two', 'three', 'four']) ids.push((await say(stage, bo, url, text)).id);
    for (const id of [ids[2]!, ids[1]!]) await pinComment(stage.world.db, 'gazette', id, new Date());
    const article = await openArticle(browser, url);
    expect(await textsOf(article)).toEqual(['two', 'three', 'one', 'four']);
    await article.host.getByLabel('Sort by').selectOption('Newest');
    await expect.poll(() => textsOf(article)).toEqual(['two', 'three', 'four', 'one']);
    expect(await article.host.locator('[part=pinned]').allTextContents()).toEqual(['Pinned', 'Pinned']);
    expect(await article.comment('two').locator('[part=pinned]').count()).toBe(1);
  });
});

describe('on paper', () => {
  it('are the comments, whole, and nothing to press or fill in', async () => {
    const url = addressOf(stage);
    const { id } = await say(stage, bo, url, 'A line of many words.\n\n'.repeat(120));
    await say(stage, cem, url, 'An answer', id);
    await say(stage, bo, url, 'Another');
    const article = await openArticle(browser, url, { prepare: (page) => signedIn(stage, page, 'Ada') });
    await article.text.fill('Being written');
    await article.reaches('logged-in');
    await article.button('Formatting').waitFor();
    await article.page.emulateMedia({ media: 'print' });
    const seen = await article.host.evaluate((host) => {
      const all = [...host.shadowRoot!.querySelectorAll('button, form, select, textarea, input')];
      return all.filter((node) => node.checkVisibility()).map((node) => node.outerHTML);
    });
    expect(seen).toEqual([]);
    const { height, mask } = await article.host
      .locator('article .body')
      .first()
      .evaluate((node) => ({
        height: node.getBoundingClientRect().height >= node.scrollHeight - 1,
        mask: getComputedStyle(node).maskImage,
      }));
    expect({ height, mask }).toEqual({ height: true, mask: 'none' });
    await article.comment('An answer').waitFor();
    // Nobody prints an empty form's heading.
    expect(await article.host.getByRole('heading', { name: 'Leave a Reply' }).isVisible()).toBe(false);
  });

  it('what was folded stays so: it is the reader’s paper', async () => {
    const url = addressOf(stage);
    await chain(url, ['root', 'child']);
    const page = await browser.newPage();
    await page.goto(url);
    const article = handle(page, url);
    await article.comment('child').waitFor();
    await article.button('Conversation begun by Bo').click();
    await page.emulateMedia({ media: 'print' });
    await expect.poll(() => article.comment('child').isVisible()).toBe(false);
    expect(await article.comment('root').isVisible()).toBe(true);
  });
});
