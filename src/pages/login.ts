/**
 * The sign-in sequence on our own origin: start, the attempt's page, the trip to a provider and back, Continue, hand
 * over; for an attempt that began on a page of ours, back to that page. Its order of checks is the design's; what it must never do is act before the reader pressed Continue, send a
 * code anywhere but to the registered origin that began, or read an address from a query.
 */
import { Hono } from 'hono';
import { pageUrl } from '../core/canonical.ts';
import { type ProblemSlug, problem } from '../core/problem.ts';
import { sha256 } from '../core/secret.ts';
import {
  type Attempt,
  createState,
  findAttempt,
  finishAttempt,
  noteFailure,
  noteProfile,
  takeState,
} from '../domain/attempts.ts';
import { readSite } from '../domain/sites.ts';
import { findIdentity } from '../domain/users.ts';
import { SignInFailure } from '../edge/oauth.ts';
import type { Ctx, Deps, Env } from '../http/env.ts';
import { requireSameOrigin } from '../http/guard.ts';
import * as views from './login-views.ts';
import {
  attemptCookie,
  beginAttempt,
  findPageSession,
  hasPageCookie,
  readForm,
  setPageCookie,
  trimAttemptCookies,
} from './sign-in.ts';

const FAILURES: Record<SignInFailure['kind'], ProblemSlug> = {
  denied: 'login-denied',
  expired: 'login-expired',
  config: 'login-failed',
  provider: 'login-failed',
  network: 'provider-unavailable',
};

export function login(deps: Deps): Hono<Env> {
  const { db, enqueue, keyring, signIn, log, now } = deps;
  const app = new Hono<Env>();

  app.post('/login/start', async (c) => {
    const origin = c.req.header('Origin');
    if (origin === undefined) throw problem('origin-missing');
    return start(c, await readForm(c), { origin, via: 'post' });
  });

  // For articles whose policy forbids the form: can answer its opener alone, and is never relayed.
  app.get('/login/start', (c) => start(c, (name) => c.req.query(name) ?? '', { via: 'get' }));

  async function start(
    c: Ctx,
    field: (name: string) => string,
    from: { via: 'post'; origin: string } | { via: 'get' },
  ): Promise<Response> {
    const site = await readSite(db, field('site'));
    const returnUrl = pageUrl(field('return'), site.origins);
    const origin = 'origin' in from ? from.origin : new URL(returnUrl).origin;
    if (!site.origins.includes(origin)) throw problem('origin-foreign');
    if (new URL(returnUrl).origin !== origin) throw problem('url-foreign');
    const challenge = field('challenge');
    if (!/^[\w-]{43}$/.test(challenge)) throw problem('attempt-invalid');
    const provider = field('provider') || null;
    if (provider && !descriptionOf(provider)) throw problem('provider-unknown');
    return beginAttempt(c, deps, {
      siteId: site.id,
      origin,
      returnUrl,
      challenge,
      mode: field('mode') === 'redirect' ? 'redirect' : 'popup',
      via: from.via,
      switchAccount: field('switch') === '1',
      provider,
    });
  }

  app.get('/login/attempts/:id', async (c) => {
    const id = c.req.param('id');
    trimAttemptCookies(c, id);
    const cookie = attemptCookie(c, id);
    // Always 200: the form-action policy of the article still covers this chain.
    if (!cookie) return views.cookiesBlocked(c);
    const attempt = await findAttempt(db, id, cookie, now());
    if (!attempt) return views.expired(c);
    const site = await readSite(db, attempt.siteId);
    if (attempt.isFinished) return views.finished(c, site, attempt);
    const isChoosing = c.req.query('choose') !== undefined;
    const session = await findPageSession(c, deps);
    // A cookie without its session is a reader who logged out: the provider must ask who it is.
    const isSwitching = attempt.switchAccount || isChoosing || (!session && hasPageCookie(c));
    const choose = () => views.choose(c, { site, attempt, providers: redirects(), isSwitching });
    if (isChoosing) return choose();
    if (attempt.profile) {
      const { provider, name, subject } = attempt.profile;
      return views.confirm(c, {
        site,
        attempt,
        name,
        provider: nameOf(provider),
        shown: shownOf(provider, subject),
      });
    }
    if (attempt.failure) {
      return attempt.mode === 'page'
        ? views.failed(c, attempt, attempt.failure)
        : views.deliver(c, site, attempt, { error: attempt.failure });
    }
    if (session && !isSwitching) {
      const identity = await findIdentity(db, session.identityId);
      if (identity && (!attempt.provider || attempt.provider === identity.provider)) {
        const { name, provider } = identity;
        return views.confirm(c, {
          site,
          attempt,
          name,
          provider: nameOf(provider),
          shown: shownOf('session', session.id),
        });
      }
    }
    return attempt.provider ? views.go(c, attempt, attempt.provider, isSwitching) : choose();
  });

  app.get('/login/attempts/:id/to/:provider', async (c) => {
    const attempt = await readAttempt(c);
    const provider = c.req.param('provider');
    if (attempt.isFinished || !descriptionOf(provider)) throw problem('provider-unknown');
    const state = await createState(db, attempt, provider, now());
    const switchAccount = c.req.query('switch') !== undefined;
    try {
      const url = await signIn.authorizationUrl(provider, { state, ...secretsOf(state), switchAccount });
      c.header('Cache-Control', 'no-store');
      c.header('Referrer-Policy', 'no-referrer');
      return c.redirect(url.href, 303);
    } catch (error) {
      return fail(c, attempt.id, provider, error);
    }
  });

  app.get('/login/callback/:provider', async (c) => {
    c.header('Cache-Control', 'no-store');
    const url = new URL(c.req.url);
    const state = url.searchParams.get('state') ?? '';
    const provider = c.req.param('provider');
    const trip = await takeState(db, state, now());
    if (!trip) throw problem('attempt-expired');
    const attempt = await findAttempt(db, trip.attemptId, attemptCookie(c, trip.attemptId), now());
    if (!attempt || attempt.isFinished || trip.provider !== provider) throw problem('attempt-expired');
    if (trip.isExpired) {
      await noteFailure(db, attempt.id, 'login-expired');
      return c.redirect(`/login/attempts/${attempt.id}`, 303);
    }
    try {
      const profile = await signIn.exchange(provider, url.searchParams, { state, ...secretsOf(state) });
      const { subject, issuer, name, username, link, picture } = profile;
      await noteProfile(db, attempt.id, { provider, issuer, subject, name, username, link, picture });
    } catch (error) {
      return fail(c, attempt.id, provider, error);
    }
    return c.redirect(`/login/attempts/${attempt.id}`, 303);
  });

  app.post('/login/attempts/:id/continue', async (c) => {
    requireSameOrigin(c, deps);
    const attempt = await readAttempt(c);
    const site = await readSite(db, attempt.siteId);
    if (attempt.isFinished) return views.finished(c, site, attempt);
    const previous = await findPageSession(c, deps);
    const { profile } = attempt;
    const who = profile ? { profile } : previous && { session: previous };
    const shown = profile
      ? shownOf(profile.provider, profile.subject)
      : shownOf('session', previous?.id ?? 0);
    const form = await readForm(c);
    // Somebody else came back from a provider since the page was drawn: show it again with that name.
    if (!who || form('shown') !== shown) return c.redirect(`/login/attempts/${attempt.id}`, 303);
    // The origin was taken off the site meanwhile: nothing may be sent there. A page's is our own.
    const origins = attempt.mode === 'page' ? [deps.publicUrl] : site.origins;
    if (!origins.includes(attempt.origin)) throw problem('origin-foreign');
    const { code, pageToken } = await finishAttempt(db, attempt, { who, previous, enqueue }, now());
    setPageCookie(c, pageToken);
    // Only an attempt that began on a page of ours has none, and its way back was built there.
    return code === null ? c.redirect(attempt.returnUrl, 303) : views.deliver(c, site, attempt, { code });
  });

  async function fail(c: Ctx, attemptId: string, provider: string, error: unknown): Promise<Response> {
    if (!(error instanceof SignInFailure)) throw error;
    const { kind, stage, status, code, traceId } = error;
    if (kind !== 'denied') {
      log.warn(
        { provider, kind, stage, status, code, traceId, requestId: c.get('requestId') },
        'sign-in failed',
      );
    }
    await noteFailure(db, attemptId, FAILURES[kind]);
    return c.redirect(`/login/attempts/${attemptId}`, 303);
  }

  async function readAttempt(c: Ctx): Promise<Attempt> {
    const id = c.req.param('id') ?? '';
    const attempt = await findAttempt(db, id, attemptCookie(c, id), now());
    if (!attempt) throw problem('attempt-expired');
    return attempt;
  }

  // Both follow from the state, which only the SECRET turns into them: nothing to store, nothing to steal. A sign-in
  // under way while the first SECRET is replaced fails at the provider, and the reader tries again.
  const secretsOf = (state: string) => ({
    verifier: keyring.mac('pkce verifier', state, 32),
    nonce: keyring.mac('nonce', state, 32),
  });

  // Nobody can be sent to a form: whoever fills it in does so in the article.
  const redirects = () => signIn.describeProviders().filter(({ kind }) => kind === 'redirect');
  const descriptionOf = (provider: string) => redirects().find(({ id }) => id === provider);
  const nameOf = (provider: string) => descriptionOf(provider)?.name ?? provider;

  return app;
}

/** Names an account without telling it; Continue sends it back, so that it confirms what the page showed. */
const shownOf = (kind: string, id: string | number) => sha256(`${kind} ${id}`).toString('base64url');
