/**
 * Who reads and writes on the pages without script: by the page session of this browser, once they have joined the
 * site; else as a guest of the site, by a session that is bound to it and to our own origin; else nobody.
 */
import { GUEST } from '../core/policy.ts';
import { problem } from '../core/problem.ts';
import { type Site, takesGuests } from '../core/site.ts';
import { findComment, type OwnCommentRow } from '../domain/discussion.ts';
import { type Author, readMembership } from '../domain/memberships.ts';
import { findSession, type Session } from '../domain/sessions.ts';
import { findThreadById } from '../domain/threads.ts';
import { findPerson, type Person } from '../domain/users.ts';
import type { Ctx, Deps } from '../http/env.ts';
import { findPageSession, guestCookie } from './sign-in.ts';

export interface Reader {
  session: Session;
  person: Person;
  author: Author;
}

/** The reader, undefined for who is signed out here: also who is signed in and has never been told to this site. */
export async function findReader(c: Ctx, deps: Deps, site: Site): Promise<Reader | undefined> {
  const page = await findPageSession(c, deps);
  const signedIn = page && (await readerOf(deps, site, page));
  if (signedIn) return signedIn;
  if (!takesGuests(site.settings)) return undefined;
  const guest = await findGuestSession(c, deps, site);
  return guest && readerOf(deps, site, guest);
}

/** The session that this browser has as a guest of the site, also where they are taken no more. */
export async function findGuestSession(c: Ctx, deps: Deps, site: Site): Promise<Session | undefined> {
  const token = guestCookie(c, site.id);
  if (token === undefined) return undefined;
  const session = await findSession(deps.db, token, 'embed', deps.now());
  const isBound = session?.siteId === site.id && session.origin === deps.publicUrl;
  return isBound && session.provider === GUEST ? session : undefined;
}

/** Who a session is on a site; undefined before they joined it. */
export async function readerOf({ db }: Deps, site: Site, session: Session): Promise<Reader | undefined> {
  const { userId, identityId, provider } = session;
  const person = await findPerson(db, site.id, userId, identityId);
  if (!person) return undefined;
  const { role, bannedUntil } = await readMembership(db, site.id, userId);
  return { session, person, author: { userId, identityId, role, bannedUntil, isGuest: provider === GUEST } };
}

/**
 * A comment of the reader's own, whatever its state, and the key of its thread. Throws `comment-unknown`,
 * `comment-foreign` (somebody else's that nobody may see is not there) and `comment-removed`.
 */
export async function readOwn(
  { db }: Deps,
  site: Site,
  commentId: number,
  reader: Pick<Reader, 'person'> | undefined,
): Promise<{ row: OwnCommentRow; key: string }> {
  const row = await findComment(db, site.id, commentId);
  if (!row) throw problem('comment-unknown');
  const isOwn = reader !== undefined && row.authorId === reader.person.id;
  if (!isOwn) throw problem(row.shown ? 'comment-foreign' : 'comment-unknown');
  if (row.status === 'removed') throw problem('comment-removed');
  const { key } = (await findThreadById(db, site.id, row.threadId))!;
  return { row, key };
}
