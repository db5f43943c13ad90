/** For operators and clients: liveness, readiness, the API's description, the documentation of each problem. */
import { Hono } from 'hono';
import { html } from 'hono/html';
import { PROBLEMS, problem } from '../core/problem.ts';
import { ping } from '../domain/database.ts';
import type { Deps, Env } from './env.ts';

export function ops({ db }: Deps): Hono<Env> {
  const app = new Hono<Env>();

  app.get('/healthz', (c) => {
    c.header('Cache-Control', 'no-store');
    return c.json({ status: 'alive' });
  });

  app.get('/readyz', async (c) => {
    c.header('Cache-Control', 'no-store');
    await ping(db);
    return c.json({ status: 'ready' });
  });

  app.get('/problems/:slug', (c) => {
    const slug = c.req.param('slug');
    if (!Object.hasOwn(PROBLEMS, slug)) throw problem('not-found');
    const { status, title } = PROBLEMS[slug as keyof typeof PROBLEMS];
    c.header('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    return c.html(html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${slug}</title>
<h1>${slug}</h1>
<p>${title}</p>
<p>HTTP status ${status}. Sent as <code>application/problem+json</code> (RFC 9457); branch on <code>type</code>.</p>
</html>`);
  });

  return app;
}
