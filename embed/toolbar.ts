/**
 * The buttons that write Markdown. Holds what each does to the selected lines, and undoes where it is there already.
 * Where marks stand is looked up in the text each time: nothing is remembered, so nothing can be wrong after typing.
 */

import { replace } from './insert.ts';
import type { Tools } from './tools.ts';
import type { RareWidget } from './types.ts';

type Word = 'bold' | 'italic' | 'strike' | 'link' | 'quote' | 'code' | 'list' | 'numbered';

/** Of each button: the id of its word, the mark that it sets, its letter or the path of its icon, its key. */
const BUTTONS: [id: Word, mark: string, face: string, key?: string][] = [
  ['bold', '**', 'B', 'B'],
  ['italic', '*', 'I', 'I'],
  ['strike', '~~', 'S'],
  [
    'link',
    '[',
    'M10 7H7a5 5 0 0 0 0 10h3v-2H7a3 3 0 0 1 0-6h3zm4 0h3a5 5 0 0 1 0 10h-3v-2h3a3 3 0 0 0 0-6h-3zm-6 4h8v2H8z',
    'K',
  ],
  ['quote', '> ', '”'],
  ['code', '`', '<>'],
  ['list', '- ', 'M3 5h3v3H3zm5 0h13v3H8zM3 11h3v3H3zm5 0h13v3H8zM3 17h3v3H3zm5 0h13v3H8z'],
  ['numbered', '1. ', 'M4 3h2v7H4zm5 2h12v3H9zM3 13h4v4H5v1h2v2H3v-4h2v-1H3zm6 1h12v3H9z'],
];

/** A line that is a quote or an item, and the rest of it. */
const AHEAD: Record<string, RegExp> = {
  '> ': /^> ?(.*)/,
  '- ': /^[-*+] (.*)/,
  '1. ': /^\d+[.)] (.*)/,
};

const ADDRESS = 'https://';

/** Each end is bounded: in a line of brackets alone, looking to its end for each of them would take seconds. */
const LINK = '\\[((?:\\\\.|[^[\\]\\\\]){0,999})]\\([^)]{0,999}\\)';

const clamp = (value: number, least: number, most: number) => Math.max(least, Math.min(value, most));

/** Marks what is selected, or takes the mark off where all of it is marked. */
function toggle(text: HTMLTextAreaElement, mark: string): void {
  const { value, selectionStart, selectionEnd } = text;
  const start = value.slice(0, selectionStart).lastIndexOf('\n') + 1;
  const end = `${value}\n`.indexOf('\n', selectionEnd);
  const all = value.slice(start, end);
  const ahead = AHEAD[mark];
  const isLink = mark === '[';
  const sign = mark.replace(/\W/g, '\\$&');
  const pattern = ahead ?? RegExp(isLink ? LINK : `${sign}(.*?)${sign}`);
  let at = start;
  const lines = all.split('\n').map((line) => {
    // What makes it a quote or an item is not marked, nor is white space.
    const least = ahead ? 0 : /^(( *>| *([-*+]|\d+[.)])(?= )) ?)*/.exec(line)![0].length;
    let from = clamp(selectionStart - at, least, line.length);
    let to = clamp(selectionEnd - at, from, line.length);
    at += line.length + 1;
    const words = line.slice(from, to).trim();
    if (words) {
      from = line.indexOf(words, from);
      to = from + words.length;
    }
    // One star is not half of two, and may stand beside two.
    const seen = mark === '*' ? line.replaceAll('**', '__') : line;
    const marked = [...seen.matchAll(RegExp(pattern, 'g'))].find(
      ({ index, 0: { length } }) => index <= from && to <= index + length,
    );
    return { line, from, to, marked };
  });
  const isOn =
    lines.some(({ marked }) => marked) &&
    lines.every(({ line, from, to, marked }) => marked || (ahead ? !line : from === to));

  let by = '';
  let first = start;
  let last = start;
  if (mark === '`' && lines[1]) {
    by = /^```\n(.*)\n```$/s.exec(all)?.[1] ?? `\`\`\`\n${all}\n\`\`\``;
    last += by.length;
  } else {
    let n = 1;
    lines.forEach(({ line, from, to, marked }, row) => {
      // From `begin` to `end`, the line becomes head, words and tail; the words are there already, at `old`.
      let [begin, end, old, size, head, tail] = [from, from, from, 0, '', ''];
      if (isOn) {
        if (marked) {
          begin = marked.index;
          end = begin + marked[0].length;
          size = marked[1]!.length;
          old = ahead ? end - size : begin + mark.length;
        }
      } else if (!ahead) {
        if (!marked && (!lines[1] || from < to)) {
          end = to;
          size = to - from;
          head = mark;
          tail = isLink ? `](${ADDRESS})` : mark;
        }
      } else if (line || !lines[1] || mark === '> ') {
        begin = 0;
        end = line.length;
        old = mark === '> ' ? 0 : /^([-*+] |\d+[.)] )?/.exec(line)![0].length;
        size = end - old;
        head = mark === '1. ' ? `${n++}. ` : mark;
      }
      const base = begin + head.length;
      const offset = start + by.length + (row && 1) + base;
      by +=
        (row ? '\n' : '') +
        line.slice(0, begin) +
        head +
        line.slice(old, old + size) +
        tail +
        line.slice(end);
      if (!row) first = offset + clamp(from - old, 0, size);
      last = offset + clamp(to - old, 0, size);
      // What a link has not yet is selected, to be typed over.
      if (isLink && size && tail) {
        first = last + 2;
        last = first + ADDRESS.length;
      }
    });
    // What follows would be read as part of the last line.
    if (ahead && !isOn && /^\n./.test(value.slice(end))) by += '\n';
  }
  replace(text, start, end, by, first, last);
}

/** The toolbar of `text`, with `more` at its end: one stop for the Tab key. Its keys work in the text, too. */
export function createToolbar(
  { t }: RareWidget,
  { button, h, icon }: Tools,
  text: HTMLTextAreaElement,
  more: HTMLButtonElement,
): HTMLElement {
  const isMac = /Mac|iP/.test(navigator.platform);
  const buttons = BUTTONS.map(([id, mark, face, key]) => {
    const title = t[id] + (key ? ` (${isMac ? '⌘' : 'Ctrl+'}${key})` : '');
    return button(face[9] ? icon(face) : face, () => toggle(text, mark), {
      title,
      'aria-label': title,
    });
  });
  buttons.push(more);
  const focus = (one: HTMLElement) => {
    for (const each of buttons) each.tabIndex = each === one ? 0 : -1;
  };
  focus(buttons[0]!);

  text.addEventListener('keydown', (event) => {
    const found = BUTTONS.find(([, , , key]) => key === event.key.toUpperCase());
    if (!found || event.altKey || event.shiftKey || !(isMac ? event.metaKey : event.ctrlKey)) return;
    event.preventDefault();
    toggle(text, found[1]);
  });

  const bar = h(
    'div',
    {
      role: 'toolbar',
      class: 'ways',
      'aria-label': t.formatting,
      focusin: (event: Event) => focus(event.target as HTMLElement),
      keydown: (event: KeyboardEvent) => {
        const at = buttons.indexOf(event.target as HTMLButtonElement);
        const ahead = bar.matches(':dir(rtl)') ? -1 : 1;
        const step = { ArrowRight: ahead, ArrowLeft: -ahead, Home: -at, End: -at - 1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        buttons.at((at + step) % buttons.length)!.focus();
      },
    },
    ...buttons,
  );
  return bar;
}
