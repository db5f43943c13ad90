/**
 * What people type: checking it, making HTML of it, and cleaning one-line names. Holds no lengths of its own (a site
 * sets them) and no sanitiser: the renderer never lets markup through in the first place, it can only emit the tags
 * and attributes of `ALLOWED`, and the tests assert that over a corpus of hostile texts, here and in Chromium.
 */

import MarkdownIt, { type MarkdownIt as Markdown, type Token } from 'markdown-it';
import { problem } from './problem.ts';

/** Stored beside each comment's HTML; grows when `renderComment` gives another answer for the same text. */
export const RENDERER_VERSION = 1;

/** Every tag `renderComment` can emit, with its attributes. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  p: [],
  br: [],
  hr: [],
  a: ['href', 'rel'],
  strong: [],
  em: [],
  s: [],
  code: [],
  pre: [],
  blockquote: [],
  ul: [],
  ol: ['start'],
  li: [],
};

/** Search engines must not count these links, and the target must not reach back through `window.opener`. */
export const LINK_REL = 'nofollow ugc noopener';

export interface TextLimits {
  /** In code points. */
  maxLength: number;
  maxLinks: number;
}

const MAX_NESTING = 20; // quotes in lists in quotes; deeper is an attack and narrower than a phone
const MAX_LINK_CHARACTERS = 2_000; // of an address found in plain text; what every browser and proxy takes
const MAX_MARKS = 10; // combining marks on one letter; no script needs more, "Zalgo" needs dozens
// A hostile text costs markdown-it up to 3 µs a mark. What has more characters or marks than this becomes plain
// paragraphs, so that 100 kB of anything stay within 10 ms; a text of the default 4,000 characters never does.
const MAX_MARKDOWN_CHARACTERS = 20_000;
const MAX_MARKDOWN_MARKS = 2_000;
const ALWAYS_MARKDOWN_CHARACTERS = 4_000;

const MARK = /[\n.*_~`[\]()<>&:/@\\#"'-]/g;
const UNSTORABLE = /[^\P{Cc}\t\n]/u;
const VISIBLE = /[^\p{Z}\p{M}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/u;
const SURPLUS_MARKS = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, 'gu');
const BLANKS = /[\u00AD\u115F\u1160\u2800\u3164\uFFA0]/g; // letters and signs without a shape, for names that look like another's
const OVERRIDES = /[\u202D\u202E]/g;
// An allow-list, so that no disguise of another scheme needs to be known. No user information before the host
// (https://bank.example@evil.example), and mailto: carries an address alone, no body or attachment.
const SAFE_LINK =
  /^(?:https?:\/\/(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?#]|$)|mailto:[\w.!$&'*+=~-]+@[\w.-]+$)/i;

type LinkifyIt = Markdown['linkify'];

const markdown = createMarkdown();

/** Returns the text as it is stored: line ends made LF, blank lines before and white space after it cut off.
 *  Throws `text-invalid`, `text-too-long` {maxLength, length}, `text-empty` and `too-many-links` {maxLinks, links}.
 *  Empty is what shows no character: white space, zero-width and combining characters, or Markdown around nothing. */
export function checkText(raw: string, limits: TextLimits): string {
  const text = raw
    .replace(/\r\n?/g, '\n')
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd();
  if (!text.isWellFormed() || UNSTORABLE.test(text)) throw problem('text-invalid');
  // Before parsing, so that a body of a megabyte costs no more than being read.
  const length = codePointLength(text);
  if (length > limits.maxLength) throw problem('text-too-long', { maxLength: limits.maxLength, length });

  const tokens = parse(text);
  if (!(tokens ? tokens.some(shows) : VISIBLE.test(text))) throw problem('text-empty');
  const links = tokens ? countLinks(tokens) : 0;
  if (links > limits.maxLinks) throw problem('too-many-links', { maxLinks: limits.maxLinks, links });
  return text;
}

/** Renders a comment to HTML made of `ALLOWED` alone and counts its links. Takes any string, throws for none, and
 *  takes no more than 10 ms for 100 kB: what is too long or too dense for Markdown comes out as plain paragraphs. */
export function renderComment(raw: string): { html: string; links: number } {
  const text = raw.toWellFormed();
  const tokens = parse(text);
  const html = tokens ? markdown.renderer.render(tokens, markdown.options, {}) : renderPlain(text);
  // After rendering, because an entity such as &#8238; is a character only then.
  return {
    html: html.replace(OVERRIDES, '').replace(SURPLUS_MARKS, '$1'),
    links: tokens ? countLinks(tokens) : 0,
  };
}

/** Makes one line of what a stranger calls himself: no controls, no bidirectional formatting, no zero-width
 *  character but the joiners that scripts and emoji need, single spaces, at most `maxCodePoints`.
 *  Returns '' when nothing of it would show. */
export function cleanLine(value: string, maxCodePoints: number): string {
  const line = value
    .toWellFormed()
    .replace(/\uFFFD/g, '')
    .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/g, '')
    .replace(BLANKS, '')
    .replace(SURPLUS_MARKS, '$1')
    .replace(/ {2,}/g, ' ')
    .trim();
  const cut = line.length <= maxCodePoints ? line : [...line].slice(0, maxCodePoints).join('').trimEnd();
  return VISIBLE.test(cut) ? cut : '';
}

/** The number of code points in a well-formed string. */
export function codePointLength(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) length--;
  return length;
}

/** The block tokens of a text, or undefined where it is too long or too dense to be read as Markdown. */
function parse(text: string): Token[] | undefined {
  if (text.length > MAX_MARKDOWN_CHARACTERS) return undefined;
  const isLong = text.length > ALWAYS_MARKDOWN_CHARACTERS;
  if (isLong && (text.match(MARK)?.length ?? 0) > MAX_MARKDOWN_MARKS) return undefined;
  return markdown.parse(text, {});
}

function shows(token: Token): boolean {
  return token.children ? token.children.some(shows) : VISIBLE.test(token.content);
}

function countLinks(tokens: Token[]): number {
  let links = 0;
  for (const token of tokens)
    for (const child of token.children ?? []) if (child.type === 'link_open') links++;
  return links;
}

function renderPlain(text: string): string {
  const paragraphs = text.split(/\n\s*\n/).filter((paragraph) => VISIBLE.test(paragraph));
  return paragraphs
    .map((paragraph) => `<p>${markdown.utils.escapeHtml(paragraph.trim()).replaceAll('\n', '<br>\n')}</p>\n`)
    .join('');
}

function createMarkdown(): Markdown {
  const md = new MarkdownIt({
    html: false,
    linkify: true,
    breaks: true,
    typographer: false,
    maxNesting: MAX_NESTING,
  });
  // image: a picture would tell its server who reads. table: carries style attributes. reference: a definition of
  // 50 kB used 10,000 times makes 500 MB, and defines text that a moderator does not see. lheading: "---" under a
  // line is a rule to most people.
  md.disable(['image', 'table', 'reference', 'lheading']);

  // Bare domains stay text: "readme.md" and "and.so" are no links. What starts with www. is meant as one.
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false, maxLength: MAX_LINK_CHARACTERS });
  md.linkify.add('ftp:', null).add('//', null);
  for (const schema of ['http:', 'https:']) md.linkify.add(schema, { validate: measureAddress });
  md.linkify.add('www.', {
    validate: (text, at, self) => matchLength(self.re.get_relative_proto_validator(), text, at),
    normalize: (match) => {
      match.url = `http://${match.url}`;
    },
  });
  md.validateLink = (url) => SAFE_LINK.test(url);
  md.core.ruler.push('prune', ({ tokens }) => {
    for (const token of tokens) if (token.children) token.children = prune(token.children);
  });
  // As typed: decoding %E2%80%AE or xn-- here would show what nobody wrote.
  md.normalizeLinkText = (url) => url;

  const { rules } = md.renderer;
  const { escapeHtml } = md.utils;
  rules.link_open = (tokens, at) =>
    `<a href="${escapeHtml(String(tokens[at]?.attrGet('href') ?? ''))}" rel="${LINK_REL}">`;
  // A heading would join the outline of the article above.
  rules.heading_open = () => '<p><strong>';
  rules.heading_close = () => '</strong></p>\n';
  // Neither may carry a class made of the fence's language.
  rules.fence = (tokens, at) => `<pre><code>${escapeHtml(tokens[at]?.content ?? '')}</code></pre>\n`;
  rules.code_block = rules.fence;
  return md;
}

/** Drops what markdown-it lets through; its content stays. Links to nowhere, which is this very page. Links in the
 *  text of a link: `before [https://a/[b](https://c)](https://d)`. Emphasis nested without end, which `maxNesting`
 *  does not count and browsers flatten each in their own way. */
function prune(tokens: Token[]): Token[] {
  const open: boolean[] = []; // whether each open tag was kept
  const openLinks: boolean[] = [];
  return tokens.filter((token) => {
    if (token.nesting === 0) return true;
    const stack = token.tag === 'a' ? openLinks : open;
    if (token.nesting === -1) return stack.pop();
    const isKept =
      token.tag === 'a'
        ? Boolean(token.attrGet('href')) && !openLinks.includes(true)
        : open.length < MAX_NESTING;
    stack.push(isKept);
    return isKept;
  });
}

// In https://bank.example@evil.example the part before the @ is no address at all.
function measureAddress(text: string, at: number, linkify: LinkifyIt): number {
  const length = matchLength(linkify.re.get_http_validator(), text, at);
  return text[at + length] === '@' ? 0 : length;
}

function matchLength(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0].length ?? 0;
}
