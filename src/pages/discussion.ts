/** Routes of the discussion without script: reading it. Writing there is in `discussion-writing.ts`. */
import { Hono } from 'hono';
import { findDraft } from '../domain/attempts.ts';
import { readSite } from '../domain/sites.ts';
import type { Deps, Env } from '../http/env.ts';
import { drawDiscussion } from './discussion-draw.ts';
import { placeOf } from './discussion-place.ts';
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
    return drawDiscussion(c, deps, site, place, typed);
  });

  return app;
}
