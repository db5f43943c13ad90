/**
 * What of a thread is the reader's own: votes, comments that only they can see, what they may do with their comments.
 * What a comment looks like stays comment-view.ts's affair.
 */

import { edit, remove } from './actions.ts';
import { keepPerson } from './session-keeping.ts';
import type { Tools } from './tools.ts';
import type { Comment, CommentView, Me, RareWidget } from './types.ts';

/** Ids in one question for votes: an address of 3 kB, which every proxy lets pass. */
const IDS_A_CALL = 200;

/** How long a shared cache may show a page without a comment that is there. */
const CACHED_MS = 60_000;

/** Asks for the reader's own votes and comments and marks them. Not signed in: marks nothing. */
export async function loadOwn(w: RareWidget, tools: Tools, items: Comment[]): Promise<void> {
  const kept = w.session.get();
  if (!kept) return;
  const ids = items.slice(0, IDS_A_CALL).map((item) => item.id);
  const query = new URLSearchParams({ key: w.key, ids: ids.join() });
  const { person, votes, comments } = await w.api.call<Me>('GET', `/me?${query}`);
  keepPerson(tools, w.session, kept, person);
  for (const own of comments) {
    const isThere = w.list.find(own.id);
    // What everybody sees waits for its page, as does a reply for its parent's; but a page may be some seconds old.
    const isNew = own.status !== 'published' || Date.now() - Date.parse(own.createdAt) < CACHED_MS;
    if (!isThere && (!isNew || (own.parentId && !w.list.find(own.parentId)))) continue;
    const view = isThere ?? w.list.placeOwn(own);
    view.data = view.own = own;
    ids.push(own.id);
  }
  for (const id of ids) {
    const view = w.list.find(id);
    if (view) view.vote = votes[id] ?? 0;
    view?.render();
  }
  const rest = items.slice(IDS_A_CALL);
  if (rest.length) await loadOwn(w, tools, rest);
}

/** Forgets what was only this reader's, and asks anew for whoever is signed in now. */
export async function renewOwn(w: RareWidget, tools: Tools): Promise<void> {
  for (const view of w.list.all()) {
    view.vote = 0;
    view.own = undefined;
    if (view.data.status === 'published' || view.data.html === null) view.render();
    else w.list.forget(view);
  }
  await loadOwn(
    w,
    tools,
    w.list.all().map((view) => view.data),
  );
}

/** What stands below one's own comment: how it is doing, and what can be done with it. */
export function ownActions(w: RareWidget, tools: Tools, view: CommentView): Node[] {
  const { t } = w;
  const { button, h } = tools;
  const { status } = view.data;
  const until = view.own?.editableUntil;
  const isHeld = status === 'held';
  const isOut = !isHeld && status !== 'published';
  return [
    ...(isHeld ? [h('p', { class: 'hint' }, t.awaiting)] : []),
    ...(isOut ? [h('p', { class: 'message' }, t.rejected)] : []),
    // What was not accepted, no other words would bring back.
    ...(!isOut && until && Date.parse(until) > Date.now()
      ? [button(t.edit, () => edit(w, tools, view), { class: 'edit' })]
      : []),
    button(t.delete, () => remove(w, tools, view), { class: 'delete' }),
  ];
}
