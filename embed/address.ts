/**
 * Where a thread lies. Holds the addresses that the loader and the element must agree on, so that the answer the
 * loader asked for is the one the element wants; it fetches nothing.
 */

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
