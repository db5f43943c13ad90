/**
 * Rows become JSON here and nowhere else. A field leaves the service only because a presenter names it: no e-mail, no
 * global id, no text of a comment that is not public (except to its author, by `presentOwn`). The schemas describe
 * the same shapes for `/openapi.json`.
 */
import { z } from 'zod';
import { editableUntil, isEditable } from '../core/policy.ts';
import { publicSettings, type Site, takesGuests } from '../core/site.ts';
import type { CommentRow, OwnCommentRow } from '../domain/discussion.ts';
import type { Thread } from '../domain/threads.ts';
import type { Person as PersonRow } from '../domain/users.ts';

export const TIME = z.iso.datetime().describe('UTC, ISO 8601');
const ID = z.int().describe('53-bit integer, sorts by time');

export const PERSON = z.object({
  id: z.string().describe('random, the same for this person on this site only'),
  name: z.string(),
  provider: z.string().describe('id of the identity provider'),
  link: z.string().nullable(),
  picture: z.string().nullable().describe('on this service, 96 × 96; null: initials'),
  role: z.enum(['owner', 'moderator']).nullable(),
});

export const COMMENT = z.object({
  id: ID,
  parentId: ID.nullable(),
  depth: z.int(),
  status: z.enum(['published', 'held', 'spam', 'rejected', 'removed']),
  author: PERSON.nullable().describe('null in a tombstone'),
  html: z.string().nullable().describe('safe HTML; null in a tombstone'),
  createdAt: TIME,
  editedAt: TIME.nullable(),
  up: z.int(),
  down: z.int(),
  replyCount: z.int().describe('shown direct replies'),
  pinned: z.boolean().describe('on top of its thread'),
  removedBy: z.enum(['author', 'moderator', 'erasure']).nullable(),
});

export const OWN_COMMENT = COMMENT.extend({
  raw: z.string().describe('the text as typed'),
  editableUntil: TIME.nullable().describe('null when it can no longer be edited'),
});

export const NEXT = z.string().nullable().describe('cursor for `after`; null on the last page');

export const REPLIES = z.object({ items: z.array(COMMENT), next: NEXT });

export const ROOT = COMMENT.extend({ replies: REPLIES.describe('first descendants, pre-order') });

export const THREAD = z.object({
  id: ID.nullable().describe('null before the first comment'),
  key: z.string(),
  url: z.string().nullable(),
  title: z.string(),
  status: z.enum(['open', 'closed']),
  commentCount: z.int(),
  version: z.int(),
});

export const PROVIDER = z.object({
  id: z.string(),
  name: z.string(),
  brand: z.object({
    color: z.string(),
    onColor: z.string(),
    icon: z.string().describe('SVG path data, 24 × 24'),
  }),
  kind: z
    .enum(['redirect', 'form'])
    .describe('form: the reader types who they are, for `POST /sites/{site}/session`'),
  canSwitch: z.boolean().describe('the provider lets a reader choose another account when asked'),
});

export const SITE = z.object({
  id: z.string(),
  name: z.string(),
  version: z.int(),
  settings: z.object({
    maxLength: z.int(),
    maxLinks: z.int(),
    editWindowSeconds: z.int(),
    mode: z.enum(['open', 'open-required', 'registered', 'closed']).describe('who may comment'),
    moderation: z.enum(['none', 'guests', 'all']),
    order: z.enum(['oldest', 'newest', 'best']),
    votes: z.boolean(),
  }),
  providers: z.array(PROVIDER),
});

export const THREAD_PAGE = z.object({
  site: SITE,
  thread: THREAD,
  comments: z.object({
    items: z.array(ROOT).describe('on the first page up to three pinned ones come first, beyond `limit`'),
    next: NEXT,
  }),
});

export const PROBLEM = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string(),
  retryAfter: z.int().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  until: TIME.nullable().optional().describe('of `banned`: its end; null: for ever'),
  commentId: ID.optional().describe('of `comment-duplicate`: the comment that says the same'),
});

/** The presenters of all that shows people, whose pictures lie on our own origin `publicUrl`. */
export function presenters(publicUrl: string) {
  const presentPerson = (person: PersonRow): z.output<typeof PERSON> => {
    const { id, name, provider, link } = person;
    return { id, name, provider, link, picture: pictureUrl(person.picture), role: badge(person.role) };
  };

  /** A comment as everybody may see it: what is not published is a tombstone without text or author. */
  const presentComment = (row: CommentRow): z.output<typeof COMMENT> => {
    const isPublic = row.status === 'published';
    return {
      ...presentState(row),
      status: isPublic ? 'published' : 'removed',
      author: isPublic ? presentAuthor(row) : null,
      html: isPublic ? row.html : null,
      editedAt: isPublic ? (row.editedAt?.toISOString() ?? null) : null,
      up: isPublic ? row.up : 0,
      down: isPublic ? row.down : 0,
      // Held and spam look like a moderator's removal: what waits is nobody's business.
      removedBy: isPublic ? null : (row.removedBy ?? 'moderator'),
    };
  };

  /** A comment as its author sees it, in its true state. */
  const presentOwn = (row: OwnCommentRow, site: Site, now: Date): z.output<typeof OWN_COMMENT> => {
    const until = editableUntil(row, site.settings);
    return {
      ...presentState(row),
      status: row.status,
      author: presentAuthor(row),
      html: row.html,
      editedAt: row.editedAt?.toISOString() ?? null,
      up: row.up,
      down: row.down,
      removedBy: row.removedBy,
      raw: row.raw,
      editableUntil: until > now && isEditable(row.status) ? until.toISOString() : null,
    };
  };

  const presentAuthor = (row: CommentRow): z.output<typeof PERSON> | null => {
    if (row.authorId && row.authorName !== null && row.authorProvider) {
      const { authorId: id, authorName: name, authorProvider: provider, authorLink: link } = row;
      const picture = pictureUrl(row.authorPicture);
      return { id, name, provider, link, picture, role: badge(row.authorRole) };
    }
    if (row.importedAuthor === null) return null;
    return { id: '', name: row.importedAuthor, provider: '', link: null, picture: null, role: null };
  };

  const pictureUrl = (name: string | null) => name && `${publicUrl}/pictures/${name}`;

  return { presentPerson, presentComment, presentOwn };
}

function presentState(row: CommentRow) {
  return {
    id: row.id,
    parentId: row.parentId,
    depth: row.depth,
    createdAt: row.createdAt.toISOString(),
    replyCount: row.replyCount,
    pinned: row.pinnedAt !== null && row.status === 'published',
  };
}

const badge = (role: string | null) => (role === 'owner' || role === 'moderator' ? role : null);

export function presentThread(
  { settings }: Site,
  thread: Thread | undefined,
  key: string,
): z.output<typeof THREAD> {
  const isClosed = settings.mode === 'closed' || thread?.status === 'closed';
  const status = isClosed ? 'closed' : 'open';
  if (!thread) {
    const url = key.startsWith('url:') ? key.slice(4) : null;
    return { id: null, key, url, title: '', status, commentCount: 0, version: 0 };
  }
  const { id, url, title, commentCount, version } = thread;
  return { id, key: thread.key, url, title, status, commentCount, version };
}

export function presentSite(
  site: Site,
  providers: readonly z.output<typeof PROVIDER>[],
): z.output<typeof SITE> {
  const { id, name, version, settings } = site;
  const offered = providers.filter(({ kind }) => kind !== 'form' || takesGuests(settings));
  return { id, name, version, settings: publicSettings(settings), providers: offered };
}
