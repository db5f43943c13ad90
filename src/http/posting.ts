/**
 * Posting, as the API and the page without script do it: once per key, the text judged before it costs anything. Who
 * the author is, and that they may write here, was settled before.
 */
import { pageUrl, threadKey } from '../core/canonical.ts';
import { problem } from '../core/problem.ts';
import type { Site } from '../core/site.ts';
import { checkText, cleanLine } from '../core/text.ts';
import { postComment } from '../domain/comments.ts';
import { type Draft, findPosted, type Posted } from '../domain/idempotency.ts';
import type { Author } from '../domain/memberships.ts';
import type { Deps } from './env.ts';

const MAX_TITLE = 300;

/** A comment as it comes in. */
export interface Input {
  key: string;
  url: string;
  title?: string | undefined;
  parentId?: number | null | undefined;
  text: string;
}

/**
 * Posts `input` once per `idempotencyKey`. Throws `idempotency-key-missing`, `thread-key-invalid`, `url-foreign`,
 * `rate-limited` and what `postComment` throws.
 */
export async function post(
  { db, limits, now }: Deps,
  site: Site,
  author: Author,
  input: Input & {
    idempotencyKey: string;
    /** `countedAddress` of the request. */
    address: string;
  },
): Promise<Posted> {
  if (!isIdempotencyKey(input.idempotencyKey)) throw problem('idempotency-key-missing');
  const draft: Draft = {
    page: {
      key: threadKey(input.key, site.origins),
      url: pageUrl(input.url, site.origins),
      title: cleanLine(input.title ?? '', MAX_TITLE),
    },
    parentId: input.parentId ?? null,
    text: input.text,
    key: input.idempotencyKey,
  };
  const earlier = await findPosted(db, site.id, author.userId, draft);
  if (earlier) return earlier;
  // A text that will be refused anyway costs the reader none of their comments per minute.
  checkText(draft.text, site.settings);
  const limit = { name: 'comment', points: site.settings.commentsPerMinute, windowSeconds: 60 };
  await limits.spend(limit, `${site.id} ${author.userId}`);
  // Becoming another guest is free and must not give another minute's comments.
  if (author.isGuest) await limits.spend({ ...limit, name: 'guest-comment' }, `${site.id} ${input.address}`);
  return postComment(db, site, author, draft, now());
}

/** What names one act of posting: visible ASCII, long enough not to come up twice. */
export const isIdempotencyKey = (key: string) => /^[\x21-\x7e]{8,128}$/.test(key);
