/**
 * What makes a retried post the same post. The key is written in the comment's own transaction, so it is remembered
 * exactly when the comment is there; only success is remembered, for 48 hours.
 */

import { problem } from '../core/problem.ts';
import { sha256 } from '../core/secret.ts';
import type { Db, Tx } from './database.ts';
import { findThreadById, type Thread } from './threads.ts';

export interface Draft {
  /** Normalised thread key, and what the reader's browser says of the page. */
  page: { key: string; url: string; title: string };
  parentId: number | null;
  text: string;
  /** The Idempotency-Key header. */
  key: string;
}

export interface Posted {
  commentId: number;
  thread: Thread;
  /** Whether an earlier request with this key had posted it. */
  isReplay: boolean;
}

/**
 * What an earlier request with this key made; undefined when there was none. Asked before rate limits, so that a
 * retry is never refused for being one. Throws `idempotency-conflict` for another draft under the same key.
 */
export async function findPosted(
  db: Db | Tx,
  siteId: string,
  userId: number,
  draft: Draft,
): Promise<Posted | undefined> {
  const earlier = await db
    .selectFrom('idempotency')
    .innerJoin('comments', (join) =>
      join
        .onRef('comments.site_id', '=', 'idempotency.site_id')
        .onRef('comments.id', '=', 'idempotency.comment_id'),
    )
    .select(['body_hash', 'comment_id', 'thread_id'])
    .where('idempotency.site_id', '=', siteId)
    .where('idempotency.user_id', '=', userId)
    .where('key', '=', draft.key)
    .executeTakeFirst();
  if (!earlier) return undefined;
  if (!earlier.body_hash.equals(hashOf(draft))) throw problem('idempotency-conflict');
  const thread = await findThreadById(db, siteId, earlier.thread_id);
  return thread && { commentId: earlier.comment_id, thread, isReplay: true };
}

/** Remembers what a key made, in the transaction that makes it; a second one violates `idempotency_pkey`. */
export async function rememberPosted(
  tx: Tx,
  siteId: string,
  userId: number,
  draft: Draft,
  commentId: number,
  now: Date,
): Promise<void> {
  await tx
    .insertInto('idempotency')
    .values({
      site_id: siteId,
      user_id: userId,
      key: draft.key,
      body_hash: hashOf(draft),
      comment_id: commentId,
      created_at: now,
    })
    .execute();
}

const hashOf = (draft: Draft) => sha256(JSON.stringify([draft.page.key, draft.parentId, draft.text]));

/** Forgets keys after 48 h; for the sweep. */
export async function sweepIdempotency(db: Db, now: Date): Promise<void> {
  const before = new Date(now.getTime() - 48 * 3_600_000);
  await db.deleteFrom('idempotency').where('created_at', '<=', before).execute();
}
