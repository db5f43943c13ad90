/**
 * Proves that the browser of the tests is what they take it for: two origins on one machine, popups with and without
 * opener, no third-party cookies, nothing reached beyond this machine, no uncaught error overlooked.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { complaintsOf, openBrowser, type TestBrowser } from './browser.ts';

let browser: TestBrowser;
let traces: string;
let server: Server;
let article: string;
let service: string;
const cookiesByPath = new Map<string, string>();

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    cookiesByPath.set(path, request.headers.cookie ?? '');
    response.setHeader('Content-Type', 'text/html');
    response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*');
    response.setHeader('Access-Control-Allow-Credentials', 'true');
    if (path === '/set') {
      const third = 'third=1; SameSite=None; Secure; Path=/';
      response.setHeader('Set-Cookie', [third, '__Host-own=1; Secure; HttpOnly; Path=/; SameSite=Lax']);
    }
    if (path === '/severed') response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.end('<!doctype html><title>here</title><link rel="icon" href="data:,">');
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  article = `http://127.0.0.1:${port}`;
  service = `http://localhost:${port}`;
  traces = await mkdtemp(join(tmpdir(), 'parley-traces-'));
  browser = await openBrowser({ traces });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  if (traces) await rm(traces, { recursive: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('the service keeps cookies as a first party and gets none as a third party', async () => {
  const page = await browser.newPage();
  await page.goto(`${service}/set`);
  await page.goto(`${service}/first`);
  expect(cookiesByPath.get('/first')).toBe('third=1; __Host-own=1');
  await page.goto(`${article}/article`);
  await page.evaluate(async (url) => {
    await fetch(`${url}/fetched`, { credentials: 'include' });
    const frame = document.createElement('iframe');
    frame.src = `${url}/framed`;
    document.body.append(frame);
    await new Promise((resolve) => {
      frame.onload = resolve;
    });
  }, service);
  expect(cookiesByPath.get('/fetched')).toBe('');
  expect(cookiesByPath.get('/framed')).toBe('');
});

test('a popup of another origin opens, keeps its opener, and loses it to Cross-Origin-Opener-Policy', async () => {
  const page = await browser.newPage();
  await page.goto(`${article}/article`);
  const opened = page.waitForEvent('popup');
  await page.evaluate((url) => void window.open(url, '', 'width=480,height=640'), `${service}/popup`);
  const popup = await opened;
  await popup.waitForLoadState();
  expect(await popup.evaluate(() => window.opener !== null)).toBe(true);
  await popup.goto(`${service}/severed`);
  expect(await popup.evaluate(() => window.opener)).toBe(null);
});

test('loopback over http is a secure context, so that WebCrypto is there', async () => {
  const page = await browser.newPage();
  await page.goto(`${article}/article`);
  expect(await page.evaluate(() => isSecureContext && 'subtle' in crypto)).toBe(true);
});

test('another host is not reached, and the attempt is on record', async () => {
  const page = await browser.newPage();
  await page.goto(`${article}/article`);
  expect(await page.evaluate(() => fetch('https://elsewhere.example/').catch(() => 'not reached'))).toBe(
    'not reached',
  );
  expect(complaintsOf(page).splice(0)).toEqual(['asked https://elsewhere.example/']);
});

test('an uncaught error in a popup is on record, too', async () => {
  const page = await browser.newPage();
  await page.goto(`${article}/article`);
  const opened = page.waitForEvent('popup');
  await page.evaluate((url) => void window.open(url), `${service}/popup`);
  const popup = await opened;
  const thrown = page.context().waitForEvent('weberror');
  await popup.evaluate(() => {
    setTimeout(() => {
      throw new Error('unseen');
    });
  });
  await thrown;
  expect(complaintsOf(page).splice(0)).toEqual(['uncaught Error: unseen']);
});

describe('a complaint that nobody took', () => {
  test.fails('fails its test', async () => {
    complaintsOf(await browser.newPage()).push('nobody took this');
  });

  afterAll(async () => {
    expect(await readdir(traces), 'and leaves a trace').toEqual([
      expect.stringMatching(/^fails-its-test-\d+\.zip$/),
    ]);
  });
});
