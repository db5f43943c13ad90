/**
 * How the embed looks on any page: as narrow as a phone and as wide as a desk, from right to left, in colours that are
 * forced on it, and while the page turns dark. The way of a reader (support/walk.ts) is gone where each step matters.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import arabic from '../../embed/languages/ar.ts';
import { type Article, openArticle, say } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { openPages, type PageOptions, type Pages } from '../support/pages.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { walk } from '../support/walk.ts';
import type { Reader } from '../support/world.ts';

let stage: Stage;
let browser: TestBrowser;
let pages: Pages;
let bo: Reader;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
  pages = await openPages(stage);
  bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
});
afterAll(async () => {
  await browser.close();
  pages.close();
  await stage.end();
});
beforeEach(async () => {
  await stage.world.pool.query('delete from rate_limits');
});

/** A page where Bo has said something, and more in answer to it. */
async function begun(options: PageOptions = {}, data = ''): Promise<string> {
  const url = pages.page(`<main>${pages.tag(data)}</main>`, options);
  const { id } = await say(stage, bo, url, 'Bo was first');
  const wide = await say(stage, bo, url, `Some${'long'.repeat(60)}word\n\n    ${'wide '.repeat(60)}`, id);
  await say(stage, bo, url, `A${'nother'.repeat(40)}`, wide.id);
  return url;
}

/** What can be pressed and is smaller than a finger needs (WCAG 2.5.8). */
const smallTargets = ({ page }: Article) =>
  page.evaluate(() =>
    [
      ...document
        .querySelector('parley-comments')!
        .shadowRoot!.querySelectorAll('button, select, input, header a'),
    ]
      .map((node) => ({ name: node.ariaLabel ?? node.textContent, box: node.getBoundingClientRect() }))
      .filter(({ box }) => box.height > 0 && (box.height < 24 || box.width < 24))
      .map(({ name, box }) => `${name} ${box.width}×${box.height}`),
  );

/** Which way the embed runs, what of it does not, and its words in Latin letters. Runs in the page. */
function fromRight(name: string) {
  const root = document.querySelector('parley-comments')!.shadowRoot!.querySelector<HTMLElement>('.root')!;
  const ours = [...root.querySelectorAll<HTMLElement>('*')].filter(
    (node) => node.checkVisibility() && !node.closest('.body, bdi, .provider, .avatar, svg'),
  );
  const own = (node: Element) =>
    [...node.childNodes].flatMap((child) => (child.nodeType === 3 ? [child.nodeValue!] : [])).join(' ');
  const said = ours.flatMap((node) => [
    own(node),
    node.ariaLabel ?? '',
    node.title,
    (node as HTMLTextAreaElement).placeholder ?? '',
  ]);
  const range = document.createRange();
  const isRight = (node: Element) => {
    range.selectNodeContents(node);
    return range.getBoundingClientRect().right > root.getBoundingClientRect().right - 30;
  };
  return {
    dir: root.dir,
    left: ours
      .filter((node) => own(node).trim() && getComputedStyle(node).direction !== 'rtl')
      .concat([...root.querySelectorAll<HTMLElement>('#count')].filter((node) => !isRight(node)))
      .map((node) => node.outerHTML),
    latin: said.filter((text) => /[a-z]/i.test(text.replaceAll(name, '').replace(/Bo|Google/g, ''))),
  };
}

/** The texts that have the colour of what they stand on. Runs in the page. */
function outOfSight(): string[] {
  if (!matchMedia('(forced-colors: active)').matches) return ['nothing is forced'];
  const { shadowRoot } = document.querySelector('parley-comments')!;
  const ground = (node: Element): string => {
    const { backgroundColor } = getComputedStyle(node);
    if (!/, 0\)$/.test(backgroundColor)) return backgroundColor;
    return node.parentElement ? ground(node.parentElement) : 'rgb(255, 255, 255)';
  };
  return [...shadowRoot!.querySelectorAll('*')]
    .filter((node) => node.checkVisibility() && (node.localName === 'svg' || node.firstChild?.nodeType === 3))
    .filter((node) => getComputedStyle(node).color === ground(node))
    .map((node) => node.outerHTML);
}

describe('the width of the page', () => {
  it.each([320, 1600])('%i pixels are enough, and never scrolled sideways', async (width) => {
    const article = await openArticle(browser, await begun(), { viewport: { width, height: 700 } });
    const found: Record<string, unknown> = {};
    const look = async (step: string) => {
      const scrolled = await article.page.evaluate(() => document.scrollingElement!.scrollWidth);
      const small = await smallTargets(article);
      if (scrolled > width || small.length > 0) found[step] = [scrolled, small];
    };
    await walk(stage, article, { name: `Wim ${width}`, look });
    await article.text.fill(`Much${'more'.repeat(60)} to say`);
    await article.button('Formatting').click();
    await article.button(/^Bold/).waitFor();
    await look('tools');
    await article.button('Preview').click();
    await article.host.locator('.preview p').waitFor();
    await look('preview');
    expect(found).toEqual({});
  });
});

describe('from right to left', () => {
  const hasArabicPage = (html: string): PageOptions => ({ html });

  it.each([
    ['on a page from left to right', hasArabicPage('lang="en"'), 'data-lang="ar"'],
    ['on an Arabic page', hasArabicPage('lang="ar" dir="rtl"'), ''],
  ])('the embed is Arabic through and through %s', async (_where, options, data) => {
    const article = await openArticle(browser, await begun(options, data), {
      viewport: { width: 800, height: 700 },
    });
    const found: Record<string, unknown> = {};
    const name = `عمر ${options.html!.length}`;
    await walk(stage, article, {
      name,
      t: arabic,
      look: async (step) => {
        const { page } = article;
        const at = await page.evaluate(fromRight, name);
        if (at.dir !== 'rtl' || at.left.length > 0 || at.latin.length > 0) found[step] = at;
      },
    });
    expect(found).toEqual({});
    const heading = await article.page.evaluate((n) => n.toLocaleString('ar'), 5);
    await article.host.getByRole('heading', { name: new RegExp(heading) }).waitFor();
    // An English comment stands from left to right among all that.
    const body = article.comment('Bo was first').first().locator('.body');
    expect(await body.evaluate((node) => getComputedStyle(node).direction)).toBe('ltr');
  });
});

describe('colours and motion', () => {
  it('forced on it leave everything in sight that can be pressed or read', async () => {
    const article = await openArticle(browser, await begun(), { forcedColors: 'active' });
    const found: Record<string, unknown> = {};
    await walk(stage, article, {
      name: 'Fiona Forced',
      look: async (step) => {
        const lost = await article.page.evaluate(outOfSight);
        if (lost.length > 0) found[step] = lost;
      },
    });
    expect(found).toEqual({});
    // The frame by which a focused text is known is drawn as shadow, which forced colours take away.
    await article.text.focus();
    const frame = await article.host
      .locator('.box form')
      .evaluate((node) => [getComputedStyle(node).outlineStyle, getComputedStyle(node).outlineWidth]);
    expect(frame).toEqual(['solid', '2px']);
  });

  it('forced on it tell a vote given from one that is not', async () => {
    const article = await openArticle(browser, await begun(), { forcedColors: 'active' });
    await article.text.fill('Hello');
    await article.button('Google').waitFor();
    const look = () =>
      article
        .button(/^Vote up/)
        .first()
        .evaluate((node) => {
          const { color, backgroundColor, outlineStyle } = getComputedStyle(node);
          return { color, backgroundColor, outlineStyle };
        });
    const before = await look();
    await article.page.evaluate(() => {
      const { shadowRoot } = document.querySelector('parley-comments')!;
      shadowRoot!.querySelector('.up')!.ariaPressed = 'true';
    });
    expect(await look()).not.toEqual(before);
  });

  it('nothing moves faster than slowly for who wants less motion', async () => {
    const article = await openArticle(browser, await begun(), { reducedMotion: 'reduce' });
    const fast: Record<string, unknown> = {};
    await walk(stage, article, {
      name: 'Rhea Restful',
      look: async (step) => {
        const found = await article.page.evaluate(() =>
          document
            .querySelector('parley-comments')!
            .shadowRoot!.getAnimations()
            .flatMap((animation) => {
              const { duration } = animation.effect!.getTiming();
              return Number(duration) < 4_000
                ? [`${(animation as CSSAnimation).animationName} ${duration}`]
                : [];
            }),
        );
        if (found.length > 0) fast[step] = found;
      },
    });
    expect(fast).toEqual({});
  });
});

describe('light and dark while the page is open', () => {
  const schemeOf = ({ host }: Article) => host.evaluate((node) => getComputedStyle(node).colorScheme);
  const style = (rules: string): PageOptions => ({ head: `<style>${rules}</style>` });
  const DARK = 'background: #111; color: #ddd';

  it.each([
    ['the root', 'html', ''],
    ['the body', 'body', ''],
    ['the root, with a transition', 'html', 'body { transition: color 0.2s }'],
    ['an element around it', 'main', ''],
  ])('it follows a class on %s', async (_where, element, more) => {
    const article = await openArticle(browser, await begun(style(`${element}.dark { ${DARK} } ${more}`)));
    expect(await schemeOf(article)).toBe('light');
    for (const scheme of ['dark', 'light']) {
      await article.page.evaluate(
        (element) => document.querySelector(element)!.classList.toggle('dark'),
        element,
      );
      await expect.poll(() => schemeOf(article)).toBe(scheme);
    }
  });

  it('it follows a page that follows the system', async () => {
    const rules = `@media (prefers-color-scheme: dark) { body { ${DARK} } }`;
    const article = await openArticle(browser, await begun(style(rules)), { colorScheme: 'light' });
    for (const colorScheme of ['dark', 'light'] as const) {
      await article.page.emulateMedia({ colorScheme });
      await expect.poll(() => schemeOf(article)).toBe(colorScheme);
    }
  });

  it('it takes its theme from the attribute, and from the page again without one', async () => {
    const article = await openArticle(browser, await begun(style(`.dark { ${DARK} }`)));
    const { host, page } = article;
    await article.text.fill('Being written');
    const set = (theme: string) => host.evaluate((node, theme) => node.setAttribute('theme', theme), theme);
    await set('dark');
    await expect.poll(() => schemeOf(article)).toBe('dark');
    await page.evaluate(() => document.body.setAttribute('data-page', 'changed'));
    await set('light');
    await expect.poll(() => schemeOf(article)).toBe('light');
    await set('dark');
    await host.evaluate((node) => node.removeAttribute('theme'));
    await expect.poll(() => schemeOf(article)).toBe('light');
    await page.evaluate(() => document.body.classList.add('dark'));
    await expect.poll(() => schemeOf(article)).toBe('dark');
    // Nothing of that began it afresh.
    expect(await article.text.inputValue()).toBe('Being written');
  });
});
