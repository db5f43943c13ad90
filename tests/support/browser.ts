/**
 * Pages for tests in a real Chromium. Each page has a context of its own, blocks third-party cookies, and fails its
 * test when a script throws uncaught or when anything but this machine is asked; a failed test leaves a trace in
 * `traces/`. What a page is to do stands in the tests.
 */
import { mkdir } from 'node:fs/promises';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { launchChromium } from './chromium.ts';

const STEP_MS = 10_000; // the longest that a single wait may take
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

export interface TestBrowser {
  /**
   * A new page in a new context; belongs to the running test and is closed after it. A second tab of the same reader
   * is `page.context().newPage()`; its errors count, too.
   */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

/** For `beforeAll`; `close()` it in `afterAll`. `traces` is the folder for the traces of failed tests. */
export async function openBrowser({ traces = 'traces' } = {}): Promise<TestBrowser> {
  const browser = await launchChromium();
  return {
    async newPage(options = {}) {
      const context = await browser.newContext(options);
      const complaints = watch(context);
      context.setDefaultTimeout(STEP_MS);
      await context.tracing.start({ screenshots: true, snapshots: true });
      onTestFinished(async ({ task }) => {
        const isFailed = task.result?.state === 'fail' || complaints.length > 0;
        const path = isFailed ? await tracePath(traces, task.name) : undefined;
        await context.tracing.stop(path ? { path } : {});
        await context.close();
        if (complaints.length > 0)
          throw new Error(`In the browser: ${complaints.join('; ')} (trace: ${path})`);
      });
      const page = await context.newPage();
      await blockThirdPartyCookies(page);
      return page;
    },
    close: () => browser.close(),
  };
}

/**
 * What went wrong so far in the page's context: `uncaught …` for an error that no script caught, `asked …` for a
 * request to another host (which fails in any case). What is left here at the end fails the test; one that expects
 * a complaint looks at it and empties the list.
 */
export function complaintsOf(page: Page): string[] {
  return COMPLAINTS.get(page.context())!;
}

const COMPLAINTS = new WeakMap<BrowserContext, string[]>();

function watch(context: BrowserContext): string[] {
  const complaints: string[] = [];
  COMPLAINTS.set(context, complaints);
  context.on('weberror', (webError) => complaints.push(`uncaught ${webError.error()}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && !LOOPBACK.has(url.hostname))
      complaints.push(`asked ${url.href}`);
  });
  // A popup's first navigation may be under way already; it is top-level, so its own cookies are first-party.
  context.on('page', (page) => {
    blockThirdPartyCookies(page).catch(() => undefined); // closed before it could be told
  });
  return complaints;
}

/**
 * Headless Chromium sends `SameSite=None` cookies to third parties, and no flag or feature changes it (tried in 153:
 * `--test-third-party-cookie-phaseout`, `TrackingProtection3pcd`); this does, for each page and its frames.
 */
async function blockThirdPartyCookies(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCookieControls', { enableThirdPartyCookieRestriction: true });
}

async function tracePath(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return `${folder}/${name.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 80)}-${Date.now()}.zip`;
}
