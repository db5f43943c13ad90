/**
 * Guests of a site: people who sign in nowhere and say who they are. A guest is a user like any other, with identities
 * of this one site, and holds their comments by a bearer session alone: who loses it is somebody new. What they typed
 * was cleaned in `edge/guest.ts`.
 */
import { problem } from '../core/problem.ts';
import { type Site, takesGuests } from '../core/site.ts';
import { type Db, inTransaction } from './database.ts';
import { joinSite } from './memberships.ts';
import { endSessionById, openSession, type Session } from './sessions.ts';
import { createUser, findPerson, identifyGuest, type NewGuest, type Person } from './users.ts';

/**
 * Opens a session for a guest, bound to the site and to `origin`. With the session they had (`previous`) they stay the
 * same person and that session ends; under other details they get another identity, so that their earlier comments keep
 * the name they were written under. Throws `guests-off`.
 */
export async function signInGuest(
  db: Db,
  site: Site,
  { guest, origin, previous }: { guest: NewGuest; origin: string; previous: Session | undefined },
  now: Date,
): Promise<{ token: string; session: Session; person: Person }> {
  if (!takesGuests(site.settings)) throw problem('guests-off');
  return inTransaction(db, async (tx) => {
    if (previous) await endSessionById(tx, previous.id);
    const userId = previous?.userId ?? (await createUser(tx, now));
    const identityId = await identifyGuest(tx, site.id, userId, guest, now);
    await joinSite(tx, site.id, userId, now);
    const opened = await openSession(
      tx,
      { kind: 'embed', userId, identityId, siteId: site.id, origin, mintedBy: null },
      now,
    );
    const person = await findPerson(tx, site.id, userId, identityId);
    return { ...opened, person: person! };
  });
}
