/**
 * What pages share of signing in: the cookies that carry a page session, a guest's and an attempt, how an attempt begins, and
 * reading a form. The steps themselves are in `login.ts`.
 */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { problem } from '../core/problem.ts';
import { createAttempt, dropDrafts, type NewAttempt } from '../domain/attempts.ts';
import { findSession, type Session } from '../domain/sessions.ts';
import type { Ctx, Deps } from '../http/env.ts';
import { limitAddress } from '../http/guard.ts';

const PAGE_COOKIE = '__Host-parley';
/** The row's own lifetime decides; the cookie only must not go first. */
const PAGE_COOKIE_SECONDS = 180 * 86_400;
/** And a site's id: a guest is one on one site. */
const GUEST_COOKIE = '__Host-parley_g_';
const ATTEMPT_COOKIE = '__Host-parley_a_';
/** Browsers keep a bounded jar for an origin; a reader who starts and never finishes must not fill it. */
const MAX_ATTEMPT_COOKIES = 10;
const STARTS = { name: 'login-start', points: 30, windowSeconds: 60 };

const COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const;

const cookieNameOf = (attemptId: string) => ATTEMPT_COOKIE + attemptId.slice(0, 8);

/**
 * Stores an attempt, gives this browser its cookie and goes to its page. What came back from `earlier` (an attempt's id)
 * goes on in this one. Throws `rate-limited`.
 */
export async function beginAttempt(
  c: Ctx,
  deps: Deps,
  input: NewAttempt,
  earlier?: string,
): Promise<Response> {
  await limitAddress(c, deps, STARTS);
  const { id, cookie, lastsSeconds } = await createAttempt(deps.db, input, deps.now());
  setCookie(c, cookieNameOf(id), cookie, { ...COOKIE, maxAge: lastsSeconds });
  if (earlier !== undefined) await forgetDrafts(c, deps, earlier);
  c.header('Cache-Control', 'no-store');
  return c.redirect(`/login/attempts/${id}`, 303);
}

/** This browser's cookie for an attempt. */
export function attemptCookie(c: Ctx, attemptId: string): string | undefined {
  return getCookie(c, cookieNameOf(attemptId));
}

/** Forgets what this browser's attempt keeps of what was being written, and its cookie with it; without `id`, all of them. */
export async function forgetDrafts(c: Ctx, { db }: Deps, id?: string): Promise<void> {
  const cookies = Object.entries(getCookie(c)).filter(([name]) =>
    id === undefined ? name.startsWith(ATTEMPT_COOKIE) : name === cookieNameOf(id),
  );
  const dropped = await dropDrafts(
    db,
    cookies.map(([, cookie]) => cookie),
  );
  for (const attemptId of dropped) deleteCookie(c, cookieNameOf(attemptId), COOKIE);
}

/** Drops the oldest attempts' cookies beyond ten, never this one's. */
export function trimAttemptCookies(c: Ctx, keptId: string): void {
  const names = Object.keys(getCookie(c)).filter((name) => name.startsWith(ATTEMPT_COOKIE));
  const others = names.filter((name) => name !== cookieNameOf(keptId));
  for (const name of others.slice(0, Math.max(0, names.length - MAX_ATTEMPT_COOKIES))) {
    deleteCookie(c, name, COOKIE);
  }
}

/** Whether this browser has the cookie of a page session, alive or ended. */
export function hasPageCookie(c: Ctx): boolean {
  return getCookie(c, PAGE_COOKIE) !== undefined;
}

export function setPageCookie(c: Ctx, token: string): void {
  setCookie(c, PAGE_COOKIE, token, { ...COOKIE, maxAge: PAGE_COOKIE_SECONDS });
}

export async function findPageSession(c: Ctx, { db, now }: Deps): Promise<Session | undefined> {
  const token = getCookie(c, PAGE_COOKIE);
  return token ? findSession(db, token, 'page', now()) : undefined;
}

/** The token that a guest of this site has in this browser. */
export function guestCookie(c: Ctx, siteId: string): string | undefined {
  return getCookie(c, GUEST_COOKIE + siteId);
}

export function setGuestCookie(c: Ctx, siteId: string, token: string): void {
  setCookie(c, GUEST_COOKIE + siteId, token, { ...COOKIE, maxAge: PAGE_COOKIE_SECONDS });
}

export function dropGuestCookie(c: Ctx, siteId: string): void {
  deleteCookie(c, GUEST_COOKIE + siteId, COOKIE);
}

/** What our own forms and the embed's send, and nothing else. Throws `unsupported-media-type`. */
export async function readForm(c: Ctx): Promise<(name: string) => string> {
  const type = c.req.header('Content-Type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) throw problem('unsupported-media-type');
  const form = await c.req.parseBody();
  return (name) => {
    const value = Object.hasOwn(form, name) ? form[name] : '';
    return typeof value === 'string' ? value : '';
  };
}
