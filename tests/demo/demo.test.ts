/**
 * Proves `npm run demo`: everything is reachable where it says, a run after another one finds its site again, ports
 * that are taken do not matter, and nothing stays behind, however it ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

let dataDir: string;
let demo: ChildProcess | undefined;
let printed = '';

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-demo-'));
});
afterEach(async () => {
  await stop();
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** Starts the demo and waits for its addresses; `undefined` for what it did not print. */
async function start(env: Record<string, string> = {}) {
  printed = '';
  demo = spawn(process.execPath, ['tests/demo/main.ts'], {
    env: { ...process.env, DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  demo.stdout!.on('data', (chunk) => (printed += chunk));
  demo.stderr!.on('data', (chunk) => (printed += chunk));
  await expect.poll(() => printed, { timeout: 30_000 }).toMatch('Ctrl-C stops it all.');
  const find = (pattern: RegExp) => pattern.exec(printed)![1]!;
  return {
    article: find(/(http:\S+)\/last-ferry/),
    service: find(/comments come from\s+(http:\S+)/),
    simulators: find(/sign in at\s+(http:\S+)/),
  };
}

/** Its exit code. */
async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (!demo || demo.exitCode !== null) return demo?.exitCode ?? null;
  const exited = once(demo, 'exit');
  demo.kill(signal);
  return (await exited)[0];
}

async function isUp(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

test('prints the addresses of an article on another site, of the service and of the simulators', async () => {
  const { article, service, simulators } = await start();
  expect(new URL(article).hostname).toBe('127.0.0.1');
  expect(new URL(service).hostname).toBe('localhost');
  const page = await (await fetch(`${article}/last-ferry`)).text();
  expect(page).toContain(`<script async src="${service}/embed.js" data-site="gazette"></script>`);
  expect(await isUp(`${service}/embed.js`)).toBe(true);
  const thread = await fetch(`${service}/api/v1/sites/gazette/thread?key=url:${article}/last-ferry`);
  const { site } = (await thread.json()) as { site: { providers: { id: string }[] } };
  expect(site.providers.map(({ id }) => id).sort()).toEqual([
    'facebook',
    'github',
    'google',
    'twitter',
    'wordpress',
  ]);

  const started = await fetch(`${service}/login/start`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: article },
    body: new URLSearchParams({
      site: 'gazette',
      return: `${article}/last-ferry`,
      challenge: 'c'.repeat(43),
      provider: 'google',
      mode: 'popup',
      switch: '',
    }),
  });
  expect(started.status, 'the article is a registered origin').toBe(303);

  expect(await stop('SIGINT')).toBe(0);
  expect([await isUp(article), await isUp(`${service}/healthz`), await isUp(simulators)]).toEqual([
    false,
    false,
    false,
  ]);
}, 60_000);

test('a second run finds the site and gives it its new origin; ports that are taken are not asked for', async () => {
  const squatters = await Promise.all(
    [8080, 8081, 8082].map(async (port) => {
      const server = createServer();
      // An error means that somebody else holds it: taken all the same.
      await new Promise((resolve) => {
        server.once('error', resolve).listen(port, '127.0.0.1', () => resolve(undefined));
      });
      return server;
    }),
  );
  try {
    const { article, service } = await start({ DATABASE_URL: 'postgres://not-the-demos.example/' });
    expect([new URL(article).port, new URL(service).port]).not.toContain('8080');
    const started = await fetch(`${service}/api/v1/sites/gazette/thread?key=url:${article}/last-ferry`);
    expect(started.status, 'its address lies within the origins of the site').toBe(200);
  } finally {
    for (const server of squatters) server.close();
  }
}, 60_000);

test.runIf(process.platform === 'linux')(
  'when the service dies, the demo says so and ends',
  async () => {
    const { article } = await start();
    const children = await readFile(`/proc/${demo!.pid}/task/${demo!.pid}/children`, 'utf8');
    const exited = once(demo!, 'exit');
    for (const pid of children.trim().split(' ')) process.kill(Number(pid), 'SIGKILL');
    expect((await exited)[0]).toBe(1);
    expect(printed).toContain('The demo ends: the service was ended by SIGKILL.');
    expect(await isUp(article)).toBe(false);
  },
  60_000,
);

test.runIf(process.platform === 'linux')(
  'when npm is told to end, so does the demo',
  async () => {
    printed = '';
    const npm = spawn('npm', ['run', 'demo'], { env: { ...process.env, DATA_DIR: dataDir }, detached: true });
    npm.stdout.on('data', (chunk) => (printed += chunk));
    await expect.poll(() => printed, { timeout: 30_000 }).toMatch('Ctrl-C stops it all.');
    const article = /(http:\S+)\/last-ferry/.exec(printed)![1]!;
    npm.kill('SIGTERM');
    await expect.poll(() => isUp(article), { timeout: 20_000 }).toBe(false);
  },
  60_000,
);
