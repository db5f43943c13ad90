/**
 * The writing tools of the reply box in a real Chromium: what its toolbar makes of a text, the preview, and the names
 * that an `@` offers. What is pasted has a file of its own (paste.test.ts).
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { BrowserContextOptions, Route } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Article, addressOf, openArticle, say, signedIn } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let stage: Stage;
let browser: TestBrowser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await stage.end();
});
beforeEach(async () => {
  await stage.world.pool.query('delete from rate_limits');
});

interface Options extends BrowserContextOptions {
  url?: string;
  as?: string;
  dir?: string;
}

/** An article whose reply box is open, and how to handle its tools. */
async function openBox({ url = addressOf(stage), as, dir, ...context }: Options = {}) {
  const article = await openArticle(browser, url, {
    ...context,
    prepare: async (page) => {
      if (as) await signedIn(stage, page, as);
    },
  });
  if (dir) await article.host.locator('.root').evaluate((root, dir) => root.setAttribute('dir', dir), dir);
  await article.text.focus();
  await article.button('Formatting').waitFor();
  return article;
}

/** The same with the toolbar there. */
async function openTools(options?: Options) {
  const article = await openBox(options);
  await article.button('Formatting').click();
  await article.host.getByRole('toolbar').waitFor();
  return article;
}

/** Sets the text: `[` and `]` stand around the selection, `|` where the caret is. */
const set = ({ text }: Article, marked: string) =>
  text.evaluate((node: HTMLTextAreaElement, marked) => {
    node.focus();
    node.value = marked.replace(/[‹›|]/g, '');
    const from = marked.search(/[‹|]/);
    node.setSelectionRange(from, marked.includes('›') ? marked.indexOf('›') - 1 : from);
  }, marked);

/** The text with its selection, in the same way. */
const get = ({ text }: Article) =>
  text.evaluate(({ value, selectionStart, selectionEnd }: HTMLTextAreaElement) => {
    const selected = value.slice(selectionStart, selectionEnd);
    return value.slice(0, selectionStart) + (selected ? `‹${selected}›` : '|') + value.slice(selectionEnd);
  });

const told = ({ host }: Article) => host.getByRole('status').last().textContent();

/** What has the focus: its name, or what it is. */
const focused = ({ page }: Article) =>
  page.evaluate(() => {
    const node = document.querySelector('parley-comments')?.shadowRoot?.activeElement;
    return node?.ariaLabel || node?.textContent || node?.localName;
  });

/** One press a line: the button, the text before, after, and after a second press where that is not the first text. */
const PRESSES: [button: string, before: string, after: string, again?: string][] = [
  ['Bold (Ctrl+B)', 'one ‹two› three', 'one **‹two›** three'],
  ['Bold (Ctrl+B)', 'one‹ two ›three', 'one **‹two›** three', 'one ‹two› three'],
  ['Bold (Ctrl+B)', '|', '**|**'],
  ['Bold (Ctrl+B)', '**one tw|o**', 'one tw|o', 'one tw**|**o'],
  ['Bold (Ctrl+B)', '‹**one**›', '‹one›', '**‹one›**'],
  ['Bold (Ctrl+B)', '**a** ‹b› **c**', '**a** **‹b›** **c**'],
  ['Bold (Ctrl+B)', '*‹a›*', '***‹a›***'],
  [
    'Bold (Ctrl+B)',
    '‹one\n\n- two\n> 3. three›',
    '**‹one**\n\n- **two**\n> 3. **three›**',
    '‹one\n\n- two\n> 3. three›',
  ],
  ['Bold (Ctrl+B)', '‹**one**\ntwo›', '‹**one**\n**two›**', '‹one\ntwo›'],
  ['Italic (Ctrl+I)', '‹a›', '*‹a›*'],
  ['Italic (Ctrl+I)', '**‹a›**', '***‹a›***'],
  ['Italic (Ctrl+I)', 'a *b* **c** ‹d›', 'a *b* **c** *‹d›*'],
  ['Strikethrough', 'a ‹b›', 'a ~~‹b›~~'],
  ['Code', 'a ‹b› c', 'a `‹b›` c'],
  ['Code', 'a\n‹b\nc›\nd', 'a\n‹```\nb\nc\n```›\nd', 'a\n‹b\nc›\nd'],
  ['Link (Ctrl+K)', 'see ‹here›', 'see [here](‹https://›)', 'see here|'],
  ['Link (Ctrl+K)', 'see |', 'see [|](https://)'],
  ['Link (Ctrl+K)', 'see [he|re](https://x.example)', 'see he|re', 'see he[|](https://)re'],
  ['Link (Ctrl+K)', '[1] see [a](b) [he|re](c)', '[1] see [a](b) he|re', '[1] see [a](b) he[|](https://)re'],
  ['Link (Ctrl+K)', 'see [\\[1\\] ‹here›](c)', 'see \\[1\\] ‹here›', 'see \\[1\\] [here](‹https://›)'],
  ['Quote', 'one\n‹two\n\nthree›\nfour', 'one\n> ‹two\n> \n> three›\n\nfour', 'one\n‹two\n\nthree›\n\nfour'],
  ['Quote', '- o|ne', '> - o|ne'],
  ['List', '‹one\ntwo›', '- ‹one\n- two›', '‹one\ntwo›'],
  ['List', '|', '- |'],
  ['List', '1. o|ne\n2. two', '- o|ne\n\n2. two', 'o|ne\n\n2. two'],
  ['Numbered list', '‹one\n\ntwo›', '1. ‹one\n\n2. two›', '‹one\n\ntwo›'],
  ['Numbered list', '‹- one\n- two›', '1. ‹one\n2. two›', '‹one\ntwo›'],
];

describe('the toolbar', () => {
  it('comes when Formatting is pressed, and leads the keyboard there', async () => {
    const article = await openTools();
    expect(await focused(article)).toBe('Bold (Ctrl+B)');
    expect(await article.button('Formatting').count()).toBe(0);
    const names = await article.host
      .getByRole('toolbar', { name: 'Formatting' })
      .getByRole('button')
      .evaluateAll((buttons) => buttons.map((button) => button.ariaLabel ?? button.textContent));
    expect(names).toEqual([
      'Bold (Ctrl+B)',
      'Italic (Ctrl+I)',
      'Strikethrough',
      'Link (Ctrl+K)',
      'Quote',
      'Code',
      'List',
      'Numbered list',
      'Preview',
    ]);
  });

  it('sets each mark on what is selected, and takes it off again', async () => {
    const article = await openTools();
    const got: unknown[] = [];
    for (const [button, before] of PRESSES) {
      await set(article, before);
      await article.button(button).click();
      const after = await get(article);
      await article.button(button).click();
      const again = await get(article);
      got.push([button, before, after, again]);
    }
    expect(got).toEqual(
      PRESSES.map(([button, before, after, again = before]) => [button, before, after, again]),
    );
  });

  it('is done at once with any number of lines, and with a line of brackets alone', async () => {
    const article = await openTools();
    const press = async (name: string, before: string): Promise<string> => {
      await article.text.evaluate((node: HTMLTextAreaElement, value) => {
        node.value = value;
        node.select();
      }, before);
      const begun = Date.now();
      await article.button(name).click();
      const after = await article.text.inputValue();
      expect(Date.now() - begun, name).toBeLessThan(5_000);
      return after;
    };
    const lines = (line: string) => Array(5_000).fill(line).join('\n');
    expect(await press('Quote', lines('a'))).toBe(lines('> a'));
    expect(await press('Quote', lines('> a'))).toBe(lines('a'));
    expect(await press('Code', lines('a'))).toBe(`\`\`\`\n${lines('a')}\n\`\`\``);
    for (const line of ['[]('.repeat(6_600), '['.repeat(20_000), '\\['.repeat(10_000)])
      expect(await press('Link (Ctrl+K)', line)).toBe(`[${line}](https://)`);
    // It is kept like what is typed.
    await press('Quote', lines('b'));
    const kept = () => article.page.evaluate(() => JSON.stringify(Object.entries(localStorage)));
    await expect.poll(kept).toContain('> b');
  });

  it('does the same by its keys, and lets Ctrl+Enter post', async () => {
    const article = await openTools({ as: 'Ada' });
    await set(article, '‹one›');
    await article.text.press('Control+b');
    await article.text.press('Control+i');
    expect(await get(article)).toBe('***‹one›***');
    await article.text.press('Control+k');
    expect(await get(article)).toBe('***[one](‹https://›)***');
    await article.text.pressSequentially('https://x.example/');
    await article.text.press('Control+Enter');
    await article.reaches('posted');
    const link = article.comment('one').getByRole('link', { name: 'one' });
    expect(await link.getAttribute('href')).toBe('https://x.example/');
  });

  it('keeps the draft, and what it did can be undone', async () => {
    const article = await openTools();
    await article.text.pressSequentially('one');
    await article.text.press('Control+a');
    await article.button('Bold (Ctrl+B)').click();
    const kept = await article.page.evaluate(() => JSON.stringify(Object.entries(localStorage)));
    expect(kept).toContain('**one**');
    await article.text.press('Control+z');
    expect(await article.text.inputValue()).toBe('one');
  });

  it.each(['ltr', 'rtl'])(
    'is one stop for Tab, and arrows lead through it as they point (%s)',
    async (dir) => {
      const article = await openTools({ dir });
      const { keyboard } = article.page;
      const [ahead, back] = dir === 'ltr' ? ['ArrowRight', 'ArrowLeft'] : ['ArrowLeft', 'ArrowRight'];
      const walk: unknown[] = [];
      for (const key of [ahead!, back!, back!, ahead!, 'End', 'Home', ahead!]) {
        await keyboard.press(key);
        walk.push(await focused(article));
      }
      expect(walk).toEqual([
        'Italic (Ctrl+I)',
        'Bold (Ctrl+B)',
        'Preview',
        'Bold (Ctrl+B)',
        'Preview',
        'Bold (Ctrl+B)',
        'Italic (Ctrl+I)',
      ]);
      await keyboard.press('Shift+Tab');
      expect(await focused(article)).toBe('textarea');
      await keyboard.press('Tab');
      expect(await focused(article)).toBe('Italic (Ctrl+I)');
    },
  );

  it('comes to the form that changes a comment, too', async () => {
    const article = await openBox({ as: 'Ada' });
    await article.text.fill('once');
    await article.button('Post Comment').click();
    await article.reaches('posted');
    await article.comment('once').getByRole('button', { name: 'Edit' }).click();
    const form = article.host.locator('article form');
    await form.getByRole('button', { name: 'Formatting' }).click();
    await form.getByRole('toolbar').waitFor();
    await form.getByRole('textbox').press('Control+a');
    await form.getByRole('button', { name: 'Bold (Ctrl+B)' }).click();
    await form.getByRole('button', { name: 'Save' }).click();
    await article.host.locator('article strong').getByText('once').waitFor();
  });

  it.each([320, 1280])('has buttons that a finger can hit, and fits %i pixels', async (width) => {
    const article = await openTools({ viewport: { width, height: 800 } });
    const boxes = await article.host
      .getByRole('toolbar')
      .getByRole('button')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()));
    expect(boxes).toHaveLength(9);
    for (const box of boxes) {
      expect(box.width).toBeGreaterThanOrEqual(24);
      expect(box.height).toBeGreaterThanOrEqual(24);
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.right).toBeLessThanOrEqual(width);
    }
    await article.button('Preview').click();
    expect(await article.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      width,
    );
  });
});

describe('the preview', () => {
  it('shows the text as the comment will look, to who is not signed in, and leads back to the text', async () => {
    const article = await openBox();
    await article.text.fill('**Good** [morning](https://x.example/)\n\n- one');
    await article.button('Preview').click();
    const panel = article.host.getByRole('region', { name: 'Preview' });
    await panel.getByRole('listitem').waitFor();
    expect(await panel.innerHTML()).toBe(
      '<p><strong>Good</strong> <a href="https://x.example/" rel="nofollow ugc noopener">morning</a></p>\n<ul>\n<li>one</li>\n</ul>\n',
    );
    expect(await told(article)).toBe('Preview');
    expect(await focused(article)).toBe('Write');
    await article.button('Write').click();
    expect(await panel.isVisible()).toBe(false);
    expect(await focused(article)).toBe('textarea');
    expect(await article.text.inputValue()).toBe('**Good** [morning](https://x.example/)\n\n- one');
  });

  it('says so when there is nothing to show', async () => {
    const article = await openBox();
    await article.text.fill(' \n');
    await article.button('Preview').click();
    await article.host
      .getByRole('region', { name: 'Preview' })
      .getByText('There is nothing to preview yet.')
      .waitFor();
    expect(await told(article)).toBe('There is nothing to preview yet.');
  });

  it('says why there is none', async () => {
    const article = await openBox();
    await article.text.fill('https://a.example '.repeat(11));
    await article.button('Preview').click();
    const sentence = 'Your comment has too many links. Please remove some.';
    await article.host.getByRole('region', { name: 'Preview' }).getByText(sentence).waitFor();
    expect(await told(article)).toBe(sentence);
  });

  it('is that of the last text, whichever answer comes last', async () => {
    const article = await openBox();
    const held: Route[] = [];
    await article.page.route('**/preview', (route) => void held.push(route));
    await article.text.fill('first');
    await article.button('Preview').click();
    await expect.poll(() => held.length).toBe(1);
    await article.button('Write').click();
    await article.text.fill('second');
    await article.button('Preview').click();
    await expect.poll(() => held.length).toBe(2);
    const panel = article.host.getByRole('region', { name: 'Preview' });
    await held[1]!.continue();
    await panel.getByText('second').waitFor();
    const answered = article.page.waitForResponse('**/preview');
    await held[0]!.continue();
    await (await answered).finished();
    // One more turn through the page, in which a stale answer would show.
    await article.page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    expect(await panel.textContent()).toBe('second\n');
  });

  it('gives way to the text when the comment is posted', async () => {
    const article = await openBox({ as: 'Ada' });
    await article.text.fill('seen and sent');
    await article.button('Preview').click();
    const panel = article.host.getByRole('region', { name: 'Preview' });
    await panel.getByText('seen and sent').waitFor();
    await article.button('Post Comment').click();
    await article.reaches('posted');
    expect(await panel.isVisible()).toBe(false);
    expect(await article.text.isVisible()).toBe(true);
  });
});

describe('a name behind an @', () => {
  /** An article with comments by these readers. */
  async function withPeople(...names: string[]): Promise<string> {
    const url = addressOf(stage);
    for (const name of names) {
      const reader = await stage.world.reader(name, { origin: stage.gazette.url });
      await say(stage, reader, url, `I am ${name}`);
    }
    return url;
  }

  const PEOPLE = ['Ada Lovelace', 'Zoë Ärlig', 'Bo', 'Adam Bo-Holm'];

  const options = (article: Article) =>
    article.host.getByRole('listbox').getByRole('option').allTextContents();

  /** Types, and waits for the names that are offered. */
  async function type(article: Article, keys: string, names: string[]): Promise<void> {
    await article.text.pressSequentially(keys);
    await expect
      .poll(async () => (await options(article)).sort(), { message: keys })
      .toEqual([...names].sort());
  }

  it('is one of those who take part, found by any of its words, in any case and without its accents', async () => {
    const article = await openBox({ url: await withPeople(...PEOPLE) });
    await type(article, '@', PEOPLE);
    await type(article, 'a', ['Ada Lovelace', 'Adam Bo-Holm', 'Zoë Ärlig']);
    await type(article, 'DA', ['Ada Lovelace', 'Adam Bo-Holm']);
    await type(article, 'x', []);
    await article.text.fill('');
    await type(article, '(@lov', ['Ada Lovelace']);
    await article.text.fill('');
    await type(article, 'so, @zoe a', ['Zoë Ärlig']);
    await article.text.press('Enter');
    expect(await get(article)).toBe('so, @Zoë Ärlig |');
    expect(await options(article)).toEqual([]);
  });

  it('is chosen by keys, and the text says to screen readers which it is', async () => {
    const article = await openBox({ url: await withPeople(...PEOPLE) });
    await type(article, 'hi @ad', ['Ada Lovelace', 'Adam Bo-Holm']);
    const names = await options(article);
    const active = () =>
      article.text.evaluate((node) => {
        const root = node.getRootNode() as ShadowRoot;
        return root.getElementById(node.getAttribute('aria-activedescendant')!)?.textContent;
      });
    const box = article.host.getByRole('combobox', { expanded: true });
    const list = article.host.getByRole('listbox', { name: 'People in this discussion' });
    expect(await box.getAttribute('aria-controls')).toBe(await list.getAttribute('id'));
    expect(await told(article)).toBe('2 people found');
    expect(await active()).toBe(names[0]);
    for (const [key, at] of [
      ['ArrowDown', 1],
      ['ArrowDown', 0],
      ['ArrowUp', 1],
    ] as const) {
      await article.text.press(key);
      expect(await active()).toBe(names[at]);
      expect(await list.getByRole('option', { selected: true }).allTextContents()).toEqual([names[at]]);
    }
    await article.text.press('Tab');
    expect(await get(article)).toBe(`hi @${names[1]} |`);
    expect(await focused(article)).toBe('textarea');
    expect(await article.text.getAttribute('role')).toBeNull();
    expect(await article.text.getAttribute('aria-activedescendant')).toBeNull();
    await article.text.press('Control+z');
    expect(await article.text.inputValue()).toBe('hi @ad');
  });

  it('is chosen by a click', async () => {
    const article = await openBox({ url: await withPeople(...PEOPLE) });
    await type(article, 'hi @b', ['Adam Bo-Holm', 'Bo']);
    await article.host.getByRole('option', { name: 'Bo', exact: true }).click();
    expect(await get(article)).toBe('hi @Bo |');
    expect(await focused(article)).toBe('textarea');
  });

  it('is no more offered once Escape was pressed, which closes nothing else', async () => {
    const article = await openBox({ url: await withPeople('Bo'), as: 'Ada' });
    await article.text.fill('once');
    await article.button('Post Comment').click();
    await article.reaches('posted');
    await article.comment('once').getByRole('button', { name: 'Edit' }).click();
    const form = article.host.locator('article form');
    const text = form.getByRole('textbox');
    await text.pressSequentially(' @b');
    await article.host.getByRole('option', { name: 'Bo' }).waitFor();
    await form.getByRole('combobox').press('Escape');
    expect(await options(article)).toEqual([]);
    expect(await text.inputValue()).toBe('once @b');
    await text.pressSequentially('o');
    expect(await options(article)).toEqual([]);
    await text.press('Enter');
    await text.pressSequentially('@b');
    await article.host.getByRole('option', { name: 'Bo' }).waitFor();
  });

  it('is not offered in an e-mail address, and Ctrl+Enter posts while one is', async () => {
    const article = await openBox({ url: await withPeople('Bo'), as: 'Ada' });
    await type(article, '@b', ['Bo']);
    await type(article, ' ', []);
    await type(article, 'mail@bo', []);
    await type(article, ' @b', ['Bo']);
    await article.text.press('Control+Enter');
    await article.reaches('posted');
    await article.comment('@b mail@bo @b').waitFor();
  });

  it('goes with the focus, and with the caret', async () => {
    const article = await openBox({ url: await withPeople('Bo') });
    await type(article, '@b', ['Bo']);
    await article.text.press('ArrowLeft');
    expect(await options(article)).toEqual([]);
    await article.text.press('End');
    await type(article, 'o', ['Bo']);
    await article.host.getByRole('heading', { name: 'Leave a Reply' }).click();
    expect(await options(article)).toEqual([]);
    expect(await article.text.inputValue()).toBe('@bo');
  });

  it('is one of six at most', async () => {
    const names = ['Cy One', 'Cy Two', 'Cy Three', 'Cy Four', 'Cy Five', 'Cy Six', 'Cy Seven'];
    const article = await openBox({ url: await withPeople(...names) });
    await article.text.pressSequentially('@cy');
    await expect.poll(() => options(article)).toHaveLength(6);
  });
});

describe('everybody', () => {
  it.each(['light', 'dark', 'rtl'])('finds nothing in the way (%s)', async (kind) => {
    const url = addressOf(stage);
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    await say(stage, bo, url, 'Here');
    const article = await openTools({
      url,
      colorScheme: kind === 'dark' ? 'dark' : 'light',
      ...(kind === 'rtl' ? { dir: 'rtl', viewport: { width: 320, height: 800 } } : {}),
    });
    const violations = async (rules = {}) => {
      await article.page.evaluate(axe);
      const results = await article.page.evaluate((rules) => {
        const { axe } = window as unknown as {
          axe: { run(node: Element | null, options: object): Promise<AxeResults> };
        };
        return axe.run(document.querySelector('parley-comments'), {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
          rules,
        });
      }, rules);
      return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    };
    expect(await violations()).toEqual([]);
    await article.text.pressSequentially('**Hello** `there` @b');
    await article.host.getByRole('listbox').getByRole('option').waitFor();
    // HTML has no role for a text of several lines that offers names; screen readers know a combobox by this one.
    expect(await violations({ 'aria-allowed-role': { enabled: false } })).toEqual([]);
    await article.text.press('Enter');
    await article.button('Preview').click();
    await article.host.getByRole('region', { name: 'Preview' }).getByText('Hello').waitFor();
    expect(await violations()).toEqual([]);
  });
});
