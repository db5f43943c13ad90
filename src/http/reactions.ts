/**
 * Votes. A vote shows to its voter at once and to everybody when it is folded into the thread's version, at most once
 * a second a thread; the fold that falls into the running second is made up for by a timer here.
 */
import { Hono } from 'hono';
import { z } from 'zod';
import { problem } from '../core/problem.ts';
import { setReaction } from '../domain/reactions.ts';
import { FOLD_MS, foldReactions } from '../domain/threads.ts';
import { describe } from './describe.ts';
import type { Deps, Env } from './env.ts';
import { reader, registeredOrigin } from './guard.ts';
import { commentIdOf, readBody } from './input.ts';

const VOTE = z.strictObject({
  value: z.union([z.literal(1), z.literal(0), z.literal(-1)]).describe('0 withdraws'),
});

export function reactions(deps: Deps): Hono<Env> {
  const { db, limits, log, now } = deps;
  const app = new Hono<Env>();
  const waiting = new Set<string>();

  app.put(
    '/:site/comments/:id/reaction',
    describe({
      summary: 'Vote on somebody else’s comment',
      tag: 'writing',
      isReader: true,
      body: VOTE,
      answers: { status: 200, body: z.object({ up: z.int(), down: z.int(), own: z.int() }) },
      problems: [
        'sign-in-required',
        'comment-unknown',
        'comment-removed',
        'own-vote',
        'banned',
        'votes-off',
        'rate-limited',
      ],
    }),
    registeredOrigin(deps),
    reader(deps),
    async (c) => {
      const site = c.get('site');
      const author = c.get('author');
      if (!site.settings.votes) throw problem('votes-off');
      const commentId = commentIdOf(c);
      const { value } = await readBody(c, VOTE);
      const limit = { name: 'vote', points: site.settings.votesPerMinute, windowSeconds: 60 };
      await limits.spend(limit, `${site.id} ${author.userId}`);
      const { up, down, threadId } = await setReaction(db, site.id, author, { commentId, value }, now());
      if ((await foldReactions(db, site.id, threadId, now())) === 'early') foldLater(site.id, threadId);
      return c.json({ up, down, own: value });
    },
  );

  function foldLater(siteId: string, threadId: number): void {
    const id = `${siteId} ${threadId}`;
    if (waiting.has(id)) return;
    waiting.add(id);
    const timer = setTimeout(() => {
      waiting.delete(id);
      foldReactions(db, siteId, threadId, now()).then(
        // Another fold came between, and votes after it.
        (outcome) => outcome === 'early' && foldLater(siteId, threadId),
        // Lost with the process or the database, the sweep folds it.
        (error) => log.warn({ err: error }, 'votes not folded yet'),
      );
    }, FOLD_MS);
    timer.unref();
  }

  return app;
}
