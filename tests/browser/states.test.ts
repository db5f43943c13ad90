/**
 * The states of the reply box in which nothing is wrong, each looked at as support/states.ts does it. Signing in,
 * refusals and one's own comments have files of their own (states-*.test.ts); how the box gets from one state to the
 * next is in reply-box.test.ts.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { addressOf, handle, openArticle, say, visit } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { listen } from '../support/heard.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { look, type OpenOptions, openIn, VARIANTS } from '../support/states.ts';

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
  await stage.world.settings({ mode: 'registered', moderation: 'none' });
  await stage.world.pool.query('delete from rate_limits');
});

const TEXT = 'What I wanted to say';
const PROVIDERS = ['WordPress.com', 'Google', 'Twitter', 'Facebook', 'GitHub'];

describe.each(VARIANTS)('in $language', (variant) => {
  const { t } = variant;
  const open = (options?: OpenOptions) => openIn(stage, browser, variant, options);
  const identity = (name: string) => `${name}: ${t.commentingAs('Google')} (${t.logOut} / ${t.change})`;

  it('LOADING: grey bars keep the place of what comes, and say that it comes', async () => {
    const page = await browser.newPage();
    await listen(page);
    const url = addressOf(stage);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/thread?*', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(url);
    const article = handle(page, url);
    await look(article, 'LOADING', { state: 'loading', hears: [] });
    // The words are in the page, where a reader comes by; nobody is interrupted with them.
    expect(await article.host.getByRole('status').textContent()).toBe(VARIANTS[0]!.t.loading);
    const before = await article.host.boundingBox();
    expect(before!.height).toBeGreaterThan(200);
    release();
    await article.reaches('collapsed');
  });

  it('COLLAPSED: a heading and one line to write in, nothing else', async () => {
    const article = await open();
    expect(await article.host.getByRole('heading', { name: t.leaveReply, exact: true }).isVisible()).toBe(
      true,
    );
    expect(await article.text.getAttribute('placeholder')).toBe(t.enterComment);
    expect(await article.button(t.post).isVisible()).toBe(false);
    // A region that is not there yet when something is said in it is not heard by every screen reader.
    expect(
      await article.host.evaluate(
        ({ shadowRoot }) => getComputedStyle(shadowRoot!.querySelector('[role=status]')!).display,
      ),
    ).not.toBe('none');
    await look(article, 'COLLAPSED', { state: 'collapsed', hears: [] });
  });

  it('EXPANDED.GUEST: fields for e-mail, name and website, and the accounts; nothing is required', async () => {
    await stage.world.settings({ mode: 'open' });
    const article = await open();
    await article.text.focus();
    await look(article, 'EXPANDED.GUEST', {
      state: 'guest',
      shows: [t.fillIn, t.neverPublic],
      hears: [t.fillIn],
      ways: [...PROVIDERS, t.website, t.post],
    });
    const fields = article.host.getByRole('textbox');
    expect(await fields.count()).toBe(4);
    for (const [name, type] of [
      [t.email, 'email'],
      [t.name, 'text'],
      [t.website, 'text'],
    ] as const) {
      const field = article.host.getByLabel(name);
      expect(await field.getAttribute('type')).toBe(type);
      expect(await field.getAttribute('aria-required')).toBe('false');
    }
  });

  it('EXPANDED.GUEST: where the site asks for them, e-mail and name are required and say so', async () => {
    await stage.world.settings({ mode: 'open-required' });
    const article = await open();
    await article.text.fill(TEXT);
    await look(article, 'EXPANDED.GUEST required', {
      state: 'guest',
      shows: [t.fillIn, `(${t.required})`, `(${t.neverPublic})`],
      hears: [t.fillIn],
      text: TEXT,
      ways: ['Google', /\) \(/, t.website, t.post],
    });
    expect(await article.host.getByLabel(t.email).getAttribute('aria-required')).toBe('true');
    expect(await article.host.getByLabel(t.name).getAttribute('aria-required')).toBe('true');
    expect(await article.host.getByLabel(t.website).getAttribute('aria-required')).toBe('false');
  });

  it('CHOOSER_REQUIRED: who is not signed in gets the accounts to choose from when the text is focused', async () => {
    const article = await open();
    await article.text.focus();
    await article.reaches('chooser-required');
    const group = article.host.getByRole('group', { name: t.choose });
    await expect.poll(() => group.getByRole('button').allTextContents()).toEqual(PROVIDERS);
    await look(article, 'CHOOSER_REQUIRED', {
      state: 'chooser-required',
      shows: [t.choose],
      hears: [t.choose],
      ways: PROVIDERS,
    });
  });

  it('LOGGED_IN: says who comments by which account, with Log Out and Change', async () => {
    const article = await open({ as: 'Ada' });
    await article.text.fill(TEXT);
    await look(article, 'LOGGED_IN', {
      state: 'logged-in',
      shows: [t.commentingAs('Google')],
      hears: [identity('Ada')],
      text: TEXT,
      ways: [t.logOut, t.change, t.post],
    });
    expect(await article.host.getByRole('button', { name: 'Google' }).count()).toBe(0);
  });

  it('LOGGED_IN: a guest is named as one', async () => {
    await stage.world.settings({ mode: 'open' });
    const article = await open();
    await article.text.fill('A first word');
    await article.host.getByLabel(t.name).fill('Guy');
    await article.button(t.post).click();
    await article.reaches('posted');
    await article.text.fill(TEXT);
    const said = `Guy: ${t.commentingAsGuest} (${t.logOut} / ${t.change})`;
    await look(article, 'LOGGED_IN guest', {
      state: 'logged-in',
      shows: [t.commentingAsGuest],
      hears: [t.fillIn, said, t.posting, t.posted, said],
      text: TEXT,
      ways: [t.logOut, t.change, t.post],
    });
  });

  it('REPLYING: the box stands below the comment and names its author', async () => {
    const url = addressOf(stage);
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    await say(stage, bo, url, 'Anybody there?');
    const article = await open({ as: 'Ada', url });
    await article.button(t.replyTo('Bo')).click();
    await article.page.keyboard.type(TEXT);
    await look(article, 'REPLYING', {
      state: 'logged-in',
      shows: [t.leaveReplyTo('Bo'), t.cancelReply],
      hears: [identity('Ada')],
      text: TEXT,
      ways: [t.logOut, t.post, t.cancelReply],
    });
    expect(await article.host.locator('.slot .box').count()).toBe(1);
    expect(await article.host.locator('li .box').count()).toBe(1);
  });

  it('INVALID(comment): an empty comment is asked for, where the text belongs', async () => {
    const article = await open({ as: 'Ada' });
    await article.text.fill('   ');
    await article.button(t.post).click();
    await look(article, 'INVALID(comment)', {
      state: 'invalid',
      shows: [t.empty],
      hears: [identity('Ada'), t.empty],
      text: '   ',
      ways: [t.post],
    });
    expect(await article.text.getAttribute('aria-invalid')).toBe('true');
    expect(await article.host.evaluate(describedBy)).toBe(t.empty);
  });

  it('INVALID(comment): a long one is said by how much; length counts code points, as on the service', async () => {
    const article = await open({ as: 'Ada' });
    await article.text.fill('🙂'.repeat(4_002));
    await article.button(t.post).click();
    await article.reaches('invalid');
    await article.shows(t.tooLong(2));
    expect(await article.text.inputValue()).toHaveLength(8_004);
    expect(await focusedPart(article.page)).toBe('textarea');
  });

  it('INVALID(email): a missing address is asked for in its field, then a wrong one', async () => {
    await stage.world.settings({ mode: 'open-required' });
    const article = await open();
    await article.text.fill(TEXT);
    await article.button('Google').waitFor();
    await article.button(t.post).click();
    await look(article, 'INVALID(email)', {
      state: 'invalid',
      shows: [t['email-missing']],
      hears: [t.fillIn, t['email-missing']],
      text: TEXT,
      ways: [t.post],
    });
    const field = article.host.getByLabel(t.email);
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    // Of the text nothing is said that is not so.
    expect(await article.text.getAttribute('aria-invalid')).not.toBe('true');
    await field.fill('nobody');
    await article.host.getByLabel(t.name).fill('Guy');
    expect(await field.getAttribute('aria-invalid')).not.toBe('true');
    await article.button(t.post).click();
    await article.shows(t['email-invalid']);
    expect(await focusedPart(article.page)).toBe('email');
    // What a browser lets pass, the service may not.
    await field.fill('guy@localhost');
    await article.button(t.post).click();
    await article.shows(t['email-invalid']);
    expect(await article.text.inputValue()).toBe(TEXT);
  });

  it('INVALID(name): a missing name is asked for in its field', async () => {
    await stage.world.settings({ mode: 'open-required' });
    const article = await open();
    await article.text.fill(TEXT);
    await article.host.getByLabel(t.email).fill('guy@elsewhere.example');
    await article.button(t.post).click();
    await look(article, 'INVALID(name)', {
      state: 'invalid',
      shows: [t['name-missing']],
      hears: [t.fillIn, t['name-missing']],
      text: TEXT,
      ways: [t.post],
    });
    expect(await article.host.getByLabel(t.name).getAttribute('aria-invalid')).toBe('true');
    await article.host.getByLabel(t.name).fill('Guy');
    await article.button(t.post).click();
    await article.reaches('posted');
  });

  it('INVALID(website): what is no web address is asked for again in its field', async () => {
    await stage.world.settings({ mode: 'open' });
    const article = await open();
    await article.text.fill(TEXT);
    await article.host.getByLabel(t.website).fill('javascript:alert(1)');
    await article.button(t.post).click();
    await look(article, 'INVALID(website)', {
      state: 'invalid',
      shows: [t['website-invalid']],
      hears: [t.fillIn, t['website-invalid']],
      text: TEXT,
      ways: [t.post],
    });
    expect(await article.host.getByLabel(t.website).getAttribute('aria-invalid')).toBe('true');
  });

  it('SUBMITTING: says so, keeps the text as it is sent, and takes no second press', async () => {
    const article = await open({ as: 'Ada' });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await article.page.route('**/comments', async (route) => {
      await held;
      await route.continue();
    });
    await article.text.fill(TEXT);
    await article.button(t.post).click();
    await look(article, 'SUBMITTING', {
      state: 'submitting',
      shows: [t.posting],
      hears: [identity('Ada'), t.posting],
      text: TEXT,
      ways: [t.posting],
    });
    expect(await article.button(t.posting).isDisabled()).toBe(true);
    expect(await article.text.isEditable()).toBe(false);
    await article.text.press('Control+Enter');
    release();
    await article.reaches('posted');
    const { json } = await stage.world.call(
      'GET',
      `gazette/thread?key=${encodeURIComponent(`url:${article.url}`)}`,
    );
    expect(json.thread.commentCount).toBe(1);
  });

  it('POSTED_APPROVED: the comment is in its place, the box is empty, and a reload brings no text back', async () => {
    const article = await open({ as: 'Ada' });
    await article.text.fill('Good *morning*');
    await article.button(t.post).click();
    await article.comment('Good morning').waitFor();
    expect(await focusedPart(article.page)).toMatch(/^comment-\d+$/);
    await look(article, 'POSTED_APPROVED', {
      state: 'posted',
      shows: ['Good morning', t.posted],
      hears: [identity('Ada'), t.posting, t.posted],
      text: '',
      ways: [t.edit, t.delete],
    });
    const again = await visit(article.page, article.url);
    await again.reaches('collapsed');
    await again.comment('Good morning').waitFor();
    expect(await again.text.inputValue()).toBe('');
  });

  it('POSTED_PENDING: its author alone sees the comment, with the sentence, until it is approved', async () => {
    await stage.world.settings({ moderation: 'all' });
    const article = await open({ as: 'Ada' });
    const words = `Wait for me, in ${variant.language}`;
    await article.text.fill(words);
    await article.button(t.post).click();
    await article.reaches('posted-pending');
    await article.comment(words).getByText(t.awaiting).waitFor();
    await look(article, 'POSTED_PENDING', {
      state: 'posted-pending',
      shows: [words, t.awaiting],
      hears: [identity('Ada'), t.posting, t.awaiting],
      text: '',
      ways: [t.edit, t.delete],
    });
    const again = await visit(article.page, article.url);
    await again.comment(words).getByText(t.awaiting).waitFor();
    const stranger = await openArticle(browser, article.url);
    expect(await stranger.comment(words).count()).toBe(0);
    const { rows } = await stage.world.pool.query(
      "select id from comments where raw = $1 and site_id = 'gazette'",
      [words],
    );
    await decideComment(
      stage.world.db,
      'gazette',
      { commentId: rows[0].id, status: 'published' },
      new Date(),
    );
    await (await visit(stranger.page, article.url)).comment(words).waitFor();
  });

  it('CLOSED: a thread that is closed says so and offers neither box nor replies', async () => {
    const url = addressOf(stage);
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    await say(stage, bo, url, 'Before it closed');
    await stage.world.pool.query(
      "update threads set status = 'closed', version = version + 1 where key = $1 and site_id = 'gazette'",
      [`url:${url}`],
    );
    const article = await open({ as: 'Ada', url });
    await article.comment('Before it closed').waitFor();
    await look(article, 'CLOSED', { state: 'closed', shows: [t.closed], hears: [t.closed] });
    expect(await article.text.isVisible()).toBe(false);
    expect(await article.button(t.post).isVisible()).toBe(false);
    expect(await article.button(t.replyTo('Bo')).count()).toBe(0);
  });

  it('CLOSED: where a site takes no comments, no thread has a box', async () => {
    const url = addressOf(stage);
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    await say(stage, bo, url, 'Said in time');
    await stage.world.settings({ mode: 'closed' });
    const article = await open({ url });
    await article.reaches('closed');
    await article.shows(t.closed);
    expect(await article.text.isVisible()).toBe(false);
    expect(await article.button(t.replyTo('Bo')).count()).toBe(0);
    const fresh = await open();
    await fresh.reaches('closed');
  });
});

/** What describes the text to a screen reader. */
const describedBy = ({ shadowRoot }: Element) => {
  const text = shadowRoot!.querySelector('.box textarea')!;
  return shadowRoot!.getElementById(text.getAttribute('aria-describedby')!)?.textContent;
};

const focusedPart = (page: Page) =>
  page.evaluate(() => {
    const node = document.querySelector('parley-comments')?.shadowRoot?.activeElement as HTMLInputElement;
    return node?.id || (node?.localName === 'input' ? node.type : node?.localName);
  });
