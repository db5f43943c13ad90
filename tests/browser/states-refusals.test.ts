/**
 * The states of the reply box after the service refused a comment or could not be asked, each looked at as
 * support/states.ts does it. Every way out leaves the text where it was, or to be copied.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { type Article, addressOf, say, visit } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { look, type OpenOptions, openIn, VARIANTS } from '../support/states.ts';
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
  await stage.world.settings({ mode: 'registered', commentsPerMinute: 600 });
  await stage.world.pool.query('delete from rate_limits');
});

const TEXT = 'What I wanted to say';

describe.each(VARIANTS)('in $language', (variant) => {
  const { t } = variant;
  const identity = (name: string) => `${name}: ${t.commentingAs('Google')} (${t.logOut} / ${t.change})`;
  /** What is heard when Ada writes and posts. */
  const sending = [identity('Ada'), t.posting];

  async function typed(options: OpenOptions = {}): Promise<Article & { reader: Reader }> {
    const article = await openIn(stage, browser, variant, { as: 'Ada', ...options });
    await article.text.fill(TEXT);
    return article;
  }

  async function countOf({ url }: Article): Promise<number> {
    const { json } = await stage.world.call('GET', `gazette/thread?key=${encodeURIComponent(`url:${url}`)}`);
    return json.thread.commentCount;
  }

  async function close(url: string): Promise<void> {
    await stage.world.pool.query(
      "update threads set status = 'closed', version = version + 1 where key = $1 and site_id = 'gazette'",
      [`url:${url}`],
    );
  }

  async function ban({ userId }: Reader, until: string): Promise<void> {
    await stage.world.pool.query(
      "update memberships set banned_until = $2 where user_id = $1 and site_id = 'gazette'",
      [userId, until],
    );
  }

  it('SERVER_ERROR: what nobody foresaw is said as that, and Try again sends the text', async () => {
    const article = await typed();
    await stage.world.pool.query(
      `alter table comments add constraint broken check (raw <> '${TEXT}') not valid`,
    );
    try {
      await article.button(t.post).click();
      await look(article, 'SERVER_ERROR', {
        state: 'server-error',
        shows: [t.failed],
        hears: [...sending, t.failed],
        text: TEXT,
        ways: [t.retry],
      });
    } finally {
      await stage.world.pool.query('alter table comments drop constraint broken');
    }
    await article.button(t.retry).click();
    await article.reaches('posted');
    expect(await countOf(article)).toBe(1);
  });

  it('SERVER_ERROR: a log-out that the service did not hear of is not shown as one', async () => {
    const article = await typed();
    await article.page.route('**/session', (route) => route.abort());
    await article.button(t.logOut).click();
    await look(article, 'SERVER_ERROR log-out', {
      state: 'server-error',
      shows: [t.unavailable, t.commentingAs('Google')],
      hears: [identity('Ada'), t.unavailable],
      text: TEXT,
      ways: [t.logOut],
    });
  });

  it('OFFLINE_RETRY: with the service down the text is kept, and sent by itself, once, when it is back', async () => {
    const article = await typed({ prepare: (page) => page.clock.install() });
    // What the page asks for by itself has come.
    await article.page.waitForLoadState('networkidle');
    await stage.takeDown();
    try {
      await article.button(t.post).click();
      await look(article, 'OFFLINE_RETRY', {
        state: 'offline-retry',
        shows: [t['offline-retry']],
        hears: [...sending, t['offline-retry']],
        text: TEXT,
        ways: [t.retry],
      });
    } finally {
      await stage.bringBack();
    }
    await article.page.clock.runFor('01:00');
    await article.reaches('posted');
    expect(await countOf(article)).toBe(1);
    expect(await article.text.inputValue()).toBe('');
  });

  it('RATE_LIMITED: counts the seconds to the eye alone, and says when it is time', async () => {
    await stage.world.settings({ commentsPerMinute: 1 });
    const article = await typed({ prepare: (page) => page.clock.install() });
    await say(stage, article.reader, addressOf(stage), 'One');
    await article.button(t.post).click();
    await article.reaches('rate-limited');
    const heard = await article.page.evaluate(() => (window as unknown as { heard: string[] }).heard);
    const waits = Array.from({ length: 60 }, (_, n) => t.waitSeconds(n + 1));
    expect(waits).toContain(heard.at(-1));
    await look(article, 'RATE_LIMITED', {
      state: 'rate-limited',
      hears: [...sending, heard.at(-1)!],
      text: TEXT,
      ways: [t.post],
    });
    const message = article.host.locator('#message');
    const before = waits.indexOf((await message.textContent())!);
    expect(before).toBeGreaterThan(5);
    await article.page.clock.runFor(3_000);
    await expect
      .poll(async () => waits.indexOf((await message.textContent())!))
      .toBeLessThanOrEqual(before - 3);
    await article.page.clock.runFor('01:00');
    await look(article, 'RATE_LIMITED over', {
      state: 'logged-in',
      shows: [t.waitOver],
      hears: [t.waitOver],
      text: TEXT,
      ways: [t.post],
    });
  });

  it('DUPLICATE: what was said already is not said twice, and can be shown', async () => {
    const article = await typed();
    await say(stage, article.reader, article.url, TEXT);
    await article.button(t.post).click();
    await look(article, 'DUPLICATE', {
      state: 'comment-duplicate',
      shows: [t['comment-duplicate']],
      hears: [...sending, t['comment-duplicate']],
      text: TEXT,
      ways: [t.showIt],
    });
    await article.button(t.showIt).click();
    const comment = article.comment(TEXT);
    await comment.waitFor();
    await expect.poll(() => comment.evaluate((node) => node.matches(':focus'))).toBe(true);
  });

  it('REJECTED(reason): what only the service can judge is explained in the box', async () => {
    const article = await typed();
    const links = 'https://a.example '.repeat(11);
    await article.text.fill(links);
    await article.button(t.post).click();
    await look(article, 'REJECTED(reason)', {
      state: 'invalid',
      shows: [t['too-many-links']],
      hears: [...sending, t['too-many-links']],
      text: links,
      ways: [t.post],
    });
  });

  it('BANNED(until): says until when, and leaves the text to copy', async () => {
    const article = await typed({ as: 'Bernie' });
    const until = new Date(Date.now() + 3 * 86_400_000).toISOString();
    await ban(article.reader, until);
    await article.button(t.post).click();
    const date = await article.page.evaluate(
      ([until, lang]) => new Date(until!).toLocaleString(lang, { dateStyle: 'long', timeStyle: 'short' }),
      [until, t.lang],
    );
    await look(article, 'BANNED(until)', {
      state: 'banned',
      shows: [t.bannedUntil(date)],
      hears: [identity('Bernie'), t.posting, t.bannedUntil(date)],
      text: TEXT,
      ways: [t.copy],
    });
  });

  it('BANNED: for ever, there is no date to wait for', async () => {
    const article = await typed({ as: 'Bea' });
    await ban(article.reader, 'infinity');
    await article.button(t.post).click();
    await look(article, 'BANNED for ever', {
      state: 'banned',
      shows: [t.banned],
      hears: [identity('Bea'), t.posting, t.banned],
      text: TEXT,
      ways: [t.copy],
    });
    await article.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await article.button(t.copy).click();
    expect(await article.page.evaluate(() => navigator.clipboard.readText())).toBe(TEXT);
    await expect.poll(() => article.host.getByRole('status').last().textContent()).toBe(t.copied);
  });

  it('THREAD_CLOSED_WHILE_TYPING: leaves the text to copy, also when the page is opened again', async () => {
    const url = addressOf(stage);
    await say(stage, bo, url, 'Last orders');
    const article = await typed({ url });
    await close(url);
    await article.button(t.post).click();
    await look(article, 'THREAD_CLOSED_WHILE_TYPING', {
      state: 'thread-closed',
      shows: [t['thread-closed']],
      hears: [...sending, t['thread-closed']],
      text: TEXT,
      ways: [t.copy],
    });
    expect(await article.text.isEditable()).toBe(false);
    // Nothing is offered any more that would be refused.
    for (const name of [t.post, t.formatting, t.replyTo('Bo')])
      expect(await article.button(name).isVisible()).toBe(false);
    const again = await visit(article.page, url);
    await again.reaches('thread-closed');
    await again.button(t.copy).waitFor();
    expect(await again.text.inputValue()).toBe(TEXT);
  });

  it('PARENT_DELETED_WHILE_TYPING: the answer may be copied, or stand on its own', async () => {
    const url = addressOf(stage);
    const parent = await say(stage, bo, url, 'Soon gone');
    const article = await openIn(stage, browser, variant, { as: 'Ada', url });
    await article.button(t.replyTo('Bo')).click();
    await article.text.fill(TEXT);
    await decideComment(stage.world.db, 'gazette', { commentId: parent.id, status: 'rejected' }, new Date());
    await article.button(t.post).click();
    await look(article, 'PARENT_DELETED_WHILE_TYPING', {
      state: 'parent-removed',
      shows: [t['parent-removed']],
      hears: [...sending, t['parent-removed']],
      text: TEXT,
      ways: [t.postToArticle, t.copy],
    });
    await article.button(t.postToArticle).click();
    await article.reaches('logged-in');
    expect(await article.host.locator('.slot .box').count()).toBe(0);
    expect(await article.text.inputValue()).toBe(TEXT);
    await article.button(t.post).click();
    await article.reaches('posted');
  });

  it('GUESTS_OFF: a guest of a site that takes none any more is asked to sign in', async () => {
    await stage.world.settings({ mode: 'open' });
    const article = await openIn(stage, browser, variant);
    await article.text.fill('As long as I may');
    await article.host.getByLabel(t.name).fill('Guy');
    await article.button(t.post).click();
    await article.reaches('posted');
    await article.text.fill(TEXT);
    await stage.world.settings({ mode: 'registered' });
    await article.button(t.post).click();
    await look(article, 'GUESTS_OFF', {
      state: 'chooser-required',
      shows: [t['guests-off']],
      hears: [
        t.fillIn,
        `Guy: ${t.commentingAsGuest} (${t.logOut} / ${t.change})`,
        t.posting,
        t.posted,
        `Guy: ${t.commentingAsGuest} (${t.logOut} / ${t.change})`,
        t.posting,
        t['guests-off'],
      ],
      text: TEXT,
      ways: ['Google'],
    });
    expect(await article.host.getByLabel(t.name).count()).toBe(0);
    await article.button(t.post).click();
    await article.reaches('pending-auto-post');
  });
});
