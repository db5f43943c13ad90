/**
 * The door to everything that loads at first use: signing in, what to say about a refusal, editing, deleting, a
 * comment that is on no page. Holds the door alone, and brings the words and the style of the rest.
 */

import { vote } from './actions.ts';
import { keepGuest, offerClaim } from './claims.ts';
import { furnish } from './furnish.ts';
import { goOn } from './going-on.ts';
import { createLogin } from './login.ts';
import { ownActions, renewOwn } from './own.ts';
import css from './rare.css';
import { createFolds, goTo, more } from './reading.ts';
import { explain, refuse, warn } from './refusals.ts';
import { keepSession } from './session-keeping.ts';
import type { Texts } from './texts.ts';
import { rareEnglish } from './texts-rare.ts';
import type { Show } from './thread.ts';
import type { Tools } from './tools.ts';
import type { CommentView, RareWidget, Vote, Widget } from './types.ts';

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export type Rare = ReturnType<typeof createRare>;

export function createRare(widget: Widget, tools: Tools) {
  // A language file has these words already; English keeps them here.
  const w: RareWidget = Object.assign(widget, {
    t: Object.assign(widget.t, { ...rareEnglish, ...widget.t }) as Texts,
    explain(cause: unknown): string {
      const text = explain(w, tools, cause);
      w.announce(text);
      return text;
    },
  });
  w.root.adoptedStyleSheets.push(sheet);
  const token = w.session.get()?.token;
  // What no header can carry is no token of ours, but another script's.
  if (token !== undefined && !/^[\w-]+$/.test(token)) keepSession(tools, w.session);
  const login = createLogin(w, tools);
  w.login = login;
  const folds = createFolds(w, tools);
  for (const view of w.list.all()) if (folds.show(view)) view.render();
  return {
    refuse: (cause: unknown) => refuse(w, tools, cause),
    warn: (form: HTMLFormElement) => warn(w, tools, form),
    /** Goes on with a sign-in whose code stands in the page's fragment, else to the comment it names. */
    follow: () => (location.hash.startsWith('#parley-login=') ? login.arrive() : goTo(w, tools, folds)),
    furnish: (form: HTMLFormElement, text: HTMLTextAreaElement) => furnish(w, tools, form, text),
    vote: (view: CommentView, value: Vote) => vote(w, view, value),
    /** A comment came onto the page. */
    placed: folds.show,
    fold: folds.toggle,
    more: <Page>(node: HTMLElement, path: string, show: Show<Page>) => more(w, tools, node, path, show),
    ownActions: (view: CommentView) => ownActions(w, tools, view),
    /** Somebody else is signed in now, or nobody. */
    async renewOwn(): Promise<void> {
      goOn(w);
      await renewOwn(w, tools);
      await offerClaim(w, tools);
    },
    keepGuest: () => keepGuest(w, tools),
  };
}
