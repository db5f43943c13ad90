/**
 * One comment on the page. Holds its node and what stands in it, votes included; where it stands in the thread is
 * thread.ts's affair, editing and deleting load at first use from actions.ts. A view is rendered anew from its data
 * after each change, and what had the focus has it again.
 */

import { button, h, icon, showHtml } from './dom.ts';
import type { Rare } from './rare.ts';
import type { CommonTexts } from './texts.ts';
import type { Comment, CommentView, Person, Widget } from './types.ts';

/** Characters of HTML, above which a comment is cut off until somebody wants to read on: about a screen of a phone. */
const LONG = 2_000;
/** The reply and deeper: where lines and margins no longer tell whom it answers. */
const DEEP = 3;

const UP = 'M12 6 20 16H4z';
const DOWN = 'M12 18 4 8h16z';

/** The picture of a person, or the initials on a colour of the person's own where there is none, or the article's
 *  policy or the network keeps it away. Decoration: the name stands beside it. */
export function avatar(person: Person | null): HTMLElement {
  const node = h('span', { part: 'avatar', 'aria-hidden': 'true' });
  if (!person) return node;
  // The first letter of the first word and of the last.
  const letters = person.name.match(/(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu) ?? ['·'];
  const initials = (letters[0]! + (letters.slice(1).pop() ?? '')).toUpperCase();
  // Ids are random; one that begins with a dash is red.
  node.style.setProperty('--hue', `${parseInt(person.id.slice(0, 3), 36) || 0}`);
  const error = () => node.replaceChildren(initials);
  if (person.picture) node.append(h('img', { src: person.picture, loading: 'lazy', error }));
  else error();
  return node;
}

/** In seconds. */
const UNITS: [number, Intl.RelativeTimeFormatUnit][] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
];

/** What says "3 minutes ago" in one language. Made once, and before the comments are there: a browser's first use of
 *  `Intl` takes a phone longer than all else that a comment needs. */
const clocks: Record<string, Intl.RelativeTimeFormat> = {};

export function clockOf(lang: string): Intl.RelativeTimeFormat {
  clocks[lang] ??= new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
  return clocks[lang];
}

/** Says how long ago a moment was, up to a month; then the date. The whole date is for who points at it. */
export function sayMoment(node: HTMLTimeElement, lang: string): void {
  const date = new Date(node.dateTime);
  const seconds = Math.min(0, (date.getTime() - Date.now()) / 1000);
  const [size, unit] = UNITS.find(([size]) => seconds <= -size) ?? [60, 'second'];
  node.onpointerenter = () => {
    node.title = date.toLocaleString(lang, { dateStyle: 'long', timeStyle: 'short' });
  };
  node.textContent =
    seconds < -30 * 86_400
      ? date.toLocaleDateString(lang, { dateStyle: 'medium' })
      : clockOf(lang).format(Math.ceil(seconds / size), unit);
}

/** What to call the author of a comment. */
export const nameOf = (t: CommonTexts, { author }: Comment): string =>
  author ? author.name || t.anonymous : t.someone;

export function createCommentView(w: Widget, data: Comment): CommentView {
  const { t } = w;
  // What has the focus must be seen, so a link that is reached by Tab opens its comment.
  const body = h('div', { part: 'body', dir: 'auto', focusin: () => isLong && open() });
  const top = h('header');
  const foot = h('footer');
  const article = h(
    'article',
    { id: `comment-${data.id}`, part: 'comment', tabindex: '-1' },
    top,
    body,
    foot,
  );
  const slot = h('div', { class: 'slot' });
  const replies = h('ol', { class: 'replies' });
  const node = h('li', {}, article, slot, replies);
  const view: CommentView = { data, vote: 0, node, article, body, slot, replies, render };

  let shown: string | null = null;
  let isLong = (data.html ?? '').length > LONG;

  function render(said = ''): void {
    const { html, status, removedBy } = view.data;
    const focused = foot.contains(w.root.activeElement) && w.root.activeElement!.className.split(' ')[0];
    const name = nameOf(t, view.data);
    article.setAttribute('aria-label', t.commentBy(name));
    body.classList.toggle('quiet', status !== 'published');
    body.classList.toggle('long', isLong);
    if (html === null) body.textContent = t.removedBy(removedBy);
    else if (html !== shown) showHtml(body, html);
    shown = html;
    top.replaceChildren(...(html === null ? [] : header(name)));
    foot.replaceChildren(...(html === null ? [view.undo ?? ''] : footer(name)));
    if (said) foot.append(h('p', { class: 'message' }, said));
    if (focused) foot.querySelector<HTMLElement>(`.${focused}`)?.focus();
  }

  function open(): void {
    isLong = false;
    render();
  }

  function header(name: string): Node[] {
    const { id, parentId, depth, author, createdAt, editedAt, pinned, replyCount } = view.data;
    const { href } = location;
    const to = (id: number) => `${href.split('#')[0]}#comment-${id}`;
    const parent = w.list.find(parentId);
    const time = h('time', { datetime: createdAt });
    sayMoment(time, t.lang);
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
          author?.provider &&
            h('span', {}, w.isGuest(author) ? t.guest : t.by(w.providerName(author.provider))),
          h('a', { href: to(id) }, time),
          editedAt && h('span', {}, t.edited),
          depth >= DEEP &&
            parent &&
            h('a', { href: to(parent.data.id) }, t.inReplyTo(nameOf(t, parent.data))),
        ),
      ),
      ...(replyCount > 0
        ? [
            button(
              null,
              rarely((rare) => rare.fold(view)),
              {
                class: 'fold',
                'aria-label': t.conversation(name),
                'aria-expanded': `${!node.classList.contains('folded')}`,
              },
            ),
          ]
        : []),
    ];
  }

  function footer(name: string): Node[] {
    const { status, author } = view.data;
    const person = w.session.get()?.person;
    const isOwn = Boolean(view.own || (person && person.id === author?.id));
    const own = (isOwn && w.loaded?.ownActions(view)) || [];
    if (status !== 'published') return own;
    return [
      ...(isLong
        ? [
            button(
              t.readMore,
              () => {
                open();
                article.focus();
              },
              { class: 'link' },
            ),
          ]
        : []),
      ...(w.site.settings.votes
        ? [voteButton(1, t.voteUp, UP, isOwn), voteButton(-1, t.voteDown, DOWN, isOwn)]
        : []),
      ...(w.thread.status === 'open'
        ? [button(t.reply, () => w.box.replyTo(view), { class: 'reply', 'aria-label': t.replyTo(name) })]
        : []),
      ...own,
    ];
  }

  /** What a button does that few press: its code comes when it is pressed. */
  const rarely = (act: (rare: Rare) => unknown) => () => w.rare().then(act, () => render(t.unavailable));

  function voteButton(value: 1 | -1, label: string, path: string, isOwn: boolean): Node {
    const count = value > 0 ? view.data.up : view.data.down;
    return button(
      icon(path),
      rarely((rare) => rare.vote(view, view.vote === value ? 0 : value)),
      {
        class: value > 0 ? 'up' : 'down',
        'aria-label': `${label}: ${count}`,
        'aria-pressed': `${view.vote === value}`,
        disabled: isOwn,
      },
      count ? `${count}` : '',
    );
  }

  return view;
}
