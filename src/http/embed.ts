/** The embed's files: small scripts that tags name, and modules whose name is their content. */
import { Hono } from 'hono';
import { problem } from '../core/problem.ts';
import { findAsset } from '../domain/assets.ts';
import type { Ctx, Deps, Env } from './env.ts';

const SCRIPT = 'public, max-age=300';
const MODULE = 'public, max-age=31536000, immutable';
/** As the bundler names them. Nothing else is looked for: PostgreSQL takes no NUL, and an address is no path. */
const FILE = /^[\w-]+\.[\w-]+\.js$/;

export function embed({ assets, db }: Deps): Hono<Env> {
  const app = new Hono<Env>();

  for (const name of ['embed.js', 'count.js']) {
    app.get(`/${name}`, (c) => {
      const script = assets.get(name);
      if (!script) throw problem('not-found');
      return send(c, script.body, SCRIPT);
    });
  }

  app.get('/embed/:file', async (c) => {
    const file = c.req.param('file');
    if (!FILE.test(file)) throw problem('not-found');
    const path = `embed/${file}`;
    const body = assets.get(path)?.body ?? (await findAsset(db, path));
    if (body === undefined) throw problem('not-found');
    return send(c, body, MODULE);
  });

  return app;
}

function send(c: Ctx, body: string, caching: string): Response {
  // Modules are fetched across origins, and an article may demand CORP of everything it embeds.
  c.header('Access-Control-Allow-Origin', '*');
  c.header('Cross-Origin-Resource-Policy', 'cross-origin');
  c.header('Cache-Control', caching);
  c.header('Content-Type', 'text/javascript; charset=utf-8');
  return c.body(body);
}
