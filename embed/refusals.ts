/**
 * What the reply box does when the service refuses a comment: for each refusal a sentence that says what to do, and
 * buttons that do it. Sends nothing by itself. Every way keeps the text, at least to be copied.
 */

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
  return sentenceFor(t, slug) ?? t.failed;
}

export function refuse(w: RareWidget, tools: Tools, cause: unknown): void {
  const { t, box } = w;
  const { draft, text } = box;
  const slug = tools.slugOf(cause);
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

/** Says once that nothing typed outlives the page. */
export function warn({ t }: RareWidget, { h }: Tools, form: HTMLFormElement): void {
  if (!form.querySelector('.unkept'))
    form.lastElementChild!.before(h('p', { class: 'hint unkept' }, t.notKept));
}
