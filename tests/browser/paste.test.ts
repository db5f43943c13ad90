/**
 * What is copied from pages and word processors and pasted into the reply box, in a real Chromium: it becomes Markdown
 * that the service renders back to the same structure. Words that look like Markdown stay words.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderComment } from '../../src/core/text.ts';
import { type Article, addressOf, mirror, openArticle, visit } from '../support/article.ts';
import { complaintsOf, openBrowser, type TestBrowser } from '../support/browser.ts';
import { openPages, type Pages } from '../support/pages.ts';
import { type Stage, setStage } from '../support/stage.ts';

let stage: Stage;
let browser: TestBrowser;
let pages: Pages;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
  pages = await openPages(stage);
});
afterAll(async () => {
  await browser.close();
  pages.close();
  await stage.end();
});

/** An article whose reply box is open and furnished. */
async function openBox(url = addressOf(stage)): Promise<Article> {
  const article = await openArticle(browser, url);
  await article.text.focus();
  await article.button('Formatting').waitFor();
  return article;
}

/** Pastes each of these into an empty box, and says what it holds then. */
function pasteAll({ text }: Article, all: { html: string; plain?: string }[]): Promise<string[]> {
  return text.evaluate(async (node: HTMLTextAreaElement, all) => {
    const values: string[] = [];
    for (const { html, plain = 'PLAIN' } of all) {
      node.value = '';
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/html', html);
      clipboardData.setData('text/plain', plain);
      const written = new Promise((resolve) => node.addEventListener('input', resolve, { once: true }));
      node.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      await written;
      values.push(node.value);
    }
    return values;
  }, all);
}

/** As Google Docs has it. */
const FROM_DOCS =
  '<b style="font-weight:normal"><span style="font-weight:700">GDoc bold</span><span style="font-style:italic"> it</span> plain</b>';

/** One case a line: what is pasted, and what it becomes. */
const CASES: [what: string, html: string, markdown: string][] = [
  ['bold, by either name', '<b>a</b> and <strong>b</strong>', '**a** and **b**'],
  ['italic and struck', '<i>a</i> <em>b</em> <s>c</s> <del>d</del>', '*a b* ~~c d~~'],
  ['a link', 'see <a href="https://x.example/a">there</a>.', 'see [there](https://x.example/a).'],
  [
    'a link with brackets',
    '<a href="https://x.example/a_(b)">[1] c] d</a>',
    '[\\[1\\] c\\] d](https://x.example/a_%28b%29)',
  ],
  ['a mail address', '<a href="mailto:ada@x.example">Ada</a>', '[Ada](mailto:ada@x.example)'],
  ['a link that would run', '<b>a</b> <a href="javascript:alert(1)">b</a>', '**a** b'],
  ['a link that the service refuses', '<b>a</b> <a href="https://ada@x.example/">b</a>', '**a** b'],
  ['a link to where this page is not', '<b>a</b> <a href="/elsewhere">b</a>', '**a** b'],
  ['paragraphs', '<p><b>a</b></p>\n<p>b</p>', '**a**\n\nb'],
  ['lines', '<b>a</b><br>b<div>c</div><div>d</div>', '**a**\nb\nc\nd'],
  ['two breaks', '<b>a<br><br>b</b>', '**a**\n\n**b**'],
  ['headings', '<h2>A <i>b</i></h2><p>c</p>', '**A *b***\n\nc'],
  ['a list', '<p>a</p><ul><li>b</li><li><p>c</p></li></ul>', 'a\n- b\n- c'],
  ['a numbered list', '<ol start="3"><li>b</li><li>c</li></ol>', '3. b\n4. c'],
  [
    'a list in a list',
    '<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>',
    '- a\n  1. b\n  2. c\n- d',
  ],
  [
    'a list between items, as word processors have it',
    '<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>',
    '- a\n  - b\n- c',
  ],
  ['a quote', '<blockquote><p>a</p><p>b</p></blockquote>c', '> a\n> \n> b\n\nc'],
  ['code', 'a <code>b*c</code> and <code>d`e</code>', 'a `b*c` and ``d`e``'],
  ['a block of code', '<pre><code>a\n  b\n```\n</code></pre>', '````\na\n  b\n```\n````'],
  ['a rule', 'a<hr>b', 'a\n\n***\n\nb'],
  ['a picture', '<p><b>a</b> <img src="https://x.example/a.png" alt="a cat"></p>', '**a** a cat'],
  [
    'a table',
    '<table><tr><th>a</th><td>b</td></tr><tr><td><i>c</i></td><td>d</td></tr></table>',
    'a b\n*c* d',
  ],
  [
    'styled letters',
    '<b style="font-weight:normal"><span style="font-weight:700">a</span> <span style="font-style:italic">b</span> <span style="text-decoration:line-through">c</span> d</b>',
    '**a** *b* ~~c~~ d',
  ],
  ['a document of Google', FROM_DOCS, '**GDoc bold** *it* plain'],
  [
    'a document of Word',
    "<p class=MsoNormal><span lang=EN-US\nstyle='font-weight:bold;mso-bidi-font-weight:normal'>a</span> <SPAN STYLE='font-style:italic'>b</SPAN> <i style='font-style:initial'>c</i></p>",
    '**a** *b* c',
  ],
  [
    'a style behind a title, or before one',
    '<span title="a > b" style="font-weight:700">a</span> <b style="font-weight:400" title="c">b</b> <b title="font-weight:400">c</b>',
    '**a** b **c**',
  ],
  [
    'a style that is none',
    '<b>a</b> <a href="https://x.example/?\' style=b">c style=d</a> <code>&lt;b style="e"></code> <3 style=f',
    '**a** [c style=d](https://x.example/?%27%20style=b) `<b style="e">` <3 style=f',
  ],
  ['white space at a mark', 'a<b> b </b>c', 'a **b** c'],
  ['marks beside each other', '<b>a</b><b> b</b><strong>c</strong>', '**a bc**'],
  ['marks around nothing', '<i> </i><b></b><b>a</b>', '**a**'],
  ['a mark up to a sign in a word', '<b>Note:</b>this <i>a</i> that<i>(b)</i>', 'Note:this *a* that(b)'],
  [
    'what nobody saw',
    '<!-- a --><style>b</style><script>c</script><title>d</title><p hidden>e</p><p style="display:none">f</p><b>g</b>',
    '**g**',
  ],
  [
    'signs that mean something',
    '<b>a</b> *b* _c_ `d` ~~e~~ [f](https://x.example) &lt;https://x.example&gt; &amp;amp; \\',
    '**a** \\*b\\* \\_c\\_ \\`d\\` \\~~e\\~~ [f\\](https://x.example) \\<https://x.example> \\&amp; \\\\',
  ],
  [
    'signs that mean nothing',
    '<b>a</b> snake_case 1. 3 - 2 > # ~5 [1] a & b <',
    '**a** snake_case 1. 3 - 2 > # ~5 [1] a & b <',
  ],
  [
    'signs at the beginning of a line',
    '<b>a</b><br>1. May<br># b<br>- c<br>+ d<br>&gt; e<br>---<br>1.5<br>#f<br>-g',
    '**a**\n1\\. May\n\\# b\n\\- c\n\\+ d\n\\> e\n\\---\n1.5\n#f\n-g',
  ],
  ['an address', '<b>a</b> https://x.example/_b_*c*', '**a** https://x.example/_b_*c*'],
];

/** The structure of a text, however it is written: blocks in blocks, and in paragraphs words with their marks. White
 *  space carries no mark that could be seen. */
type Words = [words: string, ...marks: string[]];
type Block = { kind: string; words?: Words[]; blocks?: Block[] };

/** Reads the structure of HTML as it is seen. */
function readStructure({ page }: Article, html: string): Promise<Block[]> {
  return page.evaluate((html) => {
    function blocksOf(parent: Node): Block[] {
      const blocks: Block[] = [];
      let all: Words[] = [];
      const flush = () => {
        const words: Words[] = [];
        for (const next of all) {
          const before = words.at(-1);
          if (next[0] === ' ' && (!before || /[ \n]/.test(before[0]))) continue;
          if (next[0] === '\n' && before?.[0] === ' ') words.pop();
          if (before && before.slice(1).join() === next.slice(1).join() && /^\S+$/.test(before[0] + next[0]))
            before[0] += next[0];
          else words.push(next);
        }
        if (words.at(-1)?.[0] === ' ') words.pop();
        if (words[0]) blocks.push({ kind: 'P', words });
        all = [];
      };
      const walk = (node: Node, marks: string[]): void => {
        for (const child of node.childNodes) {
          const name = child.nodeName;
          const text = child.textContent!;
          if (name === '#text') {
            const isBroken = child.previousSibling?.nodeName === 'BR';
            for (const word of text.slice(Number(isBroken && text[0] === '\n')).split(/(\s+)/))
              if (word) all.push(word.trim() ? [word, ...marks] : [' ']);
          } else if (name === 'BR') all.push(['\n']);
          else if (/^(STRONG|EM|S|CODE|A)$/.test(name)) {
            const mark = decodeURI((child as HTMLAnchorElement).href ?? name)
              .replace('%28', '(')
              .replace('%29', ')');
            walk(child, [...new Set([...marks, mark])].sort());
          } else {
            flush();
            if (name === 'P') walk(child, marks);
            else if (name === 'H2') walk(child, [...marks, 'STRONG']);
            else if (name === 'PRE') blocks.push({ kind: name, words: [[text.replace(/\n$/, '')]] });
            else blocks.push({ kind: name, blocks: blocksOf(child) });
            flush();
          }
        }
      };
      walk(parent, []);
      flush();
      return blocks;
    }
    return blocksOf(new DOMParser().parseFromString(html, 'text/html').body);
  }, html);
}

const toHtml = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** Words that are something else to Markdown, somewhere. Addresses are left out: they become links, as they do when
 *  they are typed. */
const word = fc.constantFrom(
  ...'a word Ünï 日本 😀 … "q" (b) b) ! = | : ; a@b.cd <a@b.cd> <i> &amp; & &#42; snake_case _x_ __init__ _ ___'.split(
    ' ',
  ),
  ...'* ** *** **b** 2*3 ` `` ``` ~~ ~5 ~ ~~~ 1. 2) 10. # ## #x - + -- --- > >> [a] [ ] ]( ](x) ![a] \\ \\* \\a'.split(
    ' ',
  ),
);
const words = fc.array(word, { minLength: 1, maxLength: 4 }).map((all) => all.join(' '));

/** Pieces of a paragraph, as HTML. `glue` is what stands between them. */
function inline(glue: fc.Arbitrary<string>, depth: number, isInLink = false): fc.Arbitrary<string> {
  const leaf = words.map(toHtml);
  const code = words.map((text) => `<code>${toHtml(text)}</code>`);
  if (!depth) return fc.oneof(leaf, code);
  const within = (isLink: boolean) =>
    fc
      .array(fc.tuple(inline(glue, depth - 1, isLink), glue), { minLength: 1, maxLength: 3 })
      .map((all) => all.flat().slice(0, -1).join(''));
  const marked = fc
    .tuple(fc.constantFrom('strong', 'em', 's'), fc.constantFrom('', ' '), within(isInLink))
    .map(([tag, space, content]) => `<${tag}>${space}${content}${space}</${tag}>`);
  const link = fc
    .tuple(fc.constantFrom('https://x.example/', 'https://y.example/a_(b)?c=*d*#_e'), within(true))
    .map(([href, content]) => `<a href="${href}">${content}</a>`);
  return fc.oneof(leaf, code, marked, ...(isInLink ? [] : [link]));
}

const spaced = fc.constantFrom(' ', ' ', '\n', '<br>');
const line = fc
  .array(fc.tuple(inline(spaced, 2), spaced), { minLength: 1, maxLength: 4 })
  .map((all) => all.flat().slice(0, -1).join(''));

/** Blocks, as HTML. Two lists side by side would be one, so something always stands between blocks. */
function blocks(depth: number): fc.Arbitrary<string> {
  const paragraph = line.map((html) => `<p>${html}</p>`);
  const heading = line.map((html) => `<h2>${html}</h2>`);
  const pre = words.map((text) => `<pre><code>${toHtml(text.replaceAll(' ', '\n  '))}\n</code></pre>`);
  if (!depth) return fc.oneof(paragraph, heading, pre);
  const inner = blocks(depth - 1);
  const quote = inner.map((html) => `<blockquote>${html}</blockquote>`);
  const item = fc.oneof(
    line,
    inner,
    fc.tuple(line, inner).map((all) => all.join('')),
  );
  const list = fc
    .tuple(fc.constantFrom('ul', 'ol'), fc.array(item, { minLength: 1, maxLength: 3 }))
    .map(([tag, items]) => `<${tag}>${items.map((html) => `<li>${html}</li>`).join('\n')}</${tag}>`);
  return fc
    .array(fc.tuple(fc.oneof(heading, pre, quote, list), paragraph), { minLength: 1, maxLength: 2 })
    .map((all) => all.flat().join('\n'));
}

describe('what is pasted', () => {
  it('becomes Markdown', async () => {
    const article = await openBox();
    const values = await pasteAll(
      article,
      CASES.map(([, html]) => ({ html })),
    );
    const got = CASES.map(([what, html], at) => [what, html, values[at]]);
    expect(got).toEqual(CASES);
  });

  it('has the same structure when it is posted, whatever it is', { timeout: 60_000 }, async () => {
    const article = await openBox();
    await fc.assert(
      fc.asyncProperty(blocks(2), async (html) => {
        // A star between two signs may begin or end, and Markdown knows no way to say which.
        fc.pre(!/<s> ?<(em|strong)> ?(?!\p{L})/u.test(html));
        const [markdown] = await pasteAll(article, [{ html }]);
        const before = await readStructure(article, html);
        const after = await readStructure(article, renderComment(markdown!).html);
        expect(after, markdown!).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps its words, and is marked with nothing else, where marks begin and end within words', {
    timeout: 60_000,
  }, async () => {
    const article = await openBox();
    const html = fc.array(inline(fc.constantFrom('', ' ', 'a'), 2), { minLength: 1, maxLength: 4 });
    const plain = ({ words = [] }: Block = { kind: '' }) => words.map(([text]) => text).join('');
    await fc.assert(
      fc.asyncProperty(html, async (pieces) => {
        // The rule is structure enough for all of it to be read.
        const html = `<p>${pieces.join('')}</p><hr>`;
        const [markdown] = await pasteAll(article, [{ html }]);
        const [before] = await readStructure(article, html);
        const [after] = await readStructure(article, renderComment(markdown!).html);
        expect(plain(after), markdown!).toBe(plain(before));
        const marks = new Set(before!.words!.flatMap(([, ...marks]) => marks));
        for (const [, ...found] of after!.words!) for (const mark of found) expect(marks).toContain(mark);
      }),
      { numRuns: 100 },
    );
  });

  it('is the plain text where the rich one says no more, so that Markdown from an editor stays Markdown', async () => {
    const article = await openBox();
    const html = '<meta charset="utf-8"><div style="color:#333"><div><span>**a**</span></div><p>b</p></div>';
    expect(await pasteAll(article, [{ html, plain: '**a**\nb' }])).toEqual(['**a**\nb']);
  });

  it('is the plain text when the rich one is hostile, and never hangs', { timeout: 120_000 }, async () => {
    const article = await openBox();
    expect(
      await pasteAll(article, [
        { html: '<blockquote>'.repeat(8_000) },
        { html: '<ul><li>'.repeat(10_000) },
        // Of few characters, five million.
        { html: '<ol start="2147483647"><li>'.repeat(17) + '<p>a'.repeat(24_000) },
      ]),
    ).toEqual(['PLAIN', 'PLAIN', 'PLAIN']);
    // What is nested without meaning is read through.
    expect(await pasteAll(article, [{ html: `${'<div>'.repeat(10_000)}<b>a</b>` }])).toEqual(['**a**']);
    const dense = [
      '<b>(</b>a',
      '<b><i><s>a',
      '<code>`</code> ',
      '&lt;',
      '[](',
      '_',
      '<br>',
      '<li>a',
      '<p><ul><li><ol>a',
      '`',
      '~',
      '<b>*</b>',
      '<a href="https://x.example/">a',
      '<',
      '<a',
      '<a style ',
      '<a "\'',
      '<b style=";;   font-weight:',
    ].map((html) => ({ html: html.repeat(Math.floor(99_000 / html.length)) }));
    // Anything that takes more than a moment for each letter would not come back in time.
    expect(await pasteAll(article, dense)).toHaveLength(dense.length);
  });

  it('is there at once, of however many lines', async () => {
    const article = await openBox();
    const many = 'a\n'.repeat(9_999);
    const all = [
      { html: '<ul><li>a</li></ul>'.repeat(5_200) },
      { html: `<ol start="2147483647">${'<li>a</li>'.repeat(6_000)}</ol>` },
      { html: `<pre>${many}</pre>` },
      { html: '<p>a</p>', plain: many },
    ];
    const values: string[] = [];
    for (const one of all) {
      const before = Date.now();
      values.push(...(await pasteAll(article, [one])));
      // It was twenty seconds.
      expect(Date.now() - before, one.html.slice(0, 30)).toBeLessThan(5_000);
    }
    expect(values.map((value) => value.slice(0, 11))).toEqual([
      '- a\n- a\n- a',
      '2147483647.',
      '```\na\na\na\na',
      'a\na\na\na\na\na',
    ]);
    expect(values.map((value) => value.split('\n').length)).toEqual([5_200, 6_000, 10_001, 10_000]);
  });

  it('is the browser’s affair where it is far longer than a comment, and can be undone', async () => {
    const article = await openBox();
    const { page, text } = article;
    const copy = (html: string, plain: string) =>
      page.evaluate(
        ([html, plain]) =>
          document.addEventListener(
            'copy',
            (event) => {
              event.preventDefault();
              event.clipboardData!.setData('text/html', html!);
              event.clipboardData!.setData('text/plain', plain!);
            },
            { once: true },
          ),
        [html, plain],
      );
    for (const [html, plain, by] of [
      ['<b>a</b>', 'a', '**a**'],
      ['<b>a</b>'.repeat(13_000), 'a'.repeat(13_000), 'a'.repeat(13_000)],
      ['<b>a</b>', 'a\n'.repeat(10_001), 'a\n'.repeat(10_001)],
    ] as const) {
      await text.fill('');
      await text.pressSequentially('b');
      await copy(html, plain);
      await text.press('Control+c');
      const before = Date.now();
      await text.press('Control+v');
      await expect.poll(() => text.inputValue()).toBe(`b${by}`);
      expect(Date.now() - before).toBeLessThan(5_000);
      await text.press('Control+z');
      expect(await text.inputValue()).toBe('b');
    }
  });

  it.each(['', "trusted-types parley; require-trusted-types-for 'script'", "trusted-types 'none'"])(
    'is marked as its style says where inline style is forbidden, and nothing is reported: %s',
    async (types) => {
      const policy = `default-src 'none'; script-src ${stage.service}; connect-src ${stage.service}; ${types}`;
      const page = await browser.newPage();
      await page.addInitScript(() => {
        const refused: string[] = [];
        Object.assign(window, { refused });
        addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
      });
      const url = pages.page(pages.tag(), { headers: { 'content-security-policy': policy } });
      const article = await visit(page, url);
      await article.text.focus();
      await article.button('Formatting').waitFor();
      const html = `<p style='font-weight:bold'>a <i title="> b" style="font-style:normal">b</i></p>`;
      expect(await pasteAll(article, [{ html: FROM_DOCS }, { html }])).toEqual([
        '**GDoc bold** *it* plain',
        '**a b**',
      ]);
      const refused = await page.evaluate(
        () =>
          new Promise<string[]>((resolve) =>
            // Reports are tasks of their own.
            setTimeout(() => resolve((window as unknown as { refused: string[] }).refused)),
          ),
      );
      expect(refused.filter((what) => !/trusted-types/.test(what))).toEqual([]);
      if (!types.includes('none')) expect(refused).toEqual([]);
    },
  );

  it('stands in place of the selection, and by itself when it is more than a line', async () => {
    const article = await openBox();
    const paste = (value: string, html: string) =>
      article.text.evaluate(
        async (node: HTMLTextAreaElement, [value, html]) => {
          node.value = value!;
          node.setSelectionRange(value!.indexOf('['), value!.indexOf(']') + 1);
          const clipboardData = new DataTransfer();
          clipboardData.setData('text/html', html!);
          clipboardData.setData('text/plain', 'PLAIN');
          const written = new Promise((resolve) => node.addEventListener('input', resolve, { once: true }));
          node.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
          await written;
          return `${node.value.slice(0, node.selectionStart)}|${node.value.slice(node.selectionEnd)}`;
        },
        [value, html],
      );
    expect(await paste('one [two] three', '<b>a</b>')).toBe('one **a**| three');
    expect(await paste('one [two] three', '<ul><li>a</li></ul>')).toBe('one \n\n- a\n\n| three');
    expect(await paste('one\n[two]\nthree', '<ul><li>a</li></ul>')).toBe('one\n- a|\nthree');
    expect(await paste('[two]', '<b>a</b><p>b</p>')).toBe('**a**\n\nb|');
  });

  it('keeps the draft, and can be undone', async () => {
    const article = await openBox();
    await article.text.pressSequentially('before ');
    await article.text.evaluate(async (node: HTMLTextAreaElement) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/html', '<b>a</b>');
      clipboardData.setData('text/plain', 'a');
      const written = new Promise((resolve) => node.addEventListener('input', resolve, { once: true }));
      node.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      await written;
    });
    expect(await article.text.inputValue()).toBe('before **a**');
    const draft = await article.page.evaluate(() =>
      JSON.stringify(Object.entries(localStorage).filter(([name]) => name.startsWith('parley.draft'))),
    );
    expect(draft).toContain('before **a**');
    await article.text.press('Control+z');
    expect(await article.text.inputValue()).toBe('before ');
  });

  it.each([
    ["require-trusted-types-for 'script'; trusted-types parley", '**a**'],
    // The browser's own sanitiser reads it.
    ["require-trusted-types-for 'script'; trusted-types 'none'", '**a**'],
  ])('is read under a policy of trusted types: %s', async (policy, markdown) => {
    const mirrored = await mirror(stage, { 'content-security-policy': policy });
    try {
      const article = await openBox(`${mirrored.url}?copy=${Math.random()}`);
      expect(await pasteAll(article, [{ html: '<b onclick="x()">a</b><script>b</script>' }])).toEqual([
        markdown,
      ]);
      complaintsOf(article.page).length = 0;
    } finally {
      mirrored.close();
    }
  });

  it('is the plain text where neither policy nor sanitiser may read the rich one', async () => {
    const mirrored = await mirror(stage, {
      'content-security-policy': "require-trusted-types-for 'script'; trusted-types 'none'",
    });
    try {
      const page = await browser.newPage();
      await page.addInitScript(() => {
        Reflect.deleteProperty(Element.prototype, 'setHTML');
      });
      const article = await visit(page, `${mirrored.url}?copy=${Math.random()}`);
      await article.text.focus();
      await article.button('Formatting').waitFor();
      expect(await pasteAll(article, [{ html: '<b>a</b>' }])).toEqual(['PLAIN']);
      complaintsOf(page).length = 0;
    } finally {
      mirrored.close();
    }
  });
});
