/**
 * Pins: up to three published roots that come first in their thread, the newest pin foremost. A pin outlives a removal
 * or a hold and works again with the comment, unless its place was taken meanwhile (`moveTo` in `comments.ts`, which
 * also writes the row). Reading them is in `discussion.ts`.
 */
import { pinRefusal } from '../core/policy.ts';
import { problem } from '../core/problem.ts';
import { countPinned, lockComment, markPinned } from './comments.ts';
import { type Db, inTransaction } from './database.ts';
import { record } from './events.ts';
import { advanceThread } from './threads.ts';

/**
 * Puts a comment on top of its thread. Returns whether it was not there before. Throws `comment-unknown`,
 * `comment-removed`, `pin-reply`, `pin-unpublished`, `pins-full`.
 */
export async function pinComment(db: Db, siteId: string, commentId: number, now: Date): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const { comment, thread } = await lockComment(tx, siteId, commentId);
    if (comment.pinnedAt !== null && comment.status === 'published') return false;
    const refusal = pinRefusal(comment, await countPinned(tx, siteId, thread.id));
    if (refusal) throw problem(refusal);
    await markPinned(tx, siteId, commentId, now);
    const { version } = await advanceThread(tx, siteId, thread.id, { counts: 0, isSeen: true });
    await record(tx, { siteId, kind: 'comment.pinned', threadId: thread.id, commentId, version }, now);
    return true;
  });
}

/** Takes a pin off, whatever became of its comment. Returns whether there was one. Throws `comment-unknown`. */
export async function unpinComment(db: Db, siteId: string, commentId: number, now: Date): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const { comment, thread } = await lockComment(tx, siteId, commentId);
    if (comment.pinnedAt === null) return false;
    await markPinned(tx, siteId, commentId, null);
    const isSeen = comment.status === 'published';
    const { version } = await advanceThread(tx, siteId, thread.id, { counts: 0, isSeen });
    const event = { siteId, kind: 'comment.unpinned', threadId: thread.id, commentId } as const;
    await record(tx, isSeen ? { ...event, version } : event, now);
    return true;
  });
}
