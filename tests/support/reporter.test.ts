/** Whole runs of vitest on small files: what counts is the last line on the terminal, and that it agrees with the code. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const REPORTER = fileURLToPath(new URL('reporter.ts', import.meta.url));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-reporter-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function run(files: Record<string, string>, config = ''): { line: string | undefined; code: number | null } {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const settings = `globals: true, reporters: ['default', ${JSON.stringify(REPORTER)}], ${config}`;
  writeFileSync(join(folder, 'vitest.config.mjs'), `export default { test: { ${settings} } };`);
  // Both streams in one, in the order in which a terminal or a CI log shows them.
  const { stdout, status } = spawnSync(
    '/bin/sh',
    ['-c', 'exec "$0" "$@" 2>&1', process.execPath, VITEST, 'run'],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, VITEST: '' },
    },
  );
  return { line: stdout.trimEnd().split('\n').at(-1), code: status };
}

const PASSES = "test('passes', () => {});";

test('all tests passed', () => {
  expect(run({ 'a.test.js': PASSES, 'b.test.js': PASSES })).toEqual({ line: '2 passed, 0 failed', code: 0 });
});

test('failures and skips are counted', () => {
  const text = `${PASSES} test('fails', () => { throw new Error('no'); }); test.skip('later', () => {});`;
  expect(run({ 'a.test.js': text })).toEqual({ line: '1 passed, 1 failed, 1 skipped', code: 1 });
});

test('a file that cannot be read is a failure', () => {
  const broken = "import './nowhere.js';";
  expect(run({ 'a.test.js': PASSES, 'b.test.js': broken })).toEqual({ line: '1 passed, 1 failed', code: 1 });
});

test('a hook that breaks is a failure beside the tests it skips', () => {
  const text = `describe('all', () => { beforeAll(() => { throw new Error('no'); }); ${PASSES} });`;
  expect(run({ 'a.test.js': text })).toEqual({ line: '0 passed, 1 failed, 1 skipped', code: 1 });
});

test('an error that no test awaits is a failure', () => {
  const text = "test('passes', () => { void Promise.reject(new Error('unheard')); });";
  expect(run({ 'a.test.js': text })).toEqual({ line: '1 passed, 1 failed', code: 1 });
});

test('a run whose set-up fails does not look like a success', () => {
  const files = { 'a.test.js': PASSES, 'setup.js': "export default () => { throw new Error('no'); };" };
  expect(run(files, "globalSetup: './setup.js'")).toEqual({ line: '0 passed, 1 failed', code: 1 });
});

test('a run that finds no test does not look like a success', () => {
  expect(run({})).toEqual({ line: '0 passed, 1 failed', code: 1 });
});
