/**
 * What a run leaves behind: one JSON, and the same as a table. Holds the shape and the rounding, and the facts of the
 * machine without which no figure means anything; it measures nothing.
 */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import pg from 'pg';
import type { EmbedSizes, FileSize } from './embed-sizes.ts';
import type { Figure } from './embed-timings.ts';
import type { ContestResult, Pace, Spread } from './measure.ts';

export interface Report {
  /** Grows when a field changes its meaning. */
  format: 2;
  /** UTC, ISO 8601. */
  startedAt: string;
  seconds: number;
  machine: Machine;
  pace: Pace & { threads: number; visits: number };
  contests: ContestResult[];
  /** Absent when it was not asked for. */
  embed?: EmbedSizes & { timings: Figure[] };
}

export interface Machine {
  cpu: string;
  cores: number;
  memoryBytes: number;
  system: string;
  /** Of the last minute, when the run began: what else was going on here. */
  loadAverage: number;
  node: string;
  packages: Record<string, string>;
  /** Absent when no contest needed it. */
  postgres?: Postgres;
}

export interface Postgres {
  version: string;
  fsync: string;
  synchronousCommit: string;
  /** Whether its files lie in memory, where a flush costs nothing; null when it is not known where they lie. */
  isInMemory: boolean | null;
}

const PACKAGES = ['hono', '@hono/node-server', 'pg', 'kysely', 'autocannon', 'esbuild'];
const MEMORY_FILE_SYSTEMS = new Set([0x01021994, 0x858458f6]); // tmpfs, ramfs

/** The machine as it is now. */
export function describeMachine(postgres?: Postgres): Machine {
  const versionOf = (name: string): string =>
    JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8'))
      .version;
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
    loadAverage: loadavg()[0]!,
    node: process.versions.node,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    ...(postgres ? { postgres } : {}),
  };
}

/** The server behind `connection`; `folder` is where its files are, when it is on this machine. */
export async function describePostgres(connection: pg.ClientConfig, folder?: string): Promise<Postgres> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const show = async (name: string): Promise<string> =>
      (await client.query(`select current_setting('${name}') as value`)).rows[0].value;
    return {
      version: await show('server_version'),
      fsync: await show('fsync'),
      synchronousCommit: await show('synchronous_commit'),
      isInMemory: folder ? MEMORY_FILE_SYSTEMS.has((await statfs(folder)).type) : null,
    };
  } finally {
    await client.end();
  }
}

/** The report as people read it. */
export function table({ machine, pace, contests, embed, seconds }: Report): string {
  const { cpu, cores, node, postgres, packages, loadAverage } = machine;
  const disk = postgres?.isInMemory ? ', files in memory' : '';
  const lines = [
    `${cores} × ${cpu}, load ${loadAverage.toFixed(1)} at the start; Node ${node}` +
      (postgres ? `, PostgreSQL ${postgres.version} (fsync ${postgres.fsync}${disk})` : ''),
    Object.entries(packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ];
  if (contests.length > 0) {
    lines.push(
      `medians of ${pace.rounds} interleaved rounds of ${pace.roundMs / 1000} s (lowest–highest); ratios to the first line in the`,
      'same round; CPU: of the Node process that does the work, without PostgreSQL and the load generator',
    );
  }
  for (const { name, what, results } of contests) {
    lines.push('', `${name}: ${what}`, row('', 'per second', 'ratio', 'CPU µs', 'CPU ratio', 'cores'));
    for (const { subject, rate, ratio, cpuMicroseconds, cpuRatio, cores } of results) {
      const cells = [range(rate, whole), ratio ? range(ratio, digits) : '1', whole(cpuMicroseconds.median)];
      lines.push(row(subject, ...cells, cpuRatio ? digits(cpuRatio.median) : '1', cores.median.toFixed(2)));
    }
  }
  if (embed) lines.push(...embedTable(embed, pace.visits));
  lines.push('', `took ${Math.round(seconds)} s`);
  return lines.join('\n');
}

function embedTable(
  { files, first, all, budgetBytes, timings }: NonNullable<Report['embed']>,
  visits: number,
) {
  const sized = (name: string, { rawBytes, gzipBytes }: Omit<FileSize, 'path' | 'kind'>, bar?: number) =>
    row(name, whole(rawBytes), whole(gzipBytes), ...(bar ? [whole(bar), verdict(gzipBytes, bar)] : []));
  const languages = files
    .filter(({ kind }) => kind === 'language')
    .toSorted((a, b) => a.gzipBytes - b.gzipBytes);
  const [smallest] = languages;
  const largest = languages.at(-1);
  return [
    '',
    'embed: what a browser loads, in bytes',
    row('', 'raw', 'gzip -9', 'at most'),
    ...files
      .filter(({ kind }) => kind !== 'language')
      .map((file) => sized(NAMED[file.kind] + file.path, file)),
    ...(smallest && largest
      ? [sized('smallest language', smallest), sized('largest language', largest)]
      : []),
    sized('reading and replying', first, budgetBytes.first),
    sized('without languages and counts', all, budgetBytes.all),
    '',
    `embed: a page of 100 comments on a phone (4 × slower processor; where times say "visible", also 150 ms latency,`,
    `1.6 Mbit/s); medians of ${visits} visits (lowest–highest)`,
    row('', '', 'at most'),
    ...timings.map(({ name, unit, spread, bar }) => {
      const write = { ms: whole, shift: (value: number) => value.toFixed(3), ratio: digits }[unit];
      const held = bar === null ? [] : [write(bar), '', verdict(spread.median, bar)];
      return row(name, range(spread, write), ...held);
    }),
  ];
}

/** Before its name, what a file is. */
const NAMED = { first: '', use: 'at use: ', language: '', count: 'lists: ' };

const verdict = (value: number, bar: number) => (value <= bar ? 'met' : 'MISSED');

const WIDTHS = [24, 24, 9, 11, 7];

function row(name: string, ...cells: string[]): string {
  return `  ${name.padEnd(34)}${cells.map((cell, at) => cell.padStart(WIDTHS[at]!)).join('')}`;
}

function range({ median, min, max }: Spread, write: (value: number) => string): string {
  return `${write(median)} (${write(min)}–${write(max)})`;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const digits = (value: number) => value.toPrecision(2);

/** Four digits are more than such a measurement knows; the rest is noise. */
export function toJson(report: Report): string {
  const short = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  return `${JSON.stringify(report, short, 2)}\n`;
}
