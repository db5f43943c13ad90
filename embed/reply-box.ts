/**
 * The reply box: one form, and the state it is in. Holds the states, what is shown in each, and posting; who the reader
 * is and what to do about a refusal load at first use (login.ts, refusals.ts). The state stands on the host as
 * `data-state`, for tests and for style. Whatever happens, the text stays in the box and in the draft until the
 * service has acknowledged it.
 */

import { pageAddress } from './address.ts';
import { Refusal } from './api.ts';
import { nameOf } from './comment-view.ts';
import { button, h } from './dom.ts';
import { keepDraft, readDraft } from './draft.ts';
import type { Rare } from './rare.ts';
import type { CommentView, Own, ThreadInfo, Widget } from './types.ts';

export type State =
  | 'collapsed'
  | 'guest'
  | 'chooser-required'
  | 'pending-auto-post'
  | 'connecting'
  | 'logged-in'
  | 'invalid'
  | 'submitting'
  | 'posted'
  | 'posted-pending'
  | 'server-error'
  | 'offline-retry'
  | 'popup-blocked'
  | 'login-denied'
  | 'login-timeout'
  | 'login-expired'
  | 'login-failed'
  | 'rate-limited'
  | 'comment-duplicate'
  | 'thread-closed'
  | 'parent-removed'
  | 'banned'
  | 'closed';

export type ReplyBox = ReturnType<typeof createReplyBox>;

export function createReplyBox(w: Widget) {
  const { t, host, root, session } = w;
  const draft = readDraft(w.siteId, w.key);
  const takesGuests = w.site.settings.mode.startsWith('open');
  let state: State = 'collapsed';
  let isChanging = false;
  let isSending = false;

  const heading = h('h2', { id: 'reply' });
  const cancelReply = button(t.cancelReply, leaveParent, { class: 'link' });
  const text = h('textarea', {
    part: 'textarea',
    placeholder: t.enterComment,
    'aria-labelledby': 'reply',
    'aria-describedby': 'message',
    dir: 'auto',
    focus: () => isSmall() && rest(),
    input: () => {
      draft.text = text.value;
      const isRestless = draft.wanted || state === 'invalid';
      // Who writes on is not done.
      want(false);
      if (isRestless && state !== 'connecting') rest();
    },
    keydown: (event: KeyboardEvent) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
    },
  });
  const message = h('p', { id: 'message', class: 'message' });
  const ways = h('div', { class: 'ways' });
  const who = h('div', { class: 'who' });
  const post = h('button', { part: 'post' });
  const form = h('form', { submit }, text, message, ways, h('div', { class: 'foot' }, who, post));
  const node = h(
    'section',
    { part: 'box', 'aria-labelledby': 'reply' },
    h('div', { class: 'head' }, heading, cancelReply),
    form,
  );
  const home = h('div', {}, node);

  const isSmall = () => /^(collapsed|posted)/.test(state);

  function save(): void {
    if (!keepDraft(w.siteId, w.key, draft)) void w.rare().then((rare) => rare.warn(form));
  }

  /** Whether the comment is to be posted without another word of the reader. */
  function want(isWanted: boolean): void {
    draft.wanted = isWanted ? { at: Date.now(), by: session.get()?.person.id } : undefined;
    save();
  }

  /** Enters `next`, shows `said` with the ways out of it, and tells screen readers. */
  function enter(next: State, said = '', ...exits: Node[]): void {
    // The element shows another thread by now, or none.
    if (w.signal.aborted) return;
    state = next;
    host.dataset.state = next;
    const isOpen = w.thread.status === 'open';
    const isWriting = isOpen && !isSmall();
    const isBusy = next === 'submitting';
    const hadFocus = [who, ways].some((part) => part.contains(root.activeElement));

    heading.textContent = draft.parent ? t.leaveReplyTo(draft.parent.name) : t.leaveReply;
    cancelReply.hidden = !draft.parent;
    form.classList.toggle('open', isWriting);
    text.readOnly = isBusy || !isOpen;
    text.ariaInvalid = String(next === 'invalid');
    text.hidden = next === 'closed';
    // Not `disabled`: the button would lose the focus of who pressed it.
    post.ariaDisabled = String(isBusy);
    // While the accounts are offered, nobody could say as whom it would post.
    post.hidden = !isOpen || next === 'connecting' || (isChanging && !takesGuests);
    post.textContent = isBusy ? t.posting : t.post;
    message.textContent = said;
    ways.replaceChildren(...exits);
    who.replaceChildren(...((isWriting && w.login?.view(next, isChanging)) || []));
    if (hadFocus) focus();
    w.announce(said || (isBusy ? t.posting : (who.firstElementChild?.textContent ?? '')));
    if (isWriting && next !== 'server-error') furnish();
  }

  /** To the first thing that wants an answer. */
  const focus = () => (who.querySelector<HTMLElement>('.provider, .plain') ?? text).focus();

  /** The state in which nothing is wrong and the reader may write. */
  function rest(said?: string): void {
    const isReader = session.get() && !isChanging;
    enter(isReader ? 'logged-in' : takesGuests ? 'guest' : 'chooser-required', said);
  }

  /** Nobody answers, not even with what would know how to wait. */
  const unreachable = (again: () => unknown) =>
    enter('server-error', t.unavailable, button(t.retry, again, { class: 'plain' }));

  /** Goes on with what loads at first use. */
  const rarely = (act: (rare: Rare) => unknown) => w.rare().then(act, () => unreachable(submit));

  /** Brings the open box what is loaded at first use: signing in and what helps to write. */
  function furnish(): void {
    const waiting = state;
    const isThere = w.loaded;
    w.rare().then(
      (rare) => {
        rare.furnish(form, text);
        // Drawn without it.
        if (!isThere && state === waiting) enter(state, message.textContent!, ...ways.childNodes);
      },
      // Asked for once only: the way out of not getting it asks again.
      () => session.get() || state !== waiting || unreachable(() => rest()),
    );
  }

  function change(isWanted: boolean): void {
    isChanging = isWanted;
    rest();
  }

  /** Posts what stands here: because of what the reader pressed, or `true`, because they did before. */
  async function submit(cause?: Event | true): Promise<unknown> {
    const isPressed = cause !== true;
    if (isPressed) cause?.preventDefault();
    const parentId = draft.parent?.id ?? null;
    const body = {
      key: w.key,
      url: pageAddress(),
      title: host.title || document.title,
      parentId,
      text: text.value,
    };
    const over = [...body.text].length - w.site.settings.maxLength;
    if (isSending || post.hidden) return;
    if (over > 0 || !body.text.trim()) {
      enter('invalid', over > 0 ? t.tooLong(over) : t.empty);
      return text.focus();
    }
    if (isPressed) want(true);
    // Who the reader is now, is told by a new session, which goes on here.
    if (!session.get() || isChanging) return rarely(() => w.login!.ask());
    if (!w.emit('comment-submit', { text: body.text, parentId }, true)) return want(false);

    const { sent } = draft;
    // Another script of the page can write anything there.
    if (sent?.body?.text !== body.text || sent.body.parentId !== parentId) {
      draft.sent = { key: sent?.key ?? crypto.randomUUID(), body };
    }
    save();
    enter('submitting');
    isSending = true;
    try {
      const { key, body } = draft.sent!;
      const got = await w.api.call<{ comment: Own; thread: ThreadInfo }>('POST', '/comments', body, {
        'idempotency-key': key,
      });
      accept(got.comment, got.thread);
    } catch (refusal) {
      return rarely((rare) => rare.refuse(refusal));
    } finally {
      isSending = false;
    }
  }

  function accept(comment: Own, thread: ThreadInfo): void {
    Object.assign(draft, { text: '', parent: null, sent: undefined });
    want(false);
    text.value = '';
    home.append(node);
    const isPublic = comment.status === 'published';
    enter(isPublic ? 'posted' : 'posted-pending', isPublic ? t.posted : t.awaiting);
    w.list.addOwn(comment, thread);
    w.emit('comment-posted', { comment });
  }

  /** Moves to `view`, or home without one; the text stays. */
  function answer(view?: CommentView): void {
    draft.parent = view ? { id: view.data.id, name: nameOf(t, view.data) } : null;
    want(false);
    (view?.slot ?? home).append(node);
    rest();
  }

  function leaveParent(): void {
    const view = w.list.find(draft.parent?.id);
    answer();
    (text.value ? text : (view?.article.querySelector<HTMLElement>('.reply') ?? text)).focus();
  }

  return {
    home,
    text,
    draft,
    enter,
    rest,
    save,
    submit,
    change,
    want,
    /** Changes what is said, without saying it aloud. */
    say(said: string): void {
      message.textContent = said;
    },
    leaveParent,
    replyTo(view: CommentView): void {
      answer(view);
      text.focus();
    },
    /** Puts the box where the draft belongs: under the comment it answers if that is on the page. */
    settle(): void {
      const place = w.list.find(draft.parent?.id)?.slot ?? home;
      // What is moved loses the focus.
      if (node.parentNode !== place) place.append(node);
    },
    /** First showing, with what an earlier visit left. */
    open(): void {
      text.value = draft.text;
      if (w.thread.status === 'closed') {
        enter('closed', t.closed);
        if (draft.text) void w.rare().then((rare) => rare.refuse(new Refusal('thread-closed')));
      } else if (draft.text || draft.parent) rest();
      else enter('collapsed');
    },
    /** The session is another one, or none. */
    sessionChanged(): void {
      isChanging = false;
      if (isSending || state === 'closed') return;
      if (!isSmall()) rest();
    },
  };
}
