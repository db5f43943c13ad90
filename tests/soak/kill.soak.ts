/**
 * The promise behind `Idempotency-Key`, kept through hard kills: the service runs as `npm start` runs it, on an embedded
 * database of its own, and is killed while 50 connections post. Clients retry whatever was not acknowledged, with the
 * same keys. What was acknowledged is there exactly once; nothing is doubled.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/domain/database.ts';
import { startEmbedded } from '../../src/domain/embedded.ts';
import { joinSite } from '../../src/domain/memberships.ts';
import { openSession } from '../../src/domain/sessions.ts';
import { createSite } from '../../src/domain/sites.ts';
import { signInWith } from '../../src/domain/users.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const ORIGIN = 'https://gazette.example';
const ARTICLE = `${ORIGIN}/one`;
const POSTS = 1_000;
const CONNECTIONS = 50;
const READERS = 10; // one reader may post 600 comments a minute at most
const KILLS_AFTER = [150, 400, 650, 900]; // acknowledged posts
const POLL_MS = 25;
const READY_TIMEOUT_MS = 60_000;

let dataDir: string;
let base: string;
let port: number;
let service: ChildProcess;
let output: string;

beforeEach(async () => {
  dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'parley-kill-')));
  port = await freePort();
  base = `http://127.0.0.1:${port}`;
  output = '';
  await startService();
});

afterEach(async () => {
  await end(service, 'SIGTERM');
  const database = await startEmbedded({ dataDir });
  await database.stop({ force: true });
  rmSync(dataDir, { recursive: true });
});

test.each([
  ['the service', false],
  ['the service and its database', true],
])('killing %s during 1,000 posts loses and doubles nothing', async (_, isDatabaseKilled) => {
  const tokens = await openReaders();
  const acknowledged = new Map<string, number>();
  const tally = { broken: 0, replayed: 0, kills: 0 };
  const queue = Array.from({ length: POSTS }, (__, index) => `comment ${index}`);

  async function post(text: string, token: string): Promise<void> {
    for (;;) {
      // An answer that breaks off after its head is no acknowledgement either.
      const answer = await send(text, token).catch(() => undefined);
      if (answer?.status === 201) {
        acknowledged.set(text, (answer.body as { comment: { id: number } }).comment.id);
        if (answer.isReplay) tally.replayed++;
        return;
      }
      if (answer && answer.status !== 503)
        throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
      tally.broken++;
      await untilReady();
    }
  }

  const clients = Array.from({ length: CONNECTIONS }, async (__, index) => {
    for (let text = queue.shift(); text !== undefined; text = queue.shift()) {
      await post(text, tokens[index % READERS]!);
    }
  });
  const working = Promise.all(clients);
  let isDone = false;
  working.then(
    () => (isDone = true),
    () => (isDone = true),
  );
  for (const after of KILLS_AFTER) {
    while (acknowledged.size < after && !isDone) await sleep(1);
    if (isDone) break;
    const database = Number(
      readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0],
    );
    if (isDatabaseKilled) process.kill(database, 'SIGKILL');
    await end(service, 'SIGKILL');
    tally.kills++;
    await startService();
  }
  await working;

  // Else the kills fell between requests and prove nothing.
  expect(tally.kills).toBe(KILLS_AFTER.length);
  expect(tally.broken).toBeGreaterThan(KILLS_AFTER.length);
  const found = await readAll();
  expect(found.length).toBe(POSTS);
  expect(new Map(found.map(({ text, id }) => [text, id]))).toEqual(acknowledged);
  console.log(`${tally.broken} posts were cut off, ${tally.replayed} of them had been written`);
});

async function send(text: string, token: string) {
  const response = await fetch(`${base}/api/v1/sites/gazette/comments`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      Origin: ORIGIN,
      'Content-Type': 'application/json',
      'Idempotency-Key': text.replace(' ', '-'),
    },
    body: JSON.stringify({ key: `url:${ARTICLE}`, url: ARTICLE, title: 'One', text }),
  });
  const isReplay = response.headers.has('Idempotency-Replayed');
  return { status: response.status, isReplay, body: (await response.json()) as unknown };
}

/** Every comment of the thread, page by page, as any reader gets them; and the count that the thread claims. */
async function readAll(): Promise<{ id: number; text: string }[]> {
  const found: { id: number; text: string }[] = [];
  let after = '';
  do {
    const query = new URLSearchParams({ key: `url:${ARTICLE}`, order: 'oldest', limit: '100' });
    if (after) query.set('after', after);
    const response = await fetch(`${base}/api/v1/sites/gazette/thread?${query}`);
    const page = (await response.json()) as {
      thread: { commentCount: number };
      comments: { items: { id: number; html: string }[]; next: string | null };
    };
    expect(page.thread.commentCount).toBe(POSTS);
    for (const { id, html } of page.comments.items)
      found.push({ id, text: html.replace(/<[^>]+>/g, '').trim() });
    after = page.comments.next ?? '';
  } while (after);
  return found;
}

async function openReaders(): Promise<string[]> {
  const embedded = await startEmbedded({ dataDir });
  const { db, close } = openDatabase(embedded.connection);
  const now = new Date();
  const settings = { commentsPerMinute: 600 };
  await createSite(db, { id: 'gazette', name: 'Gazette', origins: [ORIGIN], settings }, now);
  const tokens: string[] = [];
  for (let index = 0; index < READERS; index++) {
    const name = `Reader ${index}`;
    const token = await db.transaction().execute(async (tx) => {
      const account = { provider: 'google', issuer: '', subject: name, name, username: null, link: null };
      const who = await signInWith(tx, account, now);
      await joinSite(tx, 'gazette', who.userId, now);
      const identity = { userId: who.userId, identityId: who.identityId };
      const page = { kind: 'page', ...identity, siteId: null, origin: null, mintedBy: null } as const;
      const mintedBy = (await openSession(tx, page, now)).session.id;
      const embed = { kind: 'embed', ...identity, siteId: 'gazette', origin: ORIGIN, mintedBy } as const;
      return (await openSession(tx, embed, now)).token;
    });
    tokens.push(token);
  }
  await close();
  await embedded.stop();
  return tokens;
}

async function startService(): Promise<void> {
  service = spawn(process.execPath, ['src/main.ts'], {
    cwd: CHECKOUT,
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  service.stdout?.on('data', collect);
  service.stderr?.on('data', collect);
  await untilReady();
}

async function untilReady(): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const isReady = await fetch(`${base}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    if (performance.now() > deadline) throw new Error(`The service does not get ready:\n${output}`);
    await sleep(POLL_MS);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return free;
}
