/**
 * The reply box in a real Chromium, one test for each state it can be in, and for what must never happen to a text.
 * Signing in has a file of its own (sign-in.test.ts); here readers bring their session along.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { type Article, addressOf, openArticle, say, signedIn, visit } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';
import type { Reader } from '../support/world.ts';

let stage: Stage;
let browser: TestBrowser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await stage.end();
});
beforeEach(async () => {
  await stage.world.pool.query('delete from rate_limits');
});

const SITE = 'gazette';

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

async function countOf(url: string): Promise<number> {
  const { json } = await stage.world.call('GET', `${SITE}/thread?key=${encodeURIComponent(`url:${url}`)}`);
  return json.thread.commentCount;
}

/** What screen readers were told last. */
const told = ({ host }: Article) => host.getByRole('status').textContent();

const focused = (page: Page) =>
  page.evaluate(() => {
    const node = document.querySelector('parley-comments')?.shadowRoot?.activeElement;
    return node?.id || node?.textContent || node?.localName;
  });

describe('the states of the reply box', () => {
  it('COLLAPSED: a heading and one line to write in, nothing else', async () => {
    const article = await openArticle(browser, addressOf(stage));
    await article.reaches('collapsed');
    expect(await article.host.getByRole('heading', { name: 'Leave a Reply' }).isVisible()).toBe(true);
    expect(await article.text.getAttribute('placeholder')).toBe('Enter your comment here…');
    expect(await article.button('Post Comment').isVisible()).toBe(false);
  });

  it('CHOOSER_REQUIRED: who is not signed in gets the accounts to choose from when the text is focused', async () => {
    const article = await openArticle(browser, addressOf(stage));
    await article.text.focus();
    await article.reaches('chooser-required');
    const group = article.host.getByRole('group', {
      name: 'Please log in using one of these methods to post your comment:',
    });
    await expect
      .poll(() => group.getByRole('button').allTextContents())
      .toEqual(['WordPress.com', 'Google', 'Twitter', 'Facebook', 'GitHub']);
    expect(await told(article)).toContain('Please log in');
    // Pressing Post asks for the account and keeps the text.
    await article.text.fill('Written before anybody asked who I am');
    await article.button('Post Comment').click();
    expect(await focused(article.page)).toBe('WordPress.com');
    expect(await article.text.inputValue()).toBe('Written before anybody asked who I am');
  });

  it('LOGGED_IN: says who comments by which account, with Log Out and Change', async () => {
    const article = await openAs('Ada');
    await article.text.focus();
    await article.reaches('logged-in');
    const identity = article.host.locator('[part=identity]');
    expect(await identity.textContent()).toContain(
      'Ada: You are commenting using your Google account. (Log Out / Change)',
    );
  });

  it('LOGGED_IN: Change offers the accounts and keeps the session until another one is there', async () => {
    const article = await openAs('Ada');
    await article.text.focus();
    await article.button('Change').click();
    await article.shows('Choose the account to comment with:');
    await article.shows(/To use another account of .*Twitter, please change it there first/);
    await article.button('Cancel').click();
    await article.reaches('logged-in');
    const { reader } = article;
    const called = await stage.world.call('GET', `${SITE}/me`, {
      as: reader,
      headers: { Origin: stage.gazette.url },
    });
    expect(called.status).toBe(200);
  });

  it('LOGGED_IN: Log Out ends the session on the service, too', async () => {
    const article = await openAs('Ada');
    await article.text.fill('Still here');
    await article.button('Log Out').click();
    await article.reaches('chooser-required');
    const called = await stage.world.call('GET', `${SITE}/me`, {
      as: article.reader,
      headers: { Origin: stage.gazette.url },
    });
    expect(called.slug).toBe('session-expired');
    expect(await article.text.inputValue()).toBe('Still here');
  });

  it('LOGGED_IN: a log-out that the service did not hear of is not shown as one', async () => {
    const article = await openAs('Ada');
    await article.text.focus();
    await article.page.route('**/session', (route) => route.abort());
    await article.button('Log Out').click();
    await article.reaches('server-error');
    expect(await article.host.locator('[part=identity]').isVisible()).toBe(true);
  });

  it('REPLYING: the box moves under the comment, names its author, and moves back', async () => {
    const url = addressOf(stage);
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    await say(stage, bo, url, 'First!');
    const article = await openAs('Ada', url);
    await article.button('Reply to Bo').click();
    await article.reaches('logged-in');
    expect(await article.host.getAttribute('data-replying')).toBe('');
    expect(await article.host.getByRole('heading', { name: 'Leave a Reply to Bo' }).isVisible()).toBe(true);
    expect(await article.host.locator('li .box').count()).toBe(1);
    expect(await focused(article.page)).toBe('textarea');
    await article.button('Cancel reply').click();
    expect(await article.host.getAttribute('data-replying')).toBeNull();
    expect(await article.host.locator('li .box').count()).toBe(0);
    expect(await focused(article.page)).toBe('Reply');
  });

  it('REPLYING: what is posted stands below its parent and has the focus', async () => {
    const url = addressOf(stage);
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    await say(stage, bo, url, 'Anybody there?');
    const article = await openAs('Ada', url);
    await article.button('Reply to Bo').click();
    await article.page.keyboard.type('Yes');
    await article.page.keyboard.press('Control+Enter');
    await article.reaches('posted');
    const reply = article.host.locator('li li').getByRole('article');
    expect(await reply.textContent()).toContain('Yes');
    expect(await focused(article.page)).toMatch(/^comment-\d+$/);
    expect(await article.host.getByRole('heading', { name: '2 Comments' }).isVisible()).toBe(true);
  });

  it('INVALID: an empty comment is asked for, a long one is said by how much', async () => {
    const article = await openAs('Ada');
    await article.text.fill('   ');
    await article.button('Post Comment').click();
    await article.reaches('invalid');
    await article.shows('Please enter a comment.');
    expect(await told(article)).toBe('Please enter a comment.');
    expect(await article.text.getAttribute('aria-invalid')).toBe('true');
    expect(await focused(article.page)).toBe('textarea');
    // Length counts code points, as on the service.
    await article.text.fill('🙂'.repeat(4_002));
    await article.reaches('logged-in');
    await article.button('Post Comment').click();
    await article.reaches('invalid');
    await article.shows('Your comment is 2 characters too long.');
    expect(await article.text.inputValue()).toHaveLength(8_004);
  });

  it('INVALID: what only the service can judge is explained in the box', async () => {
    const article = await openAs('Ada');
    await article.text.fill('https://a.example '.repeat(11));
    await article.button('Post Comment').click();
    await article.reaches('invalid');
    await article.shows('Your comment has too many links. Please remove some.');
  });

  it('SUBMITTING: says so and takes no second press', async () => {
    const article = await openAs('Ada');
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await article.page.route('**/comments', async (route) => {
      await held;
      await route.continue();
    });
    await article.text.fill('One press');
    await article.button('Post Comment').click();
    await article.reaches('submitting');
    expect(await article.button('Posting Comment…').isDisabled()).toBe(true);
    expect(await told(article)).toBe('Posting Comment…');
    await article.text.press('Control+Enter');
    release();
    await article.reaches('posted');
    expect(await countOf(article.url)).toBe(1);
  });

  it('POSTED: the comment is in its place, the box is empty, and a reload brings no text back', async () => {
    const article = await openAs('Ada');
    await article.text.fill('Good *morning*');
    await article.button('Post Comment').click();
    await article.reaches('posted');
    await article.comment('Good morning').waitFor();
    expect(await article.text.inputValue()).toBe('');
    expect(await told(article)).toBe('Your comment was posted.');
    const again = await visit(article.page, article.url);
    await again.reaches('collapsed');
    await again.comment('Good morning').waitFor();
  });

  it('POSTED_PENDING: its author alone sees the comment, with the sentence', async () => {
    await stage.world.settings({ moderation: 'all' });
    try {
      const article = await openAs('Ada');
      await article.text.fill('Wait for me');
      await article.button('Post Comment').click();
      await article.reaches('posted-pending');
      const own = article.comment('Wait for me');
      await own.getByText('Your comment is awaiting moderation.').waitFor();
      const again = await visit(article.page, article.url);
      await again.comment('Wait for me').getByText('Your comment is awaiting moderation.').waitFor();
      const stranger = await openArticle(browser, article.url);
      expect(await stranger.comment('Wait for me').count()).toBe(0);
      const { rows } = await stage.world.pool.query(
        "select id from comments where raw = 'Wait for me' and site_id = 'gazette'",
      );
      await decideComment(stage.world.db, SITE, { commentId: rows[0].id, status: 'published' }, new Date());
      await (await visit(stranger.page, article.url)).comment('Wait for me').waitFor();
    } finally {
      await stage.world.settings({ moderation: 'none' });
    }
  });

  it('SERVER_ERROR: with the service down the text is kept, and Try again posts it once it is back', async () => {
    const article = await openAs('Ada');
    await article.text.fill('Through the storm');
    await stage.takeDown();
    try {
      await article.button('Post Comment').click();
      await article.reaches('server-error');
      expect(await told(article)).toBe('Comments cannot be reached just now. Your text is kept.');
      expect(await article.text.inputValue()).toBe('Through the storm');
      expect(await focused(article.page)).toBe('Post Comment');
    } finally {
      await stage.bringBack();
    }
    await article.button('Try again').click();
    await article.reaches('posted');
    expect(await countOf(article.url)).toBe(1);
  });

  it('RATE_LIMITED: says how long to wait and keeps the text', async () => {
    await stage.world.settings({ commentsPerMinute: 1 });
    try {
      const article = await openAs('Ada');
      await article.text.fill('One');
      await article.button('Post Comment').click();
      await article.reaches('posted');
      await article.text.fill('Two');
      await article.button('Post Comment').click();
      await article.reaches('rate-limited');
      await article.shows(/please try again in \d+ seconds?/);
      expect(await article.text.inputValue()).toBe('Two');
    } finally {
      await stage.world.settings({ commentsPerMinute: 600 });
    }
  });

  it('LOGIN_EXPIRED: a session that ended while typing asks for a new one and keeps the text', async () => {
    const article = await openAs('Ada');
    await article.text.fill('Written slowly');
    await stage.world.pool.query("delete from sessions where kind = 'embed'");
    await article.button('Post Comment').click();
    await article.reaches('login-expired');
    await article.shows('Your login has expired. Please log in again');
    await article.button('Twitter').waitFor();
    expect(await article.text.inputValue()).toBe('Written slowly');
  });

  it('PARENT_REMOVED: a parent that goes while one types leaves the text to copy or to post on its own', async () => {
    const url = addressOf(stage);
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    const parent = await say(stage, bo, url, 'Soon gone');
    const article = await openAs('Ada', url);
    await article.button('Reply to Bo').click();
    await article.page.keyboard.type('My answer');
    await decideComment(stage.world.db, SITE, { commentId: parent.id, status: 'rejected' }, new Date());
    await article.button('Post Comment').click();
    await article.reaches('parent-removed');
    expect(await article.button('Copy your text').isVisible()).toBe(true);
    await article.button('Reply to the article instead').click();
    await article.reaches('logged-in');
    expect(await article.text.inputValue()).toBe('My answer');
    await article.button('Post Comment').click();
    await article.reaches('posted');
  });

  it('THREAD_CLOSED: a thread that closes while one types leaves the text to copy', async () => {
    const url = addressOf(stage);
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    await say(stage, bo, url, 'Last orders');
    const article = await openAs('Ada', url);
    await article.text.fill('One more');
    await stage.world.pool.query(
      "update threads set status = 'closed', version = version + 1 where key = $1",
      [`url:${url}`],
    );
    await article.button('Post Comment').click();
    await article.reaches('thread-closed');
    expect(await article.button('Copy your text').isVisible()).toBe(true);
    expect(await article.text.inputValue()).toBe('One more');
    // Also when the page is opened again.
    const again = await visit(article.page, url);
    await again.reaches('thread-closed');
    expect(await again.text.inputValue()).toBe('One more');
  });

  it('CLOSED: a closed thread says so and offers neither box nor replies', async () => {
    const url = addressOf(stage);
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    await say(stage, bo, url, 'Before it closed');
    await stage.world.pool.query(
      "update threads set status = 'closed', version = version + 1 where key = $1",
      [`url:${url}`],
    );
    const article = await openAs('Ada', url);
    await article.reaches('closed');
    await article.shows('Comments are closed.');
    expect(await article.text.isVisible()).toBe(false);
    expect(await article.button('Reply to Bo').count()).toBe(0);
  });

  it('BANNED: says so and leaves the text to copy', async () => {
    const article = await openAs('Bernie');
    await article.text.fill('Let me in');
    await stage.world.pool.query(
      "update memberships set banned_until = 'infinity' where user_id = $1 and site_id = 'gazette'",
      [article.reader.userId],
    );
    await article.button('Post Comment').click();
    await article.reaches('banned');
    expect(await article.button('Copy your text').isVisible()).toBe(true);
  });
});

describe('what is typed', () => {
  it('survives a reload, with the comment it answers', async () => {
    const url = addressOf(stage);
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
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

  it('is posted once when the answer is lost, the page reloaded, and Post pressed again', async () => {
    const article = await openAs('Ada');
    await article.text.fill('Once and only once');
    // The service takes it; the answer never arrives.
    await article.page.route('**/comments', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await article.button('Post Comment').click();
    await article.reaches('server-error');
    expect(await countOf(article.url)).toBe(1);
    await article.page.unroute('**/comments');
    const again = await visit(article.page, article.url);
    expect(await again.text.inputValue()).toBe('Once and only once');
    await again.button('Post Comment').click();
    await again.reaches('posted');
    expect(await countOf(article.url)).toBe(1);
    expect(await again.comment('Once and only once').count()).toBe(1);
  });

  it('and changed after a lost answer is not posted on top: the reader is told that the first one arrived', async () => {
    const article = await openAs('Ada');
    await article.text.fill('First version');
    await article.page.route('**/comments', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await article.button('Post Comment').click();
    await article.reaches('server-error');
    await article.page.unroute('**/comments');
    await article.text.fill('Second version');
    await article.button('Post Comment').click();
    await article.reaches('invalid');
    await article.shows('What you sent before has arrived.');
    await article.comment('First version').waitFor();
    expect(await countOf(article.url)).toBe(1);
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
