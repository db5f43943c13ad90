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
  /** That the reader pressed Post, when (in milliseconds) and as whom (or as nobody yet): it is done as soon as
   *  the service answers and they are who they were, or somebody. */
  wanted?: { at: number; by?: string | undefined } | undefined;
}

const nameOf = (site: string, key: string) => `parley.draft.${site} ${key}`;

/** What is no draft, because another script wrote it, counts as nothing typed. */
export function readDraft(site: string, key: string): Draft {
  const kept = Object(recall(nameOf(site, key)));
  return { ...kept, text: kept.text ?? '', parent: kept.parent?.id > 0 ? kept.parent : null };
}

/** False: the browser keeps nothing, so the text lives until the page is left. */
export const keepDraft = (site: string, key: string, draft: Draft): boolean =>
  keep(nameOf(site, key), draft.text || draft.parent ? draft : undefined);
