/**
 * Comments as a page without script shows them: nested up to a depth that a phone can show, beyond it one below the
 * other with a link to what each answers. Draws what presenters gave it; what a reader may do stands beside each as a
 * link.
 */
import { html, raw } from 'hono/html';
import type { z } from 'zod';
import { LINK_REL } from '../core/text.ts';
import type { COMMENT } from '../http/present.ts';
import { linkTo, onComment, type Place } from './discussion-place.ts';
import type { Html } from './layout.ts';

export type Comment = z.output<typeof COMMENT>;

/** Indents that leave a phone of 320 px something to read. */
const MAX_LEVEL = 3;

export interface Listing {
  place: Place;
  comments: readonly Comment[];
  /** Cursors for the replies of a comment that are not here. */
  more: ReadonlyMap<number, string>;
  /** The reader's own comments, by id; also among `comments`. */
  own: ReadonlySet<number>;
  isOpen: boolean;
  hasVotes: boolean;
  /** The form, where it stands below the comment that it answers. */
  form: { below: number; html: Html } | undefined;
  providerName(id: string): string;
}

export interface Node {
  comment: Comment;
  /** Answers something that does not stand right above its indent. */
  isApart: boolean;
  level: number;
  replies: Node[];
  /** Where what answers this one goes: its own replies, or at the deepest level those that it stands among. */
  home: Node[];
}

/** The tree of comments in reading order. What a comment answers may be missing: then it stands at the top. */
export function nest(comments: readonly Comment[]): Node[] {
  const top: Node[] = [];
  const nodes = new Map<number, Node>();
  for (const comment of comments) {
    const parent = comment.parentId === null ? undefined : nodes.get(comment.parentId);
    const level = parent ? Math.min(parent.level + 1, MAX_LEVEL) : 0;
    const replies: Node[] = [];
    const among = parent?.home ?? top;
    const node = {
      comment,
      isApart: comment.parentId !== null && (!parent || parent.home !== parent.replies),
      level,
      replies,
      home: level < MAX_LEVEL ? replies : among,
    };
    among.push(node);
    nodes.set(comment.id, node);
  }
  return top;
}

export function drawComments(listing: Listing): Html {
  const byId = new Map(listing.comments.map((comment) => [comment.id, comment]));
  const draw = (node: Node): Html => {
    const { comment, replies } = node;
    const more = listing.more.get(comment.id);
    return html`<li>
${drawComment(listing, node, byId)}
${listing.form?.below === comment.id ? listing.form.html : ''}
${replies.length > 0 ? html`<ol class="replies">${replies.map(draw)}</ol>` : ''}
${
  more
    ? html`<p class="more"><a href="${linkTo({ ...onComment(listing.place, comment.id), after: more })}">Show more replies<span class="hidden"> to ${nameOf(comment)}</span></a></p>`
    : ''
}
</li>`;
  };
  return html`<ol class="comments">${nest(listing.comments).map(draw)}</ol>`;
}

function drawComment(listing: Listing, node: Node, byId: ReadonlyMap<number, Comment>): Html {
  const { comment, isApart } = node;
  const { id, author, html: text } = comment;
  const { place } = listing;
  const anchor = `comment-${id}`;
  const asked = place.comment === id ? raw(' class="asked"') : '';
  if (text === null)
    return html`<article id="${anchor}"${asked}><p class="tombstone">${removedBy(comment.removedBy)}</p></article>`;
  const name = nameOf(comment);
  return html`<article id="${anchor}"${asked} aria-label="Comment by ${name}">
<header>
${drawAvatar(author)}
<div class="by">
${author?.link ? html`<a class="name" href="${author.link}" rel="${LINK_REL}"><bdi>${name}</bdi></a>` : html`<span class="name"><bdi>${name}</bdi></span>`}
${author?.role ? html`<span class="badge">${author.role === 'owner' ? 'Owner' : 'Moderator'}</span>` : ''}
${comment.pinned ? html`<span class="badge">Pinned</span>` : ''}
<div class="meta">
${author?.provider ? html`<span>${author.provider === 'guest' ? 'Guest' : `by ${listing.providerName(author.provider)}`}</span>` : ''}
<a href="${comment.status === 'published' ? linkTo(onComment(place, id), anchor) : `#${anchor}`}"><time datetime="${comment.createdAt}">${dateOf(comment.createdAt)}</time></a>
${comment.editedAt ? html`<span>edited</span>` : ''}
${isApart ? drawAnswered(listing, comment, byId) : ''}
${listing.hasVotes ? drawVotes(comment) : ''}
</div>
</div>
</header>
<div class="text" dir="auto">${raw(text)}</div>
${comment.status === 'published' ? '' : html`<p class="notice">${comment.status === 'held' ? 'Your comment is awaiting moderation.' : 'Your comment was not accepted. Only you can see it.'}</p>`}
${drawActions(listing, comment, name)}
</article>`;
}

/** To be read: a vote takes script. */
function drawVotes({ up, down }: Comment): Html {
  const counts = [up && `${up.toLocaleString('en')} up`, down && `${down.toLocaleString('en')} down`];
  const said = counts.filter(Boolean).join(', ');
  return said ? html`<span>Votes: ${said}</span>` : html``;
}

function drawActions({ place, own, isOpen }: Listing, { id, status }: Comment, name: string): Html {
  const canReply = isOpen && status === 'published';
  const isOwn = own.has(id);
  if (!canReply && !isOwn) return html``;
  return html`<footer>
${canReply ? html`<a href="${linkTo({ ...place, reply: id }, 'reply')}" rel="nofollow">Reply<span class="hidden"> to ${name}</span></a>` : ''}
${isOwn ? html`<a href="${linkTo(onComment(place, id), '', 'delete')}">Delete<span class="hidden"> this comment</span></a>` : ''}
</footer>`;
}

function drawAnswered({ place }: Listing, { parentId }: Comment, byId: ReadonlyMap<number, Comment>): Html {
  const answered = byId.get(parentId!);
  const href = answered ? `#comment-${parentId}` : linkTo(onComment(place, parentId!), `comment-${parentId}`);
  return html`<a href="${href}">in reply to ${answered ? html`<bdi>${nameOf(answered)}</bdi>` : 'another comment'}</a>`;
}

/** Decoration: the name stands beside it. */
export function drawAvatar(author: Comment['author']): Html {
  // The first letter of the first word and of the last, as in the embed.
  const letters = author?.name.match(/(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu) ?? ['·'];
  const initials = (letters[0]! + (letters.slice(1).at(-1) ?? '')).toUpperCase();
  return html`<span class="avatar" aria-hidden="true">${author?.picture ? html`<img src="${new URL(author.picture).pathname}" alt="" width="36" height="36" loading="lazy">` : initials}</span>`;
}

export function nameOf({ author }: Pick<Comment, 'author'>): string {
  return author ? author.name || 'Anonymous' : 'Former reader';
}

export function removedBy(who: string | null): string {
  if (who === 'author') return 'This comment was deleted by its author.';
  return who === 'moderator' ? 'This comment was removed by a moderator.' : 'This comment was deleted.';
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

/** A moment for people anywhere: without script nobody knows their clock, and a page lies in caches. */
export function dateOf(iso: string): string {
  return `${DATE.format(new Date(iso))} UTC`;
}
