/**
 * Where a reader is in the discussion without script: what of it the address names, the addresses made from that, and
 * the article it belongs to. Addresses are made here alone, so that none ever leads off this service by itself.
 */
import { pageUrl, threadKey } from '../core/canonical.ts';
import { parseId } from '../core/id.ts';
import { problem } from '../core/problem.ts';
import type { Order, Site } from '../core/site.ts';
import type { Ctx } from '../http/env.ts';
import { keyOf, orderOf } from '../http/input.ts';

export interface Place {
  site: string;
  /** Normalised; undefined until the thread of `comment` is known. */
  key: string | undefined;
  /** The page of an `id:` thread that has no comment yet, as the article's link names it. */
  url: string | undefined;
  order: Order | undefined;
  after: string | undefined;
  /** One comment in its place. */
  comment: number | undefined;
  /** The comment that is being answered. */
  reply: number | undefined;
  /** An attempt to sign in that keeps what was typed. */
  draft: string | undefined;
}

/** The place that the address names. Throws `thread-key-invalid`, `url-foreign`, `comment-unknown`, `invalid-input`. */
export function placeOf(c: Ctx, site: Site): Place {
  const comment = idOf(c.req.query('comment'));
  const order = c.req.query('order') === undefined ? undefined : orderOf(c, site.settings.order);
  return {
    site: site.id,
    key: comment === undefined ? threadKey(keyOf(c), site.origins) : undefined,
    url: urlOf(c.req.query('url'), site),
    order,
    after: c.req.query('after'),
    comment,
    reply: idOf(c.req.query('reply')),
    draft: c.req.query('draft'),
  };
}

/** The place that a form of ours was drawn at, as far as posting needs it. Throws as `placeOf` does. */
export function placeOfForm(form: (name: string) => string, site: Site): Place & { key: string } {
  return {
    ...thread(site.id, threadKey(form('key'), site.origins)),
    url: urlOf(form('url') || undefined, site),
    reply: idOf(form('parentId') || undefined),
    draft: form('draft') || undefined,
  };
}

/** A thread from its beginning. */
export function thread(site: string, key: string): Place & { key: string } {
  return {
    site,
    key,
    url: undefined,
    order: undefined,
    after: undefined,
    comment: undefined,
    reply: undefined,
    draft: undefined,
  };
}

/** A comment in its own place: what its permalink leads to, whoever follows it. */
export function onComment(place: Place, comment: number): Place {
  return { ...place, comment, after: undefined, reply: undefined, draft: undefined };
}

function idOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const id = parseId(text);
  if (id === undefined) throw problem('comment-unknown');
  return id;
}

/** The page that an address names beside an `id:` key. Throws `url-foreign`. */
export const urlOf = (text: string | undefined, site: Site) =>
  text === undefined ? undefined : pageUrl(text, site.origins);

/** The address of a place, on this origin; `step` is a page below it, e.g. `delete`. */
export function linkTo(place: Place, fragment = '', step = ''): string {
  const { site, ...named } = place;
  // The comment's own thread is meant; a second one could only contradict it.
  if (named.comment !== undefined) named.key = undefined;
  const query = Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  const path = `/comments/${site}${step && `/${step}`}`;
  return `${path}${query.length > 0 ? `?${query.join('&')}` : ''}${fragment && `#${fragment}`}`;
}

/**
 * The article of a thread, where it is known and lies within the site's origins: the address that the key is, else the
 * one that came with the first comment, else the one that the link to this page named.
 */
export function articleOf(
  site: Site,
  found: { key: string; url: string | null },
  url: string | undefined,
): string | undefined {
  const address = found.key.startsWith('url:') ? found.key.slice('url:'.length) : (found.url ?? url);
  const origin = address === undefined ? undefined : URL.parse(address)?.origin;
  return origin !== undefined && site.origins.includes(origin) ? address : undefined;
}
