/**
 * One comment on the page. Holds its node and what stands in it, votes included; where it stands in the thread is
 * thread.ts's affair, editing and deleting load at first use from actions.ts. A view is rendered anew from its data
 * after each change, and what had the focus has it again.
 */

import { slugOf } from './api.ts';
import { button, h, icon, showHtml } from './dom.ts';
import type { Comment, CommentView, Person, Vote, Widget } from './types.ts';

const UP = 'M12 5.5 19 14H5z';
const DOWN = 'M12 18.5 5 10h14z';

/** The picture of a person, or the initials on a colour of the person's own. Decoration: the name stands beside it. */
export function avatar(person: Person | null): HTMLElement {
  const node = h('span', { class: 'avatar', part: 'avatar', 'aria-hidden': 'true' });
  if (person?.picture) {
    node.append(h('img', { src: person.picture, alt: '', loading: 'lazy', referrerpolicy: 'no-referrer' }));
  } else if (person) {
    const words = person.name.match(/[\p{L}\p{N}]+/gu) ?? ['·'];
    const letters = words.length > 1 ? [words[0]!, words.at(-1)!] : [words[0]!];
    node.textContent = letters.map((word) => [...word][0]!.toUpperCase()).join('');
    let hue = 0;
    for (const letter of person.id) hue = (hue * 31 + letter.charCodeAt(0)) % 360;
    node.style.setProperty('--hue', String(hue));
  }
  return node;
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** How long ago, up to a month; then the date. */
function ago(date: Date, lang: string): string {
  const seconds = (date.getTime() - Date.now()) / 1000;
  if (seconds < -30 * 86_400) return date.toLocaleDateString(lang, { dateStyle: 'medium' });
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
  for (const [unit, size] of UNITS)
    if (seconds <= -size) return relative.format(Math.ceil(seconds / size), unit);
  return relative.format(0, 'second');
}

/** A moment, readable for people and machines. */
function moment(iso: string, lang: string): HTMLElement {
  const date = new Date(iso);
  return h(
    'time',
    { datetime: iso, title: date.toLocaleString(lang, { dateStyle: 'long', timeStyle: 'short' }) },
    ago(date, lang),
  );
}

export function createCommentView(w: Widget, data: Comment): CommentView {
  const { t } = w;
  const body = h('div', { class: 'body', part: 'body', dir: 'auto' });
  const top = h('header');
  const foot = h('footer');
  const article = h('article', { id: `comment-${data.id}`, part: 'comment', tabindex: -1 }, top, body, foot);
  const slot = h('div', { class: 'slot' });
  const replies = h('ol', { class: 'replies' });
  const node = h('li', {}, article, slot, replies);
  const view: CommentView = { data, vote: 0, node, article, body, slot, replies, render };

  let shown: string | null = null;
  let turn = 0;

  function render(said = ''): void {
    const { author, html, status, removedBy } = view.data;
    const focused = foot.contains(w.root.activeElement) && w.root.activeElement!.className;
    const name = author?.name ?? t.someone;
    article.setAttribute('aria-label', t.commentBy(name));
    article.classList.toggle('gone', html === null);
    article.classList.toggle('unseen', html !== null && status !== 'published');
    if (html === null) {
      const by = { author: t.removedByAuthor, moderator: t.removedByModerator, erasure: t.removed };
      body.textContent = by[removedBy ?? 'erasure'];
    } else if (html !== shown) showHtml(body, html);
    shown = html;
    top.replaceChildren(...(html === null ? [] : header(name)));
    foot.replaceChildren(...(html === null ? [] : footer(name)));
    if (said) foot.append(h('p', { class: 'message' }, said));
    if (focused) foot.querySelector<HTMLElement>(`.${focused}`)?.focus();
  }

  function header(name: string): Node[] {
    const { id, author, createdAt, editedAt, pinned } = view.data;
    const label = h('bdi', {}, name);
    const badge = (text: string, part: string) => h('span', { class: 'badge', part }, text);
    return [
      avatar(author),
      h(
        'div',
        {},
        author?.link
          ? h(
              'a',
              { class: 'name', href: author.link, rel: 'nofollow ugc noopener', target: '_blank' },
              label,
            )
          : h('span', { class: 'name' }, label),
        author?.role && badge(t[author.role], 'badge'),
        pinned && badge(t.pinned, 'pinned'),
        h(
          'span',
          { class: 'meta' },
          author && t.via(w.providerName(author.provider)),
          h('a', { href: `${w.pageUrl()}#comment-${id}` }, moment(createdAt, t.lang)),
          editedAt && t.edited,
        ),
      ),
    ];
  }

  function footer(name: string): Node[] {
    const { status, author } = view.data;
    const person = w.session.get()?.person;
    const isOwn = Boolean(view.own) || (person && person.id === author?.id);
    if (status !== 'published') {
      return [
        h('p', { class: 'awaiting' }, status === 'held' ? t.awaiting : t.rejected),
        ...(isOwn ? ownActions() : []),
      ];
    }
    return [
      ...(w.site.settings.votes
        ? [voteButton(1, t.voteUp, UP, isOwn), voteButton(-1, t.voteDown, DOWN, isOwn)]
        : []),
      ...(w.thread.status === 'open'
        ? [button(t.reply, () => w.box.replyTo(view), { class: 'reply', 'aria-label': t.replyTo(name) })]
        : []),
      ...(isOwn ? ownActions() : []),
    ];
  }

  function ownActions(): Node[] {
    const until = view.own?.editableUntil;
    const load = (act: 'edit' | 'remove') => async () => {
      try {
        (await import('./actions.ts'))[act](w, view, { h, button, showHtml });
      } catch {
        w.announce(t.unavailable);
      }
    };
    return [
      ...(until && Date.parse(until) > Date.now() ? [button(t.edit, load('edit'), { class: 'edit' })] : []),
      button(t.delete, load('remove'), { class: 'delete' }),
    ];
  }

  function voteButton(value: 1 | -1, label: string, path: string, isOwn: boolean | undefined): Node {
    const count = value > 0 ? view.data.up : view.data.down;
    return button(
      icon(path),
      () => vote(view.vote === value ? 0 : value),
      {
        class: value > 0 ? 'up' : 'down',
        'aria-label': `${label} (${count})`,
        'aria-pressed': view.vote === value,
        disabled: isOwn,
      },
      count ? String(count) : '',
    );
  }

  /** Shows the vote at once and then what the service made of it; of several in a row the last answer counts. */
  async function vote(value: Vote): Promise<void> {
    if (!w.session.get()) return w.box.ask(t.chooseToVote);
    const before = { vote: view.vote, up: view.data.up, down: view.data.down };
    const mine = ++turn;
    const show = (vote: Vote, up: number, down: number, said?: string) => {
      if (mine !== turn) return;
      view.vote = vote;
      Object.assign(view.data, { up, down });
      render(said);
    };
    const moved = (side: Vote) => Number(value === side) - Number(before.vote === side);
    show(value, before.up + moved(1), before.down + moved(-1));
    try {
      const path = `/comments/${view.data.id}/reaction`;
      const got = await w.api.call<{ up: number; down: number; own: Vote }>('PUT', path, { value });
      show(got.own, got.up, got.down);
    } catch (cause) {
      show(before.vote, before.up, before.down, w.explain(cause));
      w.announce(w.explain(cause));
      if (slugOf(cause).startsWith('session-')) {
        w.session.set(undefined);
        w.box.ask(t['session-expired']);
      }
    }
  }

  return view;
}
