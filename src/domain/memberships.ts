/**
 * What a person is on one site: the random id the site knows them by, role, ban. The public id is the only name for
 * a person in public JSON, so that two sites cannot tell that they have the same reader.
 */
import { randomBytes } from 'node:crypto';
import { GUEST } from '../core/policy.ts';
import { problem } from '../core/problem.ts';
import { type Db, inTransaction, type Tx } from './database.ts';
import { record } from './events.ts';
import type { Role } from './schema.ts';
import type { Session } from './sessions.ts';

export interface Membership {
  siteId: string;
  userId: number;
  publicId: string;
  role: Role;
  /** End of a running or past ban; `Infinity` for ever. */
  bannedUntil: Date | number | null;
}

/** Who writes, votes or edits: a person under one of their accounts, with their standing on the site. */
export interface Author {
  userId: number;
  identityId: number;
  role: Role;
  /** Whether nobody vouches for who it is. */
  isGuest: boolean;
  bannedUntil: Date | number | null;
}

function select(db: Db | Tx) {
  return db
    .selectFrom('memberships')
    .select([
      'site_id as siteId',
      'user_id as userId',
      'public_id as publicId',
      'role',
      'banned_until as bannedUntil',
    ]);
}

/** The membership of a person, made at their first sign-in on the site. */
export async function joinSite(tx: Tx, siteId: string, userId: number, now: Date): Promise<Membership> {
  const joined = await tx
    .insertInto('memberships')
    .values({
      site_id: siteId,
      user_id: userId,
      public_id: randomBytes(12).toString('base64url'),
      created_at: now,
    })
    .onConflict((oc) => oc.columns(['site_id', 'user_id']).doNothing())
    .executeTakeFirst();
  if (joined.numInsertedOrUpdatedRows === 1n) {
    await record(tx, { siteId, kind: 'membership.created', actorId: userId }, now);
  }
  return select(tx).where('site_id', '=', siteId).where('user_id', '=', userId).executeTakeFirstOrThrow();
}

/** What a signed-in person is here. Throws `session-expired` for who never joined: no session of theirs is for here. */
export async function readMembership(db: Db | Tx, siteId: string, userId: number): Promise<Membership> {
  const member = await select(db)
    .where('site_id', '=', siteId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (!member) throw problem('session-expired');
  return member;
}

/** Who writes on a site in a session that was read for it. Throws as `readMembership` does. */
export async function readAuthor(
  db: Db | Tx,
  siteId: string,
  { userId, identityId, provider }: Pick<Session, 'userId' | 'identityId' | 'provider'>,
): Promise<Author> {
  const { role, bannedUntil } = await readMembership(db, siteId, userId);
  return { userId, identityId, role, bannedUntil, isGuest: provider === GUEST };
}

/** Whom a site calls `publicId`. */
export async function findMembership(
  db: Db | Tx,
  siteId: string,
  publicId: string,
): Promise<Membership | undefined> {
  return select(db).where('site_id', '=', siteId).where('public_id', '=', publicId).executeTakeFirst();
}

/** The sites a person has joined, in order. */
export async function sitesOf(tx: Tx, userId: number): Promise<string[]> {
  const rows = await tx
    .selectFrom('memberships')
    .select('site_id')
    .where('user_id', '=', userId)
    .orderBy('site_id')
    .execute();
  return rows.map((row) => row.site_id);
}

/** Bans until a moment, for ever, or (null) lifts the ban. Throws `not-found` for a stranger to the site. */
export async function ban(
  db: Db,
  siteId: string,
  publicId: string,
  until: Date | 'infinity' | null,
  now: Date,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const member = await tx
      .updateTable('memberships')
      .set({ banned_until: until })
      .where('site_id', '=', siteId)
      .where('public_id', '=', publicId)
      .returning('user_id')
      .executeTakeFirst();
    if (!member) throw problem('not-found', { detail: `Nobody on "${siteId}" has the id "${publicId}".` });
    const kind = until === null ? 'membership.unbanned' : 'membership.banned';
    const data = { user: member.user_id, until: until instanceof Date ? until.toISOString() : until };
    await record(tx, { siteId, kind, data }, now);
  });
}
