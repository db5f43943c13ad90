/**
 * Votes: one per reader and comment, and the scores recomputed from them. A vote locks its comment's score row and
 * not the thread, so that voting and posting do not wait for each other; readers see votes when they are folded into
 * the thread's version (`threads.ts`).
 */
import { sql } from 'kysely';
import { refusal, voteRefusal } from '../core/policy.ts';
import { type Db, inTransaction, type Tx } from './database.ts';
import { record } from './events.ts';
import type { Author } from './memberships.ts';

export interface Votes {
  up: number;
  down: number;
}

/**
 * Sets (1, -1) or withdraws (0) a reader's vote. Throws `sign-in-required` to a guest, `comment-unknown`,
 * `comment-removed`, `own-vote`, `banned`.
 */
export async function setReaction(
  db: Db,
  siteId: string,
  voter: Author,
  vote: { commentId: number; value: 1 | 0 | -1 },
  now: Date,
): Promise<Votes & { threadId: number }> {
  return inTransaction(db, async (tx) => {
    // Locks the score row before the votes are counted: two counts at once would each miss the other's vote. And before
    // the comment is read: it may just become the voter's own (`withdrawReactions`).
    await sql`
      insert into scores (site_id, thread_id, comment_id, listed, changed_at)
      select site_id, thread_id, id, parent_id is null, ${now} from comments
      where site_id = ${siteId} and id = ${vote.commentId}
      on conflict (site_id, comment_id) do update set changed_at = ${now}`.execute(tx);
    const comment = await tx
      .selectFrom('comments')
      .select(['thread_id as threadId', 'user_id as userId', 'status', 'created_at as createdAt'])
      .where('site_id', '=', siteId)
      .where('id', '=', vote.commentId)
      .executeTakeFirst();
    const slug = voteRefusal(voter, comment, now);
    if (slug || !comment) throw refusal(slug ?? 'comment-unknown', voter);
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
    const votes = await countReactions(tx, siteId, vote.commentId);
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
    return { ...votes, threadId: comment.threadId };
  });
}

/** Recomputes the score of a comment whose score row is locked. */
async function countReactions(tx: Tx, siteId: string, commentId: number): Promise<Votes> {
  const counted = await sql<Votes>`
    update scores set up = v.up, down = v.down, score = best_score(v.up, v.down)
    from (select count(*) filter (where value = 1)::int as up, count(*) filter (where value = -1)::int as down
          from reactions where site_id = ${siteId} and comment_id = ${commentId}) v
    where site_id = ${siteId} and comment_id = ${commentId}
    returning v.up, v.down`.execute(tx);
  return counted.rows[0]!;
}

/**
 * Comments became somebody's own: what they voted there is withdrawn, and a vote of theirs that is under way waits here
 * and is withdrawn, or is refused. The caller has changed the comments and steps their threads' versions.
 */
export async function withdrawReactions(
  tx: Tx,
  siteId: string,
  userId: number,
  commentIds: readonly number[],
): Promise<void> {
  if (commentIds.length === 0) return;
  // In one order with every other claim; made where there is none, so that a first vote meets it.
  await sql`
    insert into scores (site_id, thread_id, comment_id, listed, changed_at)
    select site_id, thread_id, id, parent_id is null and shown, ${FOLDED} from comments
    where site_id = ${siteId} and id = any(${commentIds}) order by id
    on conflict (site_id, comment_id) do update set changed_at = scores.changed_at`.execute(tx);
  const withdrawn = await tx
    .deleteFrom('reactions')
    .where('site_id', '=', siteId)
    .where('user_id', '=', userId)
    .where('comment_id', 'in', commentIds)
    .returning('comment_id')
    .execute();
  for (const { comment_id } of withdrawn) await countReactions(tx, siteId, comment_id);
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
