/**
 * Where a thread lies. Holds the two addresses that the loader and the element must agree on, so that the answer the
 * loader asked for is the one the element wants; it fetches nothing.
 */

/** The page's address without its fragment; the canonical one when the page names it. */
export function pageAddress(): string {
  const canonical = document.querySelector<HTMLLinkElement>('link[rel~=canonical][href]');
  return (canonical?.href || location.href).split('#')[0]!;
}

/** The key under which the service looks for the thread; it alone normalises. */
export const threadKey = (thread: string | null): string =>
  thread ? `id:${thread}` : `url:${pageAddress()}`;

/** The address of the first page of a thread. Without `order` the site's own order holds. */
export const threadUrl = (service: string, site: string, key: string, order?: string | null): string =>
  `${service}api/v1/sites/${encodeURIComponent(site)}/thread?${new URLSearchParams(order ? { key, order } : { key })}`;
