/**
 * What a reader asks for while reading: more of a list, a conversation folded up, the comment that the page's address
 * names. Holds what these do; what the thread looks like stays thread.ts's affair.
 */

import { loadOwn } from './own.ts';
import type { Show } from './thread.ts';
import type { Tools } from './tools.ts';
import type { Comment, CommentView, List, RareWidget, ThreadInfo } from './types.ts';

/** Fetches what comes next, shows it, and goes on reading where the button stood. */
export async function more<Page>(
  w: RareWidget,
  tools: Tools,
  node: HTMLElement,
  path: string,
  show: Show<Page>,
): Promise<void> {
  if (node.ariaDisabled) return;
  node.ariaDisabled = 'true';
  try {
    const items = show(await w.api.read<Page>(path));
    node.remove();
    w.list.find(items[0]?.id)?.article.focus();
    await loadOwn(w, tools, items);
  } catch (cause) {
    node.ariaDisabled = null;
    node.textContent = w.t.retry;
    w.explain(cause);
  }
}

export type Folds = ReturnType<typeof createFolds>;

/** The conversations that the reader has folded up; kept in this browser, for each thread. */
export function createFolds(w: RareWidget, { keep, recall }: Tools) {
  const name = `parley.folded.${w.siteId} ${w.key}`;
  const folded = new Set([recall<number[]>(name) ?? []].flat());

  const show = ({ data, node }: CommentView) => node.classList.toggle('folded', folded.has(data.id));

  function set(view: CommentView, isFolded: boolean): void {
    folded[isFolded ? 'add' : 'delete'](view.data.id);
    keep(name, folded.size ? [...folded] : undefined);
    show(view);
    view.render();
  }

  return {
    show,
    toggle(view: CommentView): void {
      set(view, !folded.has(view.data.id));
      view.article.querySelector<HTMLElement>('.fold')?.focus();
    },
    /** Opens every conversation that a comment is part of. */
    reveal(view: CommentView): void {
      for (let at: CommentView | undefined = view; at; at = w.list.find(at.data.parentId))
        if (folded.has(at.data.id)) set(at, false);
    },
  };
}

/** Fetches a comment that no page shown so far holds, with what it answers and what answers it. Undefined: it is not
 *  of this thread, or not there. */
async function fetchView(w: RareWidget, tools: Tools, id: number): Promise<CommentView | undefined> {
  type Permalink = { thread: ThreadInfo; ancestors: Comment[]; comment: Comment; replies: List<Comment> };
  const got = await w.api.read<Permalink>(`/comments/${id}`);
  // Not by its id: a thread had none when it was empty.
  if (got.thread.key !== w.thread.key) return;
  const line = [...got.ancestors, got.comment];
  const rootId = line[0]!.id;
  const isNewRoot = !w.list.find(rootId);
  const views = line.map((comment) => w.list.find(comment.id) ?? w.list.place(comment, comment.depth === 0));
  // Of a long line the service leaves out the middle; what follows it waits for it below the root.
  if (views[1] && !w.list.find(line[1]!.parentId)) views[0]!.replies.append(views[1].node);
  if (isNewRoot && views.length > 1) w.list.showReplies(views[0]!, { items: [], next: '' });
  w.list.showReplies(views.at(-1)!, got.replies);
  await loadOwn(w, tools, [...line, ...got.replies.items]);
  return w.list.find(id);
}

/** Goes to the comment that the page's fragment names, if it is one of this thread. */
export async function goTo(w: RareWidget, tools: Tools, folds: Folds): Promise<void> {
  const id = Number(location.hash.slice('#comment-'.length));
  const view = id ? (w.list.find(id) ?? (await fetchView(w, tools, id).catch(() => undefined))) : undefined;
  if (!view) return;
  folds.reveal(view);
  w.list.point(view, 'center');
}
