/** What the sign-in pages say. Every page names the site and its origin, so that nobody signs in to an unknown place. */
import { html, raw } from 'hono/html';
import { PROBLEMS, type ProblemSlug } from '../core/problem.ts';
import type { Site } from '../core/site.ts';
import { ATTEMPT_SECONDS, type Attempt } from '../domain/attempts.ts';
import type { ProviderDescription } from '../edge/oauth.ts';
import type { Ctx } from '../http/env.ts';
import { brandStyle, page } from './layout.ts';
import { ARM_CONTINUE, DELIVER, GO } from './login-scripts.ts';

const MINUTES = ATTEMPT_SECONDS / 60;

const place = (site: Site, attempt: Attempt) =>
  html`<strong>${site.name}</strong> <span class="quiet">(${attempt.origin})</span>`;

export function choose(
  c: Ctx,
  view: {
    site: Site;
    attempt: Attempt;
    providers: readonly ProviderDescription[];
    isSwitching: boolean;
  },
) {
  const { site, attempt, providers, isSwitching } = view;
  const query = isSwitching ? '?switch' : '';
  const fixed = isSwitching ? providers.filter(({ canSwitch }) => !canSwitch).map(({ name }) => name) : [];
  return page(
    c,
    {
      title: `Log in to comment on ${site.name}`,
      body: html`<h1>Log in to comment</h1>
<p>on ${place(site, attempt)}</p>
${
  providers.length === 0
    ? html`<p class="notice">No way to log in is set up here yet. The people who run this service can add one.</p>`
    : html`<ul>${providers.map(
        ({ id, name, brand }) =>
          html`<li><a class="provider p-${id}" href="/login/attempts/${attempt.id}/to/${id}${query}"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="${brand.icon}"/></svg>${name}</a></li>`,
      )}</ul>`
}
${fixed.length > 0 ? html`<p class="quiet">${fixed.join(' and ')} cannot be asked for another account: log out there first, or choose it on the page that opens.</p>` : ''}
<p class="quiet">You will see who you are before anything is shared with the site.</p>
${attempt.mode === 'page' ? html`<p><a href="${attempt.returnUrl}">Back to the discussion</a></p>` : ''}`,
    },
    brandStyle(providers),
  );
}

export function go(c: Ctx, attempt: Attempt, provider: string, isSwitching: boolean) {
  const next = `/login/attempts/${attempt.id}/to/${provider}${isSwitching ? '?switch' : ''}`;
  return page(c, {
    title: 'Connecting…',
    body: html`<p role="status">Connecting… <a href="${next}">Go on by hand</a> if nothing happens.</p>`,
    // Not a redirect: in Chromium our `form-action` holds for all that follows the form, the provider included.
    ...(attempt.mode === 'page'
      ? { head: html`<meta http-equiv="refresh" content="0; url=${next}">` }
      : { script: GO, data: { next } }),
  });
}

export function confirm(
  c: Ctx,
  view: { site: Site; attempt: Attempt; name: string; provider: string; shown: string },
) {
  const { site, attempt, name, provider, shown } = view;
  return page(c, {
    title: `Continue to ${site.name}`,
    body: html`<h1>Continue to ${site.name}?</h1>
<p class="quiet">${attempt.origin}</p>
<p>You are <strong>${name}</strong>, by ${provider}. The site will see this name with your comments.</p>
<form method="post" action="/login/attempts/${attempt.id}/continue">
<input type="hidden" name="shown" value="${shown}">
<button${attempt.mode === 'page' ? '' : raw(' disabled')}>Continue as ${name}</button>
</form>
<p id="no-opener" class="notice" hidden>The article that opened this window cannot be reached. Close the window and log in from the article again.</p>
<p><a href="/login/attempts/${attempt.id}?choose">Not you?</a></p>`,
    script: ARM_CONTINUE,
    data: { via: attempt.via },
  });
}

/** Hands a code or an error to the article. */
export function deliver(
  c: Ctx,
  site: Site,
  attempt: Attempt,
  outcome: { code: string } | { error: ProblemSlug },
) {
  const isCode = 'code' in outcome;
  const value = isCode ? outcome.code : `~${outcome.error}`;
  const relay =
    attempt.via === 'post'
      ? `${attempt.returnUrl}#parley-login=${attempt.id}.${value}.${attempt.challenge}`
      : '';
  return page(c, {
    title: isCode ? 'Logged in' : 'Not logged in',
    body: html`<h1>${isCode ? 'You are logged in' : 'You are not logged in'}</h1>
${isCode ? '' : html`<p class="notice">${PROBLEMS[outcome.error].title}</p>`}
<p id="waiting" role="status">Going back to ${place(site, attempt)}…</p>
<div id="stuck" hidden>
<p>The article that opened this window does not answer. Close this window${isCode ? ' and log in from the article again' : ''}.</p>
</div>
${isCode ? '' : html`<p><a href="/login/attempts/${attempt.id}?choose">Try another way</a></p>`}`,
    script: DELIVER,
    data: {
      origin: attempt.origin,
      challenge: attempt.challenge,
      attempt: attempt.id,
      mode: attempt.mode,
      relay,
      ...outcome,
    },
  });
}

export function finished(c: Ctx, site: Site, attempt: Attempt) {
  return page(c, {
    title: 'Finished',
    body: html`<h1>This sign-in is finished</h1>
<p>You can close this window and go on at ${place(site, attempt)}.</p>
<p><a href="${attempt.returnUrl}">Back to the ${attempt.mode === 'page' ? 'discussion' : 'article'}</a></p>`,
  });
}

/** A sign-in that began on a page of ours did not work. */
export function failed(c: Ctx, attempt: Attempt, slug: ProblemSlug) {
  return page(c, {
    title: 'Not logged in',
    body: html`<h1>You are not logged in</h1>
<p class="notice">${PROBLEMS[slug].title}</p>
<p><a href="/login/attempts/${attempt.id}?choose">Try another way</a></p>
<p><a href="${attempt.returnUrl}">Back to the discussion</a></p>`,
  });
}

export function expired(c: Ctx) {
  return page(c, {
    title: 'Expired',
    body: html`<h1>This sign-in has expired</h1>
<p>A sign-in is good for ${MINUTES} minutes. Close this window and start again from the article; what you wrote is still there.</p>`,
  });
}

export function cookiesBlocked(c: Ctx) {
  return page(c, {
    title: 'Cookies are blocked',
    body: html`<h1>This browser keeps no cookie for this sign-in</h1>
<p>Either cookies are blocked for this address, also when you visit it directly, or the sign-in began in another browser.</p>
<p>Allow cookies for this address and start again from the article; what you wrote is still there.</p>`,
  });
}

export function refused(c: Ctx, slug: ProblemSlug, requestId: string) {
  const { status, title } = PROBLEMS[slug];
  return page(c, {
    title: 'Not possible',
    status: status as 400,
    body: html`<h1>This cannot go on</h1>
<p class="notice">${title}</p>
<p>Close this window and start again from the article; what you wrote is still there.</p>
<p class="quiet">${slug} · ${requestId}</p>`,
  });
}
