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
}

const nameOf = (site: string, key: string) => `parley.draft.${site} ${key}`;

export const readDraft = (site: string, key: string): Draft =>
  recall<Draft>(nameOf(site, key)) ?? { text: '', parent: null };

/** False: the browser keeps nothing, so the text lives until the page is left. */
export const keepDraft = (site: string, key: string, draft: Draft): boolean =>
  keep(nameOf(site, key), draft.text || draft.parent ? draft : undefined);
