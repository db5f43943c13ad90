/**
 * The corpus of hostile texts in a real Chromium, twice: in a document that the parser reads, and in a shadow root by
 * `innerHTML`, as the embed shows comments. No policy protects the page, so that what the renderer lets through would
 * show. The grammar of the output is in `tests/core/hostile.test.ts`.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ALLOWED, LINK_REL, renderComment } from '../../src/core/text.ts';
import { HOSTILE } from '../fixtures/hostile.ts';
import { complaintsOf, openBrowser, type TestBrowser } from '../support/browser.ts';

const COMMENTS = HOSTILE.map(({ name, text }) => ({ name, html: renderComment(text).html }));

const VECTOR = '<img src="https://evil.example/p.gif" onerror="alert(1)">';

let browser: TestBrowser;
let server: Server;
let url: string;
let body: string;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>hostile</title><link rel="icon" href="data:,"><body>${body}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/article`;
  browser = await openBrowser();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  asked.length = 0;
});

/** Opens the page, with ears for whatever a script or an element that loads would do. */
async function open(): Promise<{ page: Page; heard: string[] }> {
  const page = await browser.newPage();
  const heard: string[] = [];
  page.on('dialog', (dialog) => {
    heard.push(`dialog ${dialog.message()}`);
    dialog.dismiss().catch(() => undefined); // the page was left
  });
  page.on('request', (request) => heard.push(`request ${request.url()}`));
  page.on('framenavigated', (frame) => heard.push(`navigation ${frame.url()}`));
  await page.goto(url);
  return { page, heard };
}

/** Fires what handlers wait for at every element, and returns what in the comments is not allowed. */
async function inspect(page: Page, allowed: typeof ALLOWED, rel: string): Promise<string[]> {
  return page.evaluate(
    async ([allowed, rel]) => {
      const root = document.querySelector('#shadow')?.shadowRoot ?? document;
      const faults: string[] = [];
      for (const comment of root.querySelectorAll('[data-comment]')) {
        const complain = (fault: string) => faults.push(`${comment.getAttribute('data-comment')}: ${fault}`);
        if (comment.parentElement?.id !== 'comments') complain('is not where it was put');
        for (const element of comment.querySelectorAll('*')) {
          const names = allowed[element.localName];
          if (!names || element.namespaceURI !== 'http://www.w3.org/1999/xhtml') complain(element.outerHTML);
          for (const { name } of element.attributes)
            if (!names?.includes(name)) complain(`attribute ${name}`);
          if (element instanceof HTMLAnchorElement) {
            const { protocol, username, password, host } = element;
            if (!['http:', 'https:', 'mailto:'].includes(protocol)) complain(`href ${element.href}`);
            if (username || password || (protocol !== 'mailto:' && !host)) complain(`href ${element.href}`);
            if (host === location.host) complain(`href ${element.href} leads back here`);
            if (element.rel !== rel) complain(`rel ${element.rel}`);
            if (element.parentElement?.closest('a')) complain('a link in a link');
          }
          for (const type of [
            'mouseover',
            'pointerenter',
            'focus',
            'toggle',
            'error',
            'load',
            'animationstart',
          ])
            element.dispatchEvent(new Event(type, { bubbles: false }));
        }
      }
      // Two frames and a task, so that whatever was to load has been asked for.
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => requestAnimationFrame(resolve));
      await new Promise((resolve) => setTimeout(resolve));
      return faults;
    },
    [allowed, rel] as const,
  );
}

const section = (name: string, html: string) => `<section data-comment="${name}">${html}</section>`;

const WAYS = [
  {
    way: 'read by the parser',
    async show(comments: typeof COMMENTS) {
      body = `<main id="comments">${comments.map(({ name, html }) => section(name, html)).join('')}</main><p id="last">`;
      return open();
    },
  },
  {
    way: 'put into a shadow root',
    async show(comments: typeof COMMENTS) {
      body = '<div id="shadow"></div><p id="last">';
      const opened = await open();
      await opened.page.evaluate((all) => {
        const shadow = document.querySelector('#shadow')!.attachShadow({ mode: 'open' });
        const main = document.createElement('main');
        main.id = 'comments';
        for (const { name, html } of all) {
          const comment = document.createElement('section');
          comment.dataset.comment = name;
          comment.innerHTML = html;
          main.append(comment);
        }
        shadow.append(main);
      }, comments);
      return opened;
    },
  },
];

describe.each(WAYS)('hostile texts, $way', ({ show }) => {
  test('run no script, ask for nothing, and are allowed markup', async () => {
    const { page, heard } = await show(COMMENTS);
    expect(await inspect(page, ALLOWED, LINK_REL)).toEqual([]);
    const shown = page.locator('[data-comment]');
    expect(await shown.count()).toBe(HOSTILE.length);
    expect(await page.locator('body > #last').count()).toBe(1);
    expect(heard).toEqual([`request ${url}`, `navigation ${url}`]);
    expect(asked).toEqual(['/article']);
    expect(complaintsOf(page)).toEqual([]);
  });

  // Without this, a test that looks in the wrong place would pass for ever.
  test('would be found out if they were not rendered', async () => {
    const { page, heard } = await show([{ name: 'raw', html: VECTOR }]);
    await expect.poll(() => heard).toContain('dialog 1');
    expect(await inspect(page, ALLOWED, LINK_REL)).toContain('raw: attribute onerror');
    expect(heard).toContain('request https://evil.example/p.gif');
    expect(complaintsOf(page).splice(0)).toContain('asked https://evil.example/p.gif');
  });
});

test('the text of a comment is what was typed', async () => {
  body = section('x', renderComment('<b>1 &lt; 2</b> & "3"').html);
  const { page } = await open();
  expect(await page.locator('[data-comment] p').textContent()).toBe('<b>1 < 2</b> & "3"');
});
