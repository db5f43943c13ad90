/**
 * How long a reader with a phone waits for the comments of an article, what they cost the phone, and whether anything
 * jumps: the demo's article on one site, the service on another, a real Chromium slowed down. Holds which visits are
 * made and what they are held against; a visit is visit.ts's affair. The phone is an emulation: of a connection it
 * knows the latency of each request and its throughput, not what names, TCP and TLS take before the first one.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { Browser } from 'playwright-core';
import type { EmbedAsset } from '../../src/edge/embed-bundle.ts';
import { type Gazette as Newspaper, startGazette } from '../demo/gazette.ts';
import { launchChromium } from '../support/chromium.ts';
import { type Spread, spread } from './measure.ts';
import { type Served, startProcess } from './processes.ts';
import { DISCUSSION, type Gazette, seedDiscussion } from './seed.ts';
import type { ServiceOrder } from './service.ts';
import { startStillPage } from './still-page.ts';
import { DESK, newReader, type Visit, visit } from './visit.ts';

/** What a reader does not notice as waiting, on the phone and the network of visit.ts. */
const VISIBLE_MS = 1_500;
/** Longer, and the page does not answer a touch in time. Source: W3C, "Long Tasks". */
const TASK_MS = 50;
const SCRIPT_MS = 150;
/** Half of what is still called good. Source: web.dev, "Cumulative Layout Shift". */
const SHIFT_IN_VIEW = 0.05;
const SHIFT_BELOW = 0;

export interface Figure {
  name: string;
  unit: 'ms' | 'shift' | 'ratio';
  spread: Spread;
  /** What the median is to stay within; null where there is nothing to hold it against. */
  bar: number | null;
}

export interface TimingOptions {
  /** How often each visit is made. */
  rounds: number;
  /** Folder for a trace of one more visit. */
  profiles?: string | undefined;
}

/** Makes the visits, on a database that `gazette` was seeded in. */
export async function timeEmbed(
  connection: pg.PoolConfig,
  gazette: Gazette,
  assets: readonly EmbedAsset[],
  { rounds, profiles }: TimingOptions,
): Promise<Figure[]> {
  await seedDiscussion(connection, gazette);
  const order: ServiceOrder = { connection, assets };
  const served = await startProcess('./service.ts', order);
  const stops: (() => Promise<unknown>)[] = [() => served.stop()];
  try {
    const service = otherSite(served);
    const newspaper = async (attributes: string) => {
      const options = { service, siteId: gazette.site.id, attributes };
      const started = await startGazette(options);
      stops.push(() => started.stop());
      return articleOf(started);
    };
    const english = await newspaper('data-thread="lively"');
    const german = await newspaper('data-thread="lively" data-lang="de"');
    const silent = await newspaper('data-thread="silent"');
    const browser = await launchChromium();
    stops.push(() => browser.close());
    // Also the one request that warms the service, and whatever Chromium does once.
    const still = await withReader(browser, (reader) => startStillPage(reader, english, DISCUSSION.comments));
    stops.push(() => still.stop());
    const visits = noted();
    for (let round = 0; round < rounds; round++)
      await makeVisits(browser, { service, english, german, silent, still: still.url }, visits, round === 0);
    if (profiles) {
      await mkdir(profiles, { recursive: true });
      const traced = { ...nearTo(service), traceFile: join(profiles, 'embed-trace.json') };
      await withReader(browser, (reader) => visit(reader, english, traced));
    }
    return figuresOf(visits);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** A name that is not the articles' own: to a browser, another site. */
const otherSite = ({ url }: Served) => url.replace('127.0.0.1', 'localhost');

const articleOf = ({ articles }: Newspaper) => articles[0]!.url;

type Visits = ReturnType<typeof noted>;

/** By where, in which language and with what in the cache. `below`: the comments lie below the window. */
const noted = () => ({
  inView: [] as Visit[],
  again: [] as Visit[],
  germanBelow: [] as Visit[],
  germanAgain: [] as Visit[],
  desk: [] as Visit[],
  silent: [] as Visit[],
  embed: [] as Visit[],
  still: [] as Visit[],
});

const nearTo = (service: string) => ({ service, comments: DISCUSSION.comments });

interface Places {
  service: string;
  english: string;
  german: string;
  /** Nobody has said anything there. */
  silent: string;
  still: string;
}

async function makeVisits(browser: Browser, places: Places, visits: Visits, isFirst: boolean): Promise<void> {
  const { service, english, german, silent, still } = places;
  const near = nearTo(service);
  const far = { ...near, isFar: true };
  const traced = { ...near, isTraced: true };
  await withReader(browser, async (reader) => {
    visits.inView.push(await visit(reader, `${english}#comments`, far));
    visits.again.push(await visit(reader, english, far));
  });
  await withReader(browser, async (reader) => {
    visits.germanBelow.push(await visit(reader, german, far));
    visits.germanAgain.push(await visit(reader, german, far));
  });
  await withReader(browser, async (reader) => visits.embed.push(await visit(reader, english, traced)));
  await withReader(browser, async (reader) => visits.still.push(await visit(reader, still, traced)));
  // Where things stand is always the same.
  if (!isFirst) return;
  await withReader(browser, async (reader) =>
    visits.silent.push(await visit(reader, `${silent}#comments`, { ...far, comments: 0 })),
  );
  await withReader(
    browser,
    async (reader) => visits.desk.push(await visit(reader, `${english}#comments`, far)),
    DESK,
  );
}

async function withReader<T>(
  browser: Browser,
  act: (reader: Awaited<ReturnType<typeof newReader>>) => Promise<T>,
  device?: object,
): Promise<T> {
  const reader = await newReader(browser, device);
  try {
    return await act(reader);
  } finally {
    await reader.close();
  }
}

function figuresOf({
  inView,
  again,
  germanBelow,
  germanAgain,
  desk,
  silent,
  embed,
  still,
}: Visits): Figure[] {
  const figure = (
    name: string,
    unit: Figure['unit'],
    values: number[],
    bar: number | null = null,
  ): Figure => ({
    name,
    unit,
    spread: spread(values),
    bar,
  });
  const visible = (visits: Visit[]) => visits.map(({ visibleMs }) => visibleMs);
  const shifts = (visits: Visit[]) => visits.map(({ shift }) => shift);
  const work = embed.map(({ work }) => work!);
  const longest = work.map(({ longest }) => longest);
  return [
    figure('visible, English, empty cache', 'ms', visible(inView), VISIBLE_MS),
    figure('visible, German, empty cache', 'ms', visible(germanBelow), VISIBLE_MS),
    figure('visible, English, again', 'ms', visible(again), VISIBLE_MS),
    figure('visible, German, again', 'ms', visible(germanAgain), VISIBLE_MS),
    figure(
      'longest task, CPU',
      'ms',
      longest.map(({ ms }) => ms),
      TASK_MS,
    ),
    figure(
      '  of it script',
      'ms',
      longest.map(({ scriptMs }) => scriptMs),
    ),
    figure(
      '  of it style',
      'ms',
      longest.map(({ styleMs }) => styleMs),
    ),
    figure(
      '  of it layout',
      'ms',
      longest.map(({ layoutMs }) => layoutMs),
    ),
    figure(
      '  by the clock',
      'ms',
      longest.map(({ clockMs }) => clockMs),
    ),
    figure(
      'longest task with script, CPU',
      'ms',
      work.map(({ longestScriptMs }) => longestScriptMs),
      TASK_MS,
    ),
    figure(
      'script until visible, CPU',
      'ms',
      work.map(({ scriptMs }) => scriptMs),
      SCRIPT_MS,
    ),
    figure(
      'all tasks of the page, CPU',
      'ms',
      work.map(({ totalMs }) => totalMs),
    ),
    figure(
      '  to the same nodes as HTML',
      'ratio',
      work.map(({ totalMs }, round) => totalMs / still[round]!.work!.totalMs),
    ),
    figure('shift in view, phone', 'shift', shifts(inView), SHIFT_IN_VIEW),
    figure('shift in view, desk', 'shift', shifts(desk), SHIFT_IN_VIEW),
    figure('shift in view, no comments', 'shift', shifts(silent), SHIFT_IN_VIEW),
    figure(
      'shift below the window',
      'shift',
      shifts([...again, ...germanBelow, ...germanAgain]),
      SHIFT_BELOW,
    ),
  ];
}
