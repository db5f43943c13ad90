/**
 * The application: every route, and what is true of every answer. A refusal becomes `application/problem+json` here
 * and nowhere else; a defect is logged once, here, and shows its request id and nothing more.
 */
import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { openAPIRouteHandler } from 'hono-openapi';
import { PROBLEMS, Problem, problem } from './core/problem.ts';
import { translated } from './domain/database.ts';
import { SLOW_MS } from './edge/log.ts';
import { account } from './http/account.ts';
import { claims } from './http/claims.ts';
import { comments } from './http/comments.ts';
import { embed } from './http/embed.ts';
import type { Ctx, Deps, Env } from './http/env.ts';
import { registeredOrigin } from './http/guard.ts';
import { MAX_BODY_BYTES } from './http/input.ts';
import { ops } from './http/ops.ts';
import { pictures } from './http/pictures.ts';
import { reactions } from './http/reactions.ts';
import { session } from './http/session.ts';
import { threads } from './http/threads.ts';
import { discussion } from './pages/discussion.ts';
import { refuseDiscussion } from './pages/discussion-refuse.ts';
import { discussionWriting } from './pages/discussion-writing.ts';
import { fragment } from './pages/fragment.ts';
import { login } from './pages/login.ts';
import { refused } from './pages/login-views.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The application on its dependencies; `app.request()` drives it without a port. */
export function createApp(deps: Deps): Hono<Env> {
  const { log } = deps;
  const app = new Hono<Env>();

  app.use(async (c, next) => {
    const requestId = randomBytes(9).toString('base64url');
    c.set('requestId', requestId);
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('X-Request-Id', requestId);
    const start = performance.now();
    await next();
    const ms = Math.round(performance.now() - start);
    if (ms > SLOW_MS)
      log.warn({ requestId, method: c.req.method, route: c.req.routePath, ms }, 'slow request');
  });
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw problem('body-too-large');
      },
    }),
  );

  // Read before anything is asked: else a body that is held back would be judged by a ban, a session or a setting
  // of the time when its first byte came.
  app.use(async (c, next) => {
    if (c.req.raw.body) await c.req.arrayBuffer();
    await next();
  });

  app.options('/api/v1/sites/:site/*', registeredOrigin(deps));
  for (const router of [threads, comments, reactions, account, claims, session])
    app.route('/api/v1/sites', router(deps));
  app.route('/', ops(deps));
  app.route('/', embed(deps));
  app.route('/', pictures(deps));
  app.route('/', login(deps));
  app.route('/', discussion(deps));
  app.route('/', discussionWriting(deps));
  app.route('/', fragment(deps));
  app.get('/openapi.json', openAPIRouteHandler(app, { documentation: describeApi(deps) }));

  app.notFound((c) => {
    const allowed = METHODS.filter((method) =>
      app.router.match(method, c.req.path)[0].some(([[, { path }]]) => path !== '/*'),
    );
    if (allowed.length === 0) return answerProblem(c, deps, problem('not-found'));
    c.header('Allow', allowed.join(', '));
    return answerProblem(c, deps, problem('method-not-allowed'));
  });
  app.onError((error, c) => {
    const meant =
      error instanceof HTTPException
        ? problem('invalid-input', { detail: error.message })
        : translated(error);
    if (!(meant instanceof Problem))
      log.error({ err: error, requestId: c.get('requestId') }, 'a request broke');
    else if (meant.slug === 'unavailable')
      log.warn({ err: error, requestId: c.get('requestId') }, 'unavailable');
    return answerProblem(c, deps, meant instanceof Problem ? meant : problem('internal'));
  });
  return app;
}

function answerProblem(c: Ctx, deps: Deps, refusal: Problem): Response | Promise<Response> {
  const { publicUrl } = deps;
  const { slug, details } = refusal;
  const { status, title } = PROBLEMS[slug];
  const instance = c.get('requestId');
  if (details.retryAfter !== undefined) c.header('Retry-After', String(details.retryAfter));
  // A header of the answer that was not given must not describe this one.
  c.header('ETag', undefined);
  const { pathname } = new URL(c.req.url);
  if (pathname.startsWith('/login/')) return refused(c, slug, instance);
  if (pathname.startsWith('/comments/') && !pathname.endsWith('/fragment'))
    return refuseDiscussion(c, deps, refusal);
  c.header('Cache-Control', 'no-store');
  c.header('Content-Type', 'application/problem+json');
  return c.body(
    JSON.stringify({ type: `${publicUrl}/problems/${slug}`, title, status, instance, ...details }),
    status,
  );
}

function describeApi({ publicUrl }: Deps) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version: '1',
      description:
        'Comments for any article page. Refusals are `application/problem+json` (RFC 9457): branch on `type`. ' +
        'Lists are `{ items, next }`; give `next` back as `after`. Times are UTC, ids are 53-bit integers.',
    },
    servers: [{ url: publicUrl }],
    components: {
      securitySchemes: {
        bearer: {
          type: 'http' as const,
          scheme: 'bearer',
          description: 'From redeeming a sign-in code; bound to one site and one origin.',
        },
      },
    },
  };
}
