/**
 * Reading discussions: a page of roots with their first replies, more replies, one comment in its place, a reader's
 * own comments. Each list is one index scan and a keyset; nothing here writes. What is not `shown` never leaves this
 * file except to its author (`readOwnComments`).
 */
import { type RawBuilder, sql } from 'kysely';
import { MAX_PINNED } from '../core/policy.ts';
import type { Order } from '../core/site.ts';
import type { Db } from './database.ts';
import type { CommentStatus, RemovedBy, Role } from './schema.ts';

/** A comment as read, with author and score; rows leave the service through `http/present.ts` only. */
export interface CommentRow {
  id: number;
  threadId: number;
  parentId: number | null;
  rootId: number;
  depth: number;
  status: CommentStatus;
  shown: boolean;
  removedBy: RemovedBy | null;
  html: string;
  importedAuthor: string | null;
  replyCount: number;
  pinnedAt: Date | null;
  createdAt: Date;
  editedAt: Date | null;
  up: number;
  down: number;
  score: number;
  authorId: string | null;
  authorName: string | null;
  authorProvider: string | null;
  authorLink: string | null;
  authorPicture: string | null;
  authorRole: Role | null;
}

export interface OwnCommentRow extends CommentRow {
  raw: string;
}

/** How many replies come along with each root. */
const FIRST_REPLIES = 3;
/** More own comments than this in one thread's edit window are not a conversation. */
const MAX_OWN = 100;
/** A chain of 300 full comments above one would be an answer of megabytes. */
const MAX_ANCESTORS = 20;
/** Above every byte a descendant's path can go on with: ids leave the first byte of their eight at 0. */
const PATH_END = Buffer.from([0xff]);

const COLUMNS = sql`
  c.id, c.thread_id as "threadId", c.parent_id as "parentId", c.root_id as "rootId", c.depth, c.status, c.shown,
  c.removed_by as "removedBy", c.html, c.imported_author as "importedAuthor", c.reply_count as "replyCount",
  c.pinned_at as "pinnedAt", c.created_at as "createdAt", c.edited_at as "editedAt",
  coalesce(s.up, 0) as up, coalesce(s.down, 0) as down, coalesce(s.score, 0) as score,
  m.public_id as "authorId", i.name as "authorName", i.provider as "authorProvider", i.link as "authorLink",
  i.picture as "authorPicture", m.role as "authorRole"`;

const JOINS = sql`
  left join scores s on s.site_id = c.site_id and s.comment_id = c.id
  left join identities i on i.id = c.identity_id
  left join memberships m on m.site_id = c.site_id and m.user_id = c.user_id`;

export type RootCursor = readonly [score: number, id: number];

export interface RootPage {
  roots: { comment: CommentRow; replies: CommentRow[]; hasMoreReplies: boolean }[];
  next: RootCursor | undefined;
}

/** A pin that counts: its comment may be gone or waiting. */
const isPinned = ({ pinnedAt, status }: CommentRow) => pinnedAt !== null && status === 'published';
const IS_PINNED = sql`c.pinned_at is not null and c.status = 'published'`;

/**
 * One page of roots in `order` after a cursor, each with its first three replies, in one statement. The cursor is
 * the last root's score and id; `oldest` and `newest` mind the id alone. The first page begins with the pinned roots,
 * the newest pin first and beyond `limit`; they are left out of the order on every page.
 */
export async function readRoots(
  db: Db,
  siteId: string,
  threadId: number,
  page: { order: Order; after: RootCursor | undefined; limit: number },
): Promise<RootPage> {
  const { rows } = await sql<CommentRow>`
    with roots as materialized (${page.after ? sql`` : sql`(${pinnedOf(siteId, threadId)}) union all`}
                                (${rootsOf(siteId, threadId, page)})),
    listed as (
      select c.*, roots.rank from roots join comments c on c.site_id = ${siteId} and c.id = roots.id
      union all
      select r.*, roots.rank from roots cross join lateral (
        select c.* from comments c
        where c.site_id = ${siteId} and c.thread_id = ${threadId} and c.shown and roots.has_replies
          and c.path > roots.path and c.path < roots.path || ${PATH_END}::bytea
        order by c.path limit ${FIRST_REPLIES + 1}
      ) r where roots.rank <= ${page.limit}
    )
    select ${COLUMNS} from listed c ${JOINS} order by c.rank, c.path`.execute(db);
  const roots: RootPage['roots'] = [];
  for (const row of rows) {
    if (row.parentId === null) roots.push({ comment: row, replies: [], hasMoreReplies: false });
    else roots.at(-1)!.replies.push(row);
  }
  const pinned = roots.filter(({ comment }) => isPinned(comment)).length;
  const hasMore = roots.length - pinned > page.limit;
  if (hasMore) roots.pop();
  for (const root of roots) {
    root.hasMoreReplies = root.replies.length > FIRST_REPLIES;
    root.replies.length = Math.min(root.replies.length, FIRST_REPLIES);
  }
  const last = roots.at(-1)?.comment;
  return { roots, next: hasMore && last ? [last.score, last.id] : undefined };
}

/** Ranks below 0: before all others. `shown` only names the index. */
function pinnedOf(siteId: string, threadId: number): RawBuilder<unknown> {
  return sql`
    select c.id, c.path, c.reply_count > 0 as has_replies,
           row_number() over (order by c.pinned_at desc, c.id desc) - ${MAX_PINNED + 1} as rank
    from comments c
    where c.site_id = ${siteId} and c.thread_id = ${threadId} and c.shown and ${IS_PINNED}
    order by c.pinned_at desc, c.id desc limit ${MAX_PINNED}`;
}

function rootsOf(
  siteId: string,
  threadId: number,
  { order, after, limit }: { order: Order; after: RootCursor | undefined; limit: number },
): RawBuilder<unknown> {
  if (order === 'best') {
    const from = after ? sql`and (s.score, s.comment_id) < (${after[0]}::real, ${after[1]}::bigint)` : sql``;
    return sql`
      select c.id, c.path, c.reply_count > 0 as has_replies,
             row_number() over (order by s.score desc, s.comment_id desc) as rank
      from scores s join comments c on c.site_id = s.site_id and c.id = s.comment_id
      where s.site_id = ${siteId} and s.thread_id = ${threadId} and s.listed and not (${IS_PINNED}) ${from}
      order by s.score desc, s.comment_id desc limit ${limit + 1}`;
  }
  const direction = order === 'newest' ? sql`desc` : sql`asc`;
  const from = after ? sql`and c.id ${order === 'newest' ? sql`<` : sql`>`} ${after[1]}::bigint` : sql``;
  return sql`
    select c.id, c.path, c.reply_count > 0 as has_replies, row_number() over (order by c.id ${direction}) as rank
    from comments c
    where c.site_id = ${siteId} and c.thread_id = ${threadId} and c.parent_id is null and c.shown
      and not (${IS_PINNED}) ${from}
    order by c.id ${direction} limit ${limit + 1}`;
}

export interface ReplyPage {
  replies: CommentRow[];
  /** Id of the last reply here, when there are more. */
  next: number | undefined;
}

/** Descendants of a comment, pre-order, after the reply with id `after` (also when that one is gone since). */
export async function readReplies(
  db: Db,
  siteId: string,
  comment: { id: number; threadId: number },
  page: { after: number | undefined; limit: number },
): Promise<ReplyPage> {
  const top = sql`(select path from comments where site_id = ${siteId} and id = ${comment.id})`;
  const from =
    page.after === undefined
      ? top
      : sql`(select path from comments where site_id = ${siteId} and id = ${page.after} and thread_id = ${comment.threadId})`;
  const { rows } = await sql<CommentRow>`
    select ${COLUMNS} from comments c ${JOINS}
    where c.site_id = ${siteId} and c.thread_id = ${comment.threadId} and c.shown
      and c.path > ${from} and c.path < ${top} || ${PATH_END}::bytea
    order by c.path limit ${page.limit + 1}`.execute(db);
  const hasMore = rows.length > page.limit;
  if (hasMore) rows.pop();
  return { replies: rows, next: hasMore ? rows.at(-1)?.id : undefined };
}

/** One comment that readers may see; undefined for any other. */
export async function findShown(db: Db, siteId: string, commentId: number): Promise<CommentRow | undefined> {
  const comment = await findComment(db, siteId, commentId);
  return comment?.shown ? comment : undefined;
}

/** One comment whatever its state, for its author and for the answer to a write. */
export async function findComment(
  db: Db,
  siteId: string,
  commentId: number,
): Promise<OwnCommentRow | undefined> {
  const { rows } = await sql<OwnCommentRow>`
    select ${COLUMNS}, c.raw from comments c ${JOINS}
    where c.site_id = ${siteId} and c.id = ${commentId}`.execute(db);
  return rows[0];
}

/** The comments above one, root first: the root and the nearest twenty. */
export async function readAncestors(db: Db, siteId: string, commentId: number): Promise<CommentRow[]> {
  const { rows } = await sql<CommentRow>`
    with self as (select path, depth from comments where site_id = ${siteId} and id = ${commentId}),
    above as (
      select ('x' || encode(substring(self.path from n * 8 + 1 for 8), 'hex'))::bit(64)::bigint as id
      from self cross join generate_series(0, self.depth - 1) n
      where n = 0 or n >= self.depth - ${MAX_ANCESTORS}
    )
    select ${COLUMNS} from above a join comments c on c.site_id = ${siteId} and c.id = a.id ${JOINS}
    where c.shown order by c.depth`.execute(db);
  return rows;
}

/** A reader's own comments in a thread that others cannot see, or that were written after `editableSince`. */
export async function readOwnComments(
  db: Db,
  siteId: string,
  threadId: number,
  userId: number,
  editableSince: Date,
): Promise<OwnCommentRow[]> {
  const { rows } = await sql<OwnCommentRow>`
    select ${COLUMNS}, c.raw from comments c ${JOINS}
    where c.site_id = ${siteId} and c.user_id = ${userId} and c.thread_id = ${threadId}
      and (c.status in ('held', 'spam', 'rejected') or (c.status = 'published' and c.created_at > ${editableSince}))
    order by c.id desc limit ${MAX_OWN}`.execute(db);
  return rows.reverse();
}

export interface OwnOfSiteRow extends OwnCommentRow {
  threadUrl: string;
  threadTitle: string;
}

/** A reader's own comments on a site below the id `before`, newest first. Not those they took back themselves. */
export async function readOwnOfSite(
  db: Db,
  siteId: string,
  userId: number,
  { before, limit }: { before: number | undefined; limit: number },
): Promise<{ comments: OwnOfSiteRow[]; next: number | undefined }> {
  const from = before === undefined ? sql`` : sql`and c.id < ${before}::bigint`;
  const { rows } = await sql<OwnOfSiteRow>`
    select ${COLUMNS}, c.raw, t.url as "threadUrl", t.title as "threadTitle"
    from comments c join threads t on t.site_id = c.site_id and t.id = c.thread_id ${JOINS}
    where c.site_id = ${siteId} and c.user_id = ${userId} ${from}
      and (c.status <> 'removed' or c.removed_by = 'moderator')
    order by c.id desc limit ${limit + 1}`.execute(db);
  const hasMore = rows.length > limit;
  if (hasMore) rows.pop();
  return { comments: rows, next: hasMore ? rows.at(-1)?.id : undefined };
}

export interface QueueRow {
  id: number;
  status: CommentStatus;
  authorName: string | null;
  raw: string;
  url: string;
  createdAt: Date;
}

/** The newest comments of a site in one state, at most `limit`; for the operator. */
export async function readQueue(
  db: Db,
  siteId: string,
  status: CommentStatus,
  limit: number,
): Promise<QueueRow[]> {
  return db
    .selectFrom('comments as c')
    .innerJoin('threads as t', (join) =>
      join.onRef('t.site_id', '=', 'c.site_id').onRef('t.id', '=', 'c.thread_id'),
    )
    .leftJoin('identities as i', 'i.id', 'c.identity_id')
    .select(['c.id', 'c.status', 'i.name as authorName', 'c.raw', 't.url', 'c.created_at as createdAt'])
    .where('c.site_id', '=', siteId)
    .where('c.status', '=', status)
    .orderBy('c.id', 'desc')
    .limit(limit)
    .execute();
}
