/**
 * What helps to write, for those who ask for it: toolbar, preview, names behind an `@`, and what is pasted from pages
 * and word processors. A file of its own, loaded when the first of these is wanted. Holds the preview and puts the
 * rest together; the text alone is what is posted, and nothing here keeps another one.
 */

import { replace } from './insert.ts';
import { createMentions } from './mentions.ts';
import { toMarkdown, unstyled } from './paste.ts';
import { writingEnglish } from './texts-writing.ts';
import { createToolbar } from './toolbar.ts';
import type { Tools } from './tools.ts';
import type { RareWidget } from './types.ts';
import css from './writing.css';

/** What is longer is pasted as plain text. Lists in lists indent each line, so little HTML may become millions of
 *  characters. */
const MAX_MARKDOWN = 100_000;

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export type Writing = ReturnType<typeof createWriting>;

export function createWriting(w: RareWidget, tools: Tools) {
  // A language file has these words already; English keeps them here.
  const t = Object.assign(w.t, { ...writingEnglish, ...w.t });
  const { button, h, showHtml } = tools;
  const furnished = new WeakMap<HTMLFormElement, ReturnType<typeof equip>>();
  w.root.adoptedStyleSheets.push(sheet);

  function equip(form: HTMLFormElement, text: HTMLTextAreaElement) {
    const panel = h('div', { class: 'preview body', role: 'region', 'aria-label': t.preview, hidden: true });
    /** Grows with every change of view: an answer that comes after one is nobody's any more. */
    let turn = 0;

    function view(isPreview: boolean): number {
      panel.hidden = !isPreview;
      switcher.textContent = isPreview ? t.write : t.preview;
      // Out of sight, yet there to be focused, which is what brings it back.
      text.classList.toggle('sr', isPreview);
      text.tabIndex = isPreview ? -1 : 0;
      return ++turn;
    }

    async function preview(): Promise<void> {
      const mine = view(true);
      panel.textContent = text.value.trim() ? '' : t.previewEmpty;
      w.announce(panel.textContent || t.preview);
      if (panel.textContent) return;
      try {
        const { html } = await w.api.call<{ html: string }>('POST', '/preview', { text: text.value });
        if (mine === turn) showHtml(panel, html);
      } catch (cause) {
        if (mine === turn) panel.textContent = w.explain(cause);
      }
    }

    const switcher = button(t.preview, () => (panel.hidden ? preview() : text.focus()));
    const doors = form.querySelector('.doors')!;
    const toolbar = createToolbar(w, tools, text, switcher);
    const write = () => view(false);
    text.addEventListener('focus', write);
    form.addEventListener('submit', write);
    text.before(panel);
    // In place of what has led here, beside what else stands there.
    doors.replaceChildren(toolbar, doors.lastChild!);

    return {
      /** Leads to the toolbar, or opens the preview. */
      show(what: 'tools' | 'preview'): void {
        const first = toolbar.firstElementChild as HTMLElement;
        if (what === 'tools') first.focus();
        else {
          switcher.focus();
          void preview();
        }
      },
    };
  }

  return {
    /** Puts toolbar and preview, closed, into the form of `text`, once. */
    furnish(form: HTMLFormElement, text: HTMLTextAreaElement) {
      const made = furnished.get(form) ?? equip(form, text);
      furnished.set(form, made);
      return made;
    },
    /** For every input: offers names where an `@` begins one before the caret, and ends the offer where none does. */
    mention: createMentions(w, tools),
    /** Puts what was copied as `html` in place of the selection, as Markdown where that says more than `plain`. */
    paste(text: HTMLTextAreaElement, html: string, plain: string): void {
      const { value, selectionStart, selectionEnd } = text;
      let by = '';
      try {
        // Nothing in a template loads or runs.
        const template = h('template');
        showHtml(template, unstyled(html));
        by = toMarkdown(template.content.childNodes);
      } catch {
        // Nested without end.
      }
      if (by.length > MAX_MARKDOWN) by = '';
      // Several lines, or one that is a quote or an item, stand by themselves.
      if (/\n|^([>-]|\d+\.) /.test(by)) {
        if (/[^\n]$/.test(value.slice(0, selectionStart))) by = `\n\n${by}`;
        if (/^./.test(value.slice(selectionEnd))) by += '\n\n';
      }
      replace(text, selectionStart, selectionEnd, by || plain);
    },
  };
}
