/**
 * Addresses of pages and the keys of their threads, made one spelling each. Decides nothing about who may read or
 * write and fetches nothing; it is where an address that a stranger sends meets the list of a site's origins, and
 * that comparison is always of whole origins as a browser would parse them, never of text.
 */

import normalizeUrl from 'normalize-url';
import { Problem, problem } from './problem.ts';
import { codePointLength } from './text.ts';

const MAX_URL_CHARACTERS = 2_000; // PostgreSQL indexes no key past 2,704 bytes; also what proxies and browsers take
const MAX_EXPLICIT_ID = 200; // code points, 800 bytes at most

// What advertisers and newsletters hang on an address; none of it changes the page.
const TRACKING = [
  /^utm_/i,
  /^mc_[ce]id$/i,
  /^_?hs(?:enc|mi)$/i,
  /^(?:fbclid|gclid|gclsrc|gbraid|wbraid|dclid|msclkid|yclid|twclid|ttclid|li_fat_id|igshid|igsh|mkt_tok|vero_id|epik)$/i,
  /^(?:_ga|_gl|_openstat)$/i,
];

/** The exact origin that `text` names (scheme, host and port as browsers send them), or undefined where it names
 *  more or less than one: a path, a query, a user, a wildcard, another scheme, or http: beyond loopback. */
export function parseOrigin(text: string): string | undefined {
  if (!/^https?:\/\/[^\s\\/?#@*%]+\/?$/i.test(text) || text.length > 300) return undefined;
  const url = parse(text);
  if (!url || (url.protocol === 'http:' && !isLoopback(url.hostname))) return undefined;
  return url.origin;
}

/** Whether a host name, as `URL` spells it, is this machine itself. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** The address of a page without its fragment. Throws `url-foreign` for whatever does not lie in `origins`, text
 *  that is no address included. */
export function pageUrl(url: string, origins: readonly string[]): string {
  const page = parseAddress(url);
  if (!page || !origins.includes(page.origin)) throw problem('url-foreign');
  page.hash = '';
  if (page.href.length > MAX_URL_CHARACTERS) throw problem('url-foreign', { detail: tooLong() });
  return page.href;
}

/** The one spelling of a thread's key: `id:` and an explicit id, kept as it is, or `url:` and an address without
 *  fragment, tracking parameters, trailing slash and default port, its query sorted. Scheme and www. are kept.
 *  A key given back is the same key. Throws `thread-key-invalid`, and `url-foreign` for a page outside `origins`. */
export function threadKey(key: string, origins: readonly string[]): string {
  if (key.startsWith('id:')) return explicitKey(key);
  if (!key.startsWith('url:')) throw problem('thread-key-invalid');
  const page = parseAddress(key.slice('url:'.length));
  if (!page) throw problem('thread-key-invalid');
  if (!origins.includes(page.origin)) throw problem('url-foreign');
  const canonical = canonicalUrl(page.href);
  if (canonical.length > MAX_URL_CHARACTERS) throw problem('thread-key-invalid', { detail: tooLong() });
  return `url:${canonical}`;
}

function explicitKey(key: string): string {
  const id = key.slice('id:'.length);
  if (!id.isWellFormed() || /\p{Cc}/u.test(id) || id.trim() === '' || codePointLength(id) > MAX_EXPLICIT_ID)
    throw problem('thread-key-invalid');
  return key;
}

/** An http(s) address with a host and nothing before it. The text is looked at before it is parsed, because `URL`
 *  forgives what a reader of logs does not see: `\` for `/`, line ends inside, missing slashes. */
function parseAddress(text: string): URL | undefined {
  if (text.length > MAX_URL_CHARACTERS || /\p{Cc}/u.test(text) || !text.isWellFormed()) return undefined;
  if (!/^https?:\/\/[^\s\\/?#@]+(?:[/?#]|$)/i.test(text)) return undefined;
  const url = parse(text);
  return url && url.username === '' && url.password === '' ? url : undefined;
}

function parse(text: string): URL | undefined {
  return URL.parse(text) ?? undefined;
}

function canonicalUrl(href: string): string {
  try {
    return normalizeUrl(href, {
      stripWWW: false,
      stripHash: true,
      removeQueryParameters: TRACKING,
      sortQueryParameters: true,
      removeTrailingSlash: true,
      removeSingleSlash: true,
    });
  } catch (cause) {
    // An escape that decodes to nothing; no page that a browser shows has one.
    throw new Problem('thread-key-invalid', {}, { cause });
  }
}

function tooLong(): string {
  return `An address may have ${MAX_URL_CHARACTERS} characters.`;
}
