/**
 * The numbers of comments, threads and events. A number is 41 bits of milliseconds since 2000-01-01 and 12 bits that
 * tell apart what happened in one millisecond: at once an id, an age, a sibling order and a path element, and safe in
 * JSON until 2069. Nothing here mints one: that needs a lock and a sequence, and lies in `domain/` and `sql/`.
 */

/** The deepest reply; a root has depth 0. PostgreSQL indexes no key past 2,704 bytes, and 301 ids take 2,408. */
export const MAX_DEPTH = 300;

/** Reads an id as it stands in a URL. Undefined for anything but the plain decimal of 1 … 2^53 − 1. */
export function parseId(text: string): number | undefined {
  if (!/^[1-9][0-9]{0,15}$/.test(text)) return undefined;
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : undefined;
}
