/**
 * The states of the reply box on the way to a session, each looked at as support/states.ts does it. Every road that a
 * code can take is in sign-in.test.ts.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Article, addressOf, allow, choose, logIn, say } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
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
  await stage.world.pool.query('delete from rate_limits');
});

const TEXT = 'What I wanted to say';
/** An attempt lives ten minutes. */
const ATTEMPT = '10:00';

const blockPopups = (page: Page) =>
  page.addInitScript(() => {
    window.open = () => null;
  });

const denyStorage = (page: Page) =>
  page.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new DOMException('Access is denied for this document.', 'SecurityError');
      },
    });
  });

describe.each(VARIANTS)('in $language', (variant) => {
  const { t } = variant;
  const identity = (name: string) => `${name}: ${t.commentingAs('Google')} (${t.logOut} / ${t.change})`;

  /** An article with a text typed and the providers offered. */
  async function typed(options?: OpenOptions): Promise<Article> {
    const article = await openIn(stage, browser, variant, options);
    await article.text.fill(TEXT);
    await article.button('Google').waitFor();
    return article;
  }

  async function countOf({ url }: Article): Promise<number> {
    const { json } = await stage.world.call('GET', `gazette/thread?key=${encodeURIComponent(`url:${url}`)}`);
    return json.thread.commentCount;
  }

  it('CONNECTING: says to whom and what to do, and Cancel leads back', async () => {
    const article = await typed();
    const popup = await choose(article, 'Google');
    await look(article, 'CONNECTING', {
      state: 'connecting',
      shows: [t.connecting('Google'), t.finishThere],
      hears: [t.choose, t.connecting('Google')],
      text: TEXT,
      ways: [t.cancel],
    });
    expect(await article.button(t.post).isVisible()).toBe(false);
    await article.page.keyboard.press('Enter');
    await article.reaches('chooser-required');
    await expect.poll(() => popup.isClosed()).toBe(true);
  });

  it('CHANGE: another account is offered while the one before is kept, and Cancel leads back to it', async () => {
    const article = await openIn(stage, browser, variant, { as: 'Ada' });
    await article.text.fill(TEXT);
    await article.button(t.change).click();
    await look(article, 'CHANGE', {
      state: 'chooser-required',
      shows: [t.chooseOther],
      hears: [identity('Ada'), t.chooseOther],
      text: TEXT,
      ways: ['Google', t.cancel],
    });
    expect(await article.button(t.post).isVisible()).toBe(false);
    await article.page.keyboard.press('Enter');
    await article.reaches('logged-in');
  });

  it('POPUP_BLOCKED: says so when the page cannot be left either', async () => {
    const article = await typed({
      prepare: async (page) => {
        await blockPopups(page);
        await denyStorage(page);
      },
    });
    await article.button('Google').click();
    await look(article, 'POPUP_BLOCKED', {
      state: 'popup-blocked',
      shows: [t['popup-blocked'], t.notKept],
      hears: [t.choose, t['popup-blocked']],
      text: TEXT,
      ways: ['Google'],
    });
  });

  it('THIRD_PARTY_COOKIES_BLOCKED: the reader is signed in and nothing differs to the eye', async () => {
    const article = await typed();
    const sent: Promise<Record<string, string>>[] = [];
    article.page.on('request', (request) => {
      if (request.url().startsWith(stage.service)) sent.push(request.allHeaders());
    });
    await logIn(article, 'Google', 'Ada');
    await look(article, 'THIRD_PARTY_COOKIES_BLOCKED', {
      state: 'logged-in',
      shows: [t.commentingAs('Google')],
      hears: [t.choose, t.connecting('Google'), identity('Ada')],
      text: TEXT,
      ways: [t.logOut, t.change, t.post],
    });
    // The browser has cookies of the service and gives it none of them from here, not even when asked to.
    expect((await article.page.context().cookies(stage.service)).length).toBeGreaterThan(0);
    await article.page.evaluate(
      (url) => fetch(url, { mode: 'no-cors', credentials: 'include' }),
      `${stage.service}/embed.js`,
    );
    const headers = await Promise.all(sent);
    expect(headers.length).toBeGreaterThan(1);
    expect(headers.filter(({ cookie }) => cookie)).toEqual([]);
  });

  it('LOGIN_DENIED: says so and offers the accounts again', async () => {
    const article = await typed();
    const popup = await choose(article, 'Google');
    await popup.getByRole('button', { name: 'Deny' }).click();
    await look(article, 'LOGIN_DENIED', {
      state: 'login-denied',
      shows: [t['login-denied']],
      hears: [t.choose, t.connecting('Google'), t['login-denied']],
      text: TEXT,
      ways: ['Google'],
    });
  });

  it('LOGIN_TIMEOUT: after ten minutes nobody waits any longer', async () => {
    const article = await typed({ prepare: (page) => page.clock.install() });
    await choose(article, 'Google');
    await article.reaches('connecting');
    await article.page.clock.fastForward(ATTEMPT);
    await look(article, 'LOGIN_TIMEOUT', {
      state: 'login-timeout',
      shows: [t['login-timeout']],
      hears: [t.choose, t.connecting('Google'), t['login-timeout']],
      text: TEXT,
      ways: ['Google'],
    });
  });

  it('LOGIN_FAILED: the provider broke, and another one may be tried', async () => {
    stage.simulators.misbehave('facebook', 'token-500');
    try {
      const article = await typed();
      const popup = await choose(article, 'Facebook');
      await allow(popup, 'Unlucky');
      await look(article, 'LOGIN_FAILED', {
        state: 'login-failed',
        shows: [t['provider-unavailable']],
        hears: [t.choose, t.connecting('Facebook'), t['provider-unavailable']],
        text: TEXT,
        ways: ['Google'],
      });
    } finally {
      stage.simulators.misbehave('facebook', null);
    }
  });

  it('LOGIN_EXPIRED: a session that ended while typing asks for a new one, which posts the text', async () => {
    const article = await openIn(stage, browser, variant);
    // Else the question for a first picture, seconds later, may be the first to hear of it.
    await article.page.route('**/me', (route) => route.abort());
    await article.text.fill(TEXT);
    const own = article.page.waitForResponse(/\/me\?/);
    await logIn(article, 'Google', 'Ada');
    await article.reaches('logged-in');
    await own;
    await stage.world.pool.query('delete from sessions');
    await article.button(t.post).click();
    await look(article, 'LOGIN_EXPIRED', {
      state: 'login-expired',
      shows: [t['session-expired']],
      hears: [t.choose, t.connecting('Google'), identity('Ada'), t.posting, t['session-expired']],
      text: TEXT,
      ways: ['Google'],
    });
    await logIn(article, 'Google', 'Ada');
    await article.reaches('posted');
    expect(await countOf(article)).toBe(1);
  });

  it('PENDING_AUTO_POST: what was sent before signing in is posted after it, once, where it was to stand', async () => {
    const url = addressOf(stage);
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    await say(stage, bo, url, 'Anybody there?');
    const article = await openIn(stage, browser, variant, { url });
    await article.button(t.replyTo('Bo')).click();
    await article.text.fill(TEXT);
    await article.button('Google').waitFor();
    await article.button(t.post).click();
    await look(article, 'PENDING_AUTO_POST', {
      state: 'pending-auto-post',
      shows: [t['pending-auto-post']],
      hears: [t.choose, t['pending-auto-post']],
      text: TEXT,
      ways: ['Google'],
    });
    await logIn(article, 'Google', 'Ada');
    await article.reaches('posted');
    expect(await article.host.locator('li li').getByRole('article').textContent()).toContain(TEXT);
    expect(await article.text.inputValue()).toBe('');
    expect(await countOf(article)).toBe(2);
  });
});
