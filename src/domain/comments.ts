/**
 * Writing comments: post, edit, remove, decide. One transaction each, under the thread's lock, with its event. The
 * tree is a path (parent's path and the id's 8 bytes), so pre-order is one index scan; what a reader sees is `shown`
 * (published, or a tombstone that still carries shown replies), kept true here and nowhere else. Reading is in
 * `discussion.ts`.
 */
import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import { editRefusal, removeRefusal } from '../core/policy.ts';
import { problem } from '../core/problem.ts';
import { judge, type Verdict } from '../core/rules.ts';
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

/** The comment row that a change starts from. */
interface Current {
  id: number;
  threadId: number;
  parentId: number | null;
  userId: number | null;
  status: CommentStatus;
  shown: boolean;
  replyCount: number;
  removedBy: RemovedBy | null;
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
      const verdict = accept(
        judge({
          now,
          settings: site.settings,
          thread,
          bannedUntil: author.bannedUntil,
          role: author.role,
          parent: parent && { ...parent, isInThread: parent.threadId === thread.id },
          isParentUnknown: draft.parentId !== null && !parent,
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
    const refusal = editRefusal(author, comment, site.settings, now);
    if (refusal) throw problem(refusal);
    if (raw === comment.raw) return;
    const verdict = accept(
      judge({
        now,
        settings: site.settings,
        thread,
        bannedUntil: author.bannedUntil,
        role: author.role,
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
    const version = await moveTo(tx, site.id, comment, { status, removedBy: null }, true);
    await record(
      tx,
      {
        siteId: site.id,
        kind: 'comment.edited',
        threadId: thread.id,
        commentId: comment.id,
        actorId: author.userId,
        ...(version === undefined ? {} : { version }),
        data: { status },
      },
      now,
    );
  });
}

/** Takes back one's own comment. Replies keep their place under a tombstone. Throws as `editComment` does. */
export async function removeComment(
  db: Db,
  site: Site,
  author: Author,
  commentId: number,
  now: Date,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { comment, thread } = await lockComment(tx, site.id, commentId);
    const refusal = removeRefusal(author, comment);
    if (refusal) throw problem(refusal);
    const version = await moveTo(tx, site.id, comment, { status: 'removed', removedBy: 'author' });
    await record(
      tx,
      {
        siteId: site.id,
        kind: 'comment.removed',
        threadId: thread.id,
        commentId,
        actorId: author.userId,
        ...(version === undefined ? {} : { version }),
        data: { by: 'author' },
      },
      now,
    );
  });
}

/**
 * A moderator's or operator's decision on a comment. What its author removed or an erasure emptied stays removed:
 * throws `comment-removed`; `comment-unknown` when there is none.
 */
export async function decideComment(
  db: Db,
  siteId: string,
  decision: { commentId: number; status: CommentStatus },
  now: Date,
): Promise<{ before: CommentStatus }> {
  return inTransaction(db, async (tx) => {
    const { comment, thread } = await lockComment(tx, siteId, decision.commentId);
    if (comment.status === 'removed' && comment.removedBy !== 'moderator') throw problem('comment-removed');
    const removedBy = decision.status === 'removed' ? 'moderator' : null;
    const version = await moveTo(tx, siteId, comment, { status: decision.status, removedBy });
    await record(
      tx,
      {
        siteId,
        kind: 'comment.decided',
        threadId: thread.id,
        commentId: comment.id,
        ...(version === undefined ? {} : { version }),
        data: { from: comment.status, to: decision.status },
      },
      now,
    );
    return { before: comment.status };
  });
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
    .select(['shown', 'reply_count as replyCount', 'removed_by as removedBy', 'user_id as userId', 'raw'])
    .select('created_at as createdAt')
    .where('site_id', '=', siteId)
    .where('id', '=', commentId)
    .executeTakeFirst();
}

async function readCurrent(db: Db | Tx, siteId: string, commentId: number) {
  const comment = await findCurrent(db, siteId, commentId);
  if (!comment) throw problem('comment-unknown');
  return comment;
}

/** Thread first, then the comment as it is under that lock. */
async function lockComment(
  tx: Tx,
  siteId: string,
  commentId: number,
): Promise<{ comment: Current; thread: Thread }> {
  const { threadId } = await readCurrent(tx, siteId, commentId);
  const thread = await lockThread(tx, siteId, threadId);
  return { thread, comment: await readCurrent(tx, siteId, commentId) };
}

/**
 * Gives a comment of the locked thread its state, moves counts and listings, and steps the thread's version when a
 * reader could see a difference. Returns that version, undefined when none could.
 */
async function moveTo(
  tx: Tx,
  siteId: string,
  comment: Current,
  to: { status: CommentStatus; removedBy: RemovedBy | null },
  isTextChanged = false,
): Promise<number | undefined> {
  const was = comment.status === 'published';
  const is = to.status === 'published';
  const shown = is || comment.replyCount > 0;
  await tx
    .updateTable('comments')
    .set({ status: to.status, removed_by: to.removedBy, shown })
    .where('site_id', '=', siteId)
    .where('id', '=', comment.id)
    .execute();
  if (shown !== comment.shown) await propagateShown(tx, siteId, comment.threadId, { ...comment, shown });
  // A tombstone changes when it was or becomes a comment, or in who removed it: for readers a moderator, also where
  // the comment waits, so that a version tells nothing of that.
  const remover = ({ removedBy }: { removedBy: RemovedBy | null }) => removedBy ?? 'moderator';
  const isSeen = was !== is || (is && isTextChanged) || (shown && remover(to) !== remover(comment));
  if (!isSeen) return undefined;
  const counts = (Number(is) - Number(was)) as -1 | 0 | 1;
  const thread = await advanceThread(tx, siteId, comment.threadId, { counts, isSeen });
  return thread.version;
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
