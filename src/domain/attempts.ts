/**
 * Attempts to sign in, from the POST that an article sends to the redemption of a one-time code. Every secret (the
 * attempt cookie, state, code) is stored as a hash; state rows are taken once, atomically; nothing that could be
 * stolen exists before the reader presses Continue.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Enqueue } from '../core/job.ts';
import { type ProblemSlug, problem } from '../core/problem.ts';
import { newSecret, sha256 } from '../core/secret.ts';
import type { Site } from '../core/site.ts';
import { type Db, inTransaction, type Tx } from './database.ts';
import { joinSite } from './memberships.ts';
import { endSession, endSessionById, openSession, replaceSession, type Session } from './sessions.ts';
import { findPerson, type NewIdentity, notePicture, type Person, signInWith } from './users.ts';

/** A reader needs this long at a provider at most; RFC 9700 wants it short. */
export const ATTEMPT_SECONDS = 600;
/** One that keeps what a reader was writing lasts longer: a trip that took too long must not cost the text. */
const DRAFT_SECONDS = 3600;
/** From Continue to redemption: one page load. */
const CODE_SECONDS = 60;
/** A row outlives its attempt so that no challenge is accepted twice. */
const KEPT_MS = 86_400_000;
/** Going back and forth between providers is fine, filling the table is not. */
const MAX_STATES = 20;
/** 16 random bytes in base64url. */
const ATTEMPT_ID = /^[\w-]{22}$/;

/** What came back from a provider. */
export interface SignedInAs extends NewIdentity {
  /** Address of a picture at the provider. */
  picture: string | null;
}

export interface Attempt {
  id: string;
  siteId: string;
  origin: string;
  returnUrl: string;
  challenge: string;
  /** Where it ends: in the article, in a popup or not; or on a page of our own, which sees no code. */
  mode: 'popup' | 'redirect' | 'page';
  via: 'post' | 'get';
  switchAccount: boolean;
  provider: string | null;
  /** Who the provider says it is, until Continue. */
  profile: SignedInAs | null;
  failure: ProblemSlug | null;
  isFinished: boolean;
}

const COLUMNS = [
  'id',
  'site_id as siteId',
  'origin',
  'return_url as returnUrl',
  'challenge',
  'mode',
  'via',
  'switch_account as switchAccount',
  'provider',
  'profile',
  'failure',
  'identity_id',
] as const;

export type NewAttempt = Pick<
  Attempt,
  'siteId' | 'origin' | 'returnUrl' | 'challenge' | 'mode' | 'via' | 'switchAccount' | 'provider'
> & {
  /** From `newAttemptId`, where the way back names it. */
  id?: string;
  /** Mode `page` only: what the reader was writing. */
  draft?: string | undefined;
};

export const newAttemptId = () => newSecret(16);

/**
 * Stores an attempt; the cookie's value is returned once, with how long both are good for. Throws `attempt-invalid` for
 * a challenge seen before.
 */
export async function createAttempt(
  db: Db,
  input: NewAttempt,
  now: Date,
): Promise<{ id: string; cookie: string; lastsSeconds: number }> {
  const id = input.id ?? newAttemptId();
  const cookie = newSecret();
  const lastsSeconds = input.draft ? DRAFT_SECONDS : ATTEMPT_SECONDS;
  await db
    .insertInto('attempts')
    .values({
      id,
      site_id: input.siteId,
      origin: input.origin,
      return_url: input.returnUrl,
      challenge: input.challenge,
      mode: input.mode,
      via: input.via,
      switch_account: input.switchAccount,
      provider: input.provider,
      draft: input.draft || null,
      cookie_hash: sha256(cookie),
      created_at: now,
      expires_at: new Date(now.getTime() + lastsSeconds * 1000),
    })
    .execute();
  return { id, cookie, lastsSeconds };
}

/** The attempt that this browser's cookie opens; undefined when unknown, expired or another browser's. */
export async function findAttempt(
  db: Db | Tx,
  attemptId: string,
  cookie: string | undefined,
  now: Date,
): Promise<Attempt | undefined> {
  if (!cookie || !ATTEMPT_ID.test(attemptId)) return undefined;
  const row = await db
    .selectFrom('attempts')
    .select(COLUMNS)
    .where('id', '=', attemptId)
    .where('cookie_hash', '=', sha256(cookie))
    .where('expires_at', '>', now)
    .executeTakeFirst();
  if (!row) return undefined;
  const { identity_id, profile, failure, ...attempt } = row;
  return {
    ...attempt,
    profile: profile as SignedInAs | null,
    failure: failure as ProblemSlug | null,
    isFinished: identity_id !== null,
  };
}

/** What the reader whose cookie this is was writing when they went to sign in on that site; undefined for nothing. */
export async function findDraft(
  db: Db,
  siteId: string,
  attempt: { id: string; cookie: string | undefined },
  now: Date,
): Promise<string | undefined> {
  if (!attempt.cookie || !ATTEMPT_ID.test(attempt.id)) return undefined;
  const row = await db
    .selectFrom('attempts')
    .select('draft')
    .where('id', '=', attempt.id)
    .where('site_id', '=', siteId)
    .where('cookie_hash', '=', sha256(attempt.cookie))
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row?.draft ?? undefined;
}

/** Forgets what was being written in the attempts that these cookies open; returns those that held something. */
export async function dropDrafts(db: Db, cookies: readonly string[]): Promise<string[]> {
  if (cookies.length === 0) return [];
  const dropped = await db
    .updateTable('attempts')
    .set({ draft: null })
    .where('cookie_hash', 'in', cookies.map(sha256))
    .where('draft', 'is not', null)
    .returning('id')
    .execute();
  return dropped.map(({ id }) => id);
}

/** A single-use state for one trip to a provider. Throws `rate-limited` after too many trips. */
export async function createState(db: Db, attempt: Attempt, provider: string, now: Date): Promise<string> {
  const trips = await db
    .selectFrom('attempt_states')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('attempt_id', '=', attempt.id)
    .executeTakeFirstOrThrow();
  if (trips.n >= MAX_STATES) throw problem('rate-limited', { retryAfter: ATTEMPT_SECONDS });
  const state = newSecret();
  const expires_at = new Date(now.getTime() + ATTEMPT_SECONDS * 1000);
  await db
    .insertInto('attempt_states')
    .values({ state_hash: sha256(state), attempt_id: attempt.id, provider, expires_at })
    .execute();
  return state;
}

/** Takes a state, once: whoever comes second gets undefined. One that came too late is good for saying so. */
export async function takeState(
  db: Db,
  state: string,
  now: Date,
): Promise<{ attemptId: string; provider: string; isExpired: boolean } | undefined> {
  const taken = await db
    .deleteFrom('attempt_states')
    .where('state_hash', '=', sha256(state))
    .returning(['attempt_id as attemptId', 'provider', 'expires_at'])
    .executeTakeFirst();
  if (!taken) return undefined;
  const { expires_at, ...trip } = taken;
  return { ...trip, isExpired: expires_at <= now };
}

/** Notes who came back from the provider; an attempt that is finished is left as it is. */
export async function noteProfile(db: Db, attemptId: string, profile: SignedInAs): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ profile: JSON.stringify(profile), failure: null })
    .where('id', '=', attemptId)
    .where('identity_id', 'is', null)
    .execute();
}

/** Notes why a trip failed, and forgets who came back before. */
export async function noteFailure(db: Db, attemptId: string, failure: ProblemSlug): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ failure, profile: null })
    .where('id', '=', attemptId)
    .where('identity_id', 'is', null)
    .execute();
}

export interface Finished {
  /** null in mode `page`: the page session is all there is. */
  code: string | null;
  pageToken: string;
}

export interface Continue {
  /** The account that the page named: the profile noted on the attempt, or the browser's page session. */
  who: { profile: SignedInAs } | { session: Session };
  /** The page session this browser had. */
  previous: Session | undefined;
  enqueue: Enqueue<Tx>;
}

/**
 * Continue: the person is found or made, gets a new page session (the one this browser had ends) and a one-time code;
 * a copy of their picture is ordered where it is due. In mode `page` there is no code, and they have joined the site.
 * Throws `attempt-expired` when the attempt was finished meanwhile.
 */
export async function finishAttempt(
  db: Db,
  attempt: Attempt,
  { who, previous, enqueue }: Continue,
  now: Date,
): Promise<Finished> {
  const code = attempt.mode === 'page' ? null : newSecret();
  return inTransaction(db, async (tx) => {
    const { userId, identityId } =
      'profile' in who ? await signInAs(tx, who.profile, enqueue, now) : who.session;
    const opened = await openSession(
      tx,
      { kind: 'page', userId, identityId, siteId: null, origin: null, mintedBy: null },
      now,
    );
    const finished = await tx
      .updateTable('attempts')
      .set({
        ...(code === null
          ? {}
          : { code_hash: sha256(code), code_expires_at: new Date(now.getTime() + CODE_SECONDS * 1000) }),
        identity_id: identityId,
        page_session_id: opened.session.id,
        profile: null,
      })
      .where('id', '=', attempt.id)
      // A page's never gets a code: whose it is tells for every mode.
      .where('identity_id', 'is', null)
      .executeTakeFirst();
    if (finished.numUpdatedRows === 0n) throw problem('attempt-expired');
    if (attempt.mode === 'page') await joinSite(tx, attempt.siteId, userId, now);
    if (previous?.userId === userId) {
      // Another tab may be about to redeem what the old session minted.
      await tx
        .updateTable('attempts')
        .set({ page_session_id: opened.session.id })
        .where('page_session_id', '=', previous.id)
        .execute();
      await replaceSession(tx, previous, opened.session);
    } else if (previous) await endSession(tx, previous);
    return { code, pageToken: opened.token };
  });
}

async function signInAs(tx: Tx, profile: SignedInAs, enqueue: Enqueue<Tx>, now: Date) {
  const { picture, ...account } = profile;
  const who = await signInWith(tx, account, now);
  if (await notePicture(tx, who.identityId, picture, now))
    await enqueue(tx, { kind: 'picture', identityId: who.identityId });
  return who;
}

export interface Redemption {
  attemptId: string;
  code: string;
  verifier: string;
  /** The request's Origin header. */
  origin: string;
}

/**
 * Turns a code into a bearer session for the site and origin that began the attempt. The right verifier may come
 * again within the code's 60 s and *replaces* the session it made, so that a lost answer does not sign the reader out;
 * a wrong verifier burns the code. Throws `code-invalid` and `origin-foreign`.
 */
export async function redeemCode(
  db: Db,
  site: Site,
  proof: Redemption,
  now: Date,
): Promise<{ token: string; session: Session; person: Person }> {
  const outcome = await inTransaction(db, async (tx) => {
    const attempt = await tx
      .selectFrom('attempts')
      .selectAll()
      .where('id', '=', proof.attemptId)
      .where('site_id', '=', site.id)
      .forUpdate()
      .executeTakeFirst();
    if (!attempt?.code_hash || !attempt.code_expires_at || attempt.code_expires_at <= now)
      return 'code-invalid';
    if (!timingSafeEqual(attempt.code_hash, sha256(proof.code))) return 'code-invalid';
    if (attempt.origin !== proof.origin || !site.origins.includes(attempt.origin)) return 'origin-foreign';
    const challenge = sha256(proof.verifier).toString('base64url');
    if (!timingSafeEqual(sha256(challenge), sha256(attempt.challenge))) {
      // Expired rather than emptied: a finished attempt must not look unfinished.
      await tx.updateTable('attempts').set({ code_expires_at: now }).where('id', '=', attempt.id).execute();
      return 'code-invalid';
    }
    const identity = await tx
      .selectFrom('identities')
      .select(['id', 'user_id'])
      .where('id', '=', attempt.identity_id)
      .executeTakeFirstOrThrow();
    // The page session was logged out before the code arrived: nothing may come back to life.
    if (attempt.page_session_id === null) return 'code-invalid';
    if (attempt.embed_session_id !== null) await endSessionById(tx, attempt.embed_session_id);
    await joinSite(tx, site.id, identity.user_id, now);
    const opened = await openSession(
      tx,
      {
        kind: 'embed',
        userId: identity.user_id,
        identityId: identity.id,
        siteId: site.id,
        origin: attempt.origin,
        mintedBy: attempt.page_session_id,
      },
      now,
    );
    await tx
      .updateTable('attempts')
      .set({ embed_session_id: opened.session.id })
      .where('id', '=', attempt.id)
      .execute();
    const person = await findPerson(tx, site.id, identity.user_id, identity.id);
    return { ...opened, person: person! };
  });
  if (typeof outcome === 'string') throw problem(outcome);
  return outcome;
}

/** Removes attempts a day after they ended, drafts and states that were never taken at once; for the sweep. */
export async function sweepAttempts(db: Db, now: Date): Promise<void> {
  await db.deleteFrom('attempt_states').where('expires_at', '<=', now).execute();
  await db
    .updateTable('attempts')
    .set({ draft: null })
    .where('expires_at', '<=', now)
    .where('draft', 'is not', null)
    .execute();
  await db
    .deleteFrom('attempts')
    .where('expires_at', '<=', new Date(now.getTime() - KEPT_MS))
    .execute();
}
