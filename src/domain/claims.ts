/**
 * What a reader wrote as a guest becomes theirs once they have signed in. Holding the guest's session is the proof, so
 * it must have been read as one by the caller; it ends here. What others did with the comments stays as it is, and so
 * do the posts' idempotency rows: they name the guest, who still posted them.
 */
import { claimRefusal, refusal } from '../core/policy.ts';
import { mayWrite } from '../core/rules.ts';
import type { Site } from '../core/site.ts';
import { adoptComments } from './comments.ts';
import { type Db, inTransaction } from './database.ts';
import { record } from './events.ts';
import { type Author, readMembership } from './memberships.ts';
import { withdrawReactions } from './reactions.ts';
import { endSessionsOf, type Session } from './sessions.ts';
import { advanceThreads, lockThreadsOf } from './threads.ts';

/**
 * Makes the comments that a guest wrote on this site the claimer's, whatever their state, under the account the claimer
 * is signed in with, and ends the guest's sessions. One event a thread. Returns how many comments there were. Throws
 * `sign-in-required` to a guest, and `banned` where either of the two may not write: a ban is not shaken off like this.
 */
export async function claimComments(
  db: Db,
  site: Site,
  claimer: Author,
  guest: Session,
  now: Date,
): Promise<number> {
  const siteId = site.id;
  return inTransaction(db, async (tx) => {
    const standing = await readMembership(tx, siteId, guest.userId);
    const slug = claimRefusal(claimer, standing, now);
    if (slug) throw refusal(slug, mayWrite(claimer, now) ? standing : claimer);
    await endSessionsOf(tx, guest.userId);
    const threadIds = await lockThreadsOf(tx, siteId, guest.userId);
    const claimed = await adoptComments(tx, siteId, { from: guest.userId, to: claimer, threadIds });
    await withdrawReactions(
      tx,
      siteId,
      claimer.userId,
      claimed.map(({ id }) => id),
    );
    const seen = claimed.filter(({ status }) => status === 'published').map(({ threadId }) => threadId);
    const versions = await advanceThreads(tx, siteId, [...new Set(seen)]);
    for (const threadId of threadIds) {
      const version = versions.get(threadId);
      const comments = claimed.filter((comment) => comment.threadId === threadId).length;
      const data = { from: guest.userId, comments };
      await record(
        tx,
        {
          siteId,
          kind: 'comment.claimed',
          threadId,
          actorId: claimer.userId,
          ...(version === undefined ? {} : { version }),
          data,
        },
        now,
      );
    }
    return claimed.length;
  });
}
