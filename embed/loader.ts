/**
 * What the script tag loads. Finds or makes the element, and starts what the element will need: its module and the
 * first page of the thread, at the same time. Holds nothing else; it is the one file whose address never changes, so
 * it must stay small and is cached for minutes only.
 */

import { siteUrl, threadKey, threadPath } from './address.ts';
import type { ParleyComments } from './parley-comments.ts';

/** The module's address, by its hash; written in when this file is bundled. */
declare const MODULE: string;

const NAMES = ['site', 'thread', 'title', 'order', 'theme', 'lang', 'loading'];

const script =
  (document.currentScript as HTMLScriptElement | null) ??
  // As a module a script does not know itself.
  document.querySelector<HTMLScriptElement>('script[data-site][src*="/embed.js"]')!;
const service = new URL('.', script.src).href;
const { site = '', thread = '', order, loading } = script.dataset;

import(service + MODULE).catch((cause) => reportError(cause));

const url = siteUrl(service, site) + threadPath(threadKey(thread), order);
const early = loading === 'lazy' ? undefined : { url, response: fetch(url, { credentials: 'omit' }) };
// Whoever awaits it says so; a failure nobody awaits is no error of the page.
early?.response.catch(() => {});

/** Gives what the tag says to the elements that do not say it themselves; makes one where there is none. */
function settle(): void {
  const all = [...document.querySelectorAll<ParleyComments>('parley-comments')];
  const waiting = all.filter((element) => !element.site || element.site === site);
  if (!all.length) {
    const element = document.createElement('parley-comments') as ParleyComments;
    waiting.push(element);
    give(element);
    script.after(element);
  } else waiting.forEach(give);
}

function give(element: ParleyComments): void {
  for (const name of NAMES) {
    const value = script.dataset[name];
    if (value !== undefined && !element.hasAttribute(name)) element.setAttribute(name, value);
  }
  if (early) element.early = early;
}

// While the page is still coming in, an element further down may be yet to come.
if (document.readyState === 'loading' && !document.querySelector('parley-comments')) {
  document.addEventListener('DOMContentLoaded', settle);
} else settle();
