/**
 * `npm run bench`: runs the suite on an embedded PostgreSQL of its own, in a temporary folder that is gone afterwards,
 * prints a table and writes one JSON. All load stays on this machine. What is measured, and against what, stands in
 * `read.ts`, `post.ts`, `embed-sizes.ts` and `embed-timings.ts`.
 */
import { realpathSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase } from '../../src/domain/database.ts';
import { type EmbeddedDatabase, startEmbedded } from '../../src/domain/embedded.ts';
import { migrate } from '../../src/domain/migrate.ts';
import { endProcesses } from './processes.ts';
import { type Report, table, toJson } from './report.ts';
import { NAMES, runSuite, type SuiteOptions } from './suite.ts';

const FULL = { rounds: 5, roundMs: 2_000, warmUpMs: 800, threads: 5_000, visits: 5 };
const QUICK = { rounds: 3, roundMs: 600, warmUpMs: 300, threads: 5_000, visits: 1 };
/** A machine that is too busy to finish by then has nothing to say about speed. */
const FULL_LIMIT_MS = 180_000;
const QUICK_LIMIT_MS = 45_000;

const HELP = `npm run bench -- [options]

Measures Parley side by side with what it stands on, and prints ratios.

  --only <name>      ${NAMES.join(', ')}; default: all
  --quick            shorter rounds, for a first impression (at most ${QUICK_LIMIT_MS / 1000} s instead of ${FULL_LIMIT_MS / 1000})
  --json <path>      where the figures go (default: bench.json)
  --profile <folder> also writes CPU profiles of the service there, and a trace of the embed
  --help             this

The database's files lie in TMPDIR while it runs: have that on the disk you mean to measure.`;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? `The benchmark failed: ${error.message}` : error);
  // Whatever was still under way has lost its database, and nobody waits for it.
  process.exit(1);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string', default: 'bench.json' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const { only, quick, json, profile } = values;
  if (only !== undefined && !NAMES.includes(only)) {
    console.error(`There is no "${only}": choose from ${NAMES.join(', ')}.`);
    return 2;
  }
  const measure = (database: SuiteOptions['database']) =>
    runSuite({
      database,
      pace: quick ? QUICK : FULL,
      only,
      profiles: profile,
      log: (line) => console.error(`${Math.round(performance.now() / 1000)} s: ${line}`),
    });
  const report = await withDatabase(measure, stopSignal(quick));
  console.log(table(report));
  await writeFile(json, toJson(report));
  console.log(`written to ${json}`);
  return 0;
}

/** Fires when the time is up, or when somebody wants it to end. */
function stopSignal(isQuick: boolean): AbortSignal {
  const stopping = new AbortController();
  const limitMs = isQuick ? QUICK_LIMIT_MS : FULL_LIMIT_MS;
  const late = () => stopping.abort(new Error(`this machine did not finish within ${limitMs / 1000} s.`));
  setTimeout(late, limitMs).unref();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopping.abort(new Error(`stopped by ${signal}.`)));
  }
  return stopping.signal;
}

/** Runs `measure` on a database of its own, and leaves nothing of it behind, also when `signal` fires in the middle. */
async function withDatabase(
  measure: (database: SuiteOptions['database']) => Promise<Report>,
  signal: AbortSignal,
): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  let server: EmbeddedDatabase | undefined;
  try {
    server = await startEmbedded({ dataDir: folder });
    const { connection } = server;
    const { pool, close } = openDatabase(connection);
    await migrate(pool);
    await close();
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    signal.throwIfAborted();
    return await Promise.race([measure({ connection, folder: join(folder, 'postgres') }), stopped]);
  } finally {
    endProcesses();
    await server?.stop({ force: true });
    await removeFiles(folder);
  }
}

async function removeFiles(folder: string): Promise<void> {
  try {
    // Under root the server's files may lie elsewhere, where its account can reach them.
    await rm(realpathSync(join(folder, 'postgres')), { recursive: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
