/**
 * Where a thread and a language lie. Holds the addresses that the loader and the element must agree on, so that what
 * the loader asked for is what the element wants; it fetches nothing.
 */

/** The languages there is a file for, by their codes of two letters with `|` between them, and the hash in their names;
 *  written in when this is bundled. */
declare const LANGUAGE_CODES: string;
declare const LANGUAGES: string;

/** The page's address without its fragment; the canonical one when the page names it. */
export function pageAddress(): string {
  const canonical = document.querySelector<HTMLLinkElement>('link[rel~=canonical][href]');
  return (canonical?.href || location.href).split('#')[0]!;
}

/** The key under which the service looks for the thread; it alone normalises. */
export const threadKey = (thread?: string): string => (thread ? `id:${thread}` : `url:${pageAddress()}`);

/** Where the API of a site begins; `service` ends in a slash. */
export const siteUrl = (service: string, site: string): string =>
  `${service}api/v1/sites/${encodeURIComponent(site)}`;

/** A page of the thread, below the site's address. Without `order` the site's own order holds. */
export const threadPath = (key: string, order?: string, after?: string): string =>
  `/thread?${new URLSearchParams({ key, ...(order && { order }), ...(after && { after }) })}`;

/** How to fetch: without a cookie, and asking a browser's own cache for nothing it has not checked. It would show a page
 *  without the comment that its reader has just posted (`stale-while-revalidate` is meant for shared caches). */
export const FETCH: RequestInit = { credentials: 'omit', cache: 'no-cache' };

/** The order that the reader chose last is kept under this name, for every page of the article's origin. */
export const ORDER = 'parley.order';
/** What may stand there: another script of the page can write anything. */
export const ORDERS = /^(old|new|b)est$/;

/** The file with the words of the first language that there are words for: the one asked for, the page's, the
 *  browser's. Undefined for English, which the module brings along. */
export function languageUrl(service: string, asked?: string): string | undefined {
  const known = `en|${LANGUAGE_CODES}`.split('|');
  const wanted = [asked, document.documentElement.lang, ...navigator.languages];
  const code = wanted.map((one) => one?.slice(0, 2).toLowerCase()).find((one) => known.includes(one!));
  return code && code !== 'en' ? `${service}embed/${code}.${LANGUAGES}.js` : undefined;
}
