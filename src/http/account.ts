/** Who the reader is here, and what of a thread is theirs: votes, comments that wait, comments they may still edit. */
import { Hono } from 'hono';
import { z } from 'zod';
import { threadKey } from '../core/canonical.ts';
import { parseId } from '../core/id.ts';
import { problem } from '../core/problem.ts';
import { readOwnComments } from '../domain/discussion.ts';
import { findReactions } from '../domain/reactions.ts';
import { findThread } from '../domain/threads.ts';
import { findPerson } from '../domain/users.ts';
import { describe } from './describe.ts';
import type { Ctx, Deps, Env } from './env.ts';
import { reader, registeredOrigin } from './guard.ts';
import { badQuery } from './input.ts';
import { OWN_COMMENT, PERSON, presenters } from './present.ts';

const MAX_IDS = 500;

export function account(deps: Deps): Hono<Env> {
  const { db, signIn, now } = deps;
  const { presentOwn, presentPerson } = presenters(deps.publicUrl);
  const app = new Hono<Env>();

  app.get(
    '/:site/me',
    describe({
      summary:
        'The reader: identity, own votes among `ids`, own comments that others cannot see or that may be edited',
      tag: 'account',
      isReader: true,
      query: {
        key: { description: 'thread key; without it no comments' },
        ids: { description: `comment ids, comma-separated, at most ${MAX_IDS}` },
      },
      answers: {
        status: 200,
        body: z.object({
          person: PERSON,
          providerName: z.string(),
          votes: z.record(z.string(), z.int()),
          comments: z.array(OWN_COMMENT),
          expiresAt: z.iso.datetime(),
        }),
      },
      problems: ['thread-key-invalid', 'url-foreign', 'invalid-input'],
    }),
    registeredOrigin(deps),
    reader(deps),
    async (c) => {
      const site = c.get('site');
      const session = c.get('session');
      const key = c.req.query('key');
      const person = await findPerson(db, site.id, session.userId, session.identityId);
      if (!person) throw problem('session-expired');
      const thread = key ? await findThread(db, site.id, threadKey(key, site.origins)) : undefined;
      const editableSince = new Date(now().getTime() - site.settings.editWindowSeconds * 1000);
      const [votes, own] = await Promise.all([
        findReactions(db, site.id, session.userId, idsOf(c)),
        thread ? readOwnComments(db, site.id, thread.id, session.userId, editableSince) : [],
      ]);
      const provider = signIn.describeProviders().find(({ id }) => id === person.provider);
      return c.json({
        person: presentPerson(person),
        providerName: provider?.name ?? person.provider,
        votes: Object.fromEntries(votes),
        comments: own.map((row) => presentOwn(row, site, now())),
        expiresAt: session.expiresAt.toISOString(),
      });
    },
  );

  return app;
}

function idsOf(c: Ctx): number[] {
  const text = c.req.query('ids');
  if (!text) return [];
  const ids = text.split(',').map(parseId);
  if (ids.length > MAX_IDS || ids.includes(undefined)) {
    throw badQuery('ids', `must be at most ${MAX_IDS} comment ids, separated by commas`);
  }
  return ids as number[];
}
