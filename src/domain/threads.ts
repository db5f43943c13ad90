/**
 * Threads: found by key, made by their first comment, changed under their row's lock. The lock orders everything that
 * readers of the thread see: ids, counts and `version`. Locks are taken in one order, threads ascending, then comments.
 */
import { sql } from 'kysely';
import { problem } from '../core/problem.ts';
import { type Db, inTransaction, type Tx } from './database.ts';
import { record } from './events.ts';
import { hasUnfolded, markFolded } from './reactions.ts';

export interface Thread {
  id: number;
  key: string;
  url: string;
  title: string;
  status: 'open' | 'closed';
  commentCount: number;
  lastCommentId: number;
  version: number;
}

const COLUMNS = [
  'id',
  'key',
  'url',
  'title',
  'status',
  'comment_count as commentCount',
  'last_comment_id as lastCommentId',
  'version',
] as const;

/** The thread with this normalised key; undefined before its first comment. */
export async function findThread(db: Db | Tx, siteId: string, key: string): Promise<Thread | undefined> {
  return db
    .selectFrom('threads')
    .select(COLUMNS)
    .where('site_id', '=', siteId)
    .where('key', '=', key)
    .executeTakeFirst();
}

/** The thread with this id. */
export async function findThreadById(
  db: Db | Tx,
  siteId: string,
  threadId: number,
): Promise<Thread | undefined> {
  return db
    .selectFrom('threads')
    .select(COLUMNS)
    .where('site_id', '=', siteId)
    .where('id', '=', threadId)
    .executeTakeFirst();
}

/** Published comments per key, in the order asked; 0 for a thread that is not there. */
export async function countComments(db: Db, siteId: string, keys: readonly string[]): Promise<number[]> {
  const rows = await db
    .selectFrom('threads')
    .select(['key', 'comment_count'])
    .where('site_id', '=', siteId)
    .where('key', 'in', keys)
    .execute();
  const counts = new Map(rows.map((row) => [row.key, row.comment_count]));
  return keys.map((key) => counts.get(key) ?? 0);
}

/** The locked thread with this key, made when it is not there. `url` and `title` are a reader's word: unverified. */
export async function openThread(
  tx: Tx,
  siteId: string,
  page: { key: string; url: string; title: string },
  now: Date,
): Promise<Thread> {
  const locked = () =>
    tx
      .selectFrom('threads')
      .select(COLUMNS)
      .where('site_id', '=', siteId)
      .where('key', '=', page.key)
      .forUpdate()
      .executeTakeFirst();
  const known = await locked();
  // Nobody has seen it yet, so what its rejected or waiting comments called it binds nobody.
  if (known?.version === 0) return retitleThread(tx, siteId, known.id, page);
  if (known) return known;
  const made = await tx
    .insertInto('threads')
    .values({ site_id: siteId, id: sql<number>`make_id(${now.getTime()})`, ...page, created_at: now })
    .onConflict((oc) => oc.columns(['site_id', 'key']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made) await record(tx, { siteId, kind: 'thread.opened', threadId: made.id }, now);
  return (await locked())!;
}

async function retitleThread(tx: Tx, siteId: string, threadId: number, page: { url: string; title: string }) {
  return tx
    .updateTable('threads')
    .set({ url: page.url, title: page.title })
    .where('site_id', '=', siteId)
    .where('id', '=', threadId)
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}

/** Locks the thread of a comment that is about to change. */
export async function lockThread(tx: Tx, siteId: string, threadId: number): Promise<Thread> {
  return tx
    .selectFrom('threads')
    .select(COLUMNS)
    .where('site_id', '=', siteId)
    .where('id', '=', threadId)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

/** One step of the locked thread's version, with the count moved by a delta; returns the thread after it. */
export async function advanceThread(
  tx: Tx,
  siteId: string,
  threadId: number,
  step: { counts: -1 | 0 | 1; lastCommentId?: number; isSeen: boolean },
): Promise<Thread> {
  return tx
    .updateTable('threads')
    .set((eb) => ({
      version: eb('version', '+', step.isSeen ? 1 : 0),
      comment_count: eb('comment_count', '+', step.counts),
      ...(step.lastCommentId === undefined ? {} : { last_comment_id: step.lastCommentId }),
    }))
    .where('site_id', '=', siteId)
    .where('id', '=', threadId)
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}

/** A person's name or link changed: every thread of the site that shows them gets a new version. */
export async function touchThreadsShowing(tx: Tx, siteId: string, identityId: number): Promise<void> {
  const shown = commentedThreads(tx, siteId).where('identity_id', '=', identityId).where('shown', '=', true);
  await advanceThreads(tx, siteId, await lockThreads(tx, siteId, shown));
}

/** Locks the threads in which a person wrote anything, in order; their ids. */
export async function lockThreadsOf(tx: Tx, siteId: string, userId: number): Promise<number[]> {
  return lockThreads(tx, siteId, commentedThreads(tx, siteId).where('user_id', '=', userId));
}

const commentedThreads = (tx: Tx, siteId: string) =>
  tx.selectFrom('comments').select('thread_id').where('site_id', '=', siteId);

async function lockThreads(
  tx: Tx,
  siteId: string,
  which: ReturnType<typeof commentedThreads>,
): Promise<number[]> {
  const locked = await tx
    .selectFrom('threads')
    .select('id')
    .where('site_id', '=', siteId)
    .where('id', 'in', which)
    .orderBy('id')
    .forUpdate()
    .execute();
  return locked.map((row) => row.id);
}

/** One step of the version of each of these locked threads; the versions after it, by thread. */
export async function advanceThreads(
  tx: Tx,
  siteId: string,
  threadIds: readonly number[],
): Promise<Map<number, number>> {
  if (threadIds.length === 0) return new Map();
  const stepped = await tx
    .updateTable('threads')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('site_id', '=', siteId)
    .where('id', 'in', threadIds)
    .returning(['id', 'version'])
    .execute();
  return new Map(stepped.map(({ id, version }) => [id, version]));
}

/**
 * Lets votes that no fold has shown show: one step of the version, at most once a second a thread. `nothing`: there
 * was none; `early`: there are, and the second has not passed.
 */
export async function foldReactions(
  db: Db,
  siteId: string,
  threadId: number,
  now: Date,
): Promise<'folded' | 'early' | 'nothing'> {
  return inTransaction(db, async (tx) => {
    if (!(await hasUnfolded(tx, siteId, threadId))) return 'nothing';
    const folded = await tx
      .updateTable('threads')
      .set((eb) => ({ version: eb('version', '+', 1), votes_folded_at: now }))
      .where('site_id', '=', siteId)
      .where('id', '=', threadId)
      .where('votes_folded_at', '<=', new Date(now.getTime() - FOLD_MS))
      .returning('version')
      .executeTakeFirst();
    if (!folded) return 'early';
    await markFolded(tx, siteId, threadId);
    await record(tx, { siteId, kind: 'reactions.folded', threadId, version: folded.version }, now);
    return 'folded';
  });
}

export const FOLD_MS = 1000;

/** Opens or closes a thread for new comments. Throws `not-found`. */
export async function setThreadStatus(
  db: Db,
  siteId: string,
  key: string,
  status: 'open' | 'closed',
  now: Date,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const changed = await tx
      .updateTable('threads')
      .set((eb) => ({ status, version: eb('version', '+', 1) }))
      .where('site_id', '=', siteId)
      .where('key', '=', key)
      .returning(['id', 'version'])
      .executeTakeFirst();
    if (!changed) throw problem('not-found', { detail: 'No thread of this site has that key yet.' });
    const { id: threadId, version } = changed;
    await record(tx, { siteId, kind: 'thread.changed', threadId, version, data: { status } }, now);
  });
}
