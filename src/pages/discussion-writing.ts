/**
 * What the forms of the discussion without script do: post, log in and out, delete. Each is sent by a page of our own
 * and answered by a redirect; what is thrown here becomes that page again, with all that was typed (see
 * `discussion-refuse.ts`).
 */
import { Hono } from 'hono';
import { parseId } from '../core/id.ts';
import { GUEST } from '../core/policy.ts';
import { problem } from '../core/problem.ts';
import { newSecret } from '../core/secret.ts';
import type { Site } from '../core/site.ts';
import { checkText, codePointLength } from '../core/text.ts';
import { newAttemptId } from '../domain/attempts.ts';
import { removeComment } from '../domain/comments.ts';
import { findComment } from '../domain/discussion.ts';
import type { Posted } from '../domain/idempotency.ts';
import { logOut } from '../domain/sessions.ts';
import { readSite } from '../domain/sites.ts';
import { findThread } from '../domain/threads.ts';
import type { Ctx, Deps, Env } from '../http/env.ts';
import { countedAddress, requireSameOrigin } from '../http/guard.ts';
import { admitGuest } from '../http/guests.ts';
import { listings, ROOTS } from '../http/listings.ts';
import { post } from '../http/posting.ts';
import { presenters } from '../http/present.ts';
import { drawDiscussion } from './discussion-draw.ts';
import { articleOf, linkTo, placeOfForm, thread } from './discussion-place.ts';
import { findGuestSession, findReader, type Reader, readerOf, readOwn } from './discussion-reader.ts';
import { confirmDelete } from './discussion-views.ts';
import {
  beginAttempt,
  dropGuestCookie,
  findPageSession,
  forgetDrafts,
  guestCookie,
  hasPageCookie,
  readForm,
  setGuestCookie,
} from './sign-in.ts';

export function discussionWriting(deps: Deps): Hono<Env> {
  const { db, now, signIn } = deps;
  const app = new Hono<Env>();

  app.post('/comments/:site', async (c) => {
    const { site, form } = await receive(c);
    const place = placeOfForm(form, site);
    let reader = await findReader(c, deps, site);
    if (!reader && form('as') === GUEST) {
      // A text that will be refused anyway makes nobody a guest.
      checkText(form('text'), site.settings);
      const typed = { name: form('name'), email: form('email'), website: form('website') };
      const came = await admitGuest(c, deps, { site, typed, origin: deps.publicUrl, token: undefined });
      setGuestCookie(c, site.id, came.token);
      // The same form once more, with that cookie: sent twice at once, it would else make two guests say one thing.
      if (c.req.query('again') === undefined) return c.redirect(`/comments/${site.id}?again`, 307);
      reader = await readerOf(deps, site, came.session);
    }
    if (!reader) throw signedOut(c);
    const { author, person } = reader;
    const isMeant = form('as') === person.id || (form('as') === GUEST && author.isGuest);
    // Somebody else has logged in since the page was drawn, in another tab: say so before their name is on this.
    if (!isMeant) {
      const typed = { text: form('text'), once: form('once'), refusal: undefined };
      return drawDiscussion(c, deps, site, place, typed);
    }
    const known = await findThread(db, site.id, place.key);
    const article = articleOf(site, known ?? { key: place.key, url: null }, place.url);
    const posted = await post(deps, site, author, {
      key: place.key,
      // Of a thread that is there, the address says nothing new; it may be of an origin that the site has left.
      url: article ?? (known ? `${site.origins[0]}/` : ''),
      parentId: place.reply ?? null,
      text: form('text'),
      idempotencyKey: form('once'),
      address: countedAddress(c, deps),
    });
    if (place.draft !== undefined) await forgetDrafts(c, deps, place.draft);
    return c.redirect(await linkToPosted(site, posted), 303);
  });

  app.post('/comments/:site/log-in', async (c) => {
    const { site, form } = await receive(c);
    const place = placeOfForm(form, site);
    const provider = form('provider') || null;
    const isKnown = ({ id, kind }: { id: string; kind: string }) => id === provider && kind === 'redirect';
    if (provider && !signIn.describeProviders().some(isKnown)) throw problem('provider-unknown');
    const draft = form('text').replaceAll('\r\n', '\n');
    const length = codePointLength(draft);
    const { maxLength } = site.settings;
    // It would be refused later anyway, and there it could be of any length.
    if (length > maxLength) throw problem('text-too-long', { maxLength, length });
    const id = newAttemptId();
    const back = linkTo({ ...place, draft: draft.trim() ? id : undefined }, 'reply');
    const attempt = {
      id,
      siteId: site.id,
      origin: deps.publicUrl,
      returnUrl: deps.publicUrl + back,
      // Nobody has the verifier of this one.
      challenge: newSecret(),
      mode: 'page',
      via: 'post',
      switchAccount: form('switch') === '1',
      provider,
      draft: draft.trim() ? draft : undefined,
    } as const;
    return beginAttempt(c, deps, attempt, place.draft);
  });

  app.post('/comments/:site/log-out', async (c) => {
    const { site, form } = await receive(c);
    const place = { ...placeOfForm(form, site), draft: undefined };
    const reader = await findReader(c, deps, site);
    const session = reader?.session ?? (await findPageSession(c, deps));
    // Who had been a guest before they signed in would be that guest again, for whoever sits down here next.
    const guest = await findGuestSession(c, deps, site);
    if (session) await logOut(db, session);
    if (guest && guest.id !== session?.id) await logOut(db, guest);
    if (guestCookie(c, site.id) !== undefined) dropGuestCookie(c, site.id);
    // Whoever sits down here next is not to read what was being written.
    await forgetDrafts(c, deps);
    const text = form('text');
    if (!text.trim()) return c.redirect(linkTo(place, 'reply'), 303);
    return drawDiscussion(c, deps, site, place, { text, once: '', refusal: undefined });
  });

  app.get('/comments/:site/delete', async (c) => {
    const site = await readSite(db, c.req.param('site'));
    const comment = commentOf(c.req.query('comment'));
    const reader = await findReader(c, deps, site);
    const { row, key } = await readOwn(deps, site, comment, reader);
    const place = { ...thread(site.id, key), comment };
    return confirmDelete(
      c,
      site,
      {
        place,
        comments: [presenters(deps.publicUrl).presentOwn(row, site, now())],
        more: new Map(),
        own: new Set(),
        isOpen: false,
        hasVotes: false,
        form: undefined,
        providerName: (id) => signIn.describeProviders().find((provider) => provider.id === id)?.name ?? id,
      },
      row.status === 'published' ? linkTo(place, `comment-${comment}`) : linkTo(thread(site.id, key)),
    );
  });

  app.post('/comments/:site/delete', async (c) => {
    const { site, form } = await receive(c);
    const comment = commentOf(form('comment'));
    const { author, person } = await readReader(c, site);
    const { key } = await readOwn(deps, site, comment, { person });
    await removeComment(db, site, author, comment, now());
    return c.redirect(linkTo(thread(site.id, key), 'comments'), 303);
  });

  /** The form is noted before anything is refused, so that the refusal can give back what it holds. */
  async function receive(c: Ctx) {
    const form = await readForm(c);
    c.set('form', form);
    requireSameOrigin(c, deps);
    return { form, site: await readSite(db, c.req.param('site') ?? '') };
  }

  async function readReader(c: Ctx, site: Site): Promise<Reader> {
    const reader = await findReader(c, deps, site);
    if (!reader) throw signedOut(c);
    return reader;
  }

  /** Where its author sees a comment: in the thread, when it stands on the first page, else in its own place. */
  async function linkToPosted(site: Site, { commentId, thread: { key } }: Posted): Promise<string> {
    const row = await findComment(db, site.id, commentId);
    const whole = thread(site.id, key);
    const fragment = `comment-${commentId}`;
    if (row?.status !== 'published') return linkTo(whole, fragment);
    const roots = await listings(deps).findRoots(site, key, {
      order: site.settings.order,
      after: undefined,
      limit: ROOTS,
    });
    const { comments } = await roots.read();
    const isThere = comments.items.some(
      ({ id, replies }) => id === commentId || replies.items.some((reply) => reply.id === commentId),
    );
    return linkTo(isThere ? whole : { ...whole, comment: commentId }, fragment);
  }

  return app;
}

const signedOut = (c: Ctx) => problem(hasPageCookie(c) ? 'session-expired' : 'session-missing');

function commentOf(text: string | undefined): number {
  const id = parseId(text ?? '');
  if (id === undefined) throw problem('comment-unknown');
  return id;
}
