/**
 * An article page in a browser, as a reader handles it: finds things by their names, goes through a sign-in, and waits
 * for the state that the embed says it is in. Each page that `openArticle` opens has a thread of its own.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { changeSite, readSite } from '../../src/domain/sites.ts';
import type { TestBrowser } from './browser.ts';
import type { Stage } from './stage.ts';
import type { PostedComment, Reader } from './world.ts';

export interface Article {
  page: Page;
  /** Its address, which is also its thread's key. */
  url: string;
  host: Locator;
  /** The reply box's text. */
  text: Locator;
  button(name: string | RegExp): Locator;
  /** The comment that contains `text`, without its replies. */
  comment(text: string): Locator;
  /** Waits until `text` can be seen. */
  shows(text: string | RegExp): Promise<void>;
  /** Waits until the host's `data-state` is this one. */
  reaches(state: string): Promise<void>;
}

export type Which = 'ordinary' | 'strict' | 'severed';

/** A fresh address of one of the Gazette's articles: an ordinary one, one with a strict Content-Security-Policy, one
 *  that is cut off from its popups. */
export function addressOf(stage: Stage, which: Which = 'ordinary'): string {
  const { url } = stage.gazette.articles[{ ordinary: 0, strict: 1, severed: 2 }[which]]!;
  return `${url}?copy=${randomBytes(6).toString('hex')}`;
}

/** Opens an article and waits for its comments. `prepare` gets the page before anything runs in it. */
export async function openArticle(
  browser: TestBrowser,
  url: string,
  options: BrowserContextOptions & { prepare?: (page: Page) => Promise<unknown> } = {},
): Promise<Article> {
  const { prepare, ...context } = options;
  const page = await browser.newPage(context);
  await prepare?.(page);
  return visit(page, url);
}

/** The Gazette's pages on an origin of their own, sent with these headers as well. Not by Playwright's `route`: Chromium
 *  takes a page that comes out of thin air for a public one, which may ask nothing of this machine. */
export async function mirror(stage: Stage, headers: Record<string, string>): Promise<Mirror> {
  const server = createServer((request, response) => {
    fetch(stage.gazette.url + request.url).then(async (original) => {
      const type = original.headers.get('content-type') ?? '';
      response.writeHead(original.status, { 'content-type': type, ...headers });
      response.end(Buffer.from(await original.arrayBuffer()));
    }, response.destroy.bind(response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const site = await readSite(stage.world.db, 'gazette');
  await changeSite(stage.world.db, 'gazette', { origins: [...site.origins, url] }, new Date());
  return {
    url: `${url}/last-ferry`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

export interface Mirror {
  /** Of the ordinary article. */
  url: string;
  close(): void;
}

/** The same in a page that is open already, or another one of its reader. */
export async function visit(page: Page, url: string): Promise<Article> {
  await page.goto(url);
  const article = handle(page, url);
  const state = () => article.host.getAttribute('data-state');
  await expect.poll(state, { timeout: 10_000 }).not.toBeOneOf([null, 'loading']);
  // A long thread comes a few comments at a time.
  await expect.poll(() => article.host.locator('[aria-busy]').count(), { timeout: 10_000 }).toBe(0);
  return article;
}

export function handle(page: Page, url: string): Article {
  const host = page.locator('parley-comments');
  return {
    page,
    url,
    host,
    text: host.locator('.box textarea'),
    button: (name) => host.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name }),
    comment: (text) => host.getByRole('article').filter({ hasText: text }),
    // The live region, which nobody sees, comes last.
    shows: (text) => host.getByText(text).first().waitFor(),
    async reaches(state) {
      // Not by a selector: Playwright would first wait for a navigation that a policy has stopped.
      await expect
        .poll(() => page.evaluate(() => document.querySelector('parley-comments')?.dataset.state), {
          timeout: 15_000,
        })
        .toBe(state);
    },
  };
}

/** Signs a reader in without the sign-in, by the session that it would have left in the browser. */
export async function signedIn(
  stage: Stage,
  page: Page,
  name: string,
  origin = stage.gazette.url,
): Promise<Reader> {
  const reader = await stage.world.reader(name, { origin });
  const kept = {
    token: reader.token,
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
    person: { id: reader.publicId, name, provider: 'google', link: null, picture: null, role: null },
    c: '',
  };
  await page.addInitScript((text) => {
    try {
      if (!localStorage.getItem('parley.session.gazette'))
        localStorage.setItem('parley.session.gazette', text);
    } catch {
      // A frame without storage.
    }
  }, JSON.stringify(kept));
  return reader;
}

/** Posts as somebody else, by the API. */
export async function say(
  stage: Stage,
  reader: Reader,
  url: string,
  text: string,
  parentId?: number,
): Promise<PostedComment> {
  const called = await stage.world.call('POST', 'gazette/comments', {
    as: reader,
    body: { key: `url:${url}`, url, title: 'An article', text, ...(parentId ? { parentId } : {}) },
    headers: { Origin: stage.gazette.url, 'Idempotency-Key': randomBytes(9).toString('base64url') },
  });
  expect(called.status, called.slug).toBe(201);
  return called.json.comment;
}

/** Chooses a provider; what opens is returned once it shows the provider's page. */
export async function choose(article: Article, provider: string): Promise<Page> {
  const [popup] = await Promise.all([article.page.waitForEvent('popup'), article.button(provider).click()]);
  await popup.getByText(`Simulated ${provider}`).first().waitFor();
  return popup;
}

/** At the provider's page: signs in by this name and lets the service know. */
export async function allow(popup: Page, name: string): Promise<void> {
  const welcome = popup.getByRole('link', { name: 'Use another account' });
  if (await welcome.isVisible()) await welcome.click();
  await popup.getByLabel('Someone else').check();
  await popup.getByLabel('Name of the account').fill(name);
  await popup.getByRole('button', { name: 'Allow' }).click();
}

/** The whole way through a popup: provider, account, Continue. */
export async function logIn(article: Article, provider: string, name: string): Promise<Page> {
  const popup = await choose(article, provider);
  await allow(popup, name);
  await popup.getByRole('button', { name: `Continue as ${name}` }).click();
  return popup;
}

/** What these nodes say. Not `allInnerTexts`: that of a comment far from the window, which is not laid out, is empty. */
export async function textsIn(nodes: Locator): Promise<string[]> {
  return (await nodes.allTextContents()).map((text) => text.trim());
}
