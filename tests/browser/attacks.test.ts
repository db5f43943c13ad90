/**
 * The attacks that the start by POST, the Continue at every hand-over and the verifier are there for, in a real
 * browser: what an attacker can make a victim's browser do, and that nothing comes of it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeSite } from '../../src/domain/sites.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';

let stage: Stage;
let browser: TestBrowser;
interface Listener {
  url: string;
  /** Every address it was asked for. */
  asked: string[];
  /** What it answers with. */
  page: string;
  close(): void;
}

/** A site of the attacker's. */
let evil: Listener;
/** A registered origin of the Gazette with an open redirector: /302?to=… and /307?to=…. */
let redirector: Listener;

beforeAll(async () => {
  [stage, browser, evil, redirector] = await Promise.all([setStage(), openBrowser(), listen(), listen()]);
  const origins = [stage.gazette.url, redirector.url];
  await changeSite(stage.world.db, 'gazette', { origins }, new Date());
});
afterAll(async () => {
  evil.close();
  redirector.close();
  await browser.close();
  await stage.end();
});
beforeEach(async () => {
  evil.asked.length = 0;
  redirector.asked.length = 0;
  await stage.world.pool.query('delete from rate_limits');
});

async function listen(): Promise<Listener> {
  const listener: Listener = { url: '', asked: [], page: '', close: () => server.close() };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://any');
    if (url.pathname !== '/favicon.ico') listener.asked.push(url.pathname);
    const status = Number(url.pathname.slice(1));
    if (status) response.writeHead(status, { Location: url.searchParams.get('to') ?? '' }).end();
    else response.writeHead(200, { 'Content-Type': 'text/html' }).end(listener.page);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  listener.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return listener;
}

const newChallenge = () =>
  createHash('sha256').update(randomBytes(32).toString('base64url')).digest('base64url');

const fieldsOf = (over: Record<string, string> = {}) => ({
  site: 'gazette',
  return: stage.gazette.articles[0]!.url,
  challenge: newChallenge(),
  provider: 'google',
  mode: 'popup',
  switch: '',
  ...over,
});

/** A page that posts a form to the service's start as soon as it is open. */
const formPage = (
  fields: Record<string, string>,
  action = `${stage.service}/login/start`,
  more = '',
) => `<!doctype html>
<form method="post" action="${action}">${Object.entries(fields)
  .map(([name, value]) => `<input name="${name}" value="${value}">`)
  .join('')}</form>
<script>window.got = []; addEventListener('message', (event) => window.got.push(event.data)); ${more} document.forms[0].submit();</script>`;

/** Goes as far as the victim's browser can be driven: signs in at the provider and presses Continue. */
async function goThrough(page: Page): Promise<void> {
  await page.getByLabel('Ada Marlow').check();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('button', { name: /^Continue as/ }).click();
}

async function attempts(): Promise<number> {
  const { rows } = await stage.world.pool.query('select count(*) as n from attempts');
  return rows[0].n;
}

describe('a sign-in begun by an attacker', () => {
  it('from a page of another origin is refused before anything is stored', async () => {
    const before = await attempts();
    const page = await browser.newPage();
    evil.page = formPage(fieldsOf());
    await page.goto(evil.url);
    await page.getByText('The origin is not registered').waitFor();
    expect(await attempts()).toBe(before);
  });

  it('from a sandboxed frame, whose origin is null, is refused', async () => {
    const before = await attempts();
    const page = await browser.newPage();
    const inner = formPage(fieldsOf()).replaceAll('"', '&quot;');
    evil.page = `<iframe sandbox="allow-forms allow-scripts allow-top-navigation" srcdoc="${inner.replace('<form', '<form target=_top')}"></iframe>`;
    await page.goto(evil.url);
    await page.getByText('The origin is not registered').waitFor();
    expect(await attempts()).toBe(before);
  });

  it('by a form that a 307 on the article’s own origin passes on is refused: the origin became null', async () => {
    const before = await attempts();
    const page = await browser.newPage();
    evil.page = formPage(
      fieldsOf(),
      `${redirector.url}/307?to=${encodeURIComponent(`${stage.service}/login/start`)}`,
    );
    await page.goto(evil.url);
    await page.getByText('The origin is not registered').waitFor();
    expect(redirector.asked).toHaveLength(1);
    expect(await attempts()).toBe(before);
  });

  it('by a link is never relayed, so that an open redirector on the article’s origin passes no code on', async () => {
    const page = await browser.newPage();
    const back = `${redirector.url}/302?to=${encodeURIComponent(`${evil.url}/loot`)}`;
    const query = new URLSearchParams(fieldsOf({ mode: 'redirect', return: back }));
    await page.goto(`${stage.service}/login/start?${query}`);
    await page.getByLabel('Ada Marlow').check();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('The article that opened this window cannot be reached').waitFor();
    expect(await page.getByRole('button', { name: /^Continue as/ }).isVisible()).toBe(false);
    // Also when the page is forced to go on.
    await page.evaluate(() => document.forms[0]?.submit());
    await page.getByText('does not answer').waitFor();
    expect(new URL(page.url()).origin).toBe(stage.service);
    expect([...redirector.asked, ...evil.asked]).toEqual([]);
  });

  it('in a popup of the attacker’s page, by a link, sends the code to the article’s origin alone', async () => {
    const page = await browser.newPage();
    const query = new URLSearchParams(fieldsOf());
    evil.page = `<!doctype html><button onclick="window.popup = window.open('${stage.service}/login/start?${query}')">Win</button>
      <script>window.got = []; addEventListener('message', (event) => window.got.push(event.data));</script>`;
    await page.goto(evil.url);
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button').click()]);
    await goThrough(popup);
    await popup.getByText('does not answer').waitFor();
    expect(await page.evaluate('window.got')).toEqual([]);
    expect(new URL(popup.url()).origin).toBe(stage.service);
  });

  it('in a frame of the attacker’s page shows nothing to press', async () => {
    const page = await browser.newPage();
    evil.page = `<iframe src="${stage.service}/login/start?${new URLSearchParams(fieldsOf())}"></iframe>`;
    await page.goto(evil.url);
    await expect.poll(() => page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/');
  });
});

describe('a code of the attacker’s', () => {
  it('in a #parley-login link signs nobody in: this browser never made its challenge', async () => {
    const page = await browser.newPage();
    const article = stage.gazette.articles[0]!.url;
    const redeemed: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/session')) redeemed.push(request.url());
    });
    const attempt = randomBytes(16).toString('base64url');
    const code = randomBytes(32).toString('base64url');
    await page.goto(`${article}#parley-login=${attempt}.${code}.${newChallenge()}`);
    const host = page.locator('parley-comments');
    await expect.poll(() => host.getAttribute('data-state'), { timeout: 15_000 }).toBe('login-timeout');
    expect(redeemed).toEqual([]);
    expect(page.url()).not.toContain('parley-login');
  });

  it('in a message from a window that is not the popup, or from another origin, is ignored', async () => {
    const page = await browser.newPage();
    await page.goto(stage.gazette.articles[0]!.url);
    const host = page.locator('parley-comments');
    await host.locator('textarea').first().click();
    const redeemed: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/session')) redeemed.push(request.url());
    });
    await page.evaluate(() => {
      postMessage(
        { v: 1, type: 'parley:login', c: 'x'.repeat(43), attempt: 'a'.repeat(22), code: 'b'.repeat(43) },
        '*',
      );
    });
    await page.waitForTimeout(300);
    expect(redeemed).toEqual([]);
    expect(await host.getAttribute('data-state')).toBe('chooser-required');
  });
});
