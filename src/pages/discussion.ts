/** Routes of the discussion without script: reading it. Writing there is in `discussion-writing.ts`. */
import { Hono } from 'hono';
import { Problem } from '../core/problem.ts';
import { findDraft } from '../domain/attempts.ts';
import { readSite } from '../domain/sites.ts';
import type { Deps, Env } from '../http/env.ts';
import { drawDiscussion } from './discussion-draw.ts';
import { linkTo, placeOf, thread } from './discussion-place.ts';
import { findReader, readOwn } from './discussion-reader.ts';
import { attemptCookie } from './sign-in.ts';

export function discussion(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const app = new Hono<Env>();

  app.get('/comments/:site', async (c) => {
    const site = await readSite(db, c.req.param('site'));
    const place = placeOf(c, site);
    const { draft: id } = place;
    const text =
      id === undefined
        ? undefined
        : await findDraft(db, site.id, { id, cookie: attemptCookie(c, id) }, now());
    const typed = text === undefined ? undefined : { text, once: '', refusal: undefined };
    try {
      return await drawDiscussion(c, deps, site, place, typed);
    } catch (error) {
      // A comment that waits has no place of its own yet: its author sees it in the thread.
      if (!(error instanceof Problem) || error.slug !== 'comment-unknown' || !place.comment) throw error;
      const { key } = await readOwn(deps, site, place.comment, await findReader(c, deps, site));
      c.header('ETag', undefined);
      c.header('Cache-Control', 'no-store');
      return c.redirect(linkTo(thread(site.id, key), `comment-${place.comment}`), 303);
    }
  });

  return app;
}
