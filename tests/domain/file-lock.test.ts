import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FileLock, openFileLock } from '../../src/domain/file-lock.ts';

let folder: string;
let open: FileLock[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-lock-'));
  open = [];
});

afterEach(() => {
  for (const lock of open) lock.close();
  rmSync(folder, { recursive: true });
});

async function openLock(): Promise<FileLock> {
  const lock = await openFileLock(join(folder, 'lock'));
  open.push(lock);
  return lock;
}

test('one holder excludes all others, sharers only who wants it alone', async () => {
  const [ada, bo] = [await openLock(), await openLock()];
  expect(ada.tryTake('exclusive')).toBe(true);
  expect([bo.tryTake('exclusive'), bo.tryTake('shared')]).toEqual([false, false]);
  ada.release();
  expect([ada.tryTake('shared'), bo.tryTake('shared')]).toEqual([true, true]);
  ada.release();
  expect(ada.tryTake('exclusive')).toBe(false);
  bo.release();
  expect(ada.tryTake('exclusive')).toBe(true);
});

test('opening and closing it elsewhere in this process does not drop it', async () => {
  const holder = await openLock();
  holder.tryTake('exclusive');
  (await openLock()).close();
  open.pop();
  const child = await spawnHolder();
  expect(child.state).toBe('refused');
});

test('waits for the holder, and not for ever', async () => {
  const [ada, bo] = [await openLock(), await openLock()];
  ada.tryTake('exclusive');
  await expect(bo.take(50)).rejects.toThrow('for too long');
  const taking = bo.take(10_000);
  ada.release();
  await taking;
});

test('the kernel releases it when its holder is killed', async () => {
  const { child, state } = await spawnHolder();
  expect(state).toBe('held');
  const lock = await openLock();
  expect(lock.tryTake('shared')).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(lock.tryTake('exclusive')).toBe(true);
});

test('is a file that its owner alone can open, and nothing beside it', async () => {
  (await openLock()).tryTake('exclusive');
  expect(readdirSync(folder)).toEqual(['lock']);
  expect(statSync(join(folder, 'lock')).mode & 0o777).toBe(0o600);
});

async function spawnHolder() {
  const code = `
    const { openFileLock } = await import(process.argv[1]);
    const lock = await openFileLock(process.argv[2]);
    console.log(lock.tryTake('exclusive') ? 'held' : 'refused');
    setInterval(() => {}, 1000);`;
  const module = new URL('../../src/domain/file-lock.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, module, join(folder, 'lock')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const state = line.toString().trim();
  if (state !== 'held') child.kill('SIGKILL');
  return { child, state };
}
