/**
 * Where readers come in who sign in nowhere: for the API and for pages without script alike. Who they say they are is
 * checked in `edge/guest.ts`; whether the site takes them, in the domain.
 */
import { GUEST } from '../core/policy.ts';
import { problem } from '../core/problem.ts';
import type { Site } from '../core/site.ts';
import { signInGuest } from '../domain/guests.ts';
import { findSession, type Session } from '../domain/sessions.ts';
import { isGuestKnown } from '../domain/users.ts';
import { readGuest } from '../edge/guest.ts';
import type { Ctx, Deps } from './env.ts';
import { limitAddress } from './guard.ts';

/** New people, or new details of theirs, from one address: more than a family comments, fewer than a script wants. */
const NEW_GUESTS = { name: 'guest', points: 10, windowSeconds: 60 };

export interface Arrival {
  site: Site;
  /** What the form's fields hold, as typed. */
  typed: Readonly<Record<string, string>>;
  /** What the session is bound to: the article's origin, or our own for a page of ours. */
  origin: string;
  /** The session they had as a guest here, if any. One that has ended, or in which they had signed in, does not count. */
  token: string | undefined;
}

/**
 * Opens a guest's session. Throws `guests-off`, `name-missing`, `email-missing`, `email-invalid`, `website-invalid`,
 * `session-foreign` and `rate-limited`.
 */
export async function admitGuest(c: Ctx, deps: Deps, { site, typed, origin, token }: Arrival) {
  const guest = readGuest(site.settings, typed);
  const session = token === undefined ? undefined : await findBoundSession(deps, { site, origin, token });
  const previous = session?.provider === GUEST ? session : undefined;
  // Other details are another identity, which is kept for ever as a new guest's is.
  const isKnown = previous && (await isGuestKnown(deps.db, site.id, previous.userId, guest));
  if (!isKnown) await limitAddress(c, deps, NEW_GUESTS);
  return signInGuest(deps.db, site, { guest, origin, previous }, deps.now());
}

/** The bearer session behind a token, undefined when there is none (any more). Throws `session-foreign` for one that is
 *  bound to another site or origin. */
export async function findBoundSession(
  { db, now }: Deps,
  { site, origin, token }: Pick<Arrival, 'site' | 'origin'> & { token: string },
): Promise<Session | undefined> {
  const session = await findSession(db, token, 'embed', now());
  if (session && (session.siteId !== site.id || session.origin !== origin)) throw problem('session-foreign');
  return session;
}
