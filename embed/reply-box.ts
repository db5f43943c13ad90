/**
 * The reply box: one form, and the state it is in. Holds the states, what is shown in each, and posting; signing in
 * and what to do about a refusal load at first use (login.ts, refusals.ts). The state stands on the host as
 * `data-state`, for tests and for style. Whatever happens, the text stays in the box and in the draft until the
 * service has acknowledged it.
 */

import { pageAddress } from './address.ts';
import { isDown, Refusal } from './api.ts';
import { avatar } from './comment-view.ts';
import { button, h } from './dom.ts';
import { keepDraft, readDraft } from './draft.ts';
import type { CommentView, Own, Person, ThreadInfo, Widget } from './types.ts';

export type State =
  | 'collapsed'
  | 'chooser-required'
  | 'connecting'
  | 'logged-in'
  | 'invalid'
  | 'submitting'
  | 'posted'
  | 'posted-pending'
  | 'server-error'
  | 'popup-blocked'
  | 'login-denied'
  | 'login-expired'
  | 'login-failed'
  | 'rate-limited'
  | 'thread-closed'
  | 'parent-removed'
  | 'banned'
  | 'closed';

export type ReplyBox = ReturnType<typeof createReplyBox>;

export function createReplyBox(w: Widget) {
  const { t, host, root, session } = w;
  const draft = readDraft(w.siteId, w.key);
  let state: State = 'collapsed';
  let isChanging = false;

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
      save();
      if (state === 'invalid') rest();
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

  /** Enters `next`, shows `said` with the ways out of it, and tells screen readers. */
  function enter(next: State, said = '', ...exits: Node[]): void {
    // The element shows another thread by now, or none.
    if (w.signal.aborted) return;
    state = next;
    host.dataset.state = next;
    host.toggleAttribute('data-replying', Boolean(draft.parent));
    const isOpen = w.thread.status === 'open';
    const isBusy = next === 'submitting';
    const hadFocus = [who, ways].some((part) => part.contains(root.activeElement));

    heading.textContent = draft.parent ? t.leaveReplyTo(draft.parent.name) : t.leaveReply;
    cancelReply.hidden = !draft.parent;
    form.classList.toggle('open', !isSmall());
    text.readOnly = isBusy || !isOpen;
    text.ariaInvalid = String(next === 'invalid');
    text.hidden = next === 'closed';
    // Not `disabled`: the button would lose the focus of who pressed it.
    post.ariaDisabled = String(isBusy);
    post.hidden = !isOpen || next === 'connecting';
    post.textContent = isBusy ? t.posting : t.post;
    message.textContent = said;
    message.classList.toggle('good', /^posted/.test(next));
    ways.replaceChildren(...exits);
    who.replaceChildren(...(isOpen && !isSmall() ? reader() : []));
    if (hadFocus) focus();
    w.announce(said || (isBusy ? t.posting : (who.firstElementChild?.textContent ?? '')));
  }

  /** To the first thing that wants an answer. */
  const focus = () => (who.querySelector<HTMLElement>('.provider, .plain') ?? text).focus();

  /** The state in which nothing is wrong and the reader may write. */
  const rest = (said?: string) => enter(session.get() ? 'logged-in' : 'chooser-required', said);

  const unreachable = (again: () => unknown) =>
    enter('server-error', t.unavailable, button(t.retry, again, { class: 'plain' }));

  /** Who will have written it: the reader's account, or the accounts to choose from. */
  function reader(): Node[] {
    const kept = session.get();
    if (kept && !isChanging && state !== 'connecting') return [identity(kept.person)];
    if (w.login) return w.login.view(state, isChanging);
    const waiting = state;
    // Asked for once only: the way out of not getting it asks again.
    if (state !== 'server-error') {
      w.rare().then(
        () => {
          if (state === waiting) enter(state, message.textContent!, ...ways.childNodes);
        },
        () => unreachable(() => rest()),
      );
    }
    return [];
  }

  const identity = (person: Person) =>
    h(
      'p',
      { part: 'identity' },
      avatar(person),
      h(
        'span',
        {},
        h('b', {}, h('bdi', {}, person.name)),
        `: ${t.commentingAs(w.providerName(person.provider))} (`,
        button(t.logOut, logOut, { class: 'link' }),
        ' / ',
        button(t.change, () => change(true), { class: 'link' }),
        ')',
      ),
    );

  const logOut = (): unknown =>
    w.rare().then(
      () => w.login!.logOut(),
      () => unreachable(logOut),
    );

  function change(isWanted: boolean): void {
    isChanging = isWanted;
    rest();
  }

  /** Asks for a sign-in, with emphasis. */
  function ask(said: string): void {
    rest();
    const sentence = who.firstElementChild;
    if (sentence) {
      sentence.textContent = said;
      sentence.className = 'message';
    }
    focus();
    w.announce(said);
  }

  async function submit(event?: Event): Promise<void> {
    event?.preventDefault();
    const parentId = draft.parent?.id ?? null;
    const body = {
      key: w.key,
      url: pageAddress(),
      title: host.title || document.title,
      parentId,
      text: text.value,
    };
    const over = [...body.text].length - w.site.settings.maxLength;
    if (state === 'submitting') return;
    if (over > 0 || !body.text.trim()) {
      enter('invalid', over > 0 ? t.tooLong(over) : t.empty);
      return text.focus();
    }
    if (!session.get()) return ask(t.choose);
    if (!w.emit('comment-submit', { text: body.text, parentId }, true)) return;

    const { sent } = draft;
    if (sent?.body.text !== body.text || sent.body.parentId !== parentId) {
      draft.sent = { key: sent?.key ?? crypto.randomUUID(), body };
    }
    save();
    enter('submitting');
    try {
      const { key, body } = draft.sent!;
      const got = await w.api.call<{ comment: Own; thread: ThreadInfo }>('POST', '/comments', body, {
        'idempotency-key': key,
      });
      accept(got.comment, got.thread);
    } catch (cause) {
      if (isDown(cause)) unreachable(submit);
      else
        w.rare().then(
          (rare) => rare.refuse(cause),
          () => unreachable(submit),
        );
    }
  }

  function accept(comment: Own, thread: ThreadInfo): void {
    Object.assign(draft, { text: '', parent: null, sent: undefined });
    save();
    text.value = '';
    home.append(node);
    const isPublic = comment.status === 'published';
    enter(isPublic ? 'posted' : 'posted-pending', isPublic ? t.posted : t.awaiting);
    w.list.addOwn(comment, thread);
    w.emit('comment-posted', { comment });
  }

  /** Moves to `view`, or home without one; the text stays. */
  function answer(view?: CommentView): void {
    draft.parent = view ? { id: view.data.id, name: view.data.author?.name ?? t.someone } : null;
    save();
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
    ask,
    leaveParent,
    replyTo(view: CommentView): void {
      answer(view);
      text.focus();
    },
    /** Puts the box where the draft belongs: under the comment it answers if that is on the page. */
    settle(): void {
      (w.list.find(draft.parent?.id)?.slot ?? home).append(node);
    },
    /** First showing, with what an earlier visit left. */
    open(): void {
      text.value = draft.text;
      this.settle();
      if (w.thread.status === 'closed') {
        enter('closed', t.closed);
        if (draft.text) void w.rare().then((rare) => rare.refuse(new Refusal('thread-closed')));
      } else if (draft.text || draft.parent) rest();
      else enter('collapsed');
    },
    /** The session is another one, or none. */
    sessionChanged(): void {
      isChanging = false;
      if (!isSmall() && !/^(submitting|closed)$/.test(state)) rest();
    },
  };
}
