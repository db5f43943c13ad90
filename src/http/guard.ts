/**
 * Who may come in, as middleware: a site's anonymous readers, its signed-in readers, and forms on our own origin.
 * Default is no: an origin is compared as an exact string with the registered ones, a bearer is accepted for its own
 * site and origin alone, and the site always comes from the path.
 */
import { getConnInfo } from '@hono/node-server/conninfo';
import { createMiddleware } from 'hono/factory';
import { problem } from '../core/problem.ts';
import type { Limit } from '../domain/limits.ts';
import { readAuthor } from '../domain/memberships.ts';
import { findSession } from '../domain/sessions.ts';
import { readSite } from '../domain/sites.ts';
import type { Ctx, Deps, Env } from './env.ts';

/** A preflight is remembered this long; shorter than any change of origins should need. */
const PREFLIGHT_SECONDS = 600;

/** Reads that carry no credential answer every origin, so that a shared cache can hold them. */
export function anonymous({ db }: Deps) {
  return createMiddleware<Env>(async (c, next) => {
    c.header('Access-Control-Allow-Origin', '*');
    c.set('site', await readSite(db, c.req.param('site') ?? ''));
    await next();
  });
}

/** What takes a bearer or makes one: `no-store`, the exact registered origin, never credentials. */
export function registeredOrigin({ db }: Deps) {
  return createMiddleware<Env>(async (c, next) => {
    c.header('Cache-Control', 'no-store');
    c.header('Vary', 'Origin');
    const site = await readSite(db, c.req.param('site') ?? '');
    const origin = c.req.header('Origin');
    if (origin !== undefined) {
      if (!site.origins.includes(origin)) throw problem('origin-foreign');
      c.header('Access-Control-Allow-Origin', origin);
    }
    c.set('site', site);
    if (c.req.method === 'OPTIONS') return preflight(c);
    await next();
    return;
  });
}

/** Answers a preflight whose origin was found registered. */
export function preflight(c: Ctx): Response {
  c.header('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE');
  c.header('Access-Control-Allow-Headers', 'Authorization, Content-Type, Idempotency-Key');
  c.header('Access-Control-Max-Age', String(PREFLIGHT_SECONDS));
  return c.body(null, 204);
}

/**
 * A signed-in reader of this site: a bearer of kind `embed`, bound to this site and to the request's origin.
 * Refuses with `session-missing`, `session-expired`, `session-foreign` and `origin-foreign`.
 */
export function reader({ db, now }: Deps) {
  return createMiddleware<Env>(async (c, next) => {
    const site = c.get('site');
    const token = bearer(c.req.header('Authorization'));
    if (!token) throw problem('session-missing');
    const session = await findSession(db, token, 'embed', now());
    if (!session) throw problem('session-expired');
    if (session.siteId !== site.id) throw problem('session-foreign');
    const origin = c.req.header('Origin');
    if (origin !== undefined && origin !== session.origin) throw problem('session-foreign');
    // A registered origin that was taken back takes its sessions with it.
    if (!session.origin || !site.origins.includes(session.origin)) throw problem('origin-foreign');
    c.set('author', await readAuthor(db, site.id, session));
    c.set('session', session);
    await next();
  });
}

/** The token of an Authorization header; the scheme is case-insensitive (RFC 9110, 11.1). */
export function bearer(header: string | undefined): string | undefined {
  return header?.match(/^Bearer +([\w-]+)$/i)?.[1];
}

/**
 * The peer's address; X-Forwarded-For counts only from a configured proxy, read from the right past further ones.
 * `unknown` where there is no socket (tests).
 */
export function clientAddress(c: Ctx, { isTrustedProxy }: Pick<Deps, 'isTrustedProxy'>): string {
  let address: string;
  try {
    address = getConnInfo(c).remote.address ?? 'unknown';
  } catch {
    return 'unknown';
  }
  const hops = (c.req.header('X-Forwarded-For') ?? '').split(',').map((hop) => hop.trim());
  while (isTrustedProxy(address)) {
    const before = hops.pop();
    if (!before) break;
    address = withoutPort(before);
  }
  return address;
}

/** Some proxies name the client's port, too: it changes with every connection. */
const withoutPort = (hop: string) =>
  hop.replace(/^\[([^\]]*)\](:\d+)?$/, '$1').replace(/^([^:]*):\d+$/, '$1');

/** Counts one request of this address. Throws `rate-limited`. */
export async function limitAddress(c: Ctx, deps: Deps, limit: Limit): Promise<void> {
  await deps.limits.spend(limit, countedAddress(c, deps));
}

/** What counts as one address today: an IPv6 network of 64 bits does. For limits alone, which keep only its MAC. */
export function countedAddress(c: Ctx, deps: Pick<Deps, 'isTrustedProxy' | 'now'>): string {
  return `${deps.now().toISOString().slice(0, 10)} ${networkOf(clientAddress(c, deps))}`;
}

/** The first 64 bits of an IPv6 address, which one customer has to himself, in one spelling; others as they are. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address.replace(/^::ffff:/i, '');
  const [head = [], tail = []] = address.split('::').map((half) => (half ? half.split(':') : []));
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  const groups = [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
  return groups.slice(0, 4).join(':');
}

/** A form of ours: only our own pages may send it. Throws `origin-missing` or `origin-foreign`. */
export function requireSameOrigin(c: Ctx, { publicUrl }: Deps): void {
  const fetchSite = c.req.header('Sec-Fetch-Site');
  if (fetchSite !== undefined) {
    if (fetchSite !== 'same-origin') throw problem('origin-foreign');
    return;
  }
  const origin = c.req.header('Origin');
  if (origin === undefined) throw problem('origin-missing');
  if (origin !== publicUrl) throw problem('origin-foreign');
}
