/**
 * What comes to an open form: how many characters are left, and the doors to the writing tools, which load when one of
 * them is opened. Holds the doors alone.
 */

import type { Tools } from './tools.ts';
import type { RareWidget } from './types.ts';
import type { Writing } from './writing.ts';

/** The address of the writing tools, below the service's; written in when this file is bundled. */
declare const WRITING: string;

/** From here on the end is in sight. */
const NEAR = 200;
const SAID_EVERY = 50;

/** What is longer is no comment, and the browser pastes it: at once, and to be undone. Chromium's parser takes a second
 *  for a hundred thousand characters of elements that never end, four times as much for twice as many. */
const MAX_HTML = 100_000;
const MAX_PLAIN = 20_000;

const furnished = new WeakSet<HTMLFormElement>();
const doors = new WeakMap<RareWidget, Promise<Writing>>();

export function furnish(w: RareWidget, tools: Tools, form: HTMLFormElement, text: HTMLTextAreaElement): void {
  if (furnished.has(form)) return;
  furnished.add(form);
  const { t } = w;
  const { button, h } = tools;

  function open(): Promise<Writing> {
    const opening =
      doors.get(w) ??
      w.load<typeof import('./writing.ts')>(WRITING).then(({ createWriting }) => createWriting(w, tools));
    doors.set(w, opening);
    opening.catch(() => doors.delete(w));
    return opening;
  }

  const left = h('p', { class: 'hint left' });
  const show = (what: 'tools' | 'preview') => () =>
    void open().then(
      (writing) => writing.furnish(form, text).show(what),
      () => left.replaceChildren(t.unavailable),
    );
  const bar = h(
    'div',
    { class: 'doors' },
    button(t.formatting, show('tools'), { class: 'link' }),
    button(t.preview, show('preview'), { class: 'link' }),
    left,
  );
  text.after(bar);

  text.addEventListener('input', () => {
    const rest = w.site.settings.maxLength - [...text.value].length;
    left.textContent = rest > NEAR ? '' : rest < 0 ? t.tooLong(-rest) : t.charactersLeft(rest);
    // Who only hears it, hears it now and then.
    if (rest <= NEAR && rest % SAID_EVERY === 0) w.announce(left.textContent);
    const before = text.value.slice(0, text.selectionStart);
    if (doors.has(w) || /(^|[\s([])@\S?$/.test(before))
      void open().then(
        (writing) => writing.mention(text),
        () => {},
      );
  });
  text.addEventListener('paste', (event) => {
    const html = event.clipboardData?.getData('text/html');
    const plain = event.clipboardData?.getData('text/plain');
    if (!html || plain === undefined || html.length > MAX_HTML || plain.length > MAX_PLAIN) return;
    event.preventDefault();
    void open().then(
      (writing) => writing.paste(text, html, plain),
      () => {
        text.setRangeText(plain, text.selectionStart, text.selectionEnd, 'end');
        text.dispatchEvent(new Event('input'));
      },
    );
  });
}
