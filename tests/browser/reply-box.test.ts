/**
 * The reply box in a real Chromium: how it gets from one state to the next, and what must never happen to a text. What
 * each state looks and sounds like is in states*.test.ts, signing in in sign-in.test.ts, what comes between Post and
 * the comment in auto-post.test.ts. Readers bring their session along.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Article,
  addressOf,
  choose,
  logIn,
  openArticle,
  say,
  signedIn,
  visit,
} from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';
import type { Reader } from '../support/world.ts';

let stage: Stage;
let browser: TestBrowser;
let bo: Reader;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
  bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
});
afterAll(async () => {
  await browser.close();
  await stage.end();
});
beforeEach(async () => {
  await stage.world.settings({ mode: 'registered' });
  await stage.world.pool.query('delete from rate_limits');
});

const SITE = 'gazette';
const TEXT = 'What I wanted to say';

/** An article opened by a reader who has a session. */
async function openAs(name: string, url = addressOf(stage)): Promise<Article & { reader: Reader }> {
  let reader: Reader | undefined;
  const article = await openArticle(browser, url, {
    prepare: async (page) => {
      reader = await signedIn(stage, page, name);
    },
  });
  return { ...article, reader: reader! };
}

/** An article of a site that takes guests, with a text typed and everything offered. */
async function openToGuests(mode: 'open' | 'open-required' = 'open'): Promise<Article> {
  await stage.world.settings({ mode });
  const article = await openArticle(browser, addressOf(stage));
  await article.text.fill(TEXT);
  await article.host.getByLabel('Name').waitFor();
  return article;
}

async function countOf(url: string): Promise<number> {
  const { json } = await stage.world.call('GET', `${SITE}/thread?key=${encodeURIComponent(`url:${url}`)}`);
  return json.thread.commentCount;
}

async function slugOfSession({ reader }: { reader: Reader }): Promise<string | undefined> {
  const { slug } = await stage.world.call('GET', `${SITE}/me`, {
    as: reader,
    headers: { Origin: stage.gazette.url },
  });
  return slug;
}

const identityOf = ({ host }: Article) => host.locator('[part=identity]').textContent();

const focused = (page: Page) =>
  page.evaluate(() => {
    const node = document.querySelector('parley-comments')?.shadowRoot
      ?.activeElement as HTMLInputElement | null;
    const label = node?.labels?.[0]?.firstElementChild?.firstChild?.textContent;
    return node?.id || label || node?.textContent || node?.localName;
  });

describe('from a reader who is nobody yet', () => {
  it('Post asks for the account, at the first of them, and keeps the text', async () => {
    const article = await openArticle(browser, addressOf(stage));
    await article.text.fill(TEXT);
    await article.button('Google').waitFor();
    await article.button('Post Comment').click();
    await article.reaches('pending-auto-post');
    expect(await focused(article.page)).toBe('WordPress.com');
    expect(await article.text.inputValue()).toBe(TEXT);
  });

  it('Post makes a guest of who filled in the fields, and comments by that name', async () => {
    const article = await openToGuests('open-required');
    await article.host.getByLabel('Email').fill('guy@elsewhere.example');
    await article.host.getByLabel('Name').fill('Guy');
    await article.button('Post Comment').click();
    await article.reaches('posted');
    expect(await article.comment(TEXT).getAttribute('aria-label')).toBe('Comment by Guy');
    expect(await countOf(article.url)).toBe(1);
  });

  it('Post comments without a name where the site asks for none', async () => {
    const article = await openToGuests();
    await article.button('Post Comment').click();
    await article.reaches('posted');
    expect(await article.comment(TEXT).getAttribute('aria-label')).toBe('Comment by Anonymous');
  });

  it('what a guest filled in is there again at the next visit, until they log out', async () => {
    const article = await openToGuests();
    await article.host.getByLabel('Name').fill('Guy');
    await article.host.getByLabel('Website').fill('guy.example');
    const again = await visit(article.page, article.url);
    await expect.poll(() => again.host.getByLabel('Name').inputValue()).toBe('Guy');
    expect(await again.host.getByLabel('Website').inputValue()).toBe('guy.example');
    await again.button('Post Comment').click();
    await again.reaches('posted');
    await again.text.focus();
    await again.button('Log Out').click();
    await again.reaches('guest');
    expect(await again.host.getByLabel('Name').inputValue()).toBe('');
    const later = await visit(article.page, article.url);
    await later.text.focus();
    expect(await later.host.getByLabel('Name').inputValue()).toBe('');
  });

  it('CONNECTING leads a guest who cancels back to the fields, and nothing is wrong any more', async () => {
    const article = await openToGuests('open-required');
    await article.button('Post Comment').click();
    await article.reaches('invalid');
    await choose(article, 'Google');
    await article.reaches('connecting');
    expect(await article.host.getByLabel('Name').count()).toBe(0);
    await article.button('Cancel').click();
    await article.reaches('guest');
    expect(await article.host.getByLabel('Name').isVisible()).toBe(true);
    expect(await article.host.locator('#message').textContent()).toBe('');
    expect(await article.text.inputValue()).toBe(TEXT);
  });

  it('CONNECTING ends with the account, also where guests may comment', async () => {
    const article = await openToGuests();
    await logIn(article, 'Google', 'Greta');
    await article.reaches('logged-in');
    expect(await identityOf(article)).toContain('Greta: You are commenting using your Google account.');
    expect(await article.host.getByLabel('Name').count()).toBe(0);
  });

  it('Tab leads from the text to its tools, the accounts, the fields in their order, and Post', async () => {
    const article = await openToGuests();
    await article.text.focus();
    const order: (string | undefined)[] = [];
    while (order.at(-1) !== 'Post Comment' && order.length < 20) {
      await article.page.keyboard.press('Tab');
      order.push(await focused(article.page));
    }
    expect(order).toEqual([
      'Formatting',
      'Preview',
      'WordPress.com',
      'Google',
      'Twitter',
      'Facebook',
      'GitHub',
      'Email',
      'Name',
      'Website',
      'Post Comment',
    ]);
  });
});

describe('from LOGGED_IN', () => {
  it('Change offers the accounts, and keeps the session until another one is there', async () => {
    const article = await openAs('Ada');
    await article.text.focus();
    await article.button('Change').click();
    await article.shows('Choose the account to comment with:');
    await article.shows(/To use another account of .*Twitter, please change it there first/);
    await article.button('Cancel').click();
    await article.reaches('logged-in');
    expect(await slugOfSession(article)).toBeUndefined();
  });

  it('Change lets a reader comment as a guest where the site takes guests', async () => {
    await stage.world.settings({ mode: 'open' });
    const article = await openAs('Ada');
    await article.text.fill(TEXT);
    await article.button('Change').click();
    await article.reaches('guest');
    await article.host.getByLabel('Name').fill('Masked');
    await article.button('Post Comment').click();
    await article.reaches('posted');
    expect(await article.comment(TEXT).getAttribute('aria-label')).toBe('Comment by Masked');
    // Nothing joins the two: the service gave the guest a person of their own.
    const { rows } = await stage.world.pool.query(
      "select user_id from comments where site_id = 'gazette' order by id desc limit 1",
    );
    expect(Number(rows[0].user_id)).not.toBe(article.reader.userId);
  });

  it('Log Out ends the session on the service, too, and offers the accounts', async () => {
    const article = await openAs('Ada');
    await article.text.fill('Still here');
    await article.button('Log Out').click();
    await article.reaches('chooser-required');
    expect(await slugOfSession(article)).toBe('session-expired');
    expect(await article.text.inputValue()).toBe('Still here');
  });

  it.each(['Control+Enter', 'Meta+Enter'])('%s posts what stands in the text', async (keys) => {
    const article = await openAs('Ada');
    await article.text.fill(`By ${keys}`);
    await article.text.press(keys);
    await article.reaches('posted');
    expect(await countOf(article.url)).toBe(1);
  });

  it('what is wrong is no longer said once the text is changed', async () => {
    const article = await openAs('Ada');
    await article.text.fill(' ');
    await article.button('Post Comment').click();
    await article.reaches('invalid');
    expect(await focused(article.page)).toBe('textarea');
    await article.page.keyboard.type('Something');
    await article.reaches('logged-in');
    expect(await article.host.locator('#message').textContent()).toBe('');
  });
});

describe('REPLYING', () => {
  it('begins under any comment, with the text and the account kept, and Cancel reply ends it', async () => {
    const url = addressOf(stage);
    await say(stage, bo, url, 'First!');
    const cem = await stage.world.reader('Cem', { origin: stage.gazette.url });
    await say(stage, cem, url, 'Second');
    const article = await openAs('Ada', url);
    await article.text.fill(TEXT);
    for (const name of ['Bo', 'Cem']) {
      await article.button(`Reply to ${name}`).click();
      await article.reaches('logged-in');
      expect(await article.host.getByRole('heading', { name: `Leave a Reply to ${name}` }).isVisible()).toBe(
        true,
      );
      expect(await article.host.locator('li .box').count()).toBe(1);
      expect(await focused(article.page)).toBe('textarea');
    }
    await article.button('Cancel reply').click();
    expect(await article.host.locator('.slot .box').count()).toBe(0);
    expect(await article.host.locator('li .box').count()).toBe(0);
    expect(await identityOf(article)).toContain('Ada');
    expect(await article.text.inputValue()).toBe(TEXT);
    // With nothing typed the reader is where they came from.
    await article.text.fill('');
    await article.button('Reply to Bo').click();
    await article.button('Cancel reply').click();
    expect(await focused(article.page)).toBe('Reply');
  });

  it('ends with the comment below its parent, and the focus on it', async () => {
    const url = addressOf(stage);
    await say(stage, bo, url, 'Anybody there?');
    const article = await openAs('Ada', url);
    await article.button('Reply to Bo').click();
    await article.page.keyboard.type('Yes');
    await article.page.keyboard.press('Control+Enter');
    await article.reaches('posted');
    const reply = article.host.locator('li li').getByRole('article');
    expect(await reply.textContent()).toContain('Yes');
    expect(await focused(article.page)).toMatch(/^comment-\d+$/);
    expect(await article.host.locator('li .box').count()).toBe(0);
    expect(await article.host.getByRole('heading', { name: '2 Comments' }).isVisible()).toBe(true);
  });
});

describe('what is typed', () => {
  it('survives a reload, with the comment it answers', async () => {
    const url = addressOf(stage);
    await say(stage, bo, url, 'Question');
    const article = await openAs('Ada', url);
    await article.button('Reply to Bo').click();
    await article.page.keyboard.type('Half an ans');
    const again = await visit(article.page, url);
    await again.reaches('logged-in');
    expect(await again.text.inputValue()).toBe('Half an ans');
    expect(await again.host.getByRole('heading', { name: 'Leave a Reply to Bo' }).isVisible()).toBe(true);
    expect(await again.host.locator('li .box').count()).toBe(1);
  });

  it('is posted once when the answer is lost and the page reloaded: it goes on by itself', async () => {
    const article = await openAs('Ada');
    await article.text.fill('Once and only once');
    // The service takes it; the answer never arrives.
    await article.page.route('**/comments', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await article.button('Post Comment').click();
    await article.reaches('offline-retry');
    expect(await article.text.inputValue()).toBe('Once and only once');
    await article.page.unroute('**/comments');
    const again = await visit(article.page, article.url);
    await again.reaches('posted');
    expect(await countOf(article.url)).toBe(1);
    expect(await again.comment('Once and only once').count()).toBe(1);
    expect(await again.text.inputValue()).toBe('');
  });

  it('and changed after a lost answer is not posted on top: the reader is told that the first one arrived', async () => {
    const article = await openAs('Ada');
    await article.text.fill('First version');
    await article.page.route('**/comments', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await article.button('Post Comment').click();
    await article.reaches('offline-retry');
    // Who writes on is not done: nothing is sent by itself any more.
    await article.text.fill('Second version');
    await article.reaches('logged-in');
    await article.page.unroute('**/comments');
    await article.button('Post Comment').click();
    await article.reaches('invalid');
    await article.shows('What you sent before has arrived.');
    await article.comment('First version').waitFor();
    expect(await countOf(article.url)).toBe(1);
    expect(await article.text.inputValue()).toBe('Second version');
    await article.button('Post Comment').click();
    await article.reaches('posted');
    expect(await countOf(article.url)).toBe(2);
  });

  it('is not sent when the page forbids it in comment-submit, and announced when it was posted', async () => {
    const article = await openAs('Ada');
    await article.page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      document.addEventListener('comment-submit', (event) => {
        const { text } = (event as CustomEvent<{ text: string }>).detail;
        seen.push(text);
        if (text.includes('never')) event.preventDefault();
      });
      document.addEventListener('comment-posted', (event) => {
        seen.push((event as CustomEvent<{ comment: { status: string } }>).detail.comment.status);
      });
    });
    await article.text.fill('never this');
    await article.button('Post Comment').click();
    expect(await article.host.getAttribute('data-state')).toBe('logged-in');
    await article.text.fill('but this');
    await article.button('Post Comment').click();
    await article.reaches('posted');
    expect(await article.page.evaluate('window.seen')).toEqual(['never this', 'but this', 'published']);
  });
});
