/**
 * Whatever is typed, what comes out is a tree of the allowed tags and attributes, with links of the allowed schemes
 * to where they say, in time. The grammar below is stricter than any browser: what it accepts leaves a parser
 * nothing to repair. That Chromium agrees is in `tests/browser/hostile.test.ts`.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALLOWED, checkText, LINK_REL, renderComment } from '../../src/core/text.ts';
import { BOMBS, HOSTILE } from '../fixtures/hostile.ts';
import { anyString } from '../support/arbitrary.ts';

const VOID = new Set(['br', 'hr']);
const PHRASING = new Set(['a', 'strong', 'em', 's', 'code', 'br']);
const TOKEN = /<(\/?)([a-z]+)((?: [a-z]+="[^"<>]*")*)>|((?:[^<>&"]|&(?:amp|lt|gt|quot);)+)/gy;
const ATTRIBUTE = / ([a-z]+)="([^"]*)"/g;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** Reads HTML by the strict grammar and says what is wrong with it, or nothing. */
function faultIn(html: string): string | undefined {
  const open: string[] = [];
  let at = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(html); match; match = TOKEN.exec(html)) {
    at = TOKEN.lastIndex;
    const [, slash, tag, attributes = '', text] = match;
    if (text !== undefined) {
      if (/[\u202d\u202e]/.test(text)) return 'an override in the text';
      continue;
    }
    if (tag === undefined || !Object.hasOwn(ALLOWED, tag)) return `<${tag}> is not allowed`;
    if (slash) {
      if (open.pop() !== tag) return `</${tag}> closes nothing`;
      continue;
    }
    if (tag === 'a' && open.includes('a')) return 'a link in a link';
    if (!PHRASING.has(tag) && open.some((each) => PHRASING.has(each) || each === 'p' || each === 'pre'))
      return `<${tag}> inside ${open.at(-1)}`;
    const fault = faultInAttributes(tag, attributes);
    if (fault) return fault;
    if (!VOID.has(tag)) open.push(tag);
    if (open.length > 50) return 'nested too deep';
  }
  if (at !== html.length) return `no markup of ours: ${JSON.stringify(html.slice(at, at + 40))}`;
  return open.length > 0 ? `<${open.at(-1)}> is not closed` : undefined;
}

function faultInAttributes(tag: string, text: string): string | undefined {
  const attributes = new Map([...text.matchAll(ATTRIBUTE)].map(([, name, value]) => [name!, value!]));
  for (const name of attributes.keys())
    if (!ALLOWED[tag]!.includes(name)) return `<${tag} ${name}> is not allowed`;
  const start = attributes.get('start');
  if (start !== undefined && !/^\d{1,9}$/.test(start)) return `start ${start}`;
  if (tag !== 'a') return undefined;
  if (attributes.get('rel') !== LINK_REL) return 'a link that vouches for its target';
  const href = (attributes.get('href') ?? '').replace(/&(\w+);/g, (_, name: string) => ENTITIES[name]!);
  if (!/^[\x21-\x7e]+$/.test(href)) return `href ${JSON.stringify(href)} is not plain ASCII`;
  const url = URL.parse(href);
  if (!url || !['http:', 'https:', 'mailto:'].includes(url.protocol)) return `href ${href}`;
  if (
    url.protocol !== 'mailto:' &&
    (!/^https?:\/\/[^/\\@]/i.test(href) || url.username || url.password || !url.host)
  )
    return `href ${href} hides its host`;
  return url.protocol === 'mailto:' && url.search ? `href ${href} fills in a mail` : undefined;
}

describe('the grammar finds what it is to find', () => {
  const a = (href: string) => `<p><a href="${href}" rel="${LINK_REL}">x</a></p>`;
  test.each([
    '<script>',
    '<p>a<b',
    '<p>',
    '</p>',
    '<p><p></p></p>',
    '<p>"</p>',
    '<p>&copy;</p>',
    '<P></P>',
    '<p class="x"></p>',
    '<p\nid="x"></p>',
    '<p>\u202ea</p>',
    '<em><p>a</p></em>',
    '<ol start="-1"></ol>',
    '<a href="https://x.example">x</a>',
    a('javascript:alert(1)'),
    a('JAVASCRIPT:alert(1)'),
    a('/x'),
    a('https://a@b.example'),
    a('https://x.example/ä'),
    a(' https://x.example'),
    a('mailto:a@b.example?body=x'),
    `<a href="https://x.example" rel="${LINK_REL}">${a('https://x.example')}</a>`,
  ])('%s', (html) => {
    expect(faultIn(html)).toBeDefined();
  });
  test('and nothing else', () => {
    expect(
      faultIn(`<ul>\n<li>a &amp; b</li>\n</ul>\n<hr>\n${a('https://x.example/?a=1&amp;b=2')}`),
    ).toBeUndefined();
  });
});

test('the corpus is large and without doubles', () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(120);
  expect(new Set(HOSTILE.map(({ text }) => text)).size).toBe(HOSTILE.length);
});

describe('a hostile text renders to allowed markup', () => {
  test.each(HOSTILE)('$name', ({ text }) => {
    const { html, links } = renderComment(text);
    expect(faultIn(html)).toBeUndefined();
    expect(html.split('<a ').length - 1).toBe(links);
    // What the check lets pass is what is stored, and it renders to the same.
    const stored = tryCheck(text);
    if (stored !== undefined) expect(faultIn(renderComment(stored).html)).toBeUndefined();
  });
});

test('so does any mixture of them', () => {
  const piece = fc.oneof(
    fc.constantFrom(...HOSTILE.map(({ text }) => text.slice(0, 200)), ...BOMBS),
    fc.constantFrom(
      '\n',
      '\n\n',
      ' ',
      '    ',
      '> ',
      '- ',
      '1. ',
      '`',
      '```\n',
      '*',
      '_',
      '~~',
      '[',
      '](',
      ')',
      '<',
      '>',
      '"',
      "'",
      '&',
      '\\',
    ),
    anyString(5),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      expect(faultIn(renderComment(pieces.join('')).html)).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

// Artalk's sanitiser could be stalled by one comment; a regular expression took exponential time.
describe('100 kB of anything take at most 10 ms, and so does what is short enough for Markdown', () => {
  const BUDGET_MS = 10;
  const SIZES = [4_000, 8_000, 12_000, 20_000, 100_000];
  const nested = [
    (size: number) => '['.repeat(size / 3) + '](b)'.repeat(size / 6),
    (size: number) => Array.from({ length: Math.sqrt(size * 2) }, (_, at) => `${'>'.repeat(at)}a`).join('\n'),
    (size: number) => Array.from({ length: Math.sqrt(size) }, (_, at) => `${'  '.repeat(at)}- a`).join('\n'),
    (size: number) => Array.from({ length: Math.sqrt(size * 2) }, (_, at) => `${'`'.repeat(at)}a`).join(''),
    (size: number) => `http://${'a.'.repeat(size / 2)}`,
    (size: number) => `http://a.b/${'[{('.repeat(size / 3)}`,
    (size: number) => `[a](${'('.repeat(size)}`,
    (size: number) => `a${' '.repeat(size)}b`,
  ];
  const texts = [
    ...BOMBS.map(
      (piece) => [JSON.stringify(piece), (size: number) => piece.repeat(size / piece.length)] as const,
    ),
    ...nested.map((make) => [make.toString().slice(18, 70), make] as const),
  ];

  test.each(texts)('%s', (_name, make) => {
    for (const size of SIZES) {
      const text = make(size);
      const took = fastest(() => renderComment(text), BUDGET_MS);
      expect(took, `${size} characters`).toBeLessThan(BUDGET_MS);
    }
  });
});

/** The shortest of up to 30 runs in milliseconds: other work on the machine lengthens a run and never shortens one. */
function fastest(run: () => unknown, enoughMs: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 30 && least > enoughMs; turn++) {
    const started = performance.now();
    run();
    least = Math.min(least, performance.now() - started);
  }
  return least;
}

function tryCheck(text: string): string | undefined {
  try {
    return checkText(text, { maxLength: 10_000, maxLinks: 1_000 });
  } catch {
    return undefined;
  }
}
