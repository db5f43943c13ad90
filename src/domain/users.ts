/**
 * People and the accounts they sign in with. An identity is keyed by provider, issuer, client and the provider's
 * stable subject, never by an e-mail address: two accounts with one address are two people until their owner joins
 * them.
 */

import type { Db, Tx } from './database.ts';
import { record } from './events.ts';
import { sitesOf } from './memberships.ts';
import type { Role } from './schema.ts';
import { touchThreadsShowing } from './threads.ts';

/** What a provider said about a person, cleaned and bounded. */
export interface NewIdentity {
  provider: string;
  issuer: string;
  subject: string;
  name: string;
  username: string | null;
  link: string | null;
}

/** A person as one site shows them. */
export interface Person {
  id: string;
  name: string;
  provider: string;
  link: string | null;
  role: Role;
}

/** Finds the person behind an account, or makes one; name and link are refreshed. Threads that show them change. */
export async function signInWith(
  tx: Tx,
  account: NewIdentity,
  now: Date,
): Promise<{ userId: number; identityId: number }> {
  const known = await tx
    .selectFrom('identities')
    .select(['id', 'user_id', 'name', 'link'])
    .where('provider', '=', account.provider)
    .where('issuer', '=', account.issuer)
    .where('client', '=', '')
    .where('subject', '=', account.subject)
    // No stronger: a post of the same person, which holds its thread, refers to this row, and we may want that thread.
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!known) return createIdentity(tx, account, now);
  const { name, username, link } = account;
  await tx
    .updateTable('identities')
    .set({ name, username, link, refreshed_at: now })
    .where('id', '=', known.id)
    .execute();
  if (known.name !== name || known.link !== link) {
    for (const siteId of await sitesOf(tx, known.user_id)) {
      await touchThreadsShowing(tx, siteId, known.id);
      await record(
        tx,
        { siteId, kind: 'identity.changed', actorId: known.user_id, data: { identity: known.id } },
        now,
      );
    }
  }
  return { userId: known.user_id, identityId: known.id };
}

async function createIdentity(tx: Tx, account: NewIdentity, now: Date) {
  const user = await tx
    .insertInto('users')
    .values({ created_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  const identity = await tx
    .insertInto('identities')
    .values({ ...account, user_id: user.id, created_at: now, refreshed_at: now })
    .onConflict((oc) =>
      oc.columns(['provider', 'issuer', 'client', 'subject']).doUpdateSet({ refreshed_at: now }),
    )
    .returning(['id', 'user_id'])
    .executeTakeFirstOrThrow();
  if (identity.user_id !== user.id) {
    // Two first sign-ins of one person at once: the other one won, ours has nothing.
    await tx.deleteFrom('users').where('id', '=', user.id).execute();
  }
  return { userId: identity.user_id, identityId: identity.id };
}

/** An account by its row id. */
export async function findIdentity(
  db: Db | Tx,
  identityId: number,
): Promise<{ userId: number; provider: string; name: string } | undefined> {
  return db
    .selectFrom('identities')
    .select(['user_id as userId', 'provider', 'name'])
    .where('id', '=', identityId)
    .executeTakeFirst();
}

/** A person under one of their accounts, as the site shows them; undefined before they joined it. */
export async function findPerson(
  db: Db | Tx,
  siteId: string,
  userId: number,
  identityId: number,
): Promise<Person | undefined> {
  return db
    .selectFrom('memberships')
    .innerJoin('identities', (join) =>
      join.onRef('identities.user_id', '=', 'memberships.user_id').on('identities.id', '=', identityId),
    )
    .select([
      'memberships.public_id as id',
      'identities.name',
      'identities.provider',
      'identities.link',
      'role',
    ])
    .where('memberships.site_id', '=', siteId)
    .where('memberships.user_id', '=', userId)
    .executeTakeFirst();
}
