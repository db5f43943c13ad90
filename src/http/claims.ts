/** A reader's comments on the whole site, and making theirs what they wrote there as a guest. */
import { Hono } from 'hono';
import { z } from 'zod';
import { readCursor, writeCursor } from '../core/cursor.ts';
import { GUEST } from '../core/policy.ts';
import { problem } from '../core/problem.ts';
import { claimComments } from '../domain/claims.ts';
import { readOwnOfSite } from '../domain/discussion.ts';
import { describe } from './describe.ts';
import type { Deps, Env } from './env.ts';
import { reader, registeredOrigin } from './guard.ts';
import { findBoundSession } from './guests.ts';
import { limitOf, readBody } from './input.ts';
import { NEXT, OWN_COMMENT, presenters } from './present.ts';

const OWN_LISTED = 20;

const CLAIM = z.strictObject({
  guest: z
    .string()
    .max(200)
    .describe('the bearer of the session as a guest, of this site and origin; worth nothing afterwards'),
});

const PER_READER = { name: 'claim', points: 30, windowSeconds: 60 };

export function claims(deps: Deps): Hono<Env> {
  const { db, keyring, limits, now } = deps;
  const { presentOwn } = presenters(deps.publicUrl);
  const app = new Hono<Env>();
  const isReader = [registeredOrigin(deps), reader(deps)] as const;

  app.get(
    '/:site/me/comments',
    describe({
      summary: 'The reader’s own comments on this site in every state but taken back, newest first',
      tag: 'account',
      isReader: true,
      query: { after: { description: 'cursor of the page before' }, limit: { description: '1–100' } },
      answers: {
        status: 200,
        body: z.object({
          items: z.array(OWN_COMMENT.extend({ thread: z.object({ url: z.string(), title: z.string() }) })),
          next: NEXT,
        }),
      },
      problems: ['invalid-input', 'cursor-invalid'],
    }),
    ...isReader,
    async (c) => {
      const site = c.get('site');
      const { userId } = c.get('author');
      const limit = limitOf(c, OWN_LISTED);
      const scope = ['own', site.id, String(userId)];
      const after = c.req.query('after');
      const before = after === undefined ? undefined : Number(readCursor(keyring, scope, after)[0]);
      const { comments, next } = await readOwnOfSite(db, site.id, userId, { before, limit });
      return c.json({
        items: comments.map((row) => ({
          ...presentOwn(row, site, now()),
          thread: { url: row.threadUrl, title: row.threadTitle },
        })),
        next: next === undefined ? null : writeCursor(keyring, scope, [next]),
      });
    },
  );

  app.post(
    '/:site/claims',
    describe({
      summary:
        'Make the reader’s what they wrote here as a guest; 0 where that session has ended or nothing was written',
      tag: 'account',
      isReader: true,
      body: CLAIM,
      answers: { status: 200, body: z.object({ claimed: z.int() }) },
      problems: ['sign-in-required', 'claim-foreign', 'banned', 'rate-limited'],
    }),
    ...isReader,
    async (c) => {
      const site = c.get('site');
      const author = c.get('author');
      const { guest: token } = await readBody(c, CLAIM);
      if (author.isGuest) throw problem('sign-in-required');
      await limits.spend(PER_READER, `${site.id} ${author.userId}`);
      const origin = c.get('session').origin ?? '';
      const guest = await findBoundSession(deps, { site, origin, token });
      if (guest && guest.provider !== GUEST) throw problem('claim-foreign');
      return c.json({ claimed: guest ? await claimComments(db, site, author, guest, now()) : 0 });
    },
  );

  return app;
}
