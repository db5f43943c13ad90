/**
 * A reader's own hand: post, edit, remove, undo, preview. Every answer is `no-store`; nothing acknowledged here can be
 * lost, nothing refused here was written.
 */
import { Hono } from 'hono';
import { z } from 'zod';
import { problem } from '../core/problem.ts';
import type { Site } from '../core/site.ts';
import { checkText, renderComment } from '../core/text.ts';
import { editComment, removeComment, restoreComment } from '../domain/comments.ts';
import { findComment } from '../domain/discussion.ts';
import type { Thread } from '../domain/threads.ts';
import { describe } from './describe.ts';
import type { Deps, Env } from './env.ts';
import { countedAddress, limitAddress, reader, registeredOrigin } from './guard.ts';
import { commentIdOf, readBody } from './input.ts';
import { isIdempotencyKey, post } from './posting.ts';
import { COMMENT, OWN_COMMENT, presenters, presentThread, THREAD, TIME } from './present.ts';

const POST = z.strictObject({
  key: z.string().max(4_000).describe('thread key, as for reading'),
  url: z.string().max(4_000).describe('the page, on an origin of the site'),
  title: z.string().max(10_000).optional().describe('of the page; unverified, shortened to 300 characters'),
  parentId: z.int().positive().nullable().optional().describe('the comment that is answered'),
  text: z.string().describe('Markdown'),
});

const TEXT = z.strictObject({ text: z.string().describe('Markdown') });

/** Of one address: a preview is asked for at a pause in typing, and nobody need be signed in for it. */
const PREVIEWS = { name: 'preview', points: 60, windowSeconds: 60 };

const TEXT_REFUSALS = ['text-empty', 'text-too-long', 'text-invalid', 'too-many-links'] as const;

export function comments(deps: Deps): Hono<Env> {
  const { db, limits, now } = deps;
  const { presentComment, presentOwn } = presenters(deps.publicUrl);
  const app = new Hono<Env>();
  const mayWrite = [registeredOrigin(deps), reader(deps)] as const;

  app.post(
    '/:site/comments',
    describe({
      summary: 'Post a comment, once per Idempotency-Key',
      tag: 'writing',
      isReader: true,
      headers: { 'Idempotency-Key': '8–128 visible ASCII characters, new for each comment; kept 48 h' },
      body: POST,
      answers: { status: 201, body: z.object({ comment: OWN_COMMENT, thread: THREAD }) },
      problems: [
        'rate-limited',
        ...TEXT_REFUSALS,
        'idempotency-key-missing',
        'idempotency-conflict',
        'thread-key-invalid',
        'url-foreign',
        'parent-unknown',
        'parent-removed',
        'parent-foreign',
        'too-deep',
        'thread-closed',
        'comment-duplicate',
        'guests-off',
        'banned',
      ],
    }),
    ...mayWrite,
    async (c) => {
      const site = c.get('site');
      const author = c.get('author');
      const idempotencyKey = c.req.header('Idempotency-Key') ?? '';
      if (!isIdempotencyKey(idempotencyKey)) throw problem('idempotency-key-missing');
      const input = await readBody(c, POST);
      const address = countedAddress(c, deps);
      const posted = await post(deps, site, author, { ...input, idempotencyKey, address });
      if (posted.isReplay) c.header('Idempotency-Replayed', 'true');
      return c.json(await presentAnswer(site, posted), 201);
    },
  );

  /** A comment that its author just wrote or has back, and the thread after that. */
  async function presentAnswer(site: Site, { commentId, thread }: { commentId: number; thread: Thread }) {
    const row = await findComment(db, site.id, commentId);
    if (!row) throw problem('comment-unknown');
    return { comment: presentOwn(row, site, now()), thread: presentThread(site, thread, thread.key) };
  }

  /** Edits and undone removals of one author, together: each writes an event. A removal can do so once per undoing. */
  const limitEdits = (site: Site, userId: number) =>
    limits.spend(
      { name: 'edit', points: site.settings.commentsPerMinute, windowSeconds: 60 },
      `${site.id} ${userId}`,
    );

  app.patch(
    '/:site/comments/:id',
    describe({
      summary: 'Edit one’s own comment within the site’s window',
      tag: 'writing',
      isReader: true,
      body: TEXT,
      answers: { status: 200, body: z.object({ comment: OWN_COMMENT }) },
      problems: [
        'rate-limited',
        ...TEXT_REFUSALS,
        'comment-unknown',
        'comment-foreign',
        'comment-removed',
        'edit-window-closed',
        'thread-closed',
        'guests-off',
        'banned',
      ],
    }),
    ...mayWrite,
    async (c) => {
      const site = c.get('site');
      const commentId = commentIdOf(c);
      const { text } = await readBody(c, TEXT);
      await limitEdits(site, c.get('author').userId);
      await editComment(db, site, c.get('author'), { commentId, text }, now());
      const row = await findComment(db, site.id, commentId);
      if (!row) throw problem('comment-unknown');
      return c.json({ comment: presentOwn(row, site, now()) });
    },
  );

  app.delete(
    '/:site/comments/:id',
    describe({
      summary: 'Take back one’s own comment; replies keep their place under a tombstone',
      tag: 'writing',
      isReader: true,
      answers: {
        status: 200,
        body: z.object({
          comment: COMMENT.nullable().describe('null: it left no trace'),
          undoUntil: TIME.nullable().describe('when `restore` ends; null: it would be refused'),
        }),
      },
      problems: ['comment-unknown', 'comment-foreign', 'comment-removed'],
    }),
    ...mayWrite,
    async (c) => {
      const site = c.get('site');
      const commentId = commentIdOf(c);
      const { undoUntil } = await removeComment(db, site, c.get('author'), commentId, now());
      const row = await findComment(db, site.id, commentId);
      return c.json({
        comment: row?.shown ? presentComment(row) : null,
        undoUntil: undoUntil?.toISOString() ?? null,
      });
    },
  );

  app.post(
    '/:site/comments/:id/restore',
    describe({
      summary:
        'Undo one’s own removal of a comment within a minute, also where comments are closed; it may come back held',
      tag: 'writing',
      isReader: true,
      answers: { status: 200, body: z.object({ comment: OWN_COMMENT, thread: THREAD }) },
      problems: [
        'rate-limited',
        'comment-unknown',
        'comment-foreign',
        'comment-removed',
        'comment-duplicate',
        'undo-expired',
        'banned',
      ],
    }),
    ...mayWrite,
    async (c) => {
      const site = c.get('site');
      const commentId = commentIdOf(c);
      await limitEdits(site, c.get('author').userId);
      const { thread } = await restoreComment(db, site, c.get('author'), commentId, now());
      return c.json(await presentAnswer(site, { commentId, thread }));
    },
  );

  app.post(
    '/:site/preview',
    describe({
      summary: 'How a text will look; no session is needed',
      tag: 'writing',
      body: TEXT,
      answers: { status: 200, body: z.object({ html: z.string().describe('as a comment’s') }) },
      problems: ['rate-limited', 'origin-foreign', ...TEXT_REFUSALS],
    }),
    registeredOrigin(deps),
    async (c) => {
      const { text } = await readBody(c, TEXT);
      await limitAddress(c, deps, PREVIEWS);
      return c.json({ html: renderComment(checkText(text, c.get('site').settings)).html });
    },
  );

  return app;
}
