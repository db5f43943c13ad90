/**
 * Anonymous reading: a thread in one request, more replies, one comment in its place, counts. No cookie, no
 * credential, any origin; each answer carries what a shared cache needs, and reading creates nothing.
 */
import { Hono } from 'hono';
import { z } from 'zod';
import { threadKey } from '../core/canonical.ts';
import { problem } from '../core/problem.ts';
import { countComments } from '../domain/threads.ts';
import { describe } from './describe.ts';
import type { Deps, Env } from './env.ts';
import { anonymous } from './guard.ts';
import { badQuery, commentIdOf, keyOf, limitOf, orderOf } from './input.ts';
import { CACHED, isFresh, listings, REPLIES_MORE, ROOTS } from './listings.ts';
import { COMMENT, presentSite, REPLIES, THREAD, THREAD_PAGE } from './present.ts';

const MAX_COUNTS = 100;

const LIST_QUERY = {
  after: { description: 'cursor of the page before' },
  limit: { description: '1–100' },
};

export function threads(deps: Deps): Hono<Env> {
  const { db, signIn } = deps;
  const { findRoots, findInPlace } = listings(deps);
  const app = new Hono<Env>();

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
      const roots = await findRoots(site, key, { order, after: c.req.query('after'), limit });
      if (isFresh(c, deps, site, roots.thread)) return c.body(null, 304);
      return c.json({ site: presentSite(site, signIn.describeProviders()), ...(await roots.read()) });
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
      const found = await findInPlace(site, commentIdOf(c));
      if (isFresh(c, deps, site, found.thread)) return c.body(null, 304);
      return c.json(await found.read());
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
      const found = await findInPlace(site, commentIdOf(c), { after: c.req.query('after'), limit });
      if (isFresh(c, deps, site, found.thread)) return c.body(null, 304);
      return c.json(await found.readReplies());
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

  return app;
}
