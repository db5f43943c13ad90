/**
 * What the reply box does when the service refuses a comment: for each refusal a sentence that says what to do, and
 * buttons that do it. Sends nothing by itself. Every way keeps the text, at least to be copied.
 */

import type { Refusal } from './api.ts';
import type { Texts } from './texts.ts';
import type { Tools } from './tools.ts';
import type { RareWidget } from './types.ts';

/** The sentence for a problem's slug, if there is one. The slug may be anything: what `t` inherits is no sentence. */
export function sentenceFor(t: Texts, slug: string): string | undefined {
  const text = Object.hasOwn(t, slug) && t[slug as keyof Texts];
  return typeof text === 'string' ? text : undefined;
}

/** The sentence for a refusal of whatever was asked. A session that ended is forgotten. */
export function explain({ session, t }: RareWidget, { Refusal, slugOf }: Tools, cause: unknown): string {
  const slug = slugOf(cause);
  const seconds = cause instanceof Refusal && cause.problem.retryAfter;
  if (slug === 'rate-limited' && seconds) return t.waitSeconds(seconds);
  if (slug.startsWith('session-')) {
    session.set();
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
    box.offline();
    return;
  }
  // A new login goes on where this one ended; anything else wants the reader first.
  if (!slug.startsWith('session-')) box.want(false);
  const said = explain(w, tools, cause);
  const plain = (label: string, click: () => unknown) => tools.button(label, click, { class: 'plain' });
  const copy = () =>
    plain(t.copy, async () => {
      text.select();
      await navigator.clipboard?.writeText(text.value).catch(() => {});
      w.announce(t.copied);
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
  } else if (slug === 'banned') {
    box.enter(slug, said, copy());
  } else if (slug === 'rate-limited') {
    box.enter(slug, said);
    if (cause instanceof tools.Refusal) countDown(w, cause.problem.retryAfter ?? 0);
  } else if (slug === 'comment-duplicate') {
    const { commentId } = (cause as Refusal).problem;
    const show = () => location.assign(`#comment-${commentId}`);
    box.enter(slug, said, ...(commentId ? [plain(t.showIt, show)] : []));
  } else if (/^(guests-off|sign-in)/.test(slug)) {
    w.session.set();
    box.enter('chooser-required', said);
  } else if (slug === 'idempotency-conflict') {
    // The first text arrived after all: show it, and let the second one be a comment of its own.
    draft.sent = undefined;
    box.save();
    box.enter('invalid', said);
    void w.list.reload();
  } else {
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
