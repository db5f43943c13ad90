/** Checking and rendering of what people type. What hostile texts may do is in `hostile.test.ts`. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../src/core/problem.ts';
import { checkText, cleanLine, codePointLength, LINK_REL, renderComment } from '../../src/core/text.ts';
import { anyString } from '../support/arbitrary.ts';

const LIMITS = { maxLength: 100, maxLinks: 2 };

function refusal(raw: string, limits = LIMITS) {
  try {
    checkText(raw, limits);
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { slug: error.slug, ...error.details };
  }
}

describe('a text is stored as typed but for line ends and the white space around it', () => {
  test.each([
    ['plain', 'Hello', 'Hello'],
    ['CRLF and CR', 'a\r\nb\rc', 'a\nb\nc'],
    ['space after', 'a \n\n\t ', 'a'],
    ['blank lines before, not the indent of the first line', '\n \n    code', '    code'],
    ['tabs and breaks inside', 'a\tb  \nc', 'a\tb  \nc'],
    ['no normalisation', 'e\u0301 \u212b', 'e\u0301 \u212b'],
    ['emoji with joiners', '👩‍👩‍👧', '👩‍👩‍👧'],
    ['Persian with ZWNJ', 'می‌خواهم', 'می‌خواهم'],
    ['HTML, which is text', '<!-- -->', '<!-- -->'],
    ['one punctuation mark', '?', '?'],
    ['a line separator inside', 'a\u2028b', 'a\u2028b'],
  ])('%s', (_name, raw, stored) => {
    expect(checkText(raw, LIMITS)).toBe(stored);
  });
});

describe('a text that shows nothing is empty', () => {
  test.each([
    '',
    ' \n\t',
    '\u00a0\u3000\u2003',
    '\u200b\u200c\u200d\ufeff\u2060',
    '\u202e\u202c\u2066\u2069\u200e',
    '\u0301\u0302',
    '\u3164\u115f\uffa0',
    '\u2800',
    '\u00ad',
    '\ufe0f',
    '\u{e0041}\u{e007f}',
    '&nbsp;',
    '&#8203;&zwj;',
    '[](https://x.example)',
    '[\u200b](https://x.example)',
    '> ',
    '>>>',
    '- ',
    '1. ',
    '---',
    '***',
    '# ',
    '**\u200b**',
    '`\u200b`',
    '```js\n```',
    '~~~\n\n~~~',
  ])('%j', (raw) => {
    expect(refusal(raw)).toEqual({ slug: 'text-empty' });
  });
});

describe('characters that cannot be stored are refused', () => {
  test.each([
    'a\u0000b',
    'a\u0007',
    '\u001b[31m',
    'a\u000bb',
    'a\u000cb',
    'a\u007f',
    'a\u0085b',
    'a\u009b',
    'a\ud800',
    '\udc00\ud800',
  ])('%j', (raw) => {
    expect(refusal(raw)).toEqual({ slug: 'text-invalid' });
  });
});

describe('limits', () => {
  test('lengths count code points', () => {
    expect(checkText('😀'.repeat(100), LIMITS)).toHaveLength(200);
    expect(refusal('😀'.repeat(101))).toEqual({ slug: 'text-too-long', maxLength: 100, length: 101 });
  });
  test('white space that is cut off does not count', () => {
    expect(checkText(`${'a'.repeat(100)}   \n`, LIMITS)).toHaveLength(100);
  });
  test.each([
    ['written in Markdown', '[a](https://a.example) [b](https://b.example) [c](https://c.example)'],
    ['found in the text', 'https://a.example http://b.example www.c.example'],
    ['in angle brackets', '<https://a.example> <mailto:a@b.example> <b@c.example>'],
    [
      'inside emphasis and quotes',
      '> **https://a.example**\n\n- [b](https://b.example)\n- https://c.example',
    ],
  ])('links are counted when %s', (_name, raw) => {
    expect(refusal(raw, { maxLength: 1000, maxLinks: 2 })).toEqual({
      slug: 'too-many-links',
      maxLinks: 2,
      links: 3,
    });
  });
  test('a link in code is none', () => {
    expect(refusal('`https://a.example`', { maxLength: 100, maxLinks: 0 })).toBeUndefined();
  });
  test('a megabyte is refused by its length alone', () => {
    const started = performance.now();
    expect(refusal('[a]('.repeat(250_000))?.slug).toBe('text-too-long');
    expect(performance.now() - started).toBeLessThan(100);
  });
});

const link = (href: string, text: string) => `<a href="${href}" rel="${LINK_REL}">${text}</a>`;

describe('rendering', () => {
  test.each([
    ['a paragraph', 'a & b < c', '<p>a &amp; b &lt; c</p>'],
    ['line breaks as typed', 'a\nb', '<p>a<br>\nb</p>'],
    ['emphasis', '*a* **b** ~~c~~ `d`', '<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>'],
    ['no typography', '"a" -- (c)...', '<p>&quot;a&quot; -- (c)...</p>'],
    ['a heading without a place in the outline', '## a', '<p><strong>a</strong></p>'],
    ['a rule, not a heading, under a line', 'a\n---', '<p>a</p>\n<hr>'],
    ['a fence without its language', '```js" onload="x\na < b\n```', '<pre><code>a &lt; b\n</code></pre>'],
    ['indented code', '    a', '<pre><code>a\n</code></pre>'],
    ['a quote', '> a', '<blockquote>\n<p>a</p>\n</blockquote>'],
    ['a list', '- a\n- b', '<ul>\n<li>a</li>\n<li>b</li>\n</ul>'],
    ['a list with a start', '3. a', '<ol start="3">\n<li>a</li>\n</ol>'],
    ['no table', '|a|\n|-|\n|b|', '<p>|a|<br>\n|-|<br>\n|b|</p>'],
    ['no picture', '![a](https://x.example/i.png)', `<p>!${link('https://x.example/i.png', 'a')}</p>`],
    ['no link title', '[a](https://x.example "t")', `<p>${link('https://x.example', 'a')}</p>`],
    [
      'a bare address',
      'see https://x.example/a_b_c.',
      `<p>see ${link('https://x.example/a_b_c', 'https://x.example/a_b_c')}.</p>`,
    ],
    ['www.', 'www.x.example/y', `<p>${link('http://www.x.example/y', 'www.x.example/y')}</p>`],
    ['www. with nothing after it', 'www. www.x', '<p>www. www.x</p>'],
    ['a file name', 'readme.md and.so on', '<p>readme.md and.so on</p>'],
    ['a mail address', '<a@x.example>', `<p>${link('mailto:a@x.example', 'a@x.example')}</p>`],
    [
      'a host beyond ASCII',
      'http://bücher.example/ü',
      `<p>${link('http://xn--bcher-kva.example/%C3%BC', 'http://bücher.example/ü')}</p>`,
    ],
    [
      'an address whose text hides an override',
      'https://x.example/%E2%80%AE',
      `<p>${link('https://x.example/%E2%80%AE', 'https://x.example/%E2%80%AE')}</p>`,
    ],
    ['a bank before an @', 'https://bank.example@evil.example', '<p>https://bank.example@evil.example</p>'],
    [
      'a bank before an @, in Markdown',
      '[a](https://bank.example@evil.example)',
      '<p>[a](https://bank.example@evil.example)</p>',
    ],
    ['a definition, which is text', '[a]: x.example\n[a]', '<p>[a]: x.example<br>\n[a]</p>'],
    ['a link to nowhere, which is this page', '[a]() [*b*]()', '<p>a <em>b</em></p>'],
    [
      'one link for a link in a link',
      'before [https://a.example/[b](https://c.example)](https://d.example)',
      `<p>before ${link('https://d.example', 'https://a.example/b')}</p>`,
    ],
    ['an override', 'a\u202eb&#8238;c', '<p>abc</p>'],
    ['a lone surrogate', 'a\ud800', '<p>a\ufffd</p>'],
  ])('%s', (_name, raw, html) => {
    expect(renderComment(raw).html.trimEnd()).toBe(html);
  });

  test('marks piled on a letter are cut down', () => {
    expect(renderComment(`a${'\u0301'.repeat(60)}`).html).toBe(`<p>a${'\u0301'.repeat(10)}</p>\n`);
  });

  test('emphasis nests as deep as quotes do', () => {
    const { html } = renderComment(`${'*a '.repeat(500)}b${'*'.repeat(500)}`);
    expect(html.split('<em>').length - 1).toBe(20);
    expect(html.split('</em>').length - 1).toBe(20);
    expect(html).toMatch(/a b<\/em>/);
  });

  test('what is too long for Markdown becomes plain paragraphs', () => {
    const raw = `*a* <b>\nc\n \n${'d'.repeat(20_000)}`;
    expect(renderComment(raw)).toEqual({
      html: `<p>*a* &lt;b&gt;<br>\nc</p>\n<p>${'d'.repeat(20_000)}</p>\n`,
      links: 0,
    });
  });

  test('a text of the default length is Markdown, however dense', () => {
    expect(renderComment('*a*\n'.repeat(1000)).html).toContain('<em>a</em>');
  });

  test('any string renders, the same each time, with as many links as it says', () => {
    fc.assert(
      fc.property(anyString(), (raw) => {
        const once = renderComment(raw);
        expect(renderComment(raw)).toEqual(once);
        expect(once.html.split('<a ').length - 1).toBe(once.links);
      }),
    );
  });

  test('a text that passes the check renders to something that shows', () => {
    const pieces = fc.constantFrom(
      'a',
      ' ',
      '\n',
      '*',
      '[',
      ']',
      '(',
      ')',
      '\u200b',
      '&nbsp;',
      '> ',
      '- ',
      '`',
      '#',
      'https://x.example',
    );
    fc.assert(
      fc.property(
        fc.array(pieces).map((parts) => parts.join('')),
        (raw) => {
          const isRefused = refusal(raw, { maxLength: 10_000, maxLinks: 1000 }) !== undefined;
          const shown = renderComment(raw)
            .html.replace(/<[^>]*>/g, '')
            .replace(/&nbsp;/g, ' ')
            .replace(/[\s\u200b]/g, '');
          expect(isRefused).toBe(shown === '');
        },
      ),
    );
  });
});

describe('a name becomes one clean line', () => {
  test.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['  Ada \t\n Lovelace ', 'Ada Lovelace'],
    ['Ada\u202eecalevoL', 'AdaecalevoL'],
    ['A\u0000d\u0007a', 'A d a'],
    ['\u2066Ada\u2069\ufeff', 'Ada'],
    ['Ad\u200ba', 'Ada'],
    ['👩‍🔬 Ada', '👩‍🔬 Ada'],
    ['نیم‌فاصله', 'نیم‌فاصله'],
    ['Ada\ud800', 'Ada'],
    ['Ada\u3164\u2800', 'Ada'],
    ['A\u00adda', 'Ada'],
    [`A${'\u0301'.repeat(50)}`, `A${'\u0301'.repeat(10)}`],
    ['\u3164\u200b \u0301', ''],
    ['', ''],
  ])('%j → %j', (value, line) => {
    expect(cleanLine(value, 100)).toBe(line);
  });

  test('it is bounded in code points and splits none', () => {
    expect(cleanLine('😀😀😀', 2)).toBe('😀😀');
    expect(cleanLine('ab cd', 3)).toBe('ab');
    expect(cleanLine('\u200d\u200da', 2)).toBe('');
    fc.assert(
      fc.property(anyString(), fc.nat({ max: 20 }), (value, max) => {
        const line = cleanLine(value, max);
        expect(line.isWellFormed()).toBe(true);
        expect(codePointLength(line)).toBeLessThanOrEqual(max);
        expect(cleanLine(line, max)).toBe(line);
      }),
    );
  });
});
