/**
 * The names that an `@` offers: who takes part in the discussion on this page. Holds the list below the text and what
 * the keys do while it is there. The focus stays in the text, where the reader goes on typing.
 */

import { replace } from './insert.ts';
import type { Tools } from './tools.ts';
import type { RareWidget } from './types.ts';

const MOST = 6;

/** Behind a letter it is an e-mail address. A name may have spaces, so the next words belong to it while they fit. */
const BEGUN = /(?:^|[\s([])@([^@\n]{0,50})$/;

export function createMentions(w: RareWidget, { h }: Tools) {
  const { root, signal, t } = w;
  const { compare } = new Intl.Collator(t.lang, { sensitivity: 'base' });
  // Empty, it is hidden.
  const list = h('div', {
    id: 'people',
    role: 'listbox',
    'aria-label': t.mentionList,
    // The focus stays where it is.
    mousedown: (event: Event) => event.preventDefault(),
  });
  let text: HTMLTextAreaElement;
  /** Where the `@` stands, and where one stands that the reader wants nothing to be offered for. */
  let start = 0;
  let refused: number | undefined;
  let chosen = 0;

  function close(): void {
    list.replaceChildren();
    text.role = text.ariaExpanded = null;
    text.removeAttribute('aria-activedescendant');
  }

  function choose(next: number): void {
    const options = [...list.children];
    chosen = (next + options.length) % options.length;
    options.forEach((option, at) => {
      option.ariaSelected = `${at === chosen}`;
    });
    text.setAttribute('aria-activedescendant', options[chosen]!.id);
  }

  // While it descends: what Escape and Enter mean to the form is not meant here.
  root.addEventListener(
    'keydown',
    (event) => {
      const { key, isComposing, ctrlKey, metaKey, shiftKey } = event as KeyboardEvent;
      if (!list.firstChild || isComposing || ctrlKey || metaKey || shiftKey) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[key];
      if (step) choose(chosen + step);
      else if (/^(Enter|Tab)$/.test(key)) (list.children[chosen] as HTMLElement).click();
      else {
        if (key[1]) close();
        if (key !== 'Escape') return;
        refused = start;
      }
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true, signal },
  );

  return (target: HTMLTextAreaElement): void => {
    const { value, selectionEnd } = target;
    const [, query] = BEGUN.exec(value.slice(0, selectionEnd)) ?? [];
    if (text) close();
    text = target;
    start = query === undefined ? -1 : selectionEnd - query.length - 1;
    if (start !== refused) refused = undefined;
    if (query === undefined || refused !== undefined) return;
    const names = new Set<string>();
    for (const { textContent: name } of root.querySelectorAll('.name')) {
      const words = name!.split(' ');
      if (words.some((_, at) => !compare(words.slice(at).join(' ').slice(0, query.length), query)))
        names.add(name!);
    }
    const options = [...names].slice(0, MOST).map((name, at) =>
      h(
        'div',
        {
          id: `person${at}`,
          role: 'option',
          click() {
            close();
            replace(text, start, text.selectionEnd, `@${name} `);
          },
        },
        name,
      ),
    );
    if (!options[0]) return;
    list.replaceChildren(...options);
    text.after(list);
    text.role = 'combobox';
    text.ariaExpanded = 'true';
    text.setAttribute('aria-controls', list.id);
    // The same listener is added once only.
    for (const name of ['blur', 'click']) text.addEventListener(name, close);
    choose(0);
    w.announce(t.mentionCount(options.length));
  };
}
