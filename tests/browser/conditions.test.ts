/**
 * The embed on any site: the same way of a reader (support/walk.ts), gone under each condition that a page or a browser
 * may set. What else a condition asks of the embed stands with it.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import arabic from '../../embed/languages/ar.ts';
import { type Article, openArticle, say, visit } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { openPages, type PageOptions, type Pages } from '../support/pages.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { walk } from '../support/walk.ts';
import type { Reader } from '../support/world.ts';

let stage: Stage;
let browser: TestBrowser;
let pages: Pages;
let bo: Reader;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage({ withJobs: true }), openBrowser()]);
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

/** A page where Bo has said something. */
async function begun(options: PageOptions = {}, data = ''): Promise<string> {
  const url = pages.page(`<main>${pages.tag(data)}</main>`, options);
  await say(stage, bo, url, 'Bo was first, with a [link](https://a.example) and `code`');
  return url;
}

describe('cookies and storage', () => {
  it('the whole way leads through a browser that gives third parties no cookies', async () => {
    const article = await openArticle(browser, await begun());
    // All browsers of these tests are such.
    await article.page
      .context()
      .addCookies([
        { name: 'third', value: '1', domain: 'localhost', path: '/', sameSite: 'None', secure: true },
      ]);
    const cookieOf = async (act: Promise<unknown>, on = article.page) => {
      const [request] = await Promise.all([on.waitForRequest(`${stage.service}/healthz`), act]);
      return (await request.allHeaders()).cookie;
    };
    const asked = article.page.evaluate(
      (url) => fetch(url, { credentials: 'include', mode: 'no-cors' }).then(() => {}),
      `${stage.service}/healthz`,
    );
    expect(await cookieOf(asked)).toBeUndefined();
    const alone = await article.page.context().newPage();
    expect(await cookieOf(alone.goto(`${stage.service}/healthz`), alone)).toContain('third=1');
    await walk(stage, article, { name: 'Carla Cookieless' });
  });

  it('the whole way leads through a browser that denies all storage, which is said, until a reload', async () => {
    const article = await openArticle(browser, await begun(), { prepare: denyAll });
    const looks: string[] = [];
    await walk(stage, article, {
      name: 'Petra Private',
      look: async (step) => {
        if (['write', 'ask', 'answer'].includes(step)) {
          await article.shows('This browser keeps nothing for this page');
          looks.push(step);
        }
      },
    });
    expect(looks).toEqual(['write', 'ask', 'answer']);
    await article.text.fill('Not to be kept');
    const again = await visit(article.page, article.url);
    await again.reaches('collapsed');
    expect(await again.text.inputValue()).toBe('');
    expect(await again.comment('Petra Private was there').count()).toBe(1);
  });
});

describe('a sandboxed frame without an origin', () => {
  it('shows the comments, and says to who would write that they cannot', async () => {
    const inner = await begun();
    const page = await browser.newPage();
    await page.goto(
      pages.page(
        `<iframe sandbox="allow-scripts allow-popups allow-forms" src="${inner}" width="900" height="700"></iframe>`,
      ),
    );
    const host = page.frameLocator('iframe').locator('parley-comments');
    await host.getByText('Bo was first').waitFor();
    await host.locator('.box textarea').fill('From nowhere');
    await host.getByText('This browser keeps nothing for this page').waitFor();
    await host.getByRole('button', { name: 'Google', exact: true }).click();
    await host.locator('.message').getByText('Comments are not set up for this address.').waitFor();
    expect(await host.getAttribute('data-state')).toBe('login-failed');
    expect(await host.locator('.box textarea').inputValue()).toBe('From nowhere');
    expect(page.context().pages()).toHaveLength(1);
  });
});

describe('a strict Content-Security-Policy', () => {
  /** As the README says; the page itself has no style. */
  const strict = () => [
    "default-src 'none'",
    `script-src ${stage.service}`,
    `connect-src ${stage.service}`,
    `img-src ${stage.service}`,
    "style-src 'none'",
    "base-uri 'none'",
  ];
  const types = (names: string) => ["require-trusted-types-for 'script'", `trusted-types ${names}`];

  async function openUnder(directives: string[], data = ''): Promise<Article & { refused: string[] }> {
    const url = await begun({ headers: { 'content-security-policy': directives.join('; ') } }, data);
    const refused: string[] = [];
    const article = await openArticle(browser, url, {
      prepare: async (page) => {
        await page.exposeFunction('refuse', (what: string) => refused.push(what));
        await page.addInitScript(() => {
          addEventListener(
            'securitypolicyviolation',
            ({ effectiveDirective, blockedURI, sample }) =>
              void (window as unknown as { refuse(what: string): void }).refuse(
                [effectiveDirective, blockedURI, sample].join(' '),
              ),
            true,
          );
        });
        // Also of popups, and of what happens before a listener can be there.
        page.context().on('console', (message) => {
          if (/content security policy|trusted ?type/i.test(message.text())) refused.push(message.text());
        });
      },
    });
    return { ...article, refused };
  }

  /** Shows the preview of what is pasted as rich text. */
  async function pasteAndPreview({ page, text, host, button }: Article): Promise<void> {
    await text.focus();
    await button('Formatting').waitFor();
    await text.evaluate((node) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/html', '<p>So <b>bold</b> and <a href="https://a.example/">far</a></p>');
      clipboardData.setData('text/plain', 'So bold and far');
      node.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true, bubbles: true }));
    });
    await expect.poll(() => text.inputValue()).toBe('So **bold** and [far](https://a.example/)');
    await button('Preview').click();
    await host.locator('.preview').getByText('So bold and far').waitFor();
    await page.keyboard.press('Escape');
  }

  it('refuses nothing on the whole way, the chunks of first use, the writing tools and pictures included', async () => {
    const article = await openUnder(strict());
    await walk(stage, article, { name: 'Stella Strict' });
    await pasteAndPreview(article);
    expect(await article.host.locator('.preview b, .preview strong').textContent()).toBe('bold');
    const drawn = async () => {
      const again = await visit(article.page, article.url);
      return again
        .comment('Stella Strict was there')
        .locator('[part=avatar]')
        .evaluate((node) => node.querySelector('img')?.src ?? '');
    };
    await expect.poll(drawn, { timeout: 10_000 }).toContain(`${stage.service}/pictures/`);
    await article.page.waitForLoadState('networkidle');
    expect(article.refused).toEqual([]);
  });

  it('refuses nothing on the whole way in Arabic, under Trusted Types, with the one name that is needed', async () => {
    const article = await openUnder([...strict(), ...types('parley')], 'data-lang="ar"');
    await walk(stage, article, { name: 'Tara Typed', t: arabic });
    expect(article.refused).toEqual([]);
  });

  it('refuses nothing of preview and paste under Trusted Types', async () => {
    const article = await openUnder([...strict(), ...types('parley')]);
    await pasteAndPreview(article);
    expect(await article.host.locator('.preview strong').textContent()).toBe('bold');
    expect(article.refused).toEqual([]);
  });

  it('that allows no policy of Trusted Types costs nothing but its reports', async () => {
    const article = await openUnder([...strict(), ...types("'none'")]);
    const { comment } = article;
    await comment('Bo was first').waitFor();
    const link = comment('Bo was first').getByRole('link', { name: 'link' });
    expect(await link.getAttribute('rel')).toBe('nofollow ugc noopener');
    expect(await comment('Bo was first').locator('code').textContent()).toBe('code');
    await walk(stage, article, { name: 'Nora Nopolicy' });
    await pasteAndPreview(article);
    expect(await article.host.locator('.preview strong').textContent()).toBe('bold');
    expect(article.refused.filter((what) => !/trusted.?type/i.test(what))).toEqual([]);
  });
});

/** All that a script can keep, and what a document without an origin may not do besides. */
const denyAll = (page: Page) =>
  page.addInitScript(() => {
    const denied = () => new DOMException('Access is denied for this document.', 'SecurityError');
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
      Object.defineProperty(window, name, {
        get() {
          throw denied();
        },
      });
    }
    LockManager.prototype.request = () => Promise.reject(denied());
    Object.defineProperty(document, 'cookie', {
      get() {
        throw denied();
      },
    });
  });
