/**
 * Writing comments: post, edit, remove, restore, decide. One transaction each, under the thread's lock, with its event. The
 * tree is a path (parent's path and the id's 8 bytes), so pre-order is one index scan; what a reader sees is `shown`
 * (published, or a tombstone that still carries shown replies), kept true here and nowhere else. Reading is in
 * `discussion.ts`.
 */
import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import {
  editRefusal,
  MAX_PINNED,
  refusal,
  removeRefusal,
  restoreRefusal,
  undoableUntil,
} from '../core/policy.ts';
import { problem } from '../core/problem.ts';
import { judge, mayWrite, type Verdict } from '../core/rules.ts';
import type { Site } from '../core/site.ts';
import { checkText, RENDERER_VERSION, renderComment } from '../core/text.ts';
import { type Db, inTransaction, type Tx, violates } from './database.ts';
import { record } from './events.ts';
import { type Draft, findPosted, type Posted, rememberPosted } from './idempotency.ts';
import type { Author } from './memberships.ts';
import { delistScore, listScore } from './reactions.ts';
import type { CommentStatus, RemovedBy } from './schema.ts';
import { advanceThread, lockThread, openThread, type Thread } from './threads.ts';

/** How far past its thread's last an id may lie when the one after it is taken: the ids of one millisecond. */
const MAX_STEP = 4096;
/** Among how many of an author's comments in a thread the same is looked for: what was said longer ago may be said again. */
const COMPARED = 1000;

/** The comment row that a change starts from. */
export interface Current {
  id: number;
  threadId: number;
  parentId: number | null;
  userId: number | null;
  status: CommentStatus;
  shown: boolean;
  replyCount: number;
  removedBy: RemovedBy | null;
  removedAt: Date | null;
  removedFrom: CommentStatus | null;
  pinnedAt: Date | null;
  raw: string;
  createdAt: Date;
}

/**
 * Posts a comment, once per key. Throws what `checkText` and the rules refuse with; nothing is written then, not
 * even the thread.
 */
export async function postComment(
  db: Db,
  site: Site,
  author: Author,
  draft: Draft,
  now: Date,
): Promise<Posted> {
  const raw = checkText(draft.text, site.settings);
  const { html } = renderComment(raw);
  try {
    return await inTransaction(db, async (tx, tries) => {
      const thread = await openThread(tx, site.id, draft.page, now);
      const parent = draft.parentId === null ? undefined : await findCurrent(tx, site.id, draft.parentId);
      const said = { threadId: thread.id, parentId: draft.parentId, userId: author.userId, raw };
      const duplicateOf = await findDuplicate(tx, site.id, said);
      // The same key may have come twice at once: what the other request posted is no other comment.
      const earlier = duplicateOf && (await findPosted(tx, site.id, author.userId, draft));
      if (earlier) return earlier;
      const verdict = accept(
        judge({
          ...author,
          now,
          settings: site.settings,
          thread,
          parent: parent && { ...parent, isInThread: parent.threadId === thread.id },
          isParentUnknown: draft.parentId !== null && !parent,
          duplicateOf,
        }),
      );
      const status = verdict.kind === 'publish' ? 'published' : 'held';
      const isShown = status === 'published';
      // Under a clock that is behind, the next id may be another thread's, and would be so at every try.
      const step = tries === 1 ? 1 : randomInt(1, MAX_STEP);
      const inserted = await sql<{ id: number }>`
        with minted as (select greatest(make_id(${now.getTime()}), ${thread.lastCommentId + step}::bigint) as id)
        insert into comments (site_id, id, thread_id, parent_id, root_id, depth, path, status, shown, raw, html,
                              renderer, identity_id, user_id, created_at)
        select ${site.id}, id, ${thread.id}, ${draft.parentId}, coalesce(${parent?.rootId ?? null}::bigint, id),
               ${parent ? parent.depth + 1 : 0}, ${parent?.path ?? Buffer.alloc(0)}::bytea || int8send(id),
               ${status}, ${isShown}, ${raw}, ${html}, ${RENDERER_VERSION}, ${author.identityId}, ${author.userId}, ${now}
        from minted returning id`.execute(tx);
      const commentId = inserted.rows[0]!.id;
      await rememberPosted(tx, site.id, author.userId, draft, commentId, now);
      if (isShown && parent) await countReply(tx, site.id, parent.id, 1);
      if (isShown && !parent) await listScore(tx, site.id, thread.id, commentId);
      const after = await advanceThread(tx, site.id, thread.id, {
        counts: isShown ? 1 : 0,
        lastCommentId: commentId,
        isSeen: isShown,
      });
      await record(
        tx,
        {
          siteId: site.id,
          kind: 'comment.posted',
          threadId: thread.id,
          commentId,
          actorId: author.userId,
          ...(isShown ? { version: after.version } : {}),
          data: { status, ...(verdict.kind === 'hold' ? { rule: verdict.rule } : {}) },
        },
        now,
      );
      return { commentId, thread: after, isReplay: false };
    });
  } catch (error) {
    // The same key came twice at once, and the other request was first.
    if (!violates(error, 'idempotency_pkey')) throw error;
    const earlier = await findPosted(db, site.id, author.userId, draft);
    if (!earlier) throw error;
    return earlier;
  }
}

/**
 * Changes the text of one's own comment within the site's window; the text before is kept as a revision. Under
 * pre-moderation an edited comment waits again. Throws `comment-unknown`, `comment-foreign`, `comment-removed`,
 * `edit-window-closed`, `banned`, `thread-closed` and what `checkText` throws.
 */
export async function editComment(
  db: Db,
  site: Site,
  author: Author,
  edit: { commentId: number; text: string },
  now: Date,
): Promise<void> {
  const raw = checkText(edit.text, site.settings);
  const { html } = renderComment(raw);
  await inTransaction(db, async (tx) => {
    const { comment, thread } = await lockComment(tx, site.id, edit.commentId);
    const slug = editRefusal(author, comment, site.settings, now);
    if (slug) throw refusal(slug, author);
    if (raw === comment.raw) return;
    const verdict = accept(
      judge({
        ...author,
        now,
        settings: site.settings,
        thread,
        isParentUnknown: false,
      }),
    );
    await sql`
      insert into comment_revisions (site_id, comment_id, revision, raw, created_at)
      select ${site.id}, ${comment.id}, count(*) + 1, ${comment.raw}, ${now}
      from comment_revisions where site_id = ${site.id} and comment_id = ${comment.id}`.execute(tx);
    await tx
      .updateTable('comments')
      .set({ raw, html, renderer: RENDERER_VERSION, edited_at: now })
      .where('site_id', '=', site.id)
      .where('id', '=', comment.id)
      .execute();
    const status = verdict.kind === 'hold' && comment.status === 'published' ? 'held' : comment.status;
    const moved = await moveTo(tx, site.id, comment, { status, isTextChanged: true });
    await record(
      tx,
      {
        siteId: site.id,
        kind: 'comment.edited',
        threadId: thread.id,
        commentId: comment.id,
        actorId: author.userId,
        ...(moved ? { version: moved.version } : {}),
        data: { status },
      },
      now,
    );
  });
}

/**
 * Takes back one's own comment. Replies keep their place under a tombstone. Returns until when its author may undo
 * that, null for who may not write. Throws `comment-unknown`, `comment-foreign`, `comment-removed`.
 */
export async function removeComment(
  db: Db,
  site: Site,
  author: Author,
  commentId: number,
  now: Date,
): Promise<{ undoUntil: Date | null }> {
  return inTransaction(db, async (tx) => {
    const { comment, thread } = await lockComment(tx, site.id, commentId);
    const slug = removeRefusal(author, comment);
    if (slug) throw refusal(slug, author);
    const removal = { by: 'author', at: now, from: comment.status } as const;
    const moved = await moveTo(tx, site.id, comment, { status: 'removed', removal });
    await record(
      tx,
      {
        siteId: site.id,
        kind: 'comment.removed',
        threadId: thread.id,
        commentId,
        actorId: author.userId,
        ...(moved ? { version: moved.version } : {}),
        data: { by: 'author' },
      },
      now,
    );
    return { undoUntil: mayWrite(author, now) ? undoableUntil(now) : null };
  });
}

/**
 * Undoes its author's removal of a comment, shortly after it: the comment is what it was before, but for what the
 * rules say of it now (it may come back held). That comments are closed does not stand in the way, nor that the parent
 * was removed meanwhile. What is not removed stays as it is, so that undoing twice is undoing once. Throws
 * `comment-unknown`, `comment-foreign`, `comment-removed` (by somebody else), `undo-expired`, `banned`,
 * `comment-duplicate`.
 */
export async function restoreComment(
  db: Db,
  site: Site,
  author: Author,
  commentId: number,
  now: Date,
): Promise<{ thread: Thread; wasRemoved: boolean }> {
  return inTransaction(db, async (tx) => {
    const { comment, thread } = await lockComment(tx, site.id, commentId);
    const slug = restoreRefusal(author, comment, now);
    if (slug) throw refusal(slug, author);
    if (comment.status !== 'removed') return { thread, wasRemoved: false };
    const verdict = accept(
      judge({
        ...author,
        now,
        settings: { ...site.settings, mode: 'open' },
        thread: { status: 'open' },
        isParentUnknown: false,
        duplicateOf: await findDuplicate(tx, site.id, { ...comment, userId: author.userId }),
      }),
    );
    const before = comment.removedFrom ?? 'held';
    const isHeld = before === 'published' && verdict.kind === 'hold';
    const status = isHeld ? 'held' : before;
    const moved = await moveTo(tx, site.id, comment, { status });
    await record(
      tx,
      {
        siteId: site.id,
        kind: 'comment.restored',
        threadId: thread.id,
        commentId,
        actorId: author.userId,
        ...(moved ? { version: moved.version } : {}),
        data: { status, ...(isHeld ? { rule: verdict.rule } : {}) },
      },
      now,
    );
    return { thread: moved ?? thread, wasRemoved: true };
  });
}

/**
 * A moderator's or operator's decision on a comment. What its author removed or an erasure emptied stays removed; a
 * decision not to publish what its author could have back ends that: else they would have it back past the decision.
 * Any other throws `comment-removed`; `comment-unknown` when there is none.
 */
export async function decideComment(
  db: Db,
  siteId: string,
  decision: { commentId: number; status: CommentStatus },
  now: Date,
): Promise<{ before: CommentStatus; after: CommentStatus }> {
  return inTransaction(db, async (tx) => {
    const { comment, thread } = await lockComment(tx, siteId, decision.commentId);
    const { removedBy, removedAt, removedFrom } = comment;
    const isOutOfReach = comment.status === 'removed' && removedBy !== 'moderator';
    const endsUndo = removedBy === 'author' && removedFrom !== null && decision.status !== 'published';
    if (isOutOfReach && !endsUndo) throw problem('comment-removed');
    const status = endsUndo ? 'removed' : decision.status;
    const removal = endsUndo
      ? { by: removedBy, at: removedAt ?? now }
      : { by: 'moderator' as const, at: now };
    const moved = await moveTo(tx, siteId, comment, status === 'removed' ? { status, removal } : { status });
    await record(
      tx,
      {
        siteId,
        kind: 'comment.decided',
        threadId: thread.id,
        commentId: comment.id,
        ...(moved ? { version: moved.version } : {}),
        data: { from: comment.status, to: status },
      },
      now,
    );
    return { before: comment.status, after: status };
  });
}

/** Gives one person's comments in these locked threads to another, under the account `to` is signed in with. */
export async function adoptComments(
  tx: Tx,
  siteId: string,
  { from, to, threadIds }: { from: number; to: Author; threadIds: readonly number[] },
): Promise<{ id: number; threadId: number; status: CommentStatus }[]> {
  if (threadIds.length === 0) return [];
  return tx
    .updateTable('comments')
    .set({ user_id: to.userId, identity_id: to.identityId })
    .where('site_id', '=', siteId)
    .where('user_id', '=', from)
    .where('thread_id', 'in', threadIds)
    .returning(['id', 'thread_id as threadId', 'status'])
    .execute();
}

function accept(verdict: Verdict) {
  if (verdict.kind === 'refuse') throw problem(verdict.slug, verdict.details);
  return verdict;
}

async function findCurrent(db: Db | Tx, siteId: string, commentId: number) {
  return db
    .selectFrom('comments')
    .select([
      'id',
      'thread_id as threadId',
      'parent_id as parentId',
      'root_id as rootId',
      'depth',
      'path',
      'status',
    ])
    .select(['shown', 'reply_count as replyCount', 'user_id as userId', 'raw', 'created_at as createdAt'])
    .select(['removed_by as removedBy', 'removed_at as removedAt', 'removed_from as removedFrom'])
    .select('pinned_at as pinnedAt')
    .where('site_id', '=', siteId)
    .where('id', '=', commentId)
    .executeTakeFirst();
}

/**
 * The author's newest comment in a thread that answers the same (null: the article) with the same text and was not
 * removed, by `comments_own`. Asked under the thread's lock, so that of two at once the second finds the first.
 */
async function findDuplicate(
  tx: Tx,
  siteId: string,
  said: { threadId: number; parentId: number | null; userId: number; raw: string },
): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    select id from (
      select id, parent_id, status, raw from comments
      where site_id = ${siteId} and user_id = ${said.userId} and thread_id = ${said.threadId}
      order by id desc limit ${COMPARED}
    ) own
    where parent_id is not distinct from ${said.parentId}::bigint and status <> 'removed' and raw = ${said.raw}
    order by id desc limit 1`.execute(tx);
  return rows[0]?.id;
}

async function readCurrent(db: Db | Tx, siteId: string, commentId: number) {
  const comment = await findCurrent(db, siteId, commentId);
  if (!comment) throw problem('comment-unknown');
  return comment;
}

/** Thread first, then the comment as it is under that lock. */
export async function lockComment(
  tx: Tx,
  siteId: string,
  commentId: number,
): Promise<{ comment: Current; thread: Thread }> {
  const { threadId } = await readCurrent(tx, siteId, commentId);
  const thread = await lockThread(tx, siteId, threadId);
  return { thread, comment: await readCurrent(tx, siteId, commentId) };
}

/** What a comment becomes. */
interface Move {
  status: CommentStatus;
  /** With the status `removed`; `from`: what its author may have it be again. */
  removal?: { by: RemovedBy; at: Date; from?: CommentStatus };
  isTextChanged?: boolean;
}

/**
 * Gives a comment of the locked thread its state, moves counts and listings, and steps the thread's version when a
 * reader could see a difference. Returns the thread after that step, undefined when none could.
 */
async function moveTo(tx: Tx, siteId: string, comment: Current, to: Move): Promise<Thread | undefined> {
  const was = comment.status === 'published';
  const is = to.status === 'published';
  const shown = is || comment.replyCount > 0;
  const removedBy = to.removal?.by ?? null;
  // It comes back with its pin, unless others have taken the places.
  const isPinLost =
    is &&
    !was &&
    comment.pinnedAt !== null &&
    (await countPinned(tx, siteId, comment.threadId)) >= MAX_PINNED;
  await tx
    .updateTable('comments')
    .set({
      status: to.status,
      removed_by: removedBy,
      removed_at: to.removal?.at ?? null,
      removed_from: to.removal?.from ?? null,
      ...(isPinLost ? { pinned_at: null } : {}),
      shown,
    })
    .where('site_id', '=', siteId)
    .where('id', '=', comment.id)
    .execute();
  if (shown !== comment.shown) await propagateShown(tx, siteId, comment.threadId, { ...comment, shown });
  // A tombstone changes when it was or becomes a comment, or in who removed it: for readers a moderator, also where
  // the comment waits, so that a version tells nothing of that.
  const isRemoverChanged = (removedBy ?? 'moderator') !== (comment.removedBy ?? 'moderator');
  const isSeen = was !== is || (is && to.isTextChanged === true) || (shown && isRemoverChanged);
  if (!isSeen) return undefined;
  const counts = (Number(is) - Number(was)) as -1 | 0 | 1;
  return advanceThread(tx, siteId, comment.threadId, { counts, isSeen });
}

/** How many pins of the locked thread readers see. */
export async function countPinned(tx: Tx, siteId: string, threadId: number): Promise<number> {
  const pinned = await tx
    .selectFrom('comments')
    .select('id')
    .where('site_id', '=', siteId)
    .where('thread_id', '=', threadId)
    .where('pinned_at', 'is not', null)
    .where('shown', '=', true)
    .where('status', '=', 'published')
    .execute();
  return pinned.length;
}

/** Pins a comment of the locked thread, or (null) takes its pin off; whether it may be pinned is asked in `pins.ts`. */
export async function markPinned(tx: Tx, siteId: string, commentId: number, at: Date | null): Promise<void> {
  await tx
    .updateTable('comments')
    .set({ pinned_at: at })
    .where('site_id', '=', siteId)
    .where('id', '=', commentId)
    .execute();
}

/** A comment appeared or vanished: its parent has a shown reply more or less, and may appear or vanish with it. */
async function propagateShown(
  tx: Tx,
  siteId: string,
  threadId: number,
  changed: Pick<Current, 'id' | 'parentId' | 'shown'>,
): Promise<void> {
  if (changed.parentId === null) {
    if (changed.shown) await listScore(tx, siteId, threadId, changed.id);
    else await delistScore(tx, siteId, changed.id);
    return;
  }
  const parent = await countReply(tx, siteId, changed.parentId, changed.shown ? 1 : -1);
  const shown = parent.status === 'published' || parent.replyCount > 0;
  if (shown === parent.shown) return;
  await tx
    .updateTable('comments')
    .set({ shown })
    .where('site_id', '=', siteId)
    .where('id', '=', parent.id)
    .execute();
  await propagateShown(tx, siteId, threadId, { id: parent.id, parentId: parent.parentId, shown });
}

async function countReply(tx: Tx, siteId: string, commentId: number, delta: 1 | -1) {
  return tx
    .updateTable('comments')
    .set((eb) => ({ reply_count: eb('reply_count', '+', delta) }))
    .where('site_id', '=', siteId)
    .where('id', '=', commentId)
    .returning(['id', 'parent_id as parentId', 'status', 'shown', 'reply_count as replyCount'])
    .executeTakeFirstOrThrow();
}
