/**
 * `count.js`: the element `<parley-count>`, the number of an article's comments in a list of articles. Holds all of it,
 * registration included; a page with such a list loads this and nothing else of the embed, so it must stay tiny. What
 * stands in the element stays until there is a number, and where there never is one.
 */

import { FETCH, siteUrl, threadKey } from './address.ts';

declare global {
  interface HTMLElementTagNameMap {
    'parley-count': ParleyCount;
  }
}

/** What the service answers in one request. */
const MAX_KEYS = 100;

/** Characters of a request, but for those of its last key: servers and proxies take addresses of 8 KiB. */
const MAX_SIZE = 6_000;

// Not `currentScript`: a module has none, and an image of the page that has this for a name stands in its place.
const script = document.querySelector<HTMLScriptElement>('script[data-site][src*="/count.js"]');
if (!script) throw Error('no data-site');
const counts = `${siteUrl(new URL('.', script.src).href, script.dataset.site!)}/counts?`;

class ParleyCount extends HTMLElement {
  static observedAttributes = ['thread', 'url', 'lang', 'zero', 'one', 'two', 'few', 'many', 'other'];

  /** Of the thread asked for last: the answer to an earlier request may be another's. */
  declare key?: string;
  /** What the page wrote. */
  declare own?: string;

  connectedCallback(): void {
    waiting.add(this);
    // A frame would not come in a tab that nobody looks at. The first of these asks for all.
    setTimeout(askAll);
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.connectedCallback();
  }
}

const waiting = new Set<ParleyCount>();

function keyOf(element: ParleyCount): string {
  const thread = element.getAttribute('thread');
  const url = element.getAttribute('url');
  if (thread || url == null) return threadKey(thread!);
  // Unlike `URL`, a link takes what is no address as it is; the service refuses it.
  const link = document.createElement('a');
  link.href = url;
  return `url:${link.href}`;
}

function show(element: ParleyCount, count: number): void {
  let { lang }: { lang?: string | undefined } =
    element.closest<HTMLElement>('[lang]') ?? document.documentElement;
  try {
    Intl.getCanonicalLocales(lang);
  } catch {
    // What the page says is no language: the browser's serves.
    lang = undefined;
  }
  const text =
    (count ? null : element.getAttribute('zero')) ??
    element.getAttribute(new Intl.PluralRules(lang).select(count)) ??
    element.getAttribute('other') ??
    '#';
  element.own ??= element.textContent;
  element.textContent = text.replaceAll('#', count.toLocaleString(lang));
}

/** Asks for all that wait, each thread once, in as few requests as can be. */
function askAll(): void {
  // While the page is still coming in, more will follow.
  if (document.readyState === 'loading') {
    addEventListener('DOMContentLoaded', askAll);
    return;
  }
  const elements = [...waiting];
  waiting.clear();
  for (const element of elements) {
    const key = keyOf(element);
    // The number of another thread must not stay.
    if (key !== element.key && element.own !== undefined) element.textContent = element.own;
    element.key = key;
  }
  let size = 0;
  const requests = Object.groupBy(new Set(elements.map(queryOf)), (query) => {
    const at = (size / MAX_SIZE) | 0;
    size += Math.max(query.length, MAX_SIZE / MAX_KEYS);
    // By host: an address that is not of this site has its whole request refused.
    return [query.split('%3A%2F%2F')[1]?.split('%2F')[0] ?? encodeURIComponent(location.host), at].join();
  });
  for (const queries of Object.values(requests)) void ask(queries!.join('&'), elements);
}

const queryOf = ({ key }: ParleyCount): string => `${new URLSearchParams({ key: key! })}`;

async function ask(query: string, elements: ParleyCount[]): Promise<void> {
  try {
    const response = await fetch(counts + query, FETCH);
    const { items } = (await response.json()) as { items: { key: string; count: number }[] };
    for (const { key, count } of items)
      for (const element of elements) if (element.key === key) show(element, count);
  } catch {
    // The service is down, or refuses, or the page's policy does: what the page wrote says enough.
  }
}

// A page may have the script twice.
if (!customElements.get('parley-count')) customElements.define('parley-count', ParleyCount);
