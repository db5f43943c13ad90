/**
 * One visit to an article by a reader with a phone: Chromium slowed down, and what the page itself saw until all its
 * comments were there. Holds the phone, the visit and what it notes; which visits are made, and what they are held
 * against, is embed-timings.ts's affair.
 */
import { writeFile } from 'node:fs/promises';
import type { Browser, BrowserContext } from 'playwright-core';
import { COMPLETE, type TraceEvent, VISIBLE, type Work, workOf } from './trace.ts';

/** A phone of the middle class, and a mobile network that is neither good nor bad. */
const PHONE = {
  viewport: { width: 412, height: 823 },
  deviceScaleFactor: 1.75,
  isMobile: true,
  hasTouch: true,
  locale: 'en-GB',
};
export const DESK = { viewport: { width: 1280, height: 800 }, locale: 'en-GB' };
/** Chromium's own, by a thread that needs the processor, too: on a busy machine a visit now and then is slowed less. */
const CPU_SLOWDOWN = 4;
const NETWORK = {
  offline: false,
  latency: 150, // ms, added to each request; connections themselves cost nothing
  downloadThroughput: 1_600_000 / 8, // bytes a second
  uploadThroughput: 750_000 / 8,
};
const PATIENCE_MS = 20_000;
const TRACED = [
  'toplevel',
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'blink.user_timing',
  'v8',
];
const PROFILED = ['disabled-by-default-v8.cpu_profiler', 'disabled-by-default-v8.cpu_profiler.hires'];

export interface VisitOptions {
  /** The origin that the embed comes from. */
  service: string;
  /** How many comments the page is to show. */
  comments: number;
  /** Whether the network is slow, too, and not the processor alone. */
  isFar?: boolean;
  /** Whether it is found out what the main thread did, which takes time itself. */
  isTraced?: boolean;
  /** Where to leave a trace with the functions that ran, for the Performance panel of DevTools; takes more time. */
  traceFile?: string;
}

export interface Visit {
  /** From the request for the loader until the first comments were painted, in ms; of a page without a loader, from the
   *  start of the navigation. */
  visibleMs: number;
  /** The same for all comments. */
  completeMs: number;
  /** Sum of all layout shifts. */
  shift: number;
  /** Absent when it was not traced. */
  work?: Work;
}

/** A reader who has been nowhere yet: nothing is in the cache. */
export const newReader = (browser: Browser, device: object = PHONE): Promise<BrowserContext> =>
  browser.newContext(device);

/** Visits `url` in a new tab. Rejects when the comments do not come, or not all of them. */
export async function visit(reader: BrowserContext, url: string, options: VisitOptions): Promise<Visit> {
  const { service, comments, isFar = false, traceFile } = options;
  const isTraced = options.isTraced || traceFile !== undefined;
  const page = await reader.newPage();
  try {
    const devtools = await reader.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    if (isFar) {
      await devtools.send('Network.enable');
      await devtools.send('Network.emulateNetworkConditions', NETWORK);
    }
    // Playwright's own way to wait takes the page 30 ms of its time.
    await devtools.send('Runtime.enable');
    await devtools.send('Runtime.addBinding', { name: 'parleySeen' });
    const seen = new Promise<Seen>((resolve, reject) => {
      devtools.once('Runtime.bindingCalled', ({ payload }) => resolve(JSON.parse(payload)));
      AbortSignal.timeout(PATIENCE_MS).onabort = () =>
        reject(new Error(`No ${comments} comments came at ${url}.`));
    });
    seen.catch(() => {}); // of the two that can fail, the navigation is awaited first
    await page.addInitScript(watch, { comments, VISIBLE, COMPLETE });
    const browser = reader.browser()!;
    if (isTraced)
      await browser.startTracing(page, { categories: traceFile ? [...TRACED, ...PROFILED] : TRACED });
    await page.goto(url, { waitUntil: 'commit' });
    const { start, visible, complete, shift } = await seen;
    const trace = isTraced ? String(await browser.stopTracing()) : undefined;
    if (traceFile && trace) await writeFile(traceFile, trace);
    const events: TraceEvent[] = trace ? JSON.parse(trace).traceEvents : [];
    return {
      visibleMs: visible - start,
      completeMs: complete - start,
      shift,
      ...(isTraced ? { work: workOf(events, service) } : {}),
    };
  } finally {
    await page.close();
  }
}

/** Moments since the navigation began, in ms. */
interface Seen {
  start: number;
  visible: number;
  complete: number;
  shift: number;
}

/** Runs in the page before anything else does. What is found before a frame is painted is on the screen when the next
 *  frame begins. */
function watch({
  comments,
  VISIBLE,
  COMPLETE,
}: {
  comments: number;
  VISIBLE: string;
  COMPLETE: string;
}): void {
  const seen: Seen = { start: 0, visible: 0, complete: 0, shift: 0 };
  // Nobody touches this page. Where Chromium speaks of recent input all the same, it means its window's emulation.
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[])
      seen.shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
  let before = -1;
  const look = () => {
    const now = performance.now();
    if (before >= Math.min(1, comments) && !seen.visible) {
      seen.visible = now;
      performance.mark(VISIBLE);
    }
    if (before >= comments) {
      seen.complete = now;
      performance.mark(COMPLETE);
      // Shifts are told of a moment after they were seen.
      return requestIdleCallback(() => requestAnimationFrame(() => setTimeout(tell)));
    }
    const root = document.querySelector('parley-comments')?.shadowRoot;
    // A reply box is there with the comments, and without any.
    before = root?.querySelector('form') ? root.querySelectorAll('article').length : -1;
    return requestAnimationFrame(look);
  };
  const tell = () => {
    const [loader] = performance
      .getEntriesByType('resource')
      .filter(({ name }) => name.endsWith('/embed.js'));
    seen.start = loader?.startTime ?? 0;
    (window as unknown as { parleySeen(text: string): void }).parleySeen(JSON.stringify(seen));
  };
  requestAnimationFrame(look);
}
