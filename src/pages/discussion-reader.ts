/**
 * Who reads and writes on the pages without script: by the page session of this browser, once they have joined the
 * site, else nobody. What is bound to one site by a bearer in the article is bound here by that membership.
 */
import { GUEST } from '../core/policy.ts';
import type { Site } from '../core/site.ts';
import { type Author, readMembership } from '../domain/memberships.ts';
import type { Session } from '../domain/sessions.ts';
import { findPerson, type Person } from '../domain/users.ts';
import type { Ctx, Deps } from '../http/env.ts';
import { findPageSession } from './sign-in.ts';

export interface Reader {
  session: Session;
  person: Person;
  author: Author;
}

/** The reader, undefined for who is signed out here: also who is signed in and has never been told to this site. */
export async function findReader(c: Ctx, deps: Deps, site: Site): Promise<Reader | undefined> {
  const session = await findPageSession(c, deps);
  if (!session) return undefined;
  const { userId, identityId, provider } = session;
  const person = await findPerson(deps.db, site.id, userId, identityId);
  if (!person) return undefined;
  const { role, bannedUntil } = await readMembership(deps.db, site.id, userId);
  return {
    session,
    person,
    author: { userId, identityId, role, bannedUntil, isGuest: provider === GUEST },
  };
}
