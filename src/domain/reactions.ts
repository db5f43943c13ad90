/**
 * Votes: one per reader and comment, and the scores recomputed from them. A vote locks its comment's score row and
 * not the thread, so that voting and posting do not wait for each other; readers see votes when they are folded into
 * the thread's version (`threads.ts`).
 */
import { sql } from 'kysely';
import { voteRefusal } from '../core/policy.ts';
import { problem } from '../core/problem.ts';
import { type Db, inTransaction, type Tx } from './database.ts';
import { record } from './events.ts';
import type { Author } from './memberships.ts';

export interface Votes {
  up: number;
  down: number;
}

/**
 * Sets (1, -1) or withdraws (0) a reader's vote. Throws `comment-unknown`, `comment-removed`, `own-vote`, `banned`.
 */
export async function setReaction(
  db: Db,
  siteId: string,
  voter: Author,
  vote: { commentId: number; value: 1 | 0 | -1 },
  now: Date,
): Promise<Votes & { threadId: number }> {
  return inTransaction(db, async (tx) => {
    const comment = await tx
      .selectFrom('comments')
      .select([
        'thread_id as threadId',
        'user_id as userId',
        'status',
        'created_at as createdAt',
        'parent_id',
      ])
      .where('site_id', '=', siteId)
      .where('id', '=', vote.commentId)
      .executeTakeFirst();
    if (!comment) throw problem('comment-unknown');
    const refusal = voteRefusal(voter, comment, now);
    if (refusal) throw problem(refusal);
    // Locks the score row before the votes are counted: two counts at once would each miss the other's vote.
    await tx
      .insertInto('scores')
      .values({
        site_id: siteId,
        thread_id: comment.threadId,
        comment_id: vote.commentId,
        listed: comment.parent_id === null,
        changed_at: now,
      })
      .onConflict((oc) => oc.columns(['site_id', 'comment_id']).doUpdateSet({ changed_at: now }))
      .execute();
    const key = { site_id: siteId, comment_id: vote.commentId, user_id: voter.userId };
    if (vote.value === 0) {
      await tx
        .deleteFrom('reactions')
        .where((eb) => eb.and(key))
        .execute();
    } else {
      await tx
        .insertInto('reactions')
        .values({ ...key, value: vote.value, created_at: now })
        .onConflict((oc) =>
          oc
            .columns(['site_id', 'comment_id', 'user_id'])
            .doUpdateSet({ value: vote.value, created_at: now }),
        )
        .execute();
    }
    const counted = await sql<Votes>`
      update scores set up = v.up, down = v.down, score = best_score(v.up, v.down)
      from (select count(*) filter (where value = 1)::int as up, count(*) filter (where value = -1)::int as down
            from reactions where site_id = ${siteId} and comment_id = ${vote.commentId}) v
      where site_id = ${siteId} and comment_id = ${vote.commentId}
      returning v.up, v.down`.execute(tx);
    await record(
      tx,
      {
        siteId,
        kind: 'reaction.set',
        threadId: comment.threadId,
        commentId: vote.commentId,
        actorId: voter.userId,
        data: { value: vote.value },
      },
      now,
    );
    return { ...counted.rows[0]!, threadId: comment.threadId };
  });
}

/** A reader's own votes among `commentIds`. */
export async function findReactions(
  db: Db,
  siteId: string,
  userId: number,
  commentIds: readonly number[],
): Promise<Map<number, number>> {
  if (commentIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('reactions')
    .select(['comment_id', 'value'])
    .where('site_id', '=', siteId)
    .where('user_id', '=', userId)
    .where('comment_id', 'in', commentIds)
    .execute();
  return new Map(rows.map((row) => [row.comment_id, row.value]));
}

// When a score last changed says nothing about whether a fold saw it: a vote may be committed after a fold that is
// later than its clock. So `changed_at` is taken back to the epoch by the fold that saw the vote, and by no other.
const FOLDED = new Date(0);

/** Whether a thread has votes that no fold has shown. */
export async function hasUnfolded(tx: Tx, siteId: string, threadId: number): Promise<boolean> {
  const unfolded = await tx
    .selectFrom('scores')
    .select('comment_id')
    .where('site_id', '=', siteId)
    .where('thread_id', '=', threadId)
    .where('changed_at', '>', FOLDED)
    .limit(1)
    .executeTakeFirst();
  return unfolded !== undefined;
}

/** The votes of the locked thread that are committed by now are shown. */
export async function markFolded(tx: Tx, siteId: string, threadId: number): Promise<void> {
  await tx
    .updateTable('scores')
    .set({ changed_at: FOLDED })
    .where('site_id', '=', siteId)
    .where('thread_id', '=', threadId)
    .where('changed_at', '>', FOLDED)
    .execute();
}

/** Threads with votes that no fold has shown, e.g. because the process that would have ended; for the sweep. */
export async function threadsToFold(db: Db): Promise<{ siteId: string; threadId: number }[]> {
  return db
    .selectFrom('scores')
    .select(['site_id as siteId', 'thread_id as threadId'])
    .distinct()
    .where('changed_at', '>', FOLDED)
    .limit(1000)
    .execute();
}

/** A root became visible: it takes part in the order `best`. */
export async function listScore(tx: Tx, siteId: string, threadId: number, commentId: number): Promise<void> {
  await tx
    .insertInto('scores')
    .values({
      site_id: siteId,
      thread_id: threadId,
      comment_id: commentId,
      listed: true,
      changed_at: FOLDED,
    })
    .onConflict((oc) => oc.columns(['site_id', 'comment_id']).doUpdateSet({ listed: true }))
    .execute();
}

/** A root is no longer visible. */
export async function delistScore(tx: Tx, siteId: string, commentId: number): Promise<void> {
  await tx
    .updateTable('scores')
    .set({ listed: false })
    .where('site_id', '=', siteId)
    .where('comment_id', '=', commentId)
    .execute();
}
