/**
 * Markdown of what was copied from a page or a word processor. Holds the way from nodes to the text that the service
 * renders back to the same structure, and the escapes without which plain words would change meaning there; what
 * Markdown has no word for (pictures, tables) becomes plain text. Only reads, in nodes that are in no document.
 *
 * A mark is written when its first word is, and ended when the next word has it no more: so white space lies outside of
 * it, neighbours with the same mark share it, and one around nothing is never written.
 */

/** Quotes and lists within each other; the service renders no more. */
const MAX_DEPTH = 18;

/** Each mark, the names of its elements, and the style that says it or, of such an element, denies it. */
const MARKS = [
  ['**', /^(B|STRONG)$/, 'font-weight', /^[b6-9]/],
  ['*', /^(I|EM)$/, 'font-style', /^(it|o)/],
  ['~~', /^(S|DEL|STRIKE)$/, 'text-decoration[-a-z]*', /gh/],
] as const;

/** The links that the service lets through. */
const LINK = /^(https?:\/\/[\w.:~-]+\/|mailto:[\w.+-]+@[\w.-]+$)/;

/** What would be more than a sign. */
const SIGNS = '[`\\\\*]|_(?![^\\W_])|(?<![^\\W_])_|^~|~(?=~|$)|[<&](?=\\S{1,40}[;:@])';
/** An address becomes a link as it is. */
const IN_TEXT = RegExp(`https?:\\S+|](?=\\()|${SIGNS}`, 'g');
const IN_LINK = RegExp(`[[\\]]|${SIGNS}`, 'g');
/** What would be a heading, a quote, an item or a rule. */
const AHEAD = /^(\d+(?=[.)](?!\S))|(?=(#+|[-+])(?!\S)|>|--))/gm;

/** Where a mark that opens (ends) would not count: between a letter and a sign. */
const LETTER_SIGN = /[^\s\p{P}\p{S}]\0[\p{P}\p{S}]|\*\0/u;
const SIGN_LETTER = /[\p{P}\p{S}]\0[^\s\p{P}\p{S}]/u;

/** A row of backticks longer than any in `code`. */
const fence = (code: string, least: number) =>
  '`'.repeat(Math.max(least, ...(code.match(/`+/g) ?? []).map(({ length }) => length + 1)));

/** HTML whose style stands aside, in `title`: where the article's policy forbids inline style, a browser neither keeps
 *  it nor stays silent, and its own sanitiser drops whatever has a name of ours. What is in quotes stays as it is. */
export const unstyled = (html: string): string =>
  html.replace(/<[a-z]("[^"]*"|'[^']*'|[^"'>])*/gi, (tag) =>
    tag.replace(/"[^"]*"|'[^']*'|\s(title|(style))(?=\s*=)/gi, (found, name, style) =>
      style ? ' title' : name ? ' x' : found,
    ),
  );

/** The Markdown of these nodes, '' where they have no structure but lines. Throws for what is nested without end. */
export function toMarkdown(all: Iterable<Node>): string {
  let isRich = false;

  function blocks(nodes: Iterable<Node>, marks: string[], depth: number): string {
    const done: string[] = [];
    /** Of the block being written. */
    let parts: string[] = [];
    /** The marks begun, the outermost first, each with the place of its part. */
    const open: [mark: string, at: number][] = [];
    /** The white space due before the next word. */
    let gap = '';
    let last = '';

    function put(part: string): void {
      parts.push(part);
      last = part || last;
    }

    function close(kept: number, next: string): void {
      for (const [mark, at] of open.splice(kept).reverse()) {
        if (mark[2]) put(`](${mark})`);
        else if (SIGN_LETTER.test(`${last}\0${next}`)) parts[at] = '';
        else put(parts[at]!);
      }
    }

    function write(word: string, marks: string[]): void {
      let kept = 0;
      // A mark does not reach into the next paragraph.
      while (open[kept] && marks.includes(open[kept]![0]) && !gap[1]) kept++;
      close(kept, gap || word);
      if (last) put(gap);
      const fresh = marks.filter((mark) => !open.some(([one]) => one === mark));
      const isLost = !gap && LETTER_SIGN.test(`${last}\0${fresh[1] ? '*' : word}`);
      for (const mark of fresh) {
        isRich = true;
        open.push([mark, parts.length]);
        put(mark[2] ? '[' : isLost ? '' : mark);
      }
      put(word);
      gap = '';
    }

    function flush(block?: string): void {
      close(0, '');
      if (last) done.push(parts.join('').replace(AHEAD, '$1\\'));
      if (block) {
        isRich = true;
        // A list stands close to what it follows: behind a blank line, items around it would be paragraphs.
        done.push(done[0] && /^(-|1\.) /.test(block) ? `${done.pop()}\n${block}` : block);
      }
      parts = [];
      gap = last = '';
    }

    function say(text: string, marks: string[], isCode?: boolean): void {
      const line = text.replace(/\s+/g, ' ');
      let words = line.trim();
      if (line[0] === ' ') gap ||= ' ';
      if (!words) return;
      // Two rows of backticks side by side would be one.
      if (isCode && (gap || !last.endsWith('`'))) {
        const ticks = fence(words, 1);
        if (/^`|`$/.test(words)) words = ` ${words} `;
        words = ticks + words + ticks;
        isRich = true;
      } else {
        const signs = marks.some((mark) => mark[2]) ? IN_LINK : IN_TEXT;
        words = words.replace(signs, (found) => (found[1] ? found : `\\${found}`));
      }
      write(words, marks);
      if (line.endsWith(' ')) gap = ' ';
    }

    function walk(nodes: Iterable<Node>, marks: string[]): void {
      // What a node has not is undefined, and asked for.
      for (const node of nodes as Iterable<HTMLAnchorElement & HTMLImageElement & HTMLOListElement>) {
        const { nodeName: name, childNodes, title, alt, href } = node;
        const styleOf = (property: string) =>
          RegExp(`(?:^|;)\\s*${property}:\\s*([^;]+)`, 'i').exec(title)?.[1];
        // Not read before it is wanted: of every node, it would be quadratic.
        const text = () => node.textContent!;
        const isLine = /^(DIV|LI|TR|D[DT])$|TION|ARTICLE/.test(name);
        const breakLine = () => {
          if (isLine && gap[0] !== '\n') gap = '\n';
        };
        if (/SCRIPT|STYLE|TITLE/.test(name) || node.hidden || styleOf('display') === 'none') continue;
        const within = [...marks];
        for (const [mark, names, property, value] of MARKS) {
          const said = styleOf(property);
          if (!marks.includes(mark) && (said ? value.test(said) : names.test(name))) within.push(mark);
        }
        if (LINK.test(href))
          within.push(href.replace(/[()\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`));

        breakLine();
        if (name === '#text') say(text(), marks);
        else if (name === 'BR') gap = gap[0] === '\n' ? '\n\n' : '\n';
        else if (name === 'HR') flush('***');
        else if (name === 'PRE') {
          const code = text().replace(/\n$/, '');
          const ticks = fence(code, 3);
          flush(`${ticks}\n${code}\n${ticks}`);
        } else if (name === 'BLOCKQUOTE') {
          flush(blocks(childNodes, within, depth + 1).replace(/^/gm, '> '));
        } else if (/^[OU]L$/.test(name)) {
          let n = node.start;
          const items: string[] = [];
          for (const item of childNodes) {
            const marker = name === 'OL' ? `${n}. ` : '- ';
            const space = ' '.repeat(marker.length);
            const inner = blocks([item], within, depth + 1).replace(/\n(?=.)/g, `\n${space}`);
            // Word processors put the inner list between the items.
            const isItem = item.nodeName === 'LI';
            if (isItem) n++;
            if (inner) items.push((isItem ? marker : space) + inner);
          }
          flush(items.join('\n'));
        } else if (/^(P|H\d)$/.test(name)) {
          flush();
          walk(childNodes, name === 'P' || within.includes('**') ? within : [...within, '**']);
          flush();
        } else if (/^(CODE|KBD|SAMP)$/.test(name)) say(text(), within, true);
        else if (alt) say(alt, marks);
        else walk(childNodes, within);
        breakLine();
        if (/^T[DH]$/.test(name)) gap ||= ' ';
      }
    }

    if (depth > MAX_DEPTH) throw Error();
    walk(nodes, marks);
    flush();
    return done.join('\n\n');
  }

  const markdown = blocks(all, [], 0);
  return isRich ? markdown : '';
}
