/** The catalogue of refusals: each entry is a refusal, and somebody refuses with it. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROBLEMS } from '../../src/core/problem.ts';

const ROOT = join(import.meta.dirname, '../..');
const sources = globSync('src/**/*.ts', { cwd: ROOT })
  .filter((path) => !path.endsWith('core/problem.ts'))
  .map((path) => readFileSync(join(ROOT, path), 'utf8'))
  .join('\n');

test.each(Object.entries(PROBLEMS))('%s is a refusal that something uses', (slug, { status, title }) => {
  expect(slug).toMatch(/^[a-z]+(-[a-z]+)*$/);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(title).toMatch(/\.$/);
  expect(sources.includes(`'${slug}'`)).toBe(true);
});
