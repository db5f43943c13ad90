/**
 * What happens to a comment between Post and the page that shows it, when a sign-in, the network or the end of the tab
 * comes between: it is posted once, by itself, or it waits with its text. How often it was is counted in the database.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import {
  type Article,
  addressOf,
  allow,
  choose,
  handle,
  logIn,
  openArticle,
  say,
  signedIn,
  textsIn,
  visit,
} from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { stored } from '../support/walk.ts';
import type { Reader } from '../support/world.ts';

let stage: Stage;
let browser: TestBrowser;
let bo: Reader;
let readers = 0;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
  bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
});
afterAll(async () => {
  await browser.close();
  await stage.end();
});
beforeEach(async () => {
  await stage.world.pool.query('delete from rate_limits');
});

const POSTS = '**/api/v1/sites/gazette/comments';

/** An article whose reader has typed this text and pressed Post before anybody knew who they are. */
async function pressed(text: string, prepare?: (page: Page) => Promise<unknown>): Promise<Article> {
  const url = addressOf(stage);
  await say(stage, bo, url, 'Bo was first');
  const article = await openArticle(browser, url, prepare ? { prepare } : {});
  await article.text.fill(text);
  await article.button('Google').waitFor();
  await article.button('Post Comment').click();
  await article.reaches('pending-auto-post');
  return article;
}

/** An article with this text typed by somebody who is signed in. */
async function typed(text: string): Promise<Article> {
  const article = await openArticle(browser, addressOf(stage), {
    prepare: (page) => signedIn(stage, page, `Reader ${++readers}`),
  });
  await article.text.fill(text);
  await article.reaches('logged-in');
  return article;
}

const unread = async ({ text }: Article) => text.inputValue();

describe('what was to be posted before the sign-in', () => {
  it('is posted once after a redirect, where no window may open', async () => {
    const article = await pressed('By redirect', (page) =>
      page.addInitScript(() => {
        window.open = () => null;
      }),
    );
    const { page } = article;
    await article.button('Google').click();
    await page.getByText('Simulated Google').first().waitFor();
    await allow(page, 'Rita Redirect');
    await page.getByRole('button', { name: 'Continue as Rita Redirect' }).click();
    await page.waitForURL(article.url);
    const back = handle(page, article.url);
    await back.reaches('posted');
    await back.comment('By redirect').waitFor();
    expect(await unread(back)).toBe('');
    expect(await stored(stage, 'By redirect')).toBe(1);
  });

  it('waits, to be copied, when the thread was closed meanwhile', async () => {
    const article = await pressed('Too late');
    const popup = await choose(article, 'Google');
    await stage.world.pool.query(
      "update threads set status = 'closed', version = version + 1 where key = $1",
      [`url:${article.url}`],
    );
    await finish(popup, 'Laura Late');
    await article.reaches('thread-closed');
    await article.button('Copy your text').waitFor();
    expect(await unread(article)).toBe('Too late');
    expect(await stored(stage, 'Too late')).toBe(0);
  });

  it('waits, to be copied or posted elsewhere, when what it answers was removed meanwhile', async () => {
    const url = addressOf(stage);
    const parent = await say(stage, bo, url, 'Soon gone');
    const article = await openArticle(browser, url);
    await article.button('Reply to Bo').click();
    await article.page.keyboard.type('To nobody');
    await article.button('Google').waitFor();
    await article.button('Post Comment').click();
    const popup = await choose(article, 'Google');
    await decideComment(stage.world.db, 'gazette', { commentId: parent.id, status: 'rejected' }, new Date());
    await finish(popup, 'Nick Nobody');
    await article.reaches('parent-removed');
    await article.button('Copy your text').waitFor();
    expect(await unread(article)).toBe('To nobody');
    expect(await stored(stage, 'To nobody')).toBe(0);
    await article.button('Reply to the article instead').click();
    await article.button('Post Comment').click();
    await article.reaches('posted');
    expect(await stored(stage, 'To nobody')).toBe(1);
  });

  it('waits for its author who types on meanwhile', async () => {
    const article = await pressed('Unfinished');
    const popup = await choose(article, 'Google');
    await article.text.pressSequentially(', as it turns out');
    await finish(popup, 'Wanda Writing');
    await article.reaches('logged-in');
    expect(await unread(article)).toBe('Unfinished, as it turns out');
    expect(await stored(stage, 'Unfinished, as it turns out')).toBe(0);
    expect(await stored(stage, 'Unfinished')).toBe(0);
  });

  it('waits for its author who cancelled and signs in later', async () => {
    const article = await pressed('Not yet');
    const popup = await choose(article, 'Google');
    await article.button('Cancel').click();
    await article.reaches('chooser-required');
    await expect.poll(() => popup.isClosed()).toBe(true);
    await logIn(article, 'Google', 'Cara Cancel');
    await article.reaches('logged-in');
    expect(await unread(article)).toBe('Not yet');
    expect(await stored(stage, 'Not yet')).toBe(0);
  });

  it('is posted once after the sign-in that a session’s end asks for', async () => {
    const article = await expired('Written slowly');
    await logIn(article, 'Google', 'Elsa Expired');
    await article.reaches('posted');
    expect(await stored(stage, 'Written slowly')).toBe(1);
  });

  it('is not posted under another account than the one whose session ended: the text waits', async () => {
    const article = await expired('Elsa wrote this');
    await logIn(article, 'Google', 'Somebody Else');
    await article.reaches('logged-in');
    expect(await unread(article)).toBe('Elsa wrote this');
    expect(await stored(stage, 'Elsa wrote this')).toBe(0);
    await article.page.reload();
    await article.reaches('logged-in');
    expect(await stored(stage, 'Elsa wrote this')).toBe(0);
  });

  /** Elsa has logged in, written, and pressed Post when her session was over. */
  async function expired(text: string): Promise<Article> {
    const article = await openArticle(browser, addressOf(stage));
    // Else the question for a first picture, seconds later, may be the first to hear of it.
    await article.page.route('**/me', (route) => route.abort());
    await article.text.fill(text);
    const own = article.page.waitForResponse(/\/me\?/);
    await logIn(article, 'Google', 'Elsa Expired');
    await article.reaches('logged-in');
    await own;
    await stage.world.pool.query('delete from sessions');
    bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    await article.button('Post Comment').click();
    await article.reaches('login-expired');
    return article;
  }

  it('is posted once by two tabs of the same article that both wait for it', async () => {
    const article = await pressed('In two tabs');
    const other = await visit(await article.page.context().newPage(), article.url);
    expect(await unread(other)).toBe('In two tabs');
    await other.button('Post Comment').click();
    await other.reaches('pending-auto-post');
    await logIn(article, 'Google', 'Tina Two');
    await expect.poll(() => stored(stage, 'In two tabs')).toBe(1);
    const states = async () =>
      Promise.all([article, other].map(({ host }) => host.getAttribute('data-state')));
    await expect.poll(async () => (await states()).sort()).toEqual(['comment-duplicate', 'posted']);
    expect(await stored(stage, 'In two tabs')).toBe(1);
    // And never again by itself: the tab that came second has kept its text, as it keeps whatever is refused.
    const again = await visit(other.page, article.url);
    await again.comment('In two tabs').waitFor();
    await again.page.waitForLoadState('networkidle');
    expect(await stored(stage, 'In two tabs')).toBe(1);
  });
});

describe('without a network', () => {
  it('what is posted waits and is posted once when it is back', async () => {
    const article = await typed('Through a tunnel');
    await article.page.context().setOffline(true);
    await article.button('Post Comment').click();
    await article.reaches('offline-retry');
    expect(await unread(article)).toBe('Through a tunnel');
    await article.page.context().setOffline(false);
    await article.reaches('posted');
    expect(await stored(stage, 'Through a tunnel')).toBe(1);
  });

  it('a sign-in that finds no service keeps the text, and the next one posts it once', async () => {
    const article = await pressed('In spite of it all');
    await stage.takeDown();
    try {
      await Promise.all([article.page.waitForEvent('popup'), article.button('Google').click()]);
      await article.reaches('connecting');
      await article.button('Cancel').click();
      expect(await unread(article)).toBe('In spite of it all');
    } finally {
      await stage.bringBack();
    }
    await article.button('Post Comment').click();
    // Now the service goes when the window has its code, and the page would redeem it.
    await article.page.route('**/session', (route) => route.abort());
    await logIn(article, 'Google', 'Olga Offline');
    await article.reaches('login-failed');
    expect(await unread(article)).toBe('In spite of it all');
    await article.page.unroute('**/session');
    // The service knows them by now.
    const [popup] = await Promise.all([article.page.waitForEvent('popup'), article.button('Google').click()]);
    await popup.getByRole('button', { name: 'Continue as Olga Offline' }).click();
    await article.reaches('posted');
    expect(await stored(stage, 'In spite of it all')).toBe(1);
  });

  it('more comments come when they are asked for again, each once', async () => {
    const url = addressOf(stage);
    const texts = Array.from({ length: 37 }, (_, n) => `remark ${n}`);
    for (const text of texts) await say(stage, bo, url, text);
    const article = await openArticle(browser, url);
    // What can go on loading has loaded.
    await article.text.focus();
    await article.button('Google').waitFor();
    await article.page.context().setOffline(true);
    await article.button('Show more comments').click();
    await article.button('Try again').waitFor();
    await article.page.context().setOffline(false);
    await article.button('Try again').click();
    await article.comment('remark 36').waitFor();
    expect(await textsIn(article.host.locator('article .body'))).toEqual(texts);
  });

  it('a button whose code has yet to load says so, and does it when pressed again', async () => {
    const url = addressOf(stage);
    await say(stage, bo, url, 'Bo was first');
    const article = await openArticle(browser, url);
    await article.page.context().setOffline(true);
    await article.button(/^Vote up/).click();
    await article.comment('Bo was first').getByText('Comments cannot be reached just now.').waitFor();
    await article.page.context().setOffline(false);
    await article.button(/^Vote up/).click();
    await article.reaches('chooser-required');
  });
});

describe('a tab that dies', () => {
  it('while its reader types leaves the text', async () => {
    const article = await typed('Half a senten');
    const context = article.page.context();
    const session = await context.newCDPSession(article.page);
    const crashed = article.page.waitForEvent('crash');
    void session.send('Page.crash').catch(() => {});
    await crashed;
    const again = await visit(await context.newPage(), article.url);
    expect(await unread(again)).toBe('Half a senten');
    expect(await stored(stage, 'Half a senten')).toBe(0);
  });

  it.each(['before', 'after'])('while it posts, %s the comment arrived, posts it once', async (when) => {
    const text = `Dying ${when} it`;
    const article = await typed(text);
    const { page } = article;
    const context = page.context();
    const closed = new Promise<void>((resolve, reject) => {
      void page.route(POSTS, async (route) => {
        if (when === 'after') await route.fetch();
        await page.close({ runBeforeUnload: false }).then(resolve, reject);
      });
    });
    await article.button('Post Comment').click();
    await closed;
    expect(await stored(stage, text)).toBe(when === 'after' ? 1 : 0);
    // Comes back, and goes on by itself: it was to be posted.
    const again = await visit(await context.newPage(), article.url);
    await again.reaches('posted');
    expect(await again.comment(text).count()).toBe(1);
    expect(await stored(stage, text)).toBe(1);
  });
});

/** At the provider, and back. */
async function finish(popup: Page, name: string): Promise<void> {
  await allow(popup, name);
  await popup.getByRole('button', { name: `Continue as ${name}` }).click();
}
