/**
 * The reply box: one form, and the state it is in. Holds the states, what each shows and says, and the way from one to
 * the next; signing in itself lies in signin.ts, which loads when the box is first used. The state stands on the host
 * as `data-state`, for tests and for style. Whatever happens, the text stays in the box and in the draft until the
 * service has acknowledged it.
 */

import { answer, slugOf } from './api.ts';
import { avatar } from './comment-view.ts';
import { button, h, icon } from './dom.ts';
import { keepDraft, readDraft } from './draft.ts';
import { channel, sessionOf } from './session.ts';
import type { SignIn } from './signin.ts';
import { keep, recall } from './store.ts';
import type { CommentView, Own, Provider, ThreadInfo, Widget } from './types.ts';

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
  let provider: Provider | undefined;
  let changing = false;
  let loading: Promise<SignIn> | undefined;
  let signIn: SignIn | undefined;

  const heading = h('h2', { id: 'reply' });
  const cancelReply = button(t.cancelReply, leaveParent, { class: 'quiet' });
  const text = h('textarea', {
    part: 'textarea',
    rows: 1,
    placeholder: t.enterComment,
    'aria-labelledby': 'reply',
    'aria-describedby': 'message',
    dir: 'auto',
    focus: () => (state === 'collapsed' || /^posted/.test(state)) && rest(),
    input: () => {
      draft.text = text.value;
      if (!save()) hint.textContent = t.notKept;
      if (state === 'invalid') rest();
    },
    keydown: (event: KeyboardEvent) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
    },
  });
  const message = h('p', { id: 'message', class: 'message' });
  const hint = h('p', { class: 'hint' });
  const ways = h('div', { class: 'ways' });
  const who = h('div', { class: 'who' });
  const post = h('button', { type: 'submit', class: 'post', part: 'submit' });
  const form = h(
    'form',
    {
      submit: (event: Event) => {
        event.preventDefault();
        void submit();
      },
    },
    text,
    message,
    ways,
    hint,
    h('div', { class: 'foot' }, who, post),
  );
  const node = h(
    'section',
    { class: 'box', part: 'reply-box', 'aria-labelledby': 'reply' },
    h('div', { class: 'head' }, heading, cancelReply),
    form,
  );
  const home = h('div', {}, node);

  const save = () => keepDraft(w.siteId, w.key, draft);

  /** Enters `next`, shows `said` with the ways out of it, and tells screen readers. */
  function enter(next: State, said = '', ...exits: Node[]): void {
    state = host.dataset.state = next;
    const kept = session.get();
    const isOpen = w.thread.status === 'open';
    const isBusy = next === 'submitting';
    const isSmall = next === 'collapsed' || /^posted/.test(next);
    const hadFocus = who.contains(root.activeElement);

    heading.textContent = draft.parent ? t.leaveReplyTo(draft.parent.name) : t.leaveReply;
    cancelReply.hidden = !draft.parent;
    host.toggleAttribute('data-replying', Boolean(draft.parent));
    node.hidden = !isOpen && !text.value;
    form.classList.toggle('open', !isSmall);
    text.readOnly = isBusy || !isOpen;
    text.setAttribute('aria-invalid', String(next === 'invalid'));
    post.disabled = isBusy;
    post.hidden = !isOpen || next === 'connecting';
    post.textContent = isBusy ? t.posting : t.post;
    message.textContent = said;
    message.classList.toggle('good', /^posted/.test(next));
    ways.replaceChildren(...exits);
    const shown =
      isSmall || !isOpen
        ? []
        : next === 'connecting'
          ? connecting()
          : kept && !changing
            ? identity()
            : chooser();
    who.replaceChildren(...shown);
    if (hadFocus) (who.querySelector('button') ?? text).focus();
    w.announce(said || (isBusy ? t.posting : (who.firstElementChild?.textContent ?? '')));
  }

  /** The state in which nothing is wrong and the reader may write. */
  function rest(said?: string): void {
    enter(session.get() ? 'logged-in' : 'chooser-required', said);
    if (!session.get()) prepare().catch(() => {});
  }

  function identity(): Node[] {
    const { person } = session.get()!;
    return [
      h(
        'p',
        { class: 'identity', part: 'identity' },
        avatar(person),
        h(
          'span',
          {},
          h('b', {}, h('bdi', {}, person.name)),
          `: ${t.commentingAs(w.providerName(person.provider))} `,
          h('span', { class: 'pair' }, '(', button(t.logOut, logOut), ' / ', button(t.change, change), ')'),
        ),
      ),
    ];
  }

  function chooser(): Node[] {
    const choose = (chosen: Provider) => {
      const start = () => signIn!.start(chosen, changing);
      if (signIn?.isReady()) start();
      else prepare().then(start, () => enter('login-failed', t['login-failed']));
    };
    const { providers } = w.site;
    return [
      h('p', { id: 'choose' }, changing ? t.chooseOther : t.choose),
      h(
        'div',
        { class: 'providers', role: 'group', 'aria-labelledby': 'choose' },
        ...providers.map((one) => {
          const node = button(
            icon(one.brand.icon),
            () => choose(one),
            { class: 'provider', part: 'provider' },
            one.name,
          );
          node.style.setProperty('--brand', one.brand.color);
          node.style.setProperty('--on', one.brand.onColor);
          return node;
        }),
        changing && button(t.cancel, keepAccount, { class: 'quiet' }),
      ),
      ...providers
        .filter((one) => changing && !one.canSwitch)
        .map((one) => h('p', { class: 'hint' }, t.switchThere(one.name))),
    ];
  }

  const connecting = (): Node[] => [
    h('p', { class: 'connecting' }, t.connecting(provider?.name ?? w.site.name)),
    h('p', { class: 'hint' }, t.finishThere),
    button(
      t.cancel,
      () => {
        signIn?.cancel();
        rest();
      },
      { class: 'plain' },
    ),
  ];

  /** Loads the sign-in client and has it prepare what a click needs at once. */
  async function prepare(): Promise<SignIn> {
    loading ??= import('./signin.ts').then(({ createSignIn }) =>
      createSignIn(w, { answer, slugOf, channel, sessionOf, keep, recall }),
    );
    try {
      signIn = await loading;
      await signIn.prepare();
      return signIn;
    } catch (cause) {
      loading = undefined;
      throw cause;
    }
  }

  function change(): void {
    changing = true;
    enter('chooser-required');
    prepare().catch(() => {});
  }

  function keepAccount(): void {
    changing = false;
    rest();
  }

  async function logOut(): Promise<void> {
    try {
      await w.api.call('DELETE', '/session');
    } catch (cause) {
      if (!slugOf(cause).startsWith('session-')) return enter('server-error', w.explain(cause));
    }
    (await prepare()).switchNext();
    session.set(undefined);
    w.announce(t.loggedOut);
  }

  async function submit(): Promise<void> {
    const parentId = draft.parent?.id ?? null;
    const over = [...text.value].length - w.site.settings.maxLength;
    if (state === 'submitting') return;
    if (!text.value.trim()) return refuse('text-empty');
    if (over > 0) return refuse('text-too-long', t.tooLongBy(over));
    if (!session.get()) {
      rest(t.choose);
      return who.querySelector('button')?.focus();
    }
    if (!w.emit('comment-submit', { text: text.value, parentId }, true)) return;

    const body = {
      key: w.key,
      url: w.pageUrl(),
      title: host.title || document.title,
      parentId,
      text: text.value,
    };
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
      refuse(slugOf(cause), w.explain(cause));
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

  /** Shows why the comment was not taken, and what to do. */
  function refuse(slug: string, said: string = t[slug as 'text-empty']): void {
    const copy = () =>
      button(
        t.copy,
        async () => {
          text.select();
          await navigator.clipboard?.writeText(text.value).catch(() => {});
          w.announce(t.copied);
        },
        { class: 'plain' },
      );
    if (slug.startsWith('session-')) {
      session.set(undefined);
      enter('login-expired', said);
    } else if (/^t(ext-|oo-)/.test(slug)) {
      enter('invalid', said);
      text.focus();
    } else if (slug.startsWith('parent-')) {
      enter(
        'parent-removed',
        t['parent-removed'],
        button(t.postAnyway, leaveParent, { class: 'plain' }),
        copy(),
      );
    } else if (slug === 'thread-closed') {
      w.thread.status = 'closed';
      enter(slug, said, copy());
    } else if (slug === 'banned') {
      enter(slug, said, copy());
    } else if (slug === 'rate-limited') {
      enter(slug, said);
    } else {
      if (slug === 'idempotency-conflict') {
        draft.sent = undefined;
        save();
        void w.list.reload();
      }
      enter('server-error', said, button(t.retry, submit, { class: 'plain' }));
    }
  }

  function replyTo(view: CommentView): void {
    draft.parent = { id: view.data.id, name: view.data.author?.name ?? t.someone };
    delete draft.sent;
    save();
    view.slot.append(node);
    rest();
    text.focus();
  }

  function leaveParent(): void {
    const view = w.list.find(draft.parent?.id);
    draft.parent = null;
    save();
    home.append(node);
    rest();
    (text.value ? text : (view?.article.querySelector<HTMLElement>('.reply') ?? text)).focus();
  }

  return {
    home,
    enter,
    replyTo,
    /** Puts the box where the draft belongs: under the comment it answers if that is on the page. */
    settle(): void {
      (w.list.find(draft.parent?.id)?.slot ?? home).append(node);
    },
    /** First showing, with what an earlier visit left. */
    open(): void {
      text.value = draft.text;
      this.settle();
      if (w.thread.status === 'closed')
        enter(draft.text ? 'thread-closed' : 'closed', draft.text && t['thread-closed']);
      else if (draft.text || draft.parent) rest();
      else enter('collapsed');
    },
    /** The session is another one, or none. */
    sessionChanged(): void {
      changing = false;
      if (state !== 'collapsed' && state !== 'submitting' && w.thread.status === 'open') rest();
    },
    /** Takes a sign-in that ends on this very page: in its address stands the code. */
    arrive: async (): Promise<void> => (await prepare()).arrive(),
    connectTo(id: string | undefined): void {
      provider = w.site.providers.find((one) => one.id === id);
      enter('connecting');
    },
    /** Asks for a sign-in, for something other than a comment. */
    ask(said: string): void {
      rest(said);
      node.scrollIntoView({ block: 'nearest' });
      (who.querySelector('button') ?? text).focus();
    },
    focus(): void {
      node.scrollIntoView({ block: 'center' });
      text.focus({ preventScroll: true });
    },
    /** A sign-in ended without a session. */
    loginFailed(slug: string): void {
      const next = /^(popup-blocked|login-denied|login-expired)$/.exec(slug)?.[0] as State | undefined;
      const isLate = slug === 'attempt-expired' || slug === 'code-invalid';
      if (isLate) enter('login-expired', t['login-expired']);
      else if (next) enter(next, t[next as 'popup-blocked']);
      else enter('login-failed', slug === 'cookies-blocked' ? t[slug] : t['login-failed']);
    },
  };
}
