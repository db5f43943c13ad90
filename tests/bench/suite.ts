/**
 * The suite: which measurements there are, in which order, on which data. Runs on any empty migrated database that it
 * is given, so that the tests can run it, too; files, signals and the embedded server are `main.ts`.
 */
import type pg from 'pg';
import { bundleEmbed } from '../../src/edge/embed-bundle.ts';
import { measureEmbed } from './embed-sizes.ts';
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

/** Posting is last: it makes the tables grow. */
const CONTESTS: Record<string, Measure> = {
  'read-http': readOverHttp,
  'read-domain': readInDomain,
  post,
};

const EMBED = 'embed';

/** What `only` may name. */
export const NAMES: readonly string[] = [...Object.keys(CONTESTS), EMBED];

/** Whether what was asked for needs a database. */
export const needsDatabase = (only: string | undefined): boolean => only !== EMBED;

export interface SuiteOptions {
  /** Absent when nothing needs it; the folder is where its files are, if known. */
  database?: { connection: pg.PoolConfig; folder?: string };
  pace: Pace & { threads: number };
  only?: string | undefined;
  /** Folder for CPU profiles of the service. */
  profiles?: string | undefined;
  log?: (line: string) => void;
}

/** Runs what was asked for. Rejects at the first wrong answer; the database is left full. */
export async function runSuite({ database, pace, only, profiles, log }: SuiteOptions): Promise<Report> {
  const startedAt = new Date();
  const machine = describeMachine(database && (await describePostgres(database.connection, database.folder)));
  const contests: ContestResult[] = [];
  if (database) {
    log?.(`Filling the database: ${pace.threads} threads`);
    const gazette = await seed(database.connection, pace.threads);
    for (const [name, measure] of Object.entries(CONTESTS)) {
      if (only !== undefined && only !== name) continue;
      log?.(`Measuring ${name}`);
      contests.push(await measure(database.connection, gazette, pace, profiles));
    }
  }
  const embed = only === undefined || only === EMBED ? measureEmbed(await bundleEmbed()) : undefined;
  return {
    format: 1,
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    machine,
    pace,
    contests,
    ...(embed ? { embed } : {}),
  };
}
