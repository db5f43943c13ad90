/**
 * What is rare, and loads at first use: editing and deleting one's own comment, and the jump to a comment that is not
 * on the page. Imports types alone and is handed its tools: a shared file would become a third request before the
 * comments can be seen.
 */

import type * as dom from './dom.ts';
import type { Comment, CommentView, List, Own, ThreadInfo, Widget } from './types.ts';

type Tools = Pick<typeof dom, 'h' | 'button' | 'showHtml'>;

/** Puts the text as typed in place of the comment, to be changed. */
export function edit(w: Widget, view: CommentView, { h, button }: Tools): void {
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
    article.querySelector<HTMLElement>('.edit, .reply')?.focus();
  }

  async function save(): Promise<void> {
    if (done.disabled) return;
    done.disabled = true;
    try {
      const path = `/comments/${view.data.id}`;
      const { comment } = await w.api.call<{ comment: Own }>('PATCH', path, { text: text.value });
      view.data = view.own = comment;
      close();
      w.announce(t.saved);
    } catch (cause) {
      done.disabled = false;
      message.textContent = w.explain(cause);
    }
  }

  text.value = view.own!.raw;
  body.hidden = foot.hidden = true;
  body.after(form);
  text.focus();
}

/** Asks whether the comment shall go, and lets it go. */
export function remove(w: Widget, view: CommentView, { h, button }: Tools): void {
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
        const { id } = view.data;
        const { comment } = await w.api.call<{ comment: Comment | null }>('DELETE', `/comments/${id}`);
        w.list.removeOwn(view, comment);
        w.announce(t.deleted);
      } catch (cause) {
        view.render(w.explain(cause));
        w.announce(w.explain(cause));
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
export async function fetchView(w: Widget, id: number): Promise<CommentView | undefined> {
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
