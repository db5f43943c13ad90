/**
 * The door to everything that loads at first use: signing in, what to say about a refusal, editing, deleting, a
 * comment that is on no page. Holds the door alone, and brings the words and the style of the rest.
 */

import { edit, fetchView, remove, vote } from './actions.ts';
import { createLogin } from './login.ts';
import css from './rare.css';
import { explain, refuse, warn } from './refusals.ts';
import { rareEnglish } from './texts-rare.ts';
import type { Tools } from './tools.ts';
import type { CommentView, RareWidget, Vote, Widget } from './types.ts';

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export type Rare = ReturnType<typeof createRare>;

export function createRare(widget: Widget, tools: Tools) {
  // A language file has these words already; English keeps them here.
  const w: RareWidget = Object.assign(widget, {
    t: Object.assign(widget.t, { ...rareEnglish, ...widget.t }),
  });
  w.root.adoptedStyleSheets.push(sheet);
  w.login = createLogin(w, tools);
  return {
    explain: (cause: unknown) => explain(w, tools, cause),
    refuse: (cause: unknown) => refuse(w, tools, cause),
    warn: (form: HTMLFormElement) => warn(w, tools, form),
    vote: (view: CommentView, value: Vote) => vote(w, view, value),
    edit: (view: CommentView) => edit(w, tools, view),
    remove: (view: CommentView) => remove(w, tools, view),
    fetchView: (id: number) => fetchView(w, id),
  };
}
