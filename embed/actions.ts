/**
 * Voting, editing and deleting one's own comment, and the jump to a comment that is on no page shown so far. Holds what these
 * ask of the service and show in place of the comment; the comment itself stays comment-view.ts's affair.
 */

import type { Tools } from './tools.ts';
import type { Comment, CommentView, List, Own, RareWidget, ThreadInfo, Vote } from './types.ts';

const turns = new WeakMap<CommentView, number>();

/** Shows the vote at once and then what the service made of it; of several in a row the last answer counts. */
export async function vote(w: RareWidget, view: CommentView, value: Vote): Promise<void> {
  if (!w.session.get()) return w.box.ask(w.t.chooseToVote);
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
    show(before.vote, before.up, before.down, await w.explain(cause));
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
  const message = h('p', { class: 'message', role: 'alert' });
  const done = h('button', { type: 'submit', class: 'post' }, t.save);
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
      button(t.cancel, () => close(), { class: 'plain' }),
      done,
    ),
  );

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
      message.textContent = await w.explain(cause);
    }
  }

  text.value = view.own!.raw;
  body.hidden = foot.hidden = true;
  body.after(form);
  text.focus();
}

/** Asks whether the comment shall go, and lets it go. */
export function remove(w: RareWidget, { h, button }: Tools, view: CommentView): void {
  const { t } = w;
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
        const { comment } = await w.api.call<{ comment: Comment | null }>('DELETE', path);
        const { thread } = w;
        const isCounted = view.data.status === 'published';
        const next = view.node.nextElementSibling ?? view.node.previousElementSibling;
        view.own = undefined;
        if (comment) {
          view.data = comment;
          view.render();
          view.article.focus();
        } else {
          w.list.forget(view);
          (next?.querySelector('article') ?? w.list.node).focus();
        }
        w.list.showCount({ ...thread, commentCount: thread.commentCount - Number(isCounted) });
        w.announce(t.deleted);
      } catch (cause) {
        view.render(await w.explain(cause));
      }
    },
    { class: 'danger' },
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

/** Fetches a comment that no page shown so far holds, with what it answers and what answers it. Undefined: it is not
 *  of this thread, or not there. */
async function fetchView(w: RareWidget, id: number): Promise<CommentView | undefined> {
  type Permalink = { thread: ThreadInfo; ancestors: Comment[]; comment: Comment; replies: List<Comment> };
  const got = await w.api.read<Permalink>(`/comments/${id}`);
  if (got.thread.id !== w.thread.id) return;
  const line = [...got.ancestors, got.comment];
  const rootId = line[0]!.id;
  const isNewRoot = !w.list.find(rootId);
  const views = line.map((comment) => w.list.place(comment, comment.depth === 0));
  if (isNewRoot && views.length > 1) w.list.showReplies(views[0]!, { items: [], next: '' });
  w.list.showReplies(views.at(-1)!, got.replies);
  await w.list.loadOwn([...line, ...got.replies.items]);
  return w.list.find(id);
}

/** Goes to the comment that the page's fragment names, if it is one of this thread. */
export async function goTo(w: RareWidget): Promise<void> {
  const id = Number(location.hash.slice('#comment-'.length));
  const view = id ? (w.list.find(id) ?? (await fetchView(w, id).catch(() => undefined))) : undefined;
  if (view) w.list.point(view, 'center');
}
