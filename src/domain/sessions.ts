/**
 * Sessions, the one file that knows Lucia (3.2.2, unmaintained since 2025, the owner's choice). Only SHA-256 of a
 * token is stored. A `page` session is a cookie on our own origin, an `embed` session a bearer bound to one site and
 * origin; whoever reads a credential names the kind it accepts, and the token's prefix and the row must both agree.
 */
import { type Adapter, type DatabaseSession, Lucia, TimeSpan } from 'lucia';
import { newSecret, sha256 } from '../core/secret.ts';
import { type Db, inTransaction, type Tx } from './database.ts';

export type SessionKind = 'page' | 'embed';

export interface Session {
  id: number;
  kind: SessionKind;
  userId: number;
  identityId: number;
  /** The identity's. */
  provider: string;
  /** `embed` only: the site and the exact origin the session is bound to. */
  siteId: string | null;
  origin: string | null;
  /** `embed` only: the page session that minted it. */
  mintedBy: number | null;
  createdAt: Date;
  expiresAt: Date;
}

/** Slides: an active reader stays signed in, an idle one is out after this. */
const IDLE_DAYS = 30;
/** Lucia knows no absolute lifetime; a stolen token must not live for ever. */
const ABSOLUTE_MS = 180 * 86_400_000;

const PREFIX: Record<SessionKind, string> = { page: 'pp_', embed: 'pe_' };

type Attributes = Omit<Session, 'id' | 'userId' | 'expiresAt'>;

declare module 'lucia' {
  interface Register {
    UserId: number;
    DatabaseSessionAttributes: { row: number } & Attributes;
    Lucia: Lucia<{ row: number } & Attributes>;
  }
}

/** Lucia's view of the table. It hashes every token; what it hands back as `id` is the token it was given. */
function adapter(db: Db | Tx): Adapter {
  return {
    async setSession(session: DatabaseSession) {
      const { kind, identityId, siteId, origin, mintedBy, createdAt } = session.attributes;
      await db
        .insertInto('sessions')
        .values({
          token_hash: sha256(session.id),
          kind,
          user_id: session.userId,
          identity_id: identityId,
          site_id: siteId,
          origin,
          minted_by: mintedBy,
          created_at: createdAt,
          expires_at: session.expiresAt,
        })
        .execute();
    },
    async getSessionAndUser(token) {
      const row = await db
        .selectFrom('sessions')
        // Along with it, in the one statement of every request: guests may less.
        .innerJoin('identities', 'identities.id', 'sessions.identity_id')
        .selectAll('sessions')
        .select('identities.provider')
        .where('token_hash', '=', sha256(token))
        .executeTakeFirst();
      if (!row) return [null, null];
      const attributes = {
        row: row.id,
        kind: row.kind,
        identityId: row.identity_id,
        provider: row.provider,
        siteId: row.site_id,
        origin: row.origin,
        mintedBy: row.minted_by,
        createdAt: row.created_at,
      };
      return [
        { id: token, userId: row.user_id, expiresAt: row.expires_at, attributes },
        { id: row.user_id, attributes: {} },
      ];
    },
    async updateSessionExpiration(token, expiresAt) {
      // The page session lives as long as what it minted, so that logging out in the article still ends all of it.
      await db
        .updateTable('sessions')
        .set({ expires_at: expiresAt })
        .where((eb) =>
          eb.or([
            eb('token_hash', '=', sha256(token)),
            eb(
              'id',
              '=',
              eb.selectFrom('sessions as s').select('s.minted_by').where('s.token_hash', '=', sha256(token)),
            ),
          ]),
        )
        .execute();
    },
    async deleteSession(token) {
      await db.deleteFrom('sessions').where('token_hash', '=', sha256(token)).execute();
    },
    async deleteUserSessions(userId) {
      await db.deleteFrom('sessions').where('user_id', '=', userId).execute();
    },
    async deleteExpiredSessions() {
      await db.deleteFrom('sessions').where('expires_at', '<=', new Date()).execute();
    },
    async getUserSessions() {
      // Tokens cannot be known from hashes; sessions are listed and revoked by their row id.
      return [];
    },
  };
}

function lucia(db: Db | Tx): Lucia<{ row: number } & Attributes> {
  return new Lucia(adapter(db), {
    sessionExpiresIn: new TimeSpan(IDLE_DAYS, 'd'),
    getSessionAttributes: (attributes) => attributes,
  });
}

/** Opens a session; the token is returned once and stored nowhere. */
export async function openSession(
  tx: Tx,
  what: Omit<Attributes, 'createdAt' | 'provider'> & { userId: number },
  now: Date,
): Promise<{ token: string; session: Session }> {
  const { userId, ...attributes } = what;
  const token = PREFIX[what.kind] + newSecret();
  await lucia(tx).createSession(
    userId,
    { row: 0, provider: '', ...attributes, createdAt: now },
    { sessionId: token },
  );
  const session = await findSession(tx, token, what.kind, now);
  if (!session) throw new Error('The session just opened cannot be read');
  return { token, session };
}

/** The session behind a token, if it is of that kind and alive; an active one is prolonged. */
export async function findSession(
  db: Db | Tx,
  token: string,
  kind: SessionKind,
  now: Date,
): Promise<Session | undefined> {
  if (!token.startsWith(PREFIX[kind])) return undefined;
  const { session, user } = await lucia(db).validateSession(token);
  if (!session || !user || session.kind !== kind) return undefined;
  if (now.getTime() - session.createdAt.getTime() > ABSOLUTE_MS) {
    await lucia(db).invalidateSession(token);
    return undefined;
  }
  const { row, identityId, provider, siteId, origin, mintedBy, createdAt, expiresAt } = session;
  return {
    id: row,
    kind,
    userId: user.id,
    identityId,
    provider,
    siteId,
    origin,
    mintedBy,
    createdAt,
    expiresAt,
  };
}

/** Log out: ends the session, the page session that minted it and all that one minted. */
export async function logOut(db: Db, session: Session): Promise<void> {
  // Again after a deadlock: a redemption at the same moment locks the same rows the other way round.
  await inTransaction(db, (tx) => endSession(tx, session));
}

/** The same within a transaction. */
export async function endSession(db: Tx, session: Session): Promise<void> {
  const page = session.mintedBy ?? session.id;
  await db
    .deleteFrom('sessions')
    .where((eb) => eb.or([eb('id', '=', session.id), eb('id', '=', page), eb('minted_by', '=', page)]))
    .execute();
}

/** A new page session of the same person takes over what the old one minted: other articles stay signed in. */
export async function replaceSession(tx: Tx, old: Session, next: Session): Promise<void> {
  await tx.updateTable('sessions').set({ minted_by: next.id }).where('minted_by', '=', old.id).execute();
  await endSessionById(tx, old.id);
}

/** Ends one session by its row id. */
export async function endSessionById(tx: Tx, sessionId: number): Promise<void> {
  await tx.deleteFrom('sessions').where('id', '=', sessionId).execute();
}

/** Ends all sessions of a person. */
export async function endSessionsOf(tx: Tx, userId: number): Promise<void> {
  await tx.deleteFrom('sessions').where('user_id', '=', userId).execute();
}

/** Removes what has expired; for the sweep. */
export async function sweepSessions(db: Db, now: Date): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<=', now).execute();
}
