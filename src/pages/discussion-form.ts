/**
 * The "Leave a Reply" form of the page without script, signed in or out. Every button of it sends the text along, so
 * that none can lose it; what a button does is its `formaction`.
 */
import { html, raw } from 'hono/html';
import type { z } from 'zod';
import { GUEST } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import type { ProviderDescription } from '../edge/oauth.ts';
import type { PERSON } from '../http/present.ts';
import { drawAvatar, nameOf } from './discussion-comments.ts';
import { linkTo, onComment, type Place } from './discussion-place.ts';
import { sentenceOf } from './discussion-refusals.ts';
import type { Html } from './layout.ts';

export interface Form {
  place: Place & { key: string };
  /** What is answered; undefined: the article. */
  parent: { id: number; name: string } | undefined;
  /** Who is signed in, and how their provider is called. */
  reader: { person: z.output<typeof PERSON>; providerName: string; isGuest: boolean } | undefined;
  providers: readonly ProviderDescription[];
  /** Why nobody may write here; undefined: they may. */
  closed: string | undefined;
  /** What was typed. */
  text: string;
  /** The site's mode, where it takes guests. */
  guests: string | undefined;
  /** What a guest typed of themselves, by field. */
  guest: Readonly<Record<string, string>>;
  /** Names this act of posting, so that a form that is sent twice posts once. */
  once: string;
  /** Why the comment was not posted. */
  refusal: Problem | undefined;
}

export function drawForm(form: Form): Html {
  const { place, parent, closed, refusal } = form;
  const heading = parent ? html`Leave a Reply to <bdi>${parent.name}</bdi>` : 'Leave a Reply';
  return html`<section class="box" id="reply" aria-labelledby="reply-heading">
<h2 id="reply-heading">${heading}</h2>
${parent ? html`<p class="cancel"><a href="${linkTo({ ...place, reply: undefined }, place.draft === undefined ? `comment-${parent.id}` : 'reply')}">Cancel reply</a></p>` : ''}
${refusal ? html`<p class="notice" id="refusal" role="alert">${sentenceOf(refusal)}${drawSaid(place, refusal)}</p>` : ''}
${closed === undefined ? drawOpen(form) : html`<p>${closed}</p>${form.text ? drawKept(form.text) : ''}`}
</section>`;
}

/** Leads to the comment that says the same. */
function drawSaid(place: Place, { details }: Problem): Html {
  const { commentId } = details;
  if (typeof commentId !== 'number') return html``;
  return html` <a href="${linkTo(onComment(place, commentId), `comment-${commentId}`)}">Show it</a>`;
}

function drawOpen(form: Form): Html {
  const { place, parent, reader, guests, once, text } = form;
  const canWrite = reader !== undefined || guests !== undefined;
  return html`<form method="post" action="/comments/${place.site}${canWrite ? '' : '/log-in'}#reply">
<input type="hidden" name="key" value="${place.key}">
${place.url === undefined ? '' : html`<input type="hidden" name="url" value="${place.url}">`}
${parent ? html`<input type="hidden" name="parentId" value="${parent.id}">` : ''}
${place.draft === undefined ? '' : html`<input type="hidden" name="draft" value="${place.draft}">`}
${
  canWrite
    ? html`<input type="hidden" name="once" value="${once}">
<input type="hidden" name="as" value="${reader ? reader.person.id : GUEST}">`
    : ''
}
${canWrite || text ? drawText(form) : ''}
${reader ? drawReader(form, reader) : guests ? drawGuest(form) : ''}
${canWrite ? html`<button>Post Comment</button>` : ''}
${reader ? '' : drawProviders(form)}
</form>`;
}

function drawReader({ place }: Form, { person, providerName, isGuest }: NonNullable<Form['reader']>): Html {
  const step = (name: string) => `/comments/${place.site}/${name}`;
  return html`<div class="as">${drawAvatar(person)}<span><strong><bdi>${nameOf({ author: person })}</bdi></strong>: ${
    isGuest ? 'You are commenting as a guest.' : `You are commenting using your ${providerName} account.`
  }
<span class="ways">(<button class="plain" formaction="${step('log-out')}" formnovalidate>Log Out</button> /
<button class="plain" formaction="${step('log-in')}" name="switch" value="1" formnovalidate>Change</button>)</span></span></div>`;
}

/** Before the providers: a line end in a field presses the first button there is. */
function drawGuest({ guests, guest, refusal }: Form): Html {
  const required = guests === 'open-required' ? html` <small>(required)</small>` : '';
  const field = (
    name: string,
    label: Html | string,
    kind: string,
  ) => html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" value="${guest[name] ?? ''}" ${raw(kind)}${
    refusal?.slug.startsWith(`${name}-`) ? raw(' aria-invalid="true" aria-describedby="refusal"') : ''
  }>`;
  return html`<p>Fill in your details below${guests === 'open' ? ', if you like,' : ''} or log in:</p>
${field('email', html`Email${required} <small>(Address never made public)</small>`, 'inputmode="email" autocomplete="email"')}
${field('name', html`Name${required}`, 'autocomplete="name"')}
${field('website', 'Website', 'inputmode="url" autocomplete="url"')}`;
}

function drawText({ text, refusal }: Form): Html {
  const isFaulty = refusal !== undefined && /^t(ext|oo)-/.test(refusal.slug);
  // No `autofocus`: where an address leads into the page, as ours does to the form, browsers mind only that.
  const attributes = `${refusal ? 'aria-describedby="refusal"' : ''}${isFaulty ? ' aria-invalid="true"' : ''}`;
  // A line end at the very beginning is the parser's, not the reader's.
  return html`<label for="text">Your comment</label>
<textarea id="text" name="text" rows="6" required placeholder="Enter your comment here…" ${raw(attributes)}>
${text}</textarea>`;
}

function drawProviders({ place, providers, guests, text }: Form): Html {
  if (providers.length === 0 && guests) return html``;
  if (providers.length === 0)
    return html`<p>Nobody can log in here yet: the people who run this service have set up no way to.</p>`;
  return html`<p id="methods">${guests ? 'Or log in using one of these methods:' : 'Please log in using one of these methods to post your comment:'}</p>
<div class="providers" role="group" aria-labelledby="methods">${providers.map(
    ({ id, name, brand }) =>
      html`<button class="provider p-${id}" name="provider" value="${id}" formaction="/comments/${place.site}/log-in" formnovalidate><svg viewBox="0 0 24 24" aria-hidden="true"><path d="${brand.icon}"/></svg>${name}</button>`,
  )}</div>
${text && !guests ? html`<p class="quiet">Your text comes back with you.</p>` : ''}`;
}

/** A text that cannot be posted from here, to be copied. */
export function drawKept(text: string): Html {
  return html`<label for="kept">What you wrote</label>
<textarea id="kept" rows="6" readonly>
${text}</textarea>`;
}
