/**
 * The benchmark suite, with rounds too short to say anything: that it runs against this version of the service, and that
 * its JSON has the shape that is promised. No time is asserted.
 */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { table, toJson } from '../bench/report.ts';
import { NAMES, runSuite } from '../bench/suite.ts';
import { createDatabase } from '../support/database.ts';

const SPREAD = z.strictObject({ median: z.number(), min: z.number(), max: z.number() });
const POSITIVE = SPREAD.refine(({ min, median, max }) => min > 0 && min <= median && median <= max);
const SIZE = z.strictObject({ rawBytes: z.int().positive(), gzipBytes: z.int().positive() });
const TEXT = z.string().min(1);

const REPORT = z.strictObject({
  format: z.literal(1),
  startedAt: z.iso.datetime(),
  seconds: z.number().positive(),
  machine: z.strictObject({
    cpu: TEXT,
    cores: z.int().positive(),
    memoryBytes: z.int().positive(),
    system: TEXT,
    loadAverage: z.number(),
    node: z.literal(process.versions.node),
    packages: z.record(z.string(), z.string().regex(/^\d+\.\d+\.\d+/)),
    postgres: z.strictObject({
      version: z.string().regex(/^\d+/),
      fsync: z.enum(['on', 'off']),
      synchronousCommit: TEXT,
      isInMemory: z.boolean().nullable(),
    }),
  }),
  pace: z.strictObject({ rounds: z.int(), roundMs: z.int(), warmUpMs: z.int(), threads: z.int() }),
  contests: z.array(
    z.strictObject({
      name: TEXT,
      what: TEXT,
      results: z.array(
        z.strictObject({
          subject: TEXT,
          rate: POSITIVE,
          ratio: POSITIVE.nullable(),
          cpuMicroseconds: POSITIVE,
          cpuRatio: POSITIVE.nullable(),
          cores: POSITIVE,
        }),
      ),
    }),
  ),
  embed: z.strictObject({
    files: z.array(SIZE.extend({ path: TEXT, isFirst: z.boolean() })),
    first: SIZE,
    all: SIZE,
    budgetBytes: z.int(),
  }),
});

test('every contest runs on this version of the service, and the report has its shape', async () => {
  const database = await createDatabase();
  try {
    const { connection } = database;
    const pace = { rounds: 1, roundMs: 500, warmUpMs: 20, threads: 12 };
    const report = await runSuite({ database: { connection }, pace });
    const { contests, embed } = REPORT.parse(JSON.parse(toJson(report)));
    expect([...contests.map(({ name }) => name), 'embed']).toEqual(NAMES);
    for (const { results } of contests) {
      const [baseline, ...others] = results;
      expect([baseline?.ratio, baseline?.cpuRatio]).toEqual([null, null]);
      for (const { ratio, cpuRatio } of others) expect([ratio, cpuRatio]).not.toContain(null);
    }
    const first = embed.files.filter(({ isFirst }) => isFirst);
    expect(first.map(({ path }) => path)).toContain('embed.js');
    expect(first.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)).toBe(embed.first.gzipBytes);
    const printed = table(report);
    for (const name of NAMES) expect(printed).toContain(`${name}: `);
    for (const { results } of contests) for (const { subject } of results) expect(printed).toContain(subject);
  } finally {
    await database.drop();
  }
}, 60_000); // some seconds of load, and a busy machine makes more of them
