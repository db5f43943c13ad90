/**
 * What a reader has typed and not yet posted. Holds text, the comment it answers and, once it was sent, the request
 * as it was sent; it sends nothing. Kept on every keystroke and cleared by an acknowledged success alone: between the
 * two lie reloads, sign-ins and lost answers.
 */

import { keep, recall } from './store.ts';

/** `sent` is repeated as it stands while text and parent are unchanged: the service gives the same key and body the
 *  same answer, once. A changed text keeps the key: had the first one arrived, both would otherwise be posted. */
export interface Draft {
  text: string;
  parent: { id: number; name: string } | null;
  sent?: { key: string; body: Record<string, unknown> } | undefined;
  /** When the reader pressed Post, in milliseconds: it is done as soon as they are signed in and the service answers. */
  wanted?: number | undefined;
}

/** How long what was pressed is still meant: as long as a sign-in may take. */
const WANTED_MS = 600_000;

export const isWanted = ({ text, wanted = 0 }: Draft): boolean =>
  Boolean(text) && Date.now() - wanted < WANTED_MS;

const nameOf = (site: string, key: string) => `parley.draft.${site} ${key}`;

export const readDraft = (site: string, key: string): Draft =>
  recall<Draft>(nameOf(site, key)) ?? { text: '', parent: null };

/** False: the browser keeps nothing, so the text lives until the page is left. */
export const keepDraft = (site: string, key: string, draft: Draft): boolean =>
  keep(nameOf(site, key), draft.text || draft.parent ? draft : undefined);
