/**
 * Readers' pictures on our own origin. What is served here was decoded and written anew by us, under a name that is
 * never given to other bytes; the headers still treat it as a stranger's, so that even a mistake there could not
 * become a page of this origin.
 */
import { Hono } from 'hono';
import { problem } from '../core/problem.ts';
import { findPicture } from '../domain/pictures.ts';
import type { Deps, Env } from './env.ts';

/** Never revalidated, and gone from every cache within a week: a year would be long to hold a face that was erased. */
const CACHING = 'public, max-age=604800, immutable';
/** As they are minted. Nothing else is looked for: PostgreSQL takes no NUL, and an address is no path. */
const NAME = /^[\w-]{22}$/;

export function pictures({ db }: Deps): Hono<Env> {
  const app = new Hono<Env>();

  app.get('/pictures/:name', async (c) => {
    const name = c.req.param('name');
    const body = NAME.test(name) ? await findPicture(db, name) : undefined;
    if (!body) throw problem('not-found');
    c.header('Cache-Control', CACHING);
    c.header('Content-Type', 'image/webp');
    c.header('Content-Security-Policy', "default-src 'none'; sandbox");
    c.header('Cross-Origin-Resource-Policy', 'cross-origin');
    return c.body(new Uint8Array(body));
  });

  return app;
}
