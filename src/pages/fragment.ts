/**
 * The first page of a thread as a piece of HTML, for sites that are built before they are read: no head, no form, no
 * style, nothing that runs. Each comment is an item of schema.org/Comment in microdata, which survives a sanitiser
 * that throws scripts away, JSON-LD among them.
 */
import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import { threadKey } from '../core/canonical.ts';
import { LINK_REL } from '../core/text.ts';
import type { Deps, Env } from '../http/env.ts';
import { anonymous } from '../http/guard.ts';
import { keyOf } from '../http/input.ts';
import { isFresh, listings, ROOTS } from '../http/listings.ts';
import { dateOf, type Node, nameOf, nest, removedBy } from './discussion-comments.ts';
import { linkTo, type Place, thread, urlOf } from './discussion-place.ts';
import type { Html } from './layout.ts';

export function fragment(deps: Deps): Hono<Env> {
  const { findRoots } = listings(deps);
  const app = new Hono<Env>();

  app.get('/comments/:site/fragment', anonymous(deps), async (c) => {
    const site = c.get('site');
    const key = threadKey(keyOf(c), site.origins);
    const url = urlOf(c.req.query('url'), site);
    const { order } = site.settings;
    const roots = await findRoots(site, key, { order, after: undefined, limit: ROOTS });
    if (isFresh(c, deps, site, roots.thread)) return c.body(null, 304);
    const { thread: found, comments } = await roots.read();
    const place = thread(site.id, found.key);
    // The first comment is written there, and of an `id:` key nothing else tells which article it is on.
    const reply = found.id === null ? { ...place, url } : place;
    const link = (to: Place, hash = '') => deps.publicUrl + linkTo(to, hash);
    const permalink = (id: number) => link({ ...place, comment: id }, `comment-${id}`);
    const all = comments.items.flatMap(({ replies, ...root }) => [root, ...replies.items]);
    const { commentCount: count } = found;
    // Opened by itself it is a document of our origin, and not one to be found or framed.
    c.header('Content-Security-Policy', "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    c.header('X-Robots-Tag', 'noindex');
    return c.html(html`<section class="parley-discussion" data-parley-version="${found.version}">
<h2 class="parley-count">${count === 0 ? 'Comments' : `${count.toLocaleString('en')} ${count === 1 ? 'Comment' : 'Comments'}`}</h2>
${all.length === 0 ? html`<p class="parley-none">No comments yet.</p>` : html`<ol class="parley-comments">${nest(all).map((node) => drawItem(node, permalink))}</ol>`}
<p class="parley-link"><a href="${link(reply)}">Read all comments and reply</a></p>
</section>
`);
  });

  return app;
}

function drawItem({ comment, replies }: Node, permalink: (id: number) => string): Html {
  const { id, author, html: text, parentId, createdAt, editedAt, up, down } = comment;
  const below =
    replies.length > 0
      ? html`<ol class="parley-replies">${replies.map((node) => drawItem(node, permalink))}</ol>`
      : '';
  if (text === null)
    return html`<li class="parley-comment parley-removed" id="comment-${id}"><p class="parley-text">${removedBy(comment.removedBy)}</p>${below}</li>\n`;
  const name = html`<span class="parley-name" itemprop="name">${nameOf(comment)}</span>`;
  return html`<li class="parley-comment" id="comment-${id}" itemscope itemtype="https://schema.org/Comment" itemid="${permalink(id)}">
<div class="parley-by"><span class="parley-author" itemprop="author" itemscope itemtype="https://schema.org/Person">${
    author?.link
      ? html`<a class="parley-author-link" itemprop="url" href="${author.link}" rel="${LINK_REL}">${name}</a>`
      : name
  }</span>
${author?.role ? html`<span class="parley-badge">${author.role === 'owner' ? 'Owner' : 'Moderator'}</span>` : ''}
${comment.pinned ? html`<span class="parley-badge">Pinned</span>` : ''}
<a class="parley-permalink" itemprop="url" href="${permalink(id)}"><time itemprop="dateCreated" datetime="${createdAt}">${dateOf(createdAt)}</time></a>
${editedAt ? html`<span class="parley-edited">edited<meta itemprop="dateModified" content="${editedAt}"></span>` : ''}</div>
<div class="parley-text" itemprop="text">${raw(text)}</div>
<meta itemprop="upvoteCount" content="${up}"><meta itemprop="downvoteCount" content="${down}">
${parentId === null ? '' : html`<link itemprop="parentItem" href="${permalink(parentId)}">`}
${below}</li>\n`;
}
