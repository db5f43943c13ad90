/**
 * Posting a comment against one durable row by `pg` alone: 8 connections, over all threads of the seed and on one of
 * them, by the domain's `postComment` and by HTTP with everything a reader's request has (session, limits, idempotency).
 * Every second comment answers the thread's first one, the others are roots.
 *
 * The baseline commits the same text and HTML, rendered beforehand, into a table with a key and nothing else, by a
 * prepared statement: the least that a durable comment could cost. Afterwards the rows are counted: what was
 * acknowledged is there, and the threads' counts agree.
 */
import assert from 'node:assert/strict';
import type pg from 'pg';
import { renderComment } from '../../src/core/text.ts';
import { postComment } from '../../src/domain/comments.ts';
import { openDatabase } from '../../src/domain/database.ts';
import { loop, poster } from './load.ts';
import { type ContestResult, hold, type Pace, type Subject } from './measure.ts';
import { startProcess } from './processes.ts';
import { COMMENTS, type Gazette, ORIGIN, type SeededThread, texts } from './seed.ts';
import type { ServiceOrder } from './service.ts';

const CONNECTIONS = 8;

const CREATE = `create table if not exists baseline_rows (
  id bigint generated always as identity primary key,
  thread_id bigint not null, user_id bigint not null, raw text not null, html text not null, created_at timestamptz not null
)`;
const INSERT =
  'insert into baseline_rows (thread_id, user_id, raw, html, created_at) values ($1, $2, $3, $4, $5)';

export async function post(
  connection: pg.PoolConfig,
  gazette: Gazette,
  pace: Pace,
  profiles?: string,
): Promise<ContestResult> {
  const database = openDatabase({ ...connection, max: CONNECTIONS });
  const { db, pool } = database;
  const { site, threads } = gazette;
  const acknowledged = { rows: 0, comments: 0 };
  try {
    await pool.query(CREATE);
    const order: ServiceOrder = { connection };
    const service = await startProcess('./service.ts', order, profiles);

    const insert: Subject = {
      name: 'pg, one row',
      async run(milliseconds) {
        const next = drafts(gazette, threads);
        const reading = await loop(CONNECTIONS, milliseconds, async () => {
          const { draft, html, reader, threadNumber } = next();
          const values = [threadNumber, reader.author.userId, draft.text, html, new Date()];
          await pool.query({ name: 'insert', text: INSERT, values });
        });
        acknowledged.rows += reading.done;
        return reading;
      },
    };
    const inDomain = (name: string, among: readonly SeededThread[]): Subject => ({
      name,
      async run(milliseconds) {
        const next = drafts(gazette, among);
        const reading = await loop(CONNECTIONS, milliseconds, async () => {
          const { draft, reader } = next();
          const { isReplay } = await postComment(db, site, reader.author, draft, new Date());
          assert(!isReplay);
        });
        acknowledged.comments += reading.done;
        return reading;
      },
    });
    const url = `${service.url}/api/v1/sites/gazette/comments`;
    const { send, close } = poster(url, CONNECTIONS);
    const overHttp = (name: string, among: readonly SeededThread[]): Subject => ({
      name,
      async run(milliseconds) {
        const next = drafts(gazette, among);
        const work = () => {
          const { draft, reader } = next();
          const { page, parentId, text, key } = draft;
          const headers = { Authorization: `Bearer ${reader.token}`, Origin: ORIGIN, 'Idempotency-Key': key };
          return send(headers, JSON.stringify({ ...page, parentId, text }));
        };
        const reading = await loop(CONNECTIONS, milliseconds, work, service.cpuSeconds);
        acknowledged.comments += reading.done;
        return reading;
      },
    });

    const one = threads.slice(0, 1);
    const many = `${threads.length.toLocaleString('en')} threads`;
    const what = `posting a comment of a few sentences, durably, ${CONNECTIONS} connections`;
    const subjects = [
      insert,
      inDomain(`Parley, domain, ${many}`, threads),
      inDomain('Parley, domain, one thread', one),
      overHttp(`Parley, HTTP, ${many}`, threads),
      overHttp('Parley, HTTP, one thread', one),
    ] as const;
    let result: ContestResult;
    try {
      result = await hold({ name: 'post', what, subjects }, pace);
    } finally {
      close();
      await service.stop();
    }
    await recount(pool, acknowledged, COMMENTS + threads.length);
    return result;
  } finally {
    await database.close();
  }
}

/** Comes back with drafts for one turn: threads, readers and texts in rotation, keys that never come twice. */
function drafts({ readers }: Gazette, threads: readonly SeededThread[]) {
  const turnKey = crypto.randomUUID();
  const offset = Math.floor(Math.random() * threads.length);
  let turn = 0;
  return () => {
    turn += 1;
    const threadNumber = (offset + turn) % threads.length;
    const { page, commentId } = threads[threadNumber]!;
    const key = `${turnKey}-${turn}`;
    // Nobody says the same twice in a place, so each text ends with what no other has.
    const text = `${TEXTS[turn % TEXTS.length]!.text}\n\n${key}`;
    const html = `${TEXTS[turn % TEXTS.length]!.html}<p>${key}</p>\n`;
    const draft = { page, parentId: turn % 2 === 0 ? commentId : null, text, key };
    return { draft, html, reader: readers[turn % readers.length]!, threadNumber };
  };
}

const nextText = texts();
// An odd number, so that a text is not always a root or always a reply.
const TEXTS = Array.from({ length: 499 }, () => {
  const text = nextText();
  return { text, html: renderComment(text).html };
});

/** Throws unless what was acknowledged is there, all of it and nothing else. */
async function recount(
  pool: pg.Pool,
  acknowledged: { rows: number; comments: number },
  seeded: number,
): Promise<void> {
  const { rows } = await pool.query(`
    select (select count(*) from baseline_rows) as rows,
           (select count(*) from comments where shown) as comments,
           (select sum(comment_count) from threads) as counted,
           (select count(*) from events where kind = 'comment.posted') as events`);
  const { comments, counted, events } = rows[0];
  const expected = seeded + acknowledged.comments;
  assert.equal(rows[0].rows, acknowledged.rows);
  assert.equal(comments, expected);
  assert.equal(Number(counted), expected);
  assert.equal(events, expected);
}
