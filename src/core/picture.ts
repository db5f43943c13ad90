/**
 * When the picture of a reader is copied again. Pure. Addresses are compared in two halves, because providers differ in
 * what the query means: some sign it anew at every sign-in (Facebook), some put the version there, some only the size.
 * So a new path is a new picture, and a new query is worth a look, though not at each sign-in.
 */

const DAY_MS = 86_400_000;
/** Most providers keep the address when the picture changes. */
const STALE_MS = 7 * DAY_MS;

export interface KnownPicture {
  /** Address at the provider, as of the last sign-in. */
  source: string | null;
  /** Whether there is a copy. */
  isCopied: boolean;
  askedAt: Date | null;
}

/** Whether a sign-in that came with the address `source` should have it copied. */
export function isPictureDue(known: KnownPicture, source: string, now: Date): boolean {
  if (known.source === null || known.askedAt === null) return true;
  if (!isSamePicture(known.source, source)) return true;
  const ageMs = now.getTime() - known.askedAt.getTime();
  return ageMs >= (known.source === source && known.isCopied ? STALE_MS : DAY_MS);
}

/** Whether two addresses differ in their query at most. */
export function isSamePicture(one: string, other: string): boolean {
  return withoutQuery(one) === withoutQuery(other);
}

const withoutQuery = (url: string) => url.replace(/[?#].*$/s, '');
