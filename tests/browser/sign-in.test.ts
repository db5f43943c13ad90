/**
 * Signing in from an article, in a real Chromium that gives no cookie to third parties, at the simulated providers:
 * each way a code can come back, and each way it can fail to. How the reply box says so is in
 * states-sign-in.test.ts, that attacks come to nothing in attacks.test.ts.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Article,
  addressOf,
  allow,
  choose,
  handle,
  logIn,
  mirror,
  openArticle,
  visit,
} from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';

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

/** An article with a text typed and the providers offered. */
async function typed(url = addressOf(stage), prepare?: (page: Page) => Promise<unknown>): Promise<Article> {
  const article = await openArticle(browser, url, prepare ? { prepare } : {});
  await article.text.fill(TEXT);
  await article.button('Google').waitFor();
  return article;
}

async function isSignedIn(article: Article, name: string, provider: string): Promise<void> {
  await article.reaches('logged-in');
  await article.shows(`${name}`);
  expect(await article.host.locator('[part=identity]').textContent()).toContain(
    `${name}: You are commenting using your ${provider} account.`,
  );
  expect(await article.text.inputValue()).toBe(TEXT);
}

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

/** As strict as an article with comments can be. */
const strictest = () => ({
  'content-security-policy': [
    "default-src 'none'",
    `script-src ${stage.service}`,
    `connect-src ${stage.service}`,
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
    'trusted-types parley',
  ].join('; '),
});

describe('signing in by a popup', () => {
  it.each(['WordPress.com', 'Google', 'Twitter', 'Facebook', 'GitHub'])(
    'CONNECTING to %s, then LOGGED_IN with the text still there',
    async (provider) => {
      const article = await typed();
      const popup = await choose(article, provider);
      await article.reaches('connecting');
      await article.shows(`Connecting to ${provider}`);
      await allow(popup, 'Robin Reader');
      await popup.getByRole('button', { name: 'Continue as Robin Reader' }).click();
      await isSignedIn(article, 'Robin Reader', provider);
      await expect.poll(() => popup.isClosed()).toBe(true);
      await article.button('Post Comment').click();
      await article.reaches('posted');
    },
  );

  it('opens the window in the click itself', async () => {
    const article = await typed();
    const opened = await article.page.evaluate(() => {
      let isOpen = false;
      const { open } = window;
      window.open = (...how) => {
        isOpen = true;
        return open.apply(window, how);
      };
      const buttons = document.querySelector('parley-comments')!.shadowRoot!.querySelectorAll('button');
      [...buttons].find((button) => button.textContent === 'Google')!.click();
      return isOpen;
    });
    expect(opened).toBe(true);
  });

  it('on a page that severs its popups comes back by the article’s own address', async () => {
    const article = await typed(addressOf(stage, 'severed'));
    const popup = await logIn(article, 'Twitter', 'Cut Off');
    await isSignedIn(article, 'Cut Off', 'Twitter');
    await expect.poll(() => popup.isClosed()).toBe(true);
    expect(article.page.url()).toBe(article.url);
  });

  it('at a provider that severs its opener comes back by the article’s own address', async () => {
    stage.simulators.misbehave('google', 'coop');
    try {
      const article = await typed();
      const popup = await logIn(article, 'Google', 'Severed Sue');
      await isSignedIn(article, 'Severed Sue', 'Google');
      await expect.poll(() => popup.isClosed()).toBe(true);
    } finally {
      stage.simulators.misbehave('google', null);
    }
  });

  it('works under the strictest Content-Security-Policy with Trusted Types, where no form may be posted', async () => {
    const strict = await mirror(stage, strictest());
    const article = await typed(strict.url);
    await logIn(article, 'Google', 'Stella Strict');
    await isSignedIn(article, 'Stella Strict', 'Google');
    strict.close();
  });

  it.each(['no-referrer', 'same-origin'])('works on an article with Referrer-Policy %s', async (policy) => {
    const silent = await mirror(stage, { 'referrer-policy': policy });
    const article = await typed(silent.url);
    await logIn(article, 'Google', 'Nora Nameless');
    await isSignedIn(article, 'Nora Nameless', 'Google');
    silent.close();
  });

  it('signs in the other tabs of the reader, too', async () => {
    const article = await typed();
    const other = await visit(await article.page.context().newPage(), addressOf(stage));
    await other.text.fill(TEXT);
    await logIn(article, 'Google', 'Two Tabs');
    await isSignedIn(article, 'Two Tabs', 'Google');
    await isSignedIn(other, 'Two Tabs', 'Google');
  });

  it('with storage denied works until the page is left, and says so', async () => {
    const article = await typed(addressOf(stage), denyStorage);
    await article.shows('your text is lost when you leave it');
    await logIn(article, 'Google', 'Private Pat');
    await isSignedIn(article, 'Private Pat', 'Google');
    await article.button('Post Comment').click();
    await article.reaches('posted');
  });

  it('with storage denied and the opener severed comes back, too: this tab knows the verifier', async () => {
    const article = await openArticle(browser, addressOf(stage, 'severed'));
    await article.page.context().addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('Access is denied for this document.', 'SecurityError');
        },
      });
    });
    await article.page.reload();
    await article.reaches('collapsed');
    await article.text.fill(TEXT);
    await article.button('Google').waitFor();
    await logIn(article, 'Google', 'Private Cut');
    await isSignedIn(article, 'Private Cut', 'Google');
  });

  it('with an article too busy to hear the message comes back by its address, and the late window is closed', async () => {
    const article = await typed();
    let redeemed = 0;
    article.page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/session')) redeemed += 1;
    });
    const popup = await choose(article, 'Google');
    await allow(popup, 'Busy Bee');
    const button = popup.getByRole('button', { name: 'Continue as Busy Bee' });
    await expect.poll(() => button.isEnabled()).toBe(true);
    const busy = article.page.evaluate(() => {
      const end = Date.now() + 4_000;
      while (Date.now() < end);
    });
    await button.click();
    await busy;
    await isSignedIn(article, 'Busy Bee', 'Google');
    await expect.poll(() => popup.isClosed(), { timeout: 5_000 }).toBe(true);
    expect(redeemed).toBe(1);
    await article.button('Post Comment').click();
    await article.reaches('posted');
  });

  it('survives a lost answer to the redemption: it is asked again', async () => {
    const article = await typed();
    let asked = 0;
    await article.page.route('**/session', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      asked += 1;
      if (asked > 1) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await logIn(article, 'Google', 'Lost Answer');
    await isSignedIn(article, 'Lost Answer', 'Google');
    await article.button('Post Comment').click();
    await article.reaches('posted');
  });

  it('Change brings another account, and the one before is signed out', async () => {
    const article = await typed();
    await logIn(article, 'Google', 'First Account');
    await isSignedIn(article, 'First Account', 'Google');
    const before = await tokenOf(article.page);
    await article.button('Change').click();
    await logIn(article, 'Google', 'Second Account');
    await isSignedIn(article, 'Second Account', 'Google');
    expect(await meOf(before)).toBe('session-expired');
  });

  it('after Log Out the provider asks again who it is', async () => {
    const article = await typed();
    await logIn(article, 'Google', 'Shared Computer');
    await isSignedIn(article, 'Shared Computer', 'Google');
    await article.button('Log Out').click();
    await article.reaches('chooser-required');
    const popup = await choose(article, 'Google');
    await popup.getByRole('heading', { name: 'Who are you?' }).waitFor();
  });
});

describe('signing in without a popup', () => {
  it('leaves the page and comes back with the text, the answered comment and the page’s own fragment', async () => {
    const article = await typed(`${addressOf(stage)}#discussion`, blockPopups);
    const { page } = article;
    await article.button('Facebook').click();
    await page.getByText('Simulated Facebook').first().waitFor();
    await allow(page, 'Rita Redirect');
    await page.getByRole('button', { name: 'Continue as Rita Redirect' }).click();
    await page.waitForURL(article.url);
    await isSignedIn(handle(page, article.url), 'Rita Redirect', 'Facebook');
  });

  it('POPUP_BLOCKED where the article’s policy lets the page not be left either', async () => {
    const strict = await mirror(stage, strictest());
    const article = await typed(strict.url, blockPopups);
    await article.button('Google').click({ noWaitAfter: true });
    await article.reaches('popup-blocked');
    expect(article.page.url()).toBe(article.url);
    const said = await article.page.evaluate(
      () => document.querySelector('parley-comments')!.shadowRoot!.querySelector('.message')!.textContent,
    );
    expect(said).toContain('Your browser blocked the window.');
    strict.close();
  });
});

/** An article that a redirect comes back to: with `second` in the code’s place, and `fragment` kept for the way back. */
async function returned(second: string, fragment: string, base = ''): Promise<Article> {
  const article = await openArticle(browser, addressOf(stage));
  await article.page.evaluate(
    ([second, fragment, base]) => {
      const c = 'c'.repeat(43);
      const entry = { verifier: 'v', site: 'gazette', mode: 'redirect', provider: 'google', fragment };
      localStorage.setItem(`parley.login.${c}`, JSON.stringify({ ...entry, t: Date.now() }));
      if (base) document.head.append(Object.assign(document.createElement('base'), { href: base }));
      location.hash = `#parley-login=${'a'.repeat(22)}.${second}.${c}`;
    },
    [second, fragment, base] as const,
  );
  return article;
}

describe('coming back from a redirect', () => {
  it('gives the page its fragment, whatever the base of its links', async () => {
    const article = await returned('~login-denied', '#discussion', '/elsewhere/');
    await article.reaches('login-denied');
    expect(article.page.url()).toBe(`${article.url}#discussion`);
  });

  it.each(['javascript:void(window.ran = true)', '//elsewhere.example/', '/elsewhere'])(
    'goes nowhere when what was kept is no fragment: %s',
    async (planted) => {
      const article = await returned('~login-denied', planted);
      await article.reaches('login-denied');
      expect(await article.page.evaluate('window.ran')).toBeUndefined();
      expect(article.page.url()).toBe(article.url);
    },
  );

  it.each(['constructor', '__proto__', 'connecting'])(
    'LOGIN_FAILED for a reason nobody gives: %s',
    async (slug) => {
      const article = await returned(`~${slug}`, '');
      await article.reaches('login-failed');
      await article.shows('Logging in did not work.');
    },
  );
});

describe('a sign-in that comes to nothing', () => {
  it('LOGIN_DENIED also where the window cannot tell its opener', async () => {
    const article = await typed(addressOf(stage, 'severed'));
    const popup = await choose(article, 'Google');
    await popup.getByRole('button', { name: 'Deny' }).click();
    await article.reaches('login-denied');
    await article.shows('You were not logged in. Choose an account to try again.');
    expect(await article.text.inputValue()).toBe(TEXT);
    expect(await article.button('Google').isVisible()).toBe(true);
  });

  it('Cancel closes the window and offers the accounts again; the code that still comes is nobody’s', async () => {
    const article = await typed();
    const popup = await choose(article, 'Google');
    await article.reaches('connecting');
    await article.button('Cancel').click();
    await article.reaches('chooser-required');
    await expect.poll(() => popup.isClosed()).toBe(true);
    expect(await article.page.evaluate(() => Object.keys(localStorage).join())).not.toContain(
      'parley.login.',
    );
  });

  it('LOGIN_TIMEOUT for a code in the address that nobody here asked for, after 5 s and never nothing', async () => {
    const url = addressOf(stage);
    const article = await openArticle(
      browser,
      `${url}#parley-login=${'a'.repeat(22)}.${'b'.repeat(43)}.${'c'.repeat(43)}`,
    );
    await article.reaches('login-timeout');
    expect(article.page.url()).toBe(url);
    await article.shows('Logging in took too long. Please try again.');
  });

  it('the window closed by hand leaves CONNECTING with Cancel: a severed window looks closed, too', async () => {
    const article = await typed();
    const popup = await choose(article, 'Google');
    await popup.close();
    await article.reaches('connecting');
    await article.button('Cancel').click();
    await article.reaches('chooser-required');
    await logIn(article, 'Google', 'Second Try');
    await isSignedIn(article, 'Second Try', 'Google');
  });
});

const tokenOf = (page: Page) =>
  page.evaluate(() => JSON.parse(localStorage.getItem('parley.session.gazette')!).token as string);

async function meOf(token: string): Promise<string | undefined> {
  const { slug } = await stage.world.call('GET', 'gazette/me', {
    headers: { Authorization: `Bearer ${token}`, Origin: stage.gazette.url },
  });
  return slug;
}
