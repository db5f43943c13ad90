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
  format: z.literal(2),
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
  pace: z.strictObject({
    rounds: z.int(),
    roundMs: z.int(),
    warmUpMs: z.int(),
    threads: z.int(),
    visits: z.int(),
  }),
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
    files: z.array(SIZE.extend({ path: TEXT, kind: z.enum(['first', 'use', 'language', 'count']) })),
    first: SIZE,
    all: SIZE,
    budgetBytes: z.strictObject({ first: z.int(), all: z.int() }),
    timings: z.array(
      z.strictObject({
        name: TEXT,
        unit: z.enum(['ms', 'shift', 'ratio']),
        spread: SPREAD,
        bar: z.number().nullable(),
      }),
    ),
  }),
});

test('every contest runs on this version of the service, and the report has its shape', async () => {
  const database = await createDatabase();
  try {
    const { connection } = database;
    const pace = { rounds: 1, roundMs: 500, warmUpMs: 20, threads: 12, visits: 1 };
    const report = await runSuite({ database: { connection }, pace });
    const { contests, embed } = REPORT.parse(JSON.parse(toJson(report)));
    expect([...contests.map(({ name }) => name), 'embed']).toEqual(NAMES);
    for (const { results } of contests) {
      const [baseline, ...others] = results;
      expect([baseline?.ratio, baseline?.cpuRatio]).toEqual([null, null]);
      for (const { ratio, cpuRatio } of others) expect([ratio, cpuRatio]).not.toContain(null);
    }
    const sizeOf = (...kinds: string[]) =>
      embed.files.reduce((sum, { kind, gzipBytes }) => sum + (kinds.includes(kind) ? gzipBytes : 0), 0);
    expect(sizeOf('first')).toBe(embed.first.gzipBytes);
    expect(sizeOf('first', 'use')).toBe(embed.all.gzipBytes);
    expect(new Set(embed.files.map(({ kind }) => kind))).toHaveLength(4);
    for (const { name, unit, spread } of embed.timings)
      if (unit !== 'shift' && !name.startsWith(' ')) expect(spread.min, name).toBeGreaterThan(0);
    expect(embed.timings.filter(({ bar }) => bar !== null).length).toBeGreaterThan(8);
    const printed = table(report);
    for (const name of NAMES) expect(printed).toContain(`${name}: `);
    for (const { results } of contests) for (const { subject } of results) expect(printed).toContain(subject);
    for (const { name } of embed.timings) expect(printed).toContain(name);
  } finally {
    await database.drop();
  }
}, 120_000); // some seconds of load, and a busy machine makes more of them
