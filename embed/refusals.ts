/**
 * What the reply box does when the service refuses a comment: for each refusal a sentence that says what to do, and
 * buttons that do it. Sends nothing by itself. Every way keeps the text, at least to be copied.
 */

import type { Refusal } from './api.ts';
import { wait } from './going-on.ts';
import { keepSession } from './session-keeping.ts';
import type { Texts } from './texts.ts';
import type { Tools } from './tools.ts';
import type { RareWidget } from './types.ts';

/** The sentence for a problem's slug, if there is one. The slug may be anything: what `t` inherits is no sentence. */
export function sentenceFor(t: Texts, slug: string): string | undefined {
  const text = Object.hasOwn(t, slug) && t[slug as keyof Texts];
  return typeof text === 'string' ? text : undefined;
}

/** The sentence for a refusal of whatever was asked. A session that ended is forgotten. */
export function explain({ session, t }: RareWidget, tools: Tools, cause: unknown): string {
  const { Refusal, slugOf } = tools;
  const slug = slugOf(cause);
  const seconds = cause instanceof Refusal && cause.problem.retryAfter;
  if (slug === 'rate-limited' && seconds) return t.waitSeconds(seconds);
  if (slug.startsWith('session-')) {
    // Of a session that another one has followed meanwhile, this says nothing.
    if (session.get()?.token === (cause as Refusal).token) keepSession(tools, session);
    return t['session-expired'];
  }
  if (slug.startsWith('parent-')) return t['parent-removed'];
  if (slug === 'unreachable') return t.unavailable;
  const until = cause instanceof Refusal && cause.problem.until;
  if (slug === 'banned' && until) return t.bannedUntil(new Date(until).toLocaleString(t.lang, WHEN));
  return sentenceFor(t, slug) ?? t.failed;
}

const WHEN: Intl.DateTimeFormatOptions = { dateStyle: 'long', timeStyle: 'short' };

export function refuse(w: RareWidget, tools: Tools, cause: unknown): void {
  const { t, box } = w;
  const { draft, text } = box;
  const slug = tools.slugOf(cause);
  if (tools.isDown(cause)) {
    wait(w, tools);
    return;
  }
  // A new login goes on where this one ended; anything else wants the reader first.
  if (!slug.startsWith('session-')) box.want(false);
  const said = explain(w, tools, cause);
  const plain = (label: string, click: () => unknown) => tools.button(label, click, { class: 'plain' });
  const copy = () =>
    plain(t.copy, () => {
      // Where the browser forbids the rest, the reader can do it.
      text.select();
      navigator.clipboard?.writeText(text.value).then(
        () => w.announce(t.copied),
        () => {},
      );
    });

  if (slug.startsWith('session-')) {
    box.enter('login-expired', said);
  } else if (/^t(ext|oo)-/.test(slug)) {
    box.enter('invalid', said);
    text.focus();
  } else if (slug.startsWith('parent-')) {
    box.enter('parent-removed', said, plain(t.postToArticle, box.leaveParent), copy());
  } else if (slug === 'thread-closed') {
    w.thread.status = 'closed';
    box.enter(slug, said, copy());
    // Without their Reply.
    for (const view of w.list.all()) view.render();
  } else if (slug === 'banned') {
    box.enter(slug, said, copy());
  } else if (slug === 'rate-limited') {
    box.enter(slug, said);
    if (cause instanceof tools.Refusal) countDown(w, cause.problem.retryAfter ?? 0);
  } else if (slug === 'comment-duplicate') {
    const { commentId } = (cause as Refusal).problem;
    const show = () => {
      location.hash = `comment-${commentId}`;
      void w.loaded!.follow();
    };
    box.enter(slug, said, ...(commentId ? [plain(t.showIt, show)] : []));
  } else if (/^(guests-off|sign-in)/.test(slug)) {
    w.login!.noGuests();
    w.loaded!.keepGuest();
    keepSession(tools, w.session);
    box.enter('chooser-required', said);
  } else if (slug === 'idempotency-conflict') {
    // The first text arrived after all: show it, and let the second one be a comment of its own.
    draft.sent = undefined;
    box.save();
    box.enter('invalid', said);
    void w.list.reload();
  } else {
    // Whatever was wrong with the request, the next one is another.
    if (/^i(dem|nval)/.test(slug)) draft.sent = undefined;
    box.enter(
      'server-error',
      said,
      plain(t.retry, () => box.submit()),
    );
  }
}

/** Says the seconds as they pass, to the eye alone, and at the end that it is time. */
function countDown(w: RareWidget, seconds: number): void {
  const { box, host, t } = w;
  const timer = setInterval(() => {
    if (w.signal.aborted || host.dataset.state !== 'rate-limited') return clearInterval(timer);
    if (--seconds > 0) return box.say(t.waitSeconds(seconds));
    clearInterval(timer);
    box.rest(t.waitOver);
  }, 1_000);
}

/** Says once that nothing typed outlives the page. */
export function warn({ t }: RareWidget, { h }: Tools, form: HTMLFormElement): void {
  if (!form.querySelector('.unkept'))
    form.lastElementChild!.before(h('p', { class: 'hint unkept' }, t.notKept));
}
