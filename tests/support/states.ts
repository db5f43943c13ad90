/**
 * Looking at one state of the reply box as everybody meets it: what it is called, what it says to the eye and to the
 * ear, that its ways out are reached by Tab and seen there, that axe finds nothing in the way. Each state is
 * looked at in English, light and dark, and in Arabic on a phone. With `SHOTS=<folder>` each leaves pictures of itself there.
 */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import arabic from '../../embed/languages/ar.ts';
import { english, type Texts } from '../../embed/texts.ts';
import { rareEnglish } from '../../embed/texts-rare.ts';
import { writingEnglish } from '../../embed/texts-writing.ts';
import { type Article, addressOf, openArticle, signedIn } from './article.ts';
import { violations } from './axe.ts';
import type { TestBrowser } from './browser.ts';
import { hears, hush, listen } from './heard.ts';
import type { Stage } from './stage.ts';
import type { Reader } from './world.ts';

export interface Variant {
  language: string;
  t: Texts;
}

export const VARIANTS: Variant[] = [
  { language: 'English', t: { ...english, ...rareEnglish, ...writingEnglish } },
  { language: 'Arabic', t: arabic },
];

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };

/** How much of the article is in a picture, in pixels. */
const MARGIN = 80;

/** More Tabs than the page has places to stop at. */
const TABS = 60;

export interface OpenOptions extends BrowserContextOptions {
  /** Who has a session. */
  as?: string;
  url?: string;
  prepare?: (page: Page) => Promise<unknown>;
}

/** Opens an article whose tag asks for this language, and listens to it. */
export async function openIn(
  stage: Stage,
  browser: TestBrowser,
  { t }: Variant,
  { as, url = addressOf(stage), prepare, ...context }: OpenOptions = {},
): Promise<Article & { reader: Reader }> {
  let reader: Reader | undefined;
  const article = await openArticle(browser, url, {
    viewport: t.lang === 'en' ? WIDE : NARROW,
    ...context,
    prepare: async (page) => {
      await listen(page);
      await speak(page, t.lang);
      if (as) reader = await signedIn(stage, page, as);
      await prepare?.(page);
    },
  });
  return { ...article, reader: reader! };
}

/** Has the tag of each page say which language it wants. */
async function speak(page: Page, lang: string): Promise<void> {
  await page.addInitScript((lang) => {
    new MutationObserver((_, observer) => {
      const script = document.querySelector<HTMLScriptElement>('script[data-site]');
      if (!script) return;
      script.dataset.lang = lang;
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  }, lang);
}

export interface Look {
  /** The host's `data-state`. */
  state: string;
  /** What is seen, in these words. */
  shows?: (string | RegExp)[];
  /** What was heard since the last look, in this order. */
  hears: string[];
  /** What stands in the box. */
  text?: string;
  /** Names of what is reached by Tab. */
  ways?: (string | RegExp)[];
}

/** Looks at the state whose test has this name. */
export async function look(article: Article, name: string, expected: Look): Promise<void> {
  const { page, host, text } = article;
  await article.reaches(expected.state);
  for (const words of expected.shows ?? []) await article.shows(words);
  await photograph(article, name);
  await hears(page, expected.hears);
  const found: Record<string, string[]> = {};
  for (const colorScheme of ['light', 'dark'] as const) {
    // A language has no colours of its own.
    if (colorScheme === 'dark' && (await isArabic(article))) continue;
    await page.emulateMedia({ colorScheme });
    await expect.poll(() => host.evaluate((node) => getComputedStyle(node).colorScheme)).toBe(colorScheme);
    found[colorScheme] = await violations(page);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  expect(Object.values(found).flat()).toEqual([]);
  // All this has changed nothing, and nothing more was said.
  await article.reaches(expected.state);
  await hears(page, expected.hears);
  if (expected.text !== undefined) expect(await text.inputValue()).toBe(expected.text);
  // Last: who passes the text opens the box.
  for (const way of expected.ways ?? []) await tabTo(page, way);
  await hush(page);
}

/** Presses Tab until what has the focus has this name, and sees that it can be seen. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  // It may be there already; after a click a browser need not show it.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Shift+Tab');
  for (let presses = 0; presses < TABS; presses += 1) {
    if (presses > 0) await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const node = document.querySelector('parley-comments')?.shadowRoot?.activeElement as HTMLElement | null;
      if (!node) return undefined;
      const { outlineStyle, outlineWidth } = getComputedStyle(node);
      const form = node.closest('form');
      const root = node.getRootNode() as ShadowRoot;
      const label =
        root.getElementById(node.getAttribute('aria-labelledby') ?? '') ??
        (node as HTMLInputElement).labels?.[0];
      return {
        name: (node.ariaLabel ?? (label ?? node).textContent ?? '').trim(),
        isSeen:
          (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) ||
          // A textarea is framed by its form.
          (node.localName === 'textarea' && form !== null && getComputedStyle(form).boxShadow !== 'none'),
        isInView: node.getBoundingClientRect().bottom > 0 && node.getBoundingClientRect().top < innerHeight,
      };
    });
    if (at && (typeof name === 'string' ? at.name === name : name.test(at.name))) {
      expect({ name: at.name, isSeen: at.isSeen, isInView: at.isInView }).toEqual({
        name: at.name,
        isSeen: true,
        isInView: true,
      });
      return;
    }
  }
  throw new Error(`Tab never reached ${name}`);
}

const isArabic = async ({ host }: Article) => (await host.getAttribute('lang')) === 'ar';

/** Leaves pictures of the element and the article around it, where `SHOTS` says. */
async function photograph(article: Article, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (!folder) return;
  const { page } = article;
  const isRtl = await isArabic(article);
  const before = page.viewportSize()!;
  const take = async (kind: string) => {
    const box = (await page.locator('parley-comments').boundingBox())!;
    const scrolled = await page.evaluate(() => scrollY);
    const { width } = page.viewportSize()!;
    const y = Math.max(0, box.y + scrolled - MARGIN);
    await page.screenshot({
      path: `${folder}/${name.replace(/\W+/g, '-').replace(/-$/, '')}-${kind}.png`,
      fullPage: true,
      animations: 'disabled',
      clip: { x: 0, y, width, height: box.y + scrolled + box.height + MARGIN - y },
    });
  };
  for (const size of [WIDE, NARROW]) {
    await page.setViewportSize(size);
    const narrow = size === NARROW ? '-360' : '';
    for (const colorScheme of ['light', 'dark'] as const) {
      if (isRtl && colorScheme === 'dark') continue;
      await page.emulateMedia({ colorScheme });
      await take(`${isRtl ? 'rtl' : colorScheme}${narrow}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
}
