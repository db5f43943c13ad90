/**
 * What there is to read of a thread, as presented: a page of roots with their first replies, one comment in its
 * place, more replies. JSON and pages are made from the same. Each is found first, so that its caller can answer
 * "not modified" before the comments are read.
 */
import { readCursor, writeCursor } from '../core/cursor.ts';
import { problem } from '../core/problem.ts';
import type { Order, Site } from '../core/site.ts';
import { findShown, type ReplyPage, readAncestors, readReplies, readRoots } from '../domain/discussion.ts';
import { findThread, findThreadById, type Thread } from '../domain/threads.ts';
import type { Ctx, Deps } from './env.ts';
import { presenters, presentThread } from './present.ts';

/** Roots of a page, and replies of one, where the reader does not say. */
export const ROOTS = 35;
export const REPLIES_MORE = 50;

/** What is removed is gone from every cache within 30 s: 5 fresh and 25 while a new copy is fetched. */
export const CACHED = 'max-age=0, s-maxage=5, stale-while-revalidate=25';

export function listings(deps: Pick<Deps, 'db' | 'keyring' | 'publicUrl'>) {
  const { db, keyring } = deps;
  const { presentComment } = presenters(deps.publicUrl);

  const repliesScope = (site: Site, commentId: number) => ['replies', site.id, String(commentId)];
  const presentReplies = (site: Site, commentId: number, page: ReplyPage) => ({
    items: page.replies.map(presentComment),
    next: page.next === undefined ? null : writeCursor(keyring, repliesScope(site, commentId), [page.next]),
  });

  /** The thread with this normalised key and a page of its roots. Throws `cursor-invalid`. */
  async function findRoots(
    site: Site,
    key: string,
    page: { order: Order; after: string | undefined; limit: number },
  ) {
    const { order, limit } = page;
    const thread = seen(await findThread(db, site.id, key));
    const scope = ['roots', site.id, String(thread?.id ?? 0), order];
    const cursor = page.after === undefined ? undefined : readCursor(keyring, scope, page.after);
    return {
      thread,
      async read() {
        const { roots, next } = thread
          ? await readRoots(db, site.id, thread.id, {
              order,
              after: cursor && [Number(cursor[0]), Number(cursor[1])],
              limit,
            })
          : { roots: [], next: undefined };
        return {
          thread: presentThread(site, thread, key),
          comments: {
            items: roots.map(({ comment, replies, hasMoreReplies }) => ({
              ...presentComment(comment),
              replies: presentReplies(site, comment.id, {
                replies,
                next: hasMoreReplies ? replies.at(-1)?.id : undefined,
              }),
            })),
            next: next ? writeCursor(keyring, scope, next) : null,
          },
        };
      },
    };
  }

  /** A comment and what is below it, after a cursor. Throws `comment-unknown` and `cursor-invalid`. */
  async function findInPlace(
    site: Site,
    commentId: number,
    page: { after?: string | undefined; limit?: number } = {},
  ) {
    const comment = await findShown(db, site.id, commentId);
    const thread = comment && (await findThreadById(db, site.id, comment.threadId));
    if (!comment || !thread) throw problem('comment-unknown');
    const { after, limit = REPLIES_MORE } = page;
    const cursor =
      after === undefined ? undefined : readCursor(keyring, repliesScope(site, comment.id), after);
    const readBelow = async () =>
      presentReplies(
        site,
        comment.id,
        await readReplies(db, site.id, comment, { after: cursor && Number(cursor[0]), limit }),
      );
    return {
      thread,
      readReplies: readBelow,
      async read() {
        const [ancestors, replies] = await Promise.all([readAncestors(db, site.id, comment.id), readBelow()]);
        return {
          thread: presentThread(site, thread, thread.key),
          ancestors: ancestors.map(presentComment),
          comment: presentComment(comment),
          replies,
        };
      },
    };
  }

  return { findRoots, findInPlace };
}

/** A thread of which nothing was ever to be seen is not there: its title would tell of a comment that waits. */
const seen = (thread: Thread | undefined) => (thread && thread.version > 0 ? thread : undefined);

/** Sets the caching headers of a thread's page, and says whether the client has it already. */
export function isFresh(c: Ctx, { build }: Deps, site: Site, thread: Thread | undefined): boolean {
  const etag = `"${build}.${site.version}.${thread?.id ?? 0}.${thread?.version ?? 0}.i"`;
  c.header('ETag', etag);
  c.header('Cache-Control', CACHED);
  const known = c.req.header('If-None-Match');
  return known?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag) ?? false;
}
