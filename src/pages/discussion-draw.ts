/**
 * Draws the discussion without script for whoever asks: what is shown comes from the same listings as the JSON, plus
 * what only its author may see. A page for nobody in particular may lie in shared caches as anonymous reads do.
 */
import type { Problem } from '../core/problem.ts';
import { newSecret } from '../core/secret.ts';
import { type Site, takesGuests } from '../core/site.ts';
import { readOwnComments } from '../domain/discussion.ts';
import { findThread } from '../domain/threads.ts';
import type { Ctx, Deps } from '../http/env.ts';
import { CACHED, isFresh, listings, ROOTS } from '../http/listings.ts';
import { presenters, type THREAD } from '../http/present.ts';
import { type Comment, nameOf } from './discussion-comments.ts';
import { articleOf, type Place } from './discussion-place.ts';
import { findReader, type Reader } from './discussion-reader.ts';
import * as views from './discussion-views.ts';
import { guestCookie, hasPageCookie } from './sign-in.ts';

/** What a reader had in the form. */
export interface Typed {
  text: string;
  /** The form's own name, kept where the same text may be sent again. */
  once: string;
  /** A guest's details, by field. */
  guest?: Readonly<Record<string, string>>;
  refusal: Problem | undefined;
}

/** Throws what `listings` throws. */
export async function drawDiscussion(
  c: Ctx,
  deps: Deps,
  site: Site,
  place: Place,
  typed?: Typed,
): Promise<Response> {
  c.header('Vary', 'Cookie');
  const isKnown = hasPageCookie(c) || guestCookie(c, site.id) !== undefined;
  const isShared = !typed && place.draft === undefined && !isKnown;
  const found = await find(deps, site, place);
  if (isShared && isFresh(c, deps, site, found.thread)) return c.body(null, 304);
  const page = await found.read();
  const { thread } = page;
  if (place.reply !== undefined && !page.comments.some(({ id }) => id === place.reply)) {
    // It is further down, or deeper: then it is shown in its own place.
    return drawDiscussion(c, deps, site, { ...place, comment: place.reply, after: undefined }, typed);
  }
  const reader = await findReader(c, deps, site);
  const own = reader ? await readHidden(deps, site, thread.key, reader) : [];
  const isShownHere = ({ parentId }: Comment) =>
    page.comments.some(({ id }) => id === parentId) ||
    (place.comment === undefined && place.after === undefined);
  const comments = [...page.comments, ...own.filter(isShownHere)];
  const isOwn = ({ author }: Comment) => reader !== undefined && author?.id === reader.person.id;
  const parent = comments.find(({ id, status }) => id === place.reply && status === 'published');
  const article = articleOf(site, thread, place.url);
  const at = { ...place, key: thread.key };
  const providers = deps.signIn
    .describeProviders()
    .filter(({ kind }) => kind === 'redirect' || takesGuests(site.settings));
  return views.discussion(c, {
    site,
    place: at,
    title: thread.title,
    article,
    count: thread.commentCount,
    order: place.order ?? site.settings.order,
    comments,
    more: page.more,
    own: new Set(comments.filter(isOwn).map(({ id }) => id)),
    next: page.next,
    providers,
    caching: isShared ? CACHED : 'no-store',
    form: {
      place: at,
      parent: parent && { id: parent.id, name: nameOf(parent) },
      reader: reader && {
        person: presenters(deps.publicUrl).presentPerson(reader.person),
        providerName:
          providers.find(({ id }) => id === reader.person.provider)?.name ?? reader.person.provider,
        isGuest: reader.author.isGuest,
      },
      guests: takesGuests(site.settings) ? site.settings.mode : undefined,
      guest: typed?.guest ?? {},
      providers: providers.filter(({ kind }) => kind === 'redirect'),
      closed: closedBecause(thread, article),
      text: typed?.text ?? '',
      once: typed?.once || newSecret(16),
      refusal: typed?.refusal,
    },
  });
}

interface Page {
  thread: (typeof THREAD)['_output'];
  comments: Comment[];
  more: Map<number, string>;
  next: string | null;
}

async function find(deps: Deps, site: Site, place: Place) {
  const { findRoots, findInPlace } = listings(deps);
  if (place.comment !== undefined) {
    const { thread, read } = await findInPlace(site, place.comment, { after: place.after });
    return {
      thread,
      async read(): Promise<Page> {
        const { thread, ancestors, comment, replies } = await read();
        const more = new Map(replies.next === null ? [] : [[comment.id, replies.next]]);
        return { thread, comments: [...ancestors, comment, ...replies.items], more, next: null };
      },
    };
  }
  const order = place.order ?? site.settings.order;
  const { thread, read } = await findRoots(site, place.key ?? '', {
    order,
    after: place.after,
    limit: ROOTS,
  });
  return {
    thread,
    async read(): Promise<Page> {
      const { thread, comments } = await read();
      const more = comments.items.flatMap(({ id, replies: { next } }) =>
        next === null ? [] : ([[id, next]] as const),
      );
      return {
        thread,
        comments: comments.items.flatMap(({ replies, ...root }) => [root, ...replies.items]),
        more: new Map(more),
        next: comments.next,
      };
    },
  };
}

/** What the reader wrote in a thread and nobody else sees. */
async function readHidden({ db, now, publicUrl }: Deps, site: Site, key: string, reader: Reader) {
  // Also of a thread that nobody has seen yet.
  const thread = await findThread(db, site.id, key);
  if (!thread) return [];
  const own = await readOwnComments(db, site.id, thread.id, reader.author.userId, now());
  const { presentOwn } = presenters(publicUrl);
  return own.filter(({ status }) => status !== 'published').map((row) => presentOwn(row, site, now()));
}

function closedBecause(thread: Page['thread'], article: string | undefined): string | undefined {
  if (thread.status === 'closed') return 'Comments are closed.';
  // Of a key that is no address nothing tells which page it belongs to.
  return thread.id === null && article === undefined
    ? 'The first comment is to be written at the article.'
    : undefined;
}
