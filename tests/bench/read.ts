/**
 * Reading the page of 100 comments (25 roots with 3 replies each, the page an article shows first): over HTTP against
 * bare `node:http` that sends the same bytes, and in the domain against `pg` alone that sends the same SQL.
 *
 * Over HTTP, Parley may answer from any cache it has: the baseline serves prepared bytes, too. In the domain it may
 * not: the baseline repeats the statements that one read of the domain has just sent, every one of them, and each turn
 * of either side is checked to have brought all 100 comments.
 */
import assert from 'node:assert/strict';
import type pg from 'pg';
import { type Db, openDatabase } from '../../src/domain/database.ts';
import { type RootPage, readRoots } from '../../src/domain/discussion.ts';
import { readSite } from '../../src/domain/sites.ts';
import { findThread } from '../../src/domain/threads.ts';
import type { BareOrder } from './bare-server.ts';
import { loadReads, loop, weigh } from './load.ts';
import { type ContestResult, hold, type Pace } from './measure.ts';
import { startProcess } from './processes.ts';
import { COMMENTS, type Gazette } from './seed.ts';
import type { ServiceOrder } from './service.ts';

const READERS = 32;
const CONNECTIONS = 8;
const LIMIT = 35; // the route's own default

/** Headers that the HTTP server of either side writes itself. */
const HOP_HEADERS = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding']);

export async function readOverHttp(
  connection: pg.PoolConfig,
  { page }: Gazette,
  pace: Pace,
  profiles?: string,
): Promise<ContestResult> {
  const order: ServiceOrder = { connection };
  const service = await startProcess('./service.ts', order, profiles);
  try {
    const path = `/api/v1/sites/gazette/thread?key=${encodeURIComponent(page.key)}`;
    const expected = await fetchPage(service.url + path);
    const bareOrder: BareOrder = { headers: expected.headers, body: expected.body };
    const bare = await startProcess('./bare-server.ts', bareOrder);
    try {
      const subject = (name: string, served: typeof service) => ({
        name,
        async run(milliseconds: number) {
          const before = await fetchPage(served.url + path);
          assert.deepEqual(before.body, expected.body, `${name} serves another page`);
          const answerBytes = await weigh(served.url + path);
          const load = { served, path, connections: READERS, milliseconds, answerBytes };
          const reading = await loadReads(load);
          assert.deepEqual((await fetchPage(served.url + path)).body, expected.body);
          return reading;
        },
      });
      const bytes = expected.body.byteLength.toLocaleString('en');
      const what = `a thread page of ${COMMENTS} comments over HTTP, ${bytes} bytes, ${READERS} connections`;
      const subjects = [subject('node:http, same bytes', bare), subject('Parley', service)] as const;
      return await hold({ name: 'read-http', what, subjects }, pace);
    } finally {
      await bare.stop();
    }
  } finally {
    await service.stop();
  }
}

async function fetchPage(url: string): Promise<{ headers: Record<string, string>; body: Uint8Array }> {
  const response = await fetch(url, { headers: { 'Accept-Encoding': 'identity' } });
  assert.equal(response.status, 200);
  const body = new Uint8Array(await response.arrayBuffer());
  const { comments } = JSON.parse(new TextDecoder().decode(body));
  const shown = comments.items.flatMap((root: { replies: { items: unknown[] } }) => [
    root,
    ...root.replies.items,
  ]);
  assert.equal(shown.length, COMMENTS);
  const headers = [...response.headers].filter(([name]) => !HOP_HEADERS.has(name));
  return { headers: Object.fromEntries(headers), body };
}

export async function readInDomain(
  connection: pg.PoolConfig,
  { page }: Gazette,
  pace: Pace,
): Promise<ContestResult> {
  const database = openDatabase({ ...connection, max: CONNECTIONS });
  try {
    const { db, pool } = database;
    const statements = await recordStatements(connection, page.key);
    const askPg = async (name: (at: number) => { name?: string }) => {
      let rows: { id: number }[] = [];
      for (const [at, { text, values }] of statements.entries()) {
        ({ rows } = await pool.query({ text, values, ...name(at) }));
      }
      assert.equal(rows.length, COMMENTS);
      return rows.map(({ id }) => id);
    };
    const askDomain = async () => {
      const ids = idsOf(await readPage(db, page.key));
      assert.equal(ids.length, COMMENTS);
      return ids;
    };
    const unnamed = () => askPg(() => ({}));
    const prepared = () => askPg((at) => ({ name: `statement-${at}` }));
    const expected = await askDomain();
    assert.deepEqual(await unnamed(), expected);
    assert.deepEqual(await prepared(), expected);
    const subject = (name: string, ask: () => Promise<number[]>) => ({
      name,
      run: (milliseconds: number) => loop(CONNECTIONS, milliseconds, async () => void (await ask())),
    });
    const what = `the same page in the domain, ${statements.length} statements, ${CONNECTIONS} connections`;
    const subjects = [
      subject('pg, same SQL', unnamed),
      subject('pg, same SQL prepared', prepared),
      subject('Parley, domain', askDomain),
    ] as const;
    return await hold({ name: 'read-domain', what, subjects }, pace);
  } finally {
    await database.close();
  }
}

/** What the route asks the domain for, in its order. */
async function readPage(db: Db, key: string): Promise<RootPage> {
  const site = await readSite(db, 'gazette');
  const thread = await findThread(db, site.id, key);
  assert(thread);
  return readRoots(db, site.id, thread.id, { order: site.settings.order, after: undefined, limit: LIMIT });
}

const idsOf = ({ roots }: RootPage) =>
  roots.flatMap(({ comment, replies }) => [comment.id, ...replies.map(({ id }) => id)]);

/** The statements of a *second* read: what the domain kept from the first, the baseline is spared, too. */
async function recordStatements(
  connection: pg.PoolConfig,
  key: string,
): Promise<{ text: string; values: unknown[] }[]> {
  const statements: { text: string; values: unknown[] }[] = [];
  const { db, close } = openDatabase(connection, {
    log: ({ query }) => void statements.push({ text: query.sql, values: [...query.parameters] }),
  });
  try {
    await readPage(db, key);
    statements.length = 0;
    await readPage(db, key);
    return statements;
  } finally {
    await close();
  }
}
