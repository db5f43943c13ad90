/** What the files that load at first use are handed. They import types alone: esbuild would put a file that both sides
 *  import into a third one, which the page would have to wait for before it can show a comment. */

import { answer, isDown, Refusal, slugOf } from './api.ts';
import { avatar } from './comment-view.ts';
import { button, h, icon, showHtml } from './dom.ts';
import { channel, sessionOf } from './session.ts';
import { keep, recall } from './store.ts';

export const tools = {
  answer,
  avatar,
  button,
  channel,
  h,
  icon,
  isDown,
  keep,
  Refusal,
  recall,
  sessionOf,
  showHtml,
  slugOf,
};

export type Tools = typeof tools;
