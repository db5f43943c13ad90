/**
 * What the script tag loads. Finds or makes the element, and starts what the element will need: its module, its words
 * and the first page of the thread, at the same time. Holds nothing else; it is the one file whose address never changes, so
 * it must stay small and is cached for minutes only.
 */

import { FETCH, languageUrl, ORDER, siteUrl, threadKey, threadPath } from './address.ts';
import type { ParleyComments } from './parley-comments.ts';

/** The module's address, by its hash; written in when this file is bundled. */
declare const MODULE: string;

/** The site comes last: with it an element that is defined already begins. */
const NAMES = ['thread', 'title', 'order', 'theme', 'lang', 'loading', 'site'];

const { currentScript } = document;
const script =
  // An image or a form of the page that has this for a name stands in its place.
  currentScript instanceof HTMLScriptElement
    ? currentScript
    : // As a module a script does not know itself.
      document.querySelector<HTMLScriptElement>('script[data-site][src*="/embed.js"]')!;
const service = new URL('.', script.src).href;
const { site, thread = '', loading, lang } = script.dataset;
let { order } = script.dataset;
try {
  // Whatever stands there: what is no order brings no page, and the element asks for its own.
  order = JSON.parse(localStorage.getItem(ORDER)!) ?? order;
} catch {
  // Storage is denied, or not ours: the reader chose nothing.
}

// What stands in the element, or nothing, is better than a thread that never loads.
if (!site) throw Error('no data-site');
void import(service + MODULE);
// Whoever awaits the following says what failed; a failure nobody awaits is no error of the page.
const words = languageUrl(service, lang);
if (words) import(words).catch(() => {});

const url = siteUrl(service, site) + threadPath(threadKey(thread), order);
const early = loading === 'lazy' ? undefined : { url, response: fetch(url, FETCH) };
early?.response.catch(() => {});

/** The elements of the page. */
const elements = () => document.querySelectorAll<ParleyComments>('parley-comments');

/** Gives what the tag says to the elements that do not say it themselves; makes one where there is none. */
function settle(): void {
  // Nothing shows in the head. What put the script there has yet to make its element, or has left the article again.
  if (!elements().length && !script.closest('head')) script.after(document.createElement('parley-comments'));
  for (const element of elements()) {
    // Another site's element belongs to another script.
    if (element.site && element.site !== site) continue;
    if (early) element.early = early;
    for (const name of NAMES) {
      if (name in script.dataset && !element.hasAttribute(name))
        element.setAttribute(name, script.dataset[name]!);
    }
  }
}

// While the page is still coming in, an element further down may be yet to come.
if (document.readyState === 'loading' && !elements().length) {
  document.addEventListener('DOMContentLoaded', settle);
} else settle();
