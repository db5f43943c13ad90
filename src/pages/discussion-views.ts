/** The pages of the discussion without script: a thread, one comment in its place, deleting one, a refusal. */
import { html } from 'hono/html';
import { PROBLEMS, type Problem } from '../core/problem.ts';
import type { Order, Site } from '../core/site.ts';
import type { ProviderDescription } from '../edge/oauth.ts';
import type { Ctx } from '../http/env.ts';
import { type Comment, drawComments, type Listing } from './discussion-comments.ts';
import { drawForm, drawKept, type Form } from './discussion-form.ts';
import { linkTo, type Place } from './discussion-place.ts';
import { sentenceOf } from './discussion-refusals.ts';
import { DISCUSSION_STYLE } from './discussion-style.ts';
import { brandStyle, type Html, page } from './layout.ts';

const ORDERS: readonly [Order, string][] = [
  ['oldest', 'Oldest'],
  ['newest', 'Newest'],
  ['best', 'Best'],
];

export interface Discussion {
  site: Site;
  place: Place & { key: string };
  title: string;
  article: string | undefined;
  count: number;
  order: Order;
  comments: readonly Comment[];
  more: ReadonlyMap<number, string>;
  own: ReadonlySet<number>;
  /** Cursor of the next page of roots. */
  next: string | null;
  form: Form;
  providers: readonly ProviderDescription[];
  caching: string;
}

export function discussion(c: Ctx, view: Discussion) {
  const { site, place, title, article, count, comments, form } = view;
  const { refusal } = form;
  const heading = title || `Comments on ${site.name}`;
  const isWhole = place.comment === undefined && place.after === undefined;
  const drawnForm = drawForm(form);
  const listing: Listing = {
    place,
    comments,
    more: view.more,
    own: view.own,
    isOpen: form.closed === undefined,
    hasVotes: site.settings.votes,
    form: form.parent && { below: form.parent.id, html: drawnForm },
    providerName: (id) => view.providers.find((provider) => provider.id === id)?.name ?? id,
  };
  return page(
    c,
    {
      title: `${refusal ? 'Not possible: ' : ''}${heading} – ${site.name}`,
      status: refusal ? PROBLEMS[refusal.slug].status : 200,
      // Anybody can make addresses of threads that are empty.
      isIndexed: !refusal && comments.length > 0,
      hasPictures: true,
      caching: view.caching,
      head: article ? html`<link rel="canonical" href="${article}">` : html``,
      body: html`<header class="top">
<h1>${heading}</h1>
${article ? html`<p><a href="${article}">Back to the article</a> <span class="quiet">on ${site.name}</span></p>` : html`<p class="quiet">${site.name}</p>`}
</header>
<section aria-labelledby="comments">
<h2 id="comments">${count === 0 ? 'Comments' : `${count.toLocaleString('en')} ${count === 1 ? 'Comment' : 'Comments'}`}</h2>
${place.comment === undefined ? drawOrders(view) : ''}
${isWhole ? '' : html`<p class="more"><a href="${linkTo({ ...place, comment: undefined, after: undefined, reply: undefined, draft: undefined })}">Show all comments</a></p>`}
${comments.length === 0 ? html`<p>No comments yet.</p>` : drawComments(listing)}
${view.next ? html`<p class="more"><a href="${linkTo({ ...place, after: view.next, reply: undefined, draft: undefined })}" rel="next">Show more comments</a></p>` : ''}
</section>
${form.parent ? '' : drawnForm}`,
    },
    DISCUSSION_STYLE + brandStyle(form.providers),
  );
}

function drawOrders({ place, order, count }: Discussion): Html {
  if (count < 2) return html``;
  return html`<nav class="order" aria-label="Sort by">${ORDERS.map(
    ([id, name]) =>
      html`<a href="${linkTo({ ...place, order: id, after: undefined, reply: undefined, draft: undefined })}"${id === order ? html` aria-current="true"` : ''}>${name}</a>`,
  )}</nav>`;
}

/** Asks before a reader's own comment is deleted. */
export function confirmDelete(c: Ctx, site: Site, listing: Listing, back: string) {
  return page(
    c,
    {
      title: `Delete a comment – ${site.name}`,
      hasPictures: true,
      body: html`<h1>Delete this comment?</h1>
${drawComments(listing)}
<form class="actions" method="post" action="/comments/${site.id}/delete">
<input type="hidden" name="key" value="${listing.place.key}">
<input type="hidden" name="comment" value="${listing.comments[0]?.id}">
<button>Delete</button>
<a href="${back}">Keep it</a>
</form>`,
    },
    DISCUSSION_STYLE,
  );
}

/** A refusal where no discussion can be shown: it cannot be read just now, or there is none. */
export function refused(
  c: Ctx,
  refusal: Problem,
  typed: { site: string; form: (name: string) => string; canRetry: boolean } | undefined,
) {
  const text = typed?.form('text') ?? '';
  return page(
    c,
    {
      title: 'Not possible',
      status: PROBLEMS[refusal.slug].status,
      body: html`<h1>This cannot go on</h1>
<p class="notice" role="alert">${sentenceOf(refusal)}</p>
${
  typed?.canRetry && text
    ? html`<form method="post" action="/comments/${typed.site}#reply">
${['key', 'url', 'parentId', 'draft', 'once', 'as', 'name', 'email', 'website'].map((name) => {
  const value = typed.form(name);
  return value ? html`<input type="hidden" name="${name}" value="${value}">` : '';
})}
<label for="text">Your comment</label>
<textarea id="text" name="text" rows="6">
${text}</textarea>
<button>Try again</button>
</form>`
    : text
      ? drawKept(text)
      : ''
}
<p class="quiet">${refusal.slug} · ${c.get('requestId')}</p>`,
    },
    DISCUSSION_STYLE,
  );
}
