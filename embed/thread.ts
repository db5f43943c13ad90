/**
 * The thread below the reply box: heading, order, roots with their replies, and more of each when asked for. Holds
 * where comments stand; what one looks like is comment-view.ts's affair. A comment is on the page once, whatever page
 * of whatever list brought it: pages of a moving order overlap, and one's own comment is there before its page is.
 */

import { ORDER, threadPath } from './address.ts';
import { createCommentView, sayMoment } from './comment-view.ts';
import { button, h } from './dom.ts';
import { keep } from './store.ts';
import type {
  Comment,
  CommentView,
  List,
  Order,
  Own,
  Root,
  ThreadInfo,
  ThreadPage,
  Widget,
} from './types.ts';

export type Thread = ReturnType<typeof createThread>;

/** Shows what came, and returns the comments in it. */
export type Show<Page> = (page: Page) => Comment[];

/** Roots, with their first replies, that are drawn before a browser may do something else. */
const A_TURN = 3;

const ORDERS: Order[] = ['oldest', 'newest', 'best'];

export function createThread(w: Widget, reload: (order: Order) => Promise<void>) {
  const { t } = w;
  const views = new Map<number, CommentView>();
  let turn = 0;
  const heading = h('h2', { id: 'count' });
  const order = h(
    'select',
    {
      'aria-label': t.sort,
      part: 'order',
      change: () => {
        keep(ORDER, order.value);
        void reload(order.value as Order);
      },
    },
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
    w.loaded?.placed(view);
    view.render();
    const parent = views.get(data.parentId ?? 0);
    (parent?.replies ?? roots)[first ? 'prepend' : 'append'](view.node);
    return view;
  }

  /** A button that asks for more and gives way to what came. What it does loads when it is pressed. */
  function addMore<Page>(place: Element, label: string, style: string, path: string, show: Show<Page>): void {
    const node = button(
      label,
      () =>
        w.rare().then(
          (rare) => rare.more(node, path, show),
          () => {
            node.textContent = t.retry;
            w.announce(t.unavailable);
          },
        ),
      { class: style },
    );
    place.append(node);
  }

  /** An empty `next` is the beginning. */
  function showReplies(root: CommentView, { items, next }: List<Comment>): Comment[] {
    for (const item of items) place(item);
    const path = `/comments/${root.data.id}/replies${next && `?after=${encodeURIComponent(next)}`}`;
    if (next !== null)
      addMore(root.node, t.moreReplies, 'link more', path, (got: List<Comment>) => showReplies(root, got));
    return items;
  }

  function showRoots({ items, next }: List<Root>): Comment[] {
    const all = items.flatMap((item) => [item, ...showReplies(place(item), item.replies)]);
    if (next)
      addMore(foot, t.more, 'plain', threadPath(w.key, order.value, next), (page: ThreadPage) =>
        showRoots(page.comments),
      );
    return all;
  }

  /** Shows one's own comment, which may be on no page yet: where it will be if that is near, else on top. */
  const placeOwn = (own: Own) =>
    place(own, !own.parentId && (order.value !== 'oldest' || Boolean(foot.firstElementChild)));

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
    find: (id: number | null | undefined) => views.get(id ?? 0),
    all: () => [...views.values()],
    place,
    placeOwn,
    showReplies,
    showCount,
    reload: () => reload(order.value as Order),
    /** Shows a page afresh, its first comments at once, the others a few at a time: a phone that draws a hundred in one
     *  go answers to nothing meanwhile. Resolves when all are there. */
    async show({ comments, thread }: ThreadPage, chosen: Order): Promise<void> {
      const mine = ++turn;
      views.clear();
      roots.replaceChildren();
      foot.replaceChildren();
      order.value = chosen;
      showCount(thread);
      node.ariaBusy = 'true';
      for (const items = [...comments.items]; ; await new Promise((resolve) => setTimeout(resolve))) {
        if (mine !== turn || w.signal.aborted) return;
        const some = items.splice(0, A_TURN);
        showRoots({ items: some, next: items.length ? null : comments.next });
        w.box.settle();
        if (!items.length) break;
      }
      node.ariaBusy = null;
    },
    /** Says anew how long ago everything was. */
    tick(): void {
      for (const time of roots.querySelectorAll('time')) sayMoment(time, t.lang);
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
      const parent = views.get(comment.parentId ?? 0);
      if (parent) {
        parent.data.replyCount++;
        parent.render();
      }
      showCount(thread);
      point(view, 'nearest');
    },
  };
}
