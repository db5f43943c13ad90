/**
 * People and the accounts they sign in with. An identity is keyed by provider, issuer, client and the provider's
 * stable subject, never by an e-mail address: two accounts with one address are two people until their owner joins
 * them.
 */

import { isPictureDue, isSamePicture } from '../core/picture.ts';
import { GUEST } from '../core/policy.ts';
import { newSecret } from '../core/secret.ts';
import { type Db, inTransaction, type Tx } from './database.ts';
import { record } from './events.ts';
import { sitesOf } from './memberships.ts';
import { findPicture, keepPicture, retirePicture } from './pictures.ts';
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

/** What a guest said of themselves, cleaned and bounded; nobody vouches for it. */
export interface NewGuest {
  /** '' for none. */
  name: string;
  email: string | null;
  link: string | null;
}

/** A person as one site shows them. */
export interface Person {
  id: string;
  name: string;
  provider: string;
  link: string | null;
  /** Name of the picture on our own origin. */
  picture: string | null;
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
  const who = { userId: known.user_id, identityId: known.id };
  if (known.name !== name || known.link !== link) await announceChange(tx, who, now);
  return who;
}

/** Every site that the person has joined hears of the change, and every thread that shows them gets a new version. */
async function announceChange(
  tx: Tx,
  { userId, identityId }: { userId: number; identityId: number },
  now: Date,
): Promise<void> {
  for (const siteId of await sitesOf(tx, userId)) {
    await touchThreadsShowing(tx, siteId, identityId);
    await record(
      tx,
      { siteId, kind: 'identity.changed', actorId: userId, data: { identity: identityId } },
      now,
    );
  }
}

/** A new person, without any account yet. */
export async function createUser(tx: Tx, now: Date): Promise<number> {
  const user = await tx
    .insertInto('users')
    .values({ created_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return user.id;
}

/** Whether a guest has an identity under these details already. */
export async function isGuestKnown(
  db: Db,
  siteId: string,
  userId: number,
  { name, email, link }: NewGuest,
): Promise<boolean> {
  const known = await db
    .selectFrom('identities')
    .select('id')
    .where('user_id', '=', userId)
    .where('provider', '=', GUEST)
    .where('client', '=', siteId)
    .where('name', '=', name)
    .where('email', 'is not distinct from', email)
    .where('link', 'is not distinct from', link)
    .executeTakeFirst();
  return known !== undefined;
}

/** The identity of a guest under these details, made where they have none: earlier ones are never changed. */
export async function identifyGuest(
  tx: Tx,
  siteId: string,
  userId: number,
  { name, email, link }: NewGuest,
  now: Date,
): Promise<number> {
  const known = await tx
    .updateTable('identities')
    .set({ refreshed_at: now })
    .where('user_id', '=', userId)
    .where('provider', '=', GUEST)
    .where('client', '=', siteId)
    .where('name', '=', name)
    .where('email', 'is not distinct from', email)
    .where('link', 'is not distinct from', link)
    .returning('id')
    .executeTakeFirst();
  if (known) return known.id;
  const key = { provider: GUEST, issuer: '', client: siteId, subject: newSecret() };
  const said = { name, username: null, email, link };
  const made = await tx
    .insertInto('identities')
    .values({ ...key, ...said, user_id: userId, created_at: now, refreshed_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return made.id;
}

async function createIdentity(tx: Tx, account: NewIdentity, now: Date) {
  const userId = await createUser(tx, now);
  const identity = await tx
    .insertInto('identities')
    .values({ ...account, user_id: userId, created_at: now, refreshed_at: now })
    .onConflict((oc) =>
      oc.columns(['provider', 'issuer', 'client', 'subject']).doUpdateSet({ refreshed_at: now }),
    )
    .returning(['id', 'user_id'])
    .executeTakeFirstOrThrow();
  if (identity.user_id !== userId) {
    // Two first sign-ins of one person at once: the other one won, ours has nothing.
    await tx.deleteFrom('users').where('id', '=', userId).execute();
  }
  return { userId: identity.user_id, identityId: identity.id };
}

/**
 * Notes the address of the picture that an account came with at this sign-in, and says whether a copy is to be made;
 * none is asked for twice. `null`: it has no picture any more, and none is shown from now on.
 */
export async function notePicture(
  tx: Tx,
  identityId: number,
  source: string | null,
  now: Date,
): Promise<boolean> {
  const known = await lockPicture(tx, identityId);
  if (source === null && known.picture !== null) await showPicture(tx, known, null, now);
  const { picture, askedAt } = known;
  const isDue =
    source !== null &&
    isPictureDue({ source: known.source, isCopied: picture !== null, askedAt }, source, now);
  await tx
    .updateTable('identities')
    .set({ picture_source: source, ...(isDue ? { picture_asked_at: now } : {}) })
    .where('id', '=', identityId)
    .execute();
  return isDue;
}

/** Where the picture of an account is to be copied from; null when it has none, or is not there. */
export async function findPictureSource(db: Db, identityId: number): Promise<string | null> {
  const row = await db
    .selectFrom('identities')
    .select('picture_source')
    .where('id', '=', identityId)
    .executeTakeFirst();
  return row?.picture_source ?? null;
}

/**
 * Shows a copy of what was found at `source`, or (null) initials. Nothing happens when the account came with another
 * address meanwhile, whose own job is on its way; and nothing a reader could see when the copy is the same as before.
 */
export async function setPicture(
  db: Db,
  identityId: number,
  copy: { source: string; body: Buffer | null },
  now: Date,
): Promise<'changed' | 'same' | 'outdated'> {
  return inTransaction(db, async (tx) => {
    const known = await lockPicture(tx, identityId);
    if (known.source === null || !isSamePicture(known.source, copy.source)) return 'outdated';
    const before = known.picture === null ? null : await findPicture(tx, known.picture);
    if (before === copy.body || (before && copy.body?.equals(before))) return 'same';
    await showPicture(tx, known, copy.body, now);
    return 'changed';
  });
}

type LockedPicture = Awaited<ReturnType<typeof lockPicture>>;

async function lockPicture(tx: Tx, identityId: number) {
  return tx
    .selectFrom('identities')
    .select([
      'id as identityId',
      'user_id as userId',
      'picture',
      'picture_source as source',
      'picture_asked_at as askedAt',
    ])
    .where('id', '=', identityId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
}

async function showPicture(tx: Tx, known: LockedPicture, body: Buffer | null, now: Date): Promise<void> {
  const picture = body && (await keepPicture(tx, body, now));
  await tx.updateTable('identities').set({ picture }).where('id', '=', known.identityId).execute();
  if (known.picture !== null) await retirePicture(tx, known.picture, now);
  await announceChange(tx, known, now);
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
      'identities.picture',
      'role',
    ])
    .where('memberships.site_id', '=', siteId)
    .where('memberships.user_id', '=', userId)
    .executeTakeFirst();
}
