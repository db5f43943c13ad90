/**
 * Voting, editing and deleting one's own comment. Holds what these ask of the service and show in place of the comment;
 * the comment itself stays comment-view.ts's affair.
 */

import type { Tools } from './tools.ts';
import type { Comment, CommentView, Own, RareWidget, ThreadInfo, Vote } from './types.ts';

const turns = new WeakMap<CommentView, number>();

/** Shows the vote at once and then what the service made of it; of several in a row the last answer counts. */
export async function vote(w: RareWidget, view: CommentView, value: Vote): Promise<void> {
  const person = w.session.get()?.person;
  if (!person || w.isGuest(person)) return w.login!.askToVote();
  const before = { vote: view.vote, up: view.data.up, down: view.data.down };
  const turn = (turns.get(view) ?? 0) + 1;
  turns.set(view, turn);
  const show = (vote: Vote, up: number, down: number, said?: string) => {
    if (turns.get(view) !== turn) return;
    view.vote = vote;
    Object.assign(view.data, { up, down });
    view.render(said);
  };
  const moved = (side: Vote) => Number(value === side) - Number(before.vote === side);
  show(value, before.up + moved(1), before.down + moved(-1));
  try {
    const path = `/comments/${view.data.id}/reaction`;
    const got = await w.api.call<{ up: number; down: number; own: Vote }>('PUT', path, { value });
    show(got.own, got.up, got.down);
  } catch (cause) {
    show(before.vote, before.up, before.down, w.explain(cause));
  }
}

/** Puts the text as typed in place of the comment, to be changed. */
export function edit(w: RareWidget, { h, button }: Tools, view: CommentView): void {
  const { t } = w;
  const { body, article } = view;
  const foot = article.querySelector('footer')!;
  const text = h('textarea', {
    'aria-label': t.edit,
    dir: 'auto',
    keydown: (event: KeyboardEvent) => {
      if (event.key === 'Escape') close();
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save();
    },
  });
  const message = h('p', { class: 'message' });
  const done = h('button', { type: 'submit', class: 'post' }, t.save);
  const left = h('p', { class: 'hint' });
  const form = h(
    'form',
    {
      class: 'open',
      submit: (event: Event) => {
        event.preventDefault();
        void save();
      },
    },
    text,
    message,
    h(
      'div',
      { class: 'foot' },
      left,
      button(t.cancel, () => close(), { class: 'plain' }),
      done,
    ),
  );

  /** To the eye, until it is over: a screen reader that heard every second would hear nothing else. */
  function tick(): void {
    const seconds = Math.floor((Date.parse(view.own?.editableUntil ?? '') - Date.now()) / 1000);
    if (w.signal.aborted || !form.isConnected) clearInterval(clock);
    else if (seconds > 0)
      left.textContent = t.timeLeft(`${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, '0')}`);
    else {
      clearInterval(clock);
      left.textContent = '';
      message.textContent = t['edit-window-closed'];
      w.announce(t['edit-window-closed']);
    }
  }

  function close(): void {
    form.remove();
    body.hidden = foot.hidden = false;
    view.render();
    (foot.querySelector<HTMLElement>('.edit') ?? article).focus();
  }

  async function save(): Promise<void> {
    if (done.ariaDisabled) return;
    done.ariaDisabled = 'true';
    try {
      const path = `/comments/${view.data.id}`;
      const { comment } = await w.api.call<{ comment: Own }>('PATCH', path, { text: text.value });
      view.data = view.own = comment;
      close();
      w.announce(t.saved);
    } catch (cause) {
      done.ariaDisabled = null;
      message.textContent = w.explain(cause);
    }
  }

  text.value = view.own!.raw;
  body.hidden = foot.hidden = true;
  body.after(form);
  w.loaded?.furnish(form, text);
  const clock = setInterval(tick, 1_000);
  tick();
  text.focus();
}

interface Gone {
  comment: Comment | null;
  undoUntil: string | null;
}

/** Shows that a comment is gone, and for as long as it can be, how to have it back. */
function bury(w: RareWidget, { button }: Tools, view: CommentView, { comment, undoUntil }: Gone): void {
  const { t } = w;
  const milliseconds = Date.parse(undoUntil ?? '') - Date.now();
  if (w.host.dataset.state!.startsWith('posted')) w.box.enter('collapsed');
  view.own = undefined;
  view.data = comment ?? { ...view.data, status: 'removed', removedBy: 'author', html: null };
  const end = () => {
    if (!view.undo) return;
    view.undo = undefined;
    const hadFocus = view.article.contains(w.root.activeElement);
    const next = view.node.nextElementSibling ?? view.node.previousElementSibling;
    if (comment) view.render();
    else w.list.forget(view);
    if (hadFocus) (comment ? view.article : (next?.querySelector('article') ?? w.list.node)).focus();
  };
  const undo = button(
    t.undo,
    async () => {
      if (undo.ariaDisabled) return;
      undo.ariaDisabled = 'true';
      try {
        const path = `/comments/${view.data.id}/restore`;
        const got = await w.api.call<{ comment: Own; thread: ThreadInfo }>('POST', path);
        view.undo = undefined;
        view.data = view.own = got.comment;
        view.render();
        w.list.showCount(got.thread);
        view.article.focus();
        w.announce(t.restored);
      } catch (cause) {
        view.undo = undefined;
        view.render(w.explain(cause));
        view.article.focus();
      }
    },
    { class: 'undo' },
  );
  view.undo = undo;
  view.render();
  undo.focus();
  setTimeout(end, Math.max(0, milliseconds) || 0);
  w.announce(t.deleted);
}

/** Asks whether the comment shall go, and lets it go. */
export function remove(w: RareWidget, tools: Tools, view: CommentView): void {
  const { t } = w;
  const { button, h } = tools;
  const foot = view.article.querySelector('footer')!;
  const keepIt = () => {
    view.render();
    foot.querySelector<HTMLElement>('.delete')?.focus();
  };
  const sure = button(
    t.delete,
    async () => {
      if (sure.ariaDisabled) return;
      sure.ariaDisabled = 'true';
      try {
        const path = `/comments/${view.data.id}`;
        const gone = await w.api.call<Gone>('DELETE', path);
        const { thread } = w;
        const isCounted = view.data.status === 'published';
        w.list.showCount({ ...thread, commentCount: thread.commentCount - Number(isCounted) });
        bury(w, tools, view, gone);
      } catch (cause) {
        view.render(w.explain(cause));
      }
    },
    { class: 'plain danger' },
  );
  foot.replaceChildren(
    h(
      'div',
      { class: 'confirm', role: 'group', 'aria-label': t.confirmDelete },
      h('span', {}, t.confirmDelete),
      sure,
      button(t.keep, keepIt, { class: 'plain' }),
    ),
  );
  sure.focus();
}
