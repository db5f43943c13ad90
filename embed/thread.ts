/**
 * The thread below the reply box: heading, order, roots with their replies, and more of each when asked for. Holds
 * where comments stand; what one looks like is comment-view.ts's affair. A comment is on the page once, whatever page
 * of whatever list brought it: pages of a moving order overlap, and one's own comment is there before its page is.
 */

import { threadPath } from './address.ts';
import { createCommentView } from './comment-view.ts';
import { button, h } from './dom.ts';
import type {
  Comment,
  CommentView,
  List,
  Me,
  Order,
  Own,
  Root,
  ThreadInfo,
  ThreadPage,
  Widget,
} from './types.ts';

export type Thread = ReturnType<typeof createThread>;

/** Ids in one question for votes: an address of 3 kB, which every proxy lets pass. */
const IDS_A_CALL = 200;

const ORDERS: Order[] = ['oldest', 'newest', 'best'];

export function createThread(w: Widget, reload: (order: Order) => Promise<void>) {
  const { t } = w;
  const views = new Map<number, CommentView>();
  const heading = h('h2', { id: 'count' });
  const order = h(
    'select',
    { 'aria-label': t.sort, part: 'order', change: () => void reload(order.value as Order) },
    ...ORDERS.map((one) => h('option', { value: one }, t[one])),
  );
  const roots = h('ol', { class: 'roots' });
  const foot = h('div', { class: 'end' });
  const node = h(
    'section',
    { part: 'thread', 'aria-labelledby': 'count', tabindex: '-1' },
    h('div', { class: 'head' }, heading, order),
    roots,
    h('p', { class: 'none hint' }, t.none),
    foot,
  );

  /** Shows `data` in its place: among the replies of its parent, else among the roots. */
  function place(data: Comment, first = false): CommentView {
    const view = views.get(data.id) ?? createCommentView(w, data);
    views.set(data.id, view);
    view.data = data;
    view.render();
    const parent = views.get(data.parentId ?? 0);
    (parent?.replies ?? roots)[first ? 'prepend' : 'append'](view.node);
    return view;
  }

  /** A button that asks for more below `place` and gives way to what came. */
  function moreButton(label: string, style: string, load: () => Promise<void>): HTMLElement {
    const node = button(
      label,
      async () => {
        if (node.ariaDisabled) return;
        node.ariaDisabled = 'true';
        try {
          await load();
          node.remove();
        } catch (cause) {
          node.ariaDisabled = null;
          node.textContent = t.retry;
          await w.explain(cause);
        }
      },
      { class: style },
    );
    return node;
  }

  /** An empty `next` is the beginning. */
  function showReplies(root: CommentView, { items, next }: List<Comment>): void {
    for (const item of items) place(item);
    if (next === null) return;
    const more = moreButton(t.moreReplies, 'link more', async () => {
      const path = `/comments/${root.data.id}/replies${next && `?after=${encodeURIComponent(next)}`}`;
      const got = await w.api.read<List<Comment>>(path);
      showReplies(root, got);
      focusFirst(got.items);
      await loadOwn(got.items);
    });
    root.node.append(more);
  }

  function showRoots({ items, next }: List<Root>): void {
    for (const item of items) showReplies(place(item), item.replies);
    if (!next) return;
    const more = moreButton(t.more, 'plain', async () => {
      const got = (await w.api.read<ThreadPage>(threadPath(w.key, order.value, next))).comments;
      showRoots(got);
      focusFirst(got.items);
      await loadOwn(flat(got));
    });
    foot.append(more);
  }

  /** The button that was pressed is gone; go on reading where it stood. */
  const focusFirst = (items: Comment[]) => views.get(items[0]?.id ?? 0)?.article.focus();

  const flat = ({ items }: List<Root>): Comment[] => items.flatMap((root) => [root, ...root.replies.items]);

  /** Shows one's own comment, which may be on no page yet: where it will be if that is near, else on top. */
  const placeOwn = (own: Own) =>
    place(own, !own.parentId && (order.value !== 'oldest' || Boolean(foot.firstElementChild)));

  /** Asks for the reader's own votes and comments and marks them. Not signed in: marks nothing. */
  async function loadOwn(items: Comment[]): Promise<void> {
    const kept = w.session.get();
    if (!kept) return;
    const ids = items.slice(0, IDS_A_CALL).map((item) => item.id);
    const query = new URLSearchParams({ key: w.key, ids: ids.join() });
    const { person, votes, comments } = await w.api.call<Me>('GET', `/me?${query}`);
    w.session.know(kept, person);
    for (const own of comments) {
      // A reply whose parent is on no page yet waits for that page.
      if (own.parentId && !views.has(own.parentId)) continue;
      const view = views.get(own.id) ?? placeOwn(own);
      view.data = view.own = own;
      ids.push(own.id);
    }
    for (const id of ids) {
      const view = views.get(id);
      if (view) view.vote = votes[id] ?? 0;
      view?.render();
    }
    const rest = items.slice(IDS_A_CALL);
    if (rest.length) await loadOwn(rest);
  }

  function showCount(thread: ThreadInfo): void {
    Object.assign(w.thread, thread);
    heading.textContent = t.comments(thread.commentCount);
    order.hidden = thread.commentCount < 2;
  }

  /** Leads reader and focus to a comment, and marks it. */
  function point({ article }: CommentView, block: ScrollLogicalPosition): void {
    roots.querySelector('.target')?.classList.remove('target');
    article.classList.add('target');
    article.focus({ preventScroll: true });
    article.scrollIntoView({ block });
  }

  return {
    node,
    point,
    find: (id: number | undefined) => views.get(id ?? 0),
    place,
    showReplies,
    showCount,
    loadOwn,
    reload: () => reload(order.value as Order),
    show(page: ThreadPage, chosen: Order): void {
      views.clear();
      roots.replaceChildren();
      foot.replaceChildren();
      order.value = chosen;
      showRoots(page.comments);
      showCount(page.thread);
    },
    /** Forgets what was only this reader's, and asks anew for whoever is signed in now. */
    async sessionChanged(): Promise<void> {
      for (const [id, view] of views) {
        view.vote = 0;
        view.own = undefined;
        if (view.data.status === 'published' || view.data.html === null) view.render();
        else {
          view.node.remove();
          views.delete(id);
        }
      }
      await loadOwn([...views.values()].map((view) => view.data));
    },
    /** Takes a comment off the page, and the box from under it. */
    forget(view: CommentView): void {
      views.delete(view.data.id);
      view.node.remove();
      w.box.settle();
    },
    /** Shows a comment just posted, where the reader looks, and gives it the focus. */
    addOwn(comment: Own, thread: ThreadInfo): void {
      const view = placeOwn(comment);
      view.own = comment;
      view.render();
      showCount(thread);
      point(view, 'nearest');
    },
  };
}
