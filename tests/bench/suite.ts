/**
 * The suite: which measurements there are, in which order, on which data. Runs on any empty migrated database that it
 * is given, so that the tests can run it, too; files, signals and the embedded server are `main.ts`.
 */
import type pg from 'pg';
import { bundleEmbed } from '../../src/edge/embed-bundle.ts';
import { measureEmbed } from './embed-sizes.ts';
import { timeEmbed } from './embed-timings.ts';
import type { ContestResult, Pace } from './measure.ts';
import { post } from './post.ts';
import { readInDomain, readOverHttp } from './read.ts';
import { describeMachine, describePostgres, type Report } from './report.ts';
import { type Gazette, seed } from './seed.ts';

type Measure = (
  connection: pg.PoolConfig,
  gazette: Gazette,
  pace: Pace,
  profiles?: string,
) => Promise<ContestResult>;

/** Posting is last: it makes the tables grow, by what it counts again. The embed comes after, and adds its own thread. */
const CONTESTS: Record<string, Measure> = {
  'read-http': readOverHttp,
  'read-domain': readInDomain,
  post,
};

const EMBED = 'embed';

/** What `only` may name. */
export const NAMES: readonly string[] = [...Object.keys(CONTESTS), EMBED];

export interface SuiteOptions {
  /** The folder is where its files are, if known. */
  database: { connection: pg.PoolConfig; folder?: string };
  /** `visits`: how often a reader comes to an article, for each way of coming. */
  pace: Pace & { threads: number; visits: number };
  only?: string | undefined;
  /** Folder for CPU profiles of the service, and a trace of the embed. */
  profiles?: string | undefined;
  log?: (line: string) => void;
}

/** Runs what was asked for. Rejects at the first wrong answer; the database is left full. */
export async function runSuite({ database, pace, only, profiles, log }: SuiteOptions): Promise<Report> {
  const startedAt = new Date();
  const { connection, folder } = database;
  const machine = describeMachine(await describePostgres(connection, folder));
  const isAsked = (name: string) => only === undefined || only === name;
  // The embed's page has a thread of its own.
  const threads = only === EMBED ? 1 : pace.threads;
  log?.(`Filling the database: ${threads} threads`);
  const gazette = await seed(connection, threads);
  const contests: ContestResult[] = [];
  for (const [name, measure] of Object.entries(CONTESTS)) {
    if (!isAsked(name)) continue;
    log?.(`Measuring ${name}`);
    contests.push(await measure(connection, gazette, pace, profiles));
  }
  let embed: Report['embed'];
  if (isAsked(EMBED)) {
    log?.(`Measuring ${EMBED}`);
    const assets = await bundleEmbed();
    const timings = await timeEmbed(connection, gazette, assets, { rounds: pace.visits, profiles });
    embed = { ...measureEmbed(assets), timings };
  }
  return {
    format: 2,
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    machine,
    pace,
    contests,
    ...(embed ? { embed } : {}),
  };
}
