/**
 * Where a one-time code becomes a bearer session, and where it ends. The code alone is worth nothing: the verifier that
 * the embed kept, the origin that began the attempt and the site must all agree.
 */
import { Hono } from 'hono';
import { z } from 'zod';
import { problem } from '../core/problem.ts';
import { redeemCode } from '../domain/attempts.ts';
import { logOut } from '../domain/sessions.ts';
import { describe } from './describe.ts';
import type { Deps, Env } from './env.ts';
import { limitAddress, reader, registeredOrigin } from './guard.ts';
import { readBody } from './input.ts';
import { PERSON, presenters } from './present.ts';

/** base64url of 32 bytes, or of 16 for an attempt's id. */
const secret = (characters: number) => z.string().regex(new RegExp(`^[\\w-]{${characters}}$`));

const REDEEM = z.strictObject({
  attempt: secret(22),
  code: secret(43),
  proof: z.strictObject({ verifier: secret(43) }),
});

const PER_ADDRESS = { name: 'redeem', points: 60, windowSeconds: 60 };

export function session(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const { presentPerson } = presenters(deps.publicUrl);
  const app = new Hono<Env>();

  app.post(
    '/:site/session',
    describe({
      summary: 'Redeem a one-time code for a bearer session bound to this site and origin',
      tag: 'sign-in',
      body: REDEEM,
      answers: {
        status: 200,
        body: z.object({ token: z.string(), expiresAt: z.iso.datetime(), person: PERSON }),
      },
      problems: ['origin-missing', 'origin-foreign', 'code-invalid', 'rate-limited'],
    }),
    registeredOrigin(deps),
    async (c) => {
      const origin = c.req.header('Origin');
      if (origin === undefined) throw problem('origin-missing');
      await limitAddress(c, deps, PER_ADDRESS);
      const { attempt, code, proof } = await readBody(c, REDEEM);
      const site = c.get('site');
      const redeemed = await redeemCode(
        db,
        site,
        { attemptId: attempt, code, verifier: proof.verifier, origin },
        now(),
      );
      return c.json({
        token: redeemed.token,
        expiresAt: redeemed.session.expiresAt.toISOString(),
        person: presentPerson(redeemed.person),
      });
    },
  );

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
