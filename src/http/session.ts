/**
 * Where a one-time code becomes a bearer session, and where it ends. The code alone is worth nothing: the verifier that
 * the embed kept, the origin that began the attempt and the site must all agree. Where the site takes guests, saying who
 * one is makes a session too.
 */
import { Hono } from 'hono';
import { z } from 'zod';
import { problem } from '../core/problem.ts';
import type { Site } from '../core/site.ts';
import { redeemCode } from '../domain/attempts.ts';
import { logOut } from '../domain/sessions.ts';
import { GUEST_FIELDS } from '../edge/guest.ts';
import { describe } from './describe.ts';
import type { Ctx, Deps, Env } from './env.ts';
import { bearer, limitAddress, reader, registeredOrigin } from './guard.ts';
import { admitGuest } from './guests.ts';
import { readBody } from './input.ts';
import { PERSON, presenters } from './present.ts';

/** base64url of 32 bytes, or of 16 for an attempt's id. */
const secret = (characters: number) => z.string().regex(new RegExp(`^[\\w-]{${characters}}$`));

const REDEEM = z.strictObject({
  attempt: secret(22),
  code: secret(43),
  proof: z.strictObject({ verifier: secret(43) }),
});

const GUEST_PROOF = z.strictObject({
  proof: z.strictObject({
    guest: z.strictObject(
      Object.fromEntries(
        Object.entries(GUEST_FIELDS).map(([name, sentence]) => [name, z.string().describe(sentence)]),
      ),
    ),
  }),
});

const PER_ADDRESS = { name: 'redeem', points: 60, windowSeconds: 60 };

export function session(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const { presentPerson } = presenters(deps.publicUrl);
  const app = new Hono<Env>();

  app.post(
    '/:site/session',
    describe({
      summary:
        'Redeem a one-time code for a bearer session bound to this site and origin; or comment as a guest, with the ' +
        'bearer of one’s session as a guest here (optional) to stay the same person',
      tag: 'sign-in',
      body: z.union([REDEEM, GUEST_PROOF]),
      answers: {
        status: 200,
        body: z.object({ token: z.string(), expiresAt: z.iso.datetime(), person: PERSON }),
      },
      problems: [
        'origin-missing',
        'origin-foreign',
        'code-invalid',
        'guests-off',
        'name-missing',
        'email-missing',
        'email-invalid',
        'website-invalid',
        'session-foreign',
        'rate-limited',
      ],
    }),
    registeredOrigin(deps),
    async (c) => {
      const origin = c.req.header('Origin');
      if (origin === undefined) throw problem('origin-missing');
      await limitAddress(c, deps, PER_ADDRESS);
      const site = c.get('site');
      const { token, session, person } = (await isGuestProof(c))
        ? await admitGuest(c, deps, {
            site,
            typed: (await readBody(c, GUEST_PROOF)).proof.guest,
            origin,
            token: bearer(c.req.header('Authorization')),
          })
        : await redeem(c, site, origin);
      return c.json({ token, expiresAt: session.expiresAt.toISOString(), person: presentPerson(person) });
    },
  );

  async function redeem(c: Ctx, site: Site, origin: string) {
    const { attempt, code, proof } = await readBody(c, REDEEM);
    return redeemCode(db, site, { attemptId: attempt, code, verifier: proof.verifier, origin }, now());
  }

  app.delete(
    '/:site/session',
    describe({
      summary: 'Log out: ends this session, the page session behind it and all that one minted',
      tag: 'sign-in',
      isReader: true,
      answers: { status: 204 },
      problems: [],
    }),
    registeredOrigin(deps),
    reader(deps),
    async (c) => {
      await logOut(db, c.get('session'));
      return c.body(null, 204);
    },
  );

  return app;
}

/** Which of the two bodies it is meant to be: each then has its own faults named, all of them. */
async function isGuestProof(c: Ctx): Promise<boolean> {
  return z.object({ proof: z.object({ guest: z.unknown() }) }).safeParse(await readBody(c, z.unknown()))
    .success;
}
