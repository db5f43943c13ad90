/**
 * Anonymous reading: a thread in one request, more replies, one comment in its place, counts. No cookie, no
 * credential, any origin; each answer carries what a shared cache needs, and reading creates nothing.
 */
import { Hono } from 'hono';
import { z } from 'zod';
import { threadKey } from '../core/canonical.ts';
import { readCursor, writeCursor } from '../core/cursor.ts';
import { problem } from '../core/problem.ts';
import type { Order, Site } from '../core/site.ts';
import { findShown, readAncestors, readReplies, readRoots } from '../domain/discussion.ts';
import { countComments, findThread, findThreadById, type Thread } from '../domain/threads.ts';
import { describe } from './describe.ts';
import type { Ctx, Deps, Env } from './env.ts';
import { anonymous } from './guard.ts';
import { badQuery, commentIdOf, keyOf, limitOf } from './input.ts';
import { COMMENT, presenters, presentSite, presentThread, REPLIES, THREAD, THREAD_PAGE } from './present.ts';

const ROOTS = 35;
const REPLIES_MORE = 50;
const MAX_COUNTS = 100;

/** What is removed is gone from every cache within 30 s: 5 fresh and 25 while a new copy is fetched. */
const CACHED = 'max-age=0, s-maxage=5, stale-while-revalidate=25';

const LIST_QUERY = {
  after: { description: 'cursor of the page before' },
  limit: { description: '1–100' },
};

export function threads(deps: Deps): Hono<Env> {
  const { db, keyring, signIn } = deps;
  const { presentComment } = presenters(deps.publicUrl);
  const app = new Hono<Env>();

  const repliesScope = (site: Site, commentId: number) => ['replies', site.id, String(commentId)];
  const presentReplies = (site: Site, commentId: number, page: Awaited<ReturnType<typeof readReplies>>) => ({
    items: page.replies.map(presentComment),
    next: page.next === undefined ? null : writeCursor(keyring, repliesScope(site, commentId), [page.next]),
  });

  app.get(
    '/:site/thread',
    describe({
      summary: 'A thread: public site settings, the thread, a page of roots with their first replies',
      tag: 'reading',
      query: {
        key: { description: '`id:` and an explicit id, or `url:` and the page address', required: true },
        order: { description: 'order of the roots', enum: ['oldest', 'newest', 'best'] },
        ...LIST_QUERY,
      },
      answers: { status: 200, body: THREAD_PAGE },
      problems: ['invalid-input', 'cursor-invalid', 'thread-key-invalid', 'url-foreign'],
    }),
    anonymous(deps),
    async (c) => {
      const site = c.get('site');
      const key = threadKey(keyOf(c), site.origins);
      const order = orderOf(c, site.settings.order);
      const limit = limitOf(c, ROOTS);
      const after = c.req.query('after');
      const thread = seen(await findThread(db, site.id, key));
      const threadId = thread?.id ?? 0;
      const scope = ['roots', site.id, String(threadId), order];
      const cursor = after === undefined ? undefined : readCursor(keyring, scope, after);
      if (isFresh(c, deps, site, thread)) return c.body(null, 304);
      const page = thread
        ? await readRoots(db, site.id, thread.id, {
            order,
            after: cursor && [Number(cursor[0]), Number(cursor[1])],
            limit,
          })
        : { roots: [], next: undefined };
      return c.json({
        site: presentSite(site, signIn.describeProviders()),
        thread: presentThread(thread, key),
        comments: {
          items: page.roots.map(({ comment, replies, hasMoreReplies }) => ({
            ...presentComment(comment),
            replies: presentReplies(site, comment.id, {
              replies,
              next: hasMoreReplies ? replies.at(-1)?.id : undefined,
            }),
          })),
          next: page.next ? writeCursor(keyring, scope, page.next) : null,
        },
      });
    },
  );

  app.get(
    '/:site/comments/:id',
    describe({
      summary: 'One comment in its place: the comments above it, itself, its replies',
      tag: 'reading',
      answers: {
        status: 200,
        body: z.object({ thread: THREAD, ancestors: z.array(COMMENT), comment: COMMENT, replies: REPLIES }),
      },
      problems: ['comment-unknown'],
    }),
    anonymous(deps),
    async (c) => {
      const site = c.get('site');
      const { comment, thread } = await readShown(c, site);
      if (isFresh(c, deps, site, thread)) return c.body(null, 304);
      const [ancestors, replies] = await Promise.all([
        readAncestors(db, site.id, comment.id),
        readReplies(db, site.id, comment, { after: undefined, limit: REPLIES_MORE }),
      ]);
      return c.json({
        thread: presentThread(thread, thread.key),
        ancestors: ancestors.map(presentComment),
        comment: presentComment(comment),
        replies: presentReplies(site, comment.id, replies),
      });
    },
  );

  app.get(
    '/:site/comments/:id/replies',
    describe({
      summary: 'More replies below a comment, in reading order',
      tag: 'reading',
      query: LIST_QUERY,
      answers: { status: 200, body: REPLIES },
      problems: ['invalid-input', 'cursor-invalid', 'comment-unknown'],
    }),
    anonymous(deps),
    async (c) => {
      const site = c.get('site');
      const limit = limitOf(c, REPLIES_MORE);
      const { comment, thread } = await readShown(c, site);
      const after = c.req.query('after');
      const cursor =
        after === undefined ? undefined : readCursor(keyring, repliesScope(site, comment.id), after);
      if (isFresh(c, deps, site, thread)) return c.body(null, 304);
      const page = await readReplies(db, site.id, comment, { after: cursor && Number(cursor[0]), limit });
      return c.json(presentReplies(site, comment.id, page));
    },
  );

  app.get(
    '/:site/counts',
    describe({
      summary: 'Comment counts of several threads',
      tag: 'reading',
      query: { key: { description: `thread key; repeat for more, up to ${MAX_COUNTS}`, required: true } },
      answers: {
        status: 200,
        body: z.object({ items: z.array(z.object({ key: z.string(), count: z.int() })), next: z.null() }),
      },
      problems: ['thread-key-invalid', 'url-foreign', 'invalid-input'],
    }),
    anonymous(deps),
    async (c) => {
      const site = c.get('site');
      const asked = c.req.queries('key') ?? [];
      if (asked.length === 0) throw problem('thread-key-invalid');
      if (asked.length > MAX_COUNTS) throw badQuery('key', `at most ${MAX_COUNTS} keys`);
      const keys = asked.map((key) => threadKey(key, site.origins));
      const counts = await countComments(db, site.id, keys);
      c.header('Cache-Control', CACHED);
      return c.json({ items: asked.map((key, at) => ({ key, count: counts[at] })), next: null });
    },
  );

  async function readShown(c: Ctx, site: Site) {
    const comment = await findShown(db, site.id, commentIdOf(c));
    const thread = comment && (await findThreadById(db, site.id, comment.threadId));
    if (!comment || !thread) throw problem('comment-unknown');
    return { comment, thread };
  }

  return app;
}

function orderOf(c: Ctx, fallback: Order): Order {
  const order = c.req.query('order') ?? fallback;
  if (order !== 'oldest' && order !== 'newest' && order !== 'best') {
    throw badQuery('order', 'must be oldest, newest or best');
  }
  return order;
}

/** A thread of which nothing was ever to be seen is not there: its title would tell of a comment that waits. */
const seen = (thread: Thread | undefined) => (thread && thread.version > 0 ? thread : undefined);

/** Sets the caching headers of a thread's page, and says whether the client has it already. */
function isFresh(c: Ctx, { build }: Deps, site: Site, thread: Thread | undefined): boolean {
  const etag = `"${build}.${site.version}.${thread?.id ?? 0}.${thread?.version ?? 0}.i"`;
  c.header('ETag', etag);
  c.header('Cache-Control', CACHED);
  const known = c.req.header('If-None-Match');
  return known?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag) ?? false;
}
