/**
 * The one catalogue of refusals (RFC 9457). Holds slugs, statuses and titles, and the error that carries them;
 * it does not write responses (`app.ts` does) and it never holds a sentence made of user input. Clients branch on
 * the slug, so a slug once released is never renamed.
 */

export const PROBLEMS = {
  // Request shape
  'malformed-json': { status: 400, title: 'The request body is not valid JSON.' },
  'invalid-input': { status: 400, title: 'A field of the request is missing or wrong.' },
  'cursor-invalid': {
    status: 400,
    title: 'The cursor does not belong to this list. Start again without it.',
  },
  'body-too-large': { status: 413, title: 'The request body is too large.' },
  'unsupported-media-type': { status: 415, title: 'Send application/json.' },
  'not-found': { status: 404, title: 'There is nothing at this address.' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method.' },

  // Site and origin
  'site-unknown': { status: 404, title: 'No site has this id.' },
  'site-suspended': { status: 403, title: 'This site is suspended.' },
  'origin-missing': { status: 403, title: 'The request names no origin.' },
  'origin-foreign': { status: 403, title: 'The origin is not registered for this site.' },
  'url-foreign': { status: 400, title: 'The page address lies outside the origins of this site.' },
  'thread-key-invalid': { status: 400, title: 'A thread key is "id:" and an id, or "url:" and an address.' },

  // Sessions
  'session-missing': { status: 401, title: 'Sign in first.' },
  'session-expired': { status: 401, title: 'Your session has ended. Sign in again.' },
  'session-foreign': { status: 403, title: 'This session belongs to another site or origin.' },
  'sign-in-required': { status: 403, title: 'Guests cannot do that. Sign in first.' },
  'code-invalid': { status: 403, title: 'This sign-in code is wrong, used up or expired.' },

  // Sign-in
  'attempt-expired': { status: 410, title: 'This sign-in has expired. Start again from the article.' },
  'attempt-invalid': { status: 400, title: 'This sign-in cannot be started as asked.' },
  'provider-unknown': { status: 404, title: 'No identity provider has this id here.' },
  'login-denied': { status: 403, title: 'You did not allow the sign-in.' },
  'login-expired': { status: 410, title: 'The sign-in took too long.' },
  'login-failed': { status: 502, title: 'The identity provider did not complete the sign-in.' },
  'provider-unavailable': { status: 502, title: 'The identity provider cannot be reached just now.' },

  // Guests
  'guests-off': { status: 403, title: 'Comments here are for readers who sign in.' },
  'name-missing': { status: 422, title: 'Please enter your name.' },
  'email-missing': { status: 422, title: 'Please enter your e-mail address.' },
  'email-invalid': { status: 422, title: 'This is not an e-mail address.' },
  'website-invalid': { status: 422, title: 'This is not the address of a website.' },
  'claim-foreign': { status: 403, title: 'Only what was written as a guest of this site can be claimed.' },

  // Comments
  'comment-unknown': { status: 404, title: 'No such comment on this site.' },
  'comment-removed': { status: 410, title: 'This comment was removed.' },
  'comment-duplicate': { status: 409, title: 'You have said that here already.' },
  'undo-expired': { status: 409, title: 'The time to take that back has passed.' },
  'pin-reply': { status: 409, title: 'Only a comment on the article itself can be pinned, not a reply.' },
  'pin-unpublished': { status: 409, title: 'Only a published comment can be pinned.' },
  'pins-full': { status: 409, title: 'A thread has three pinned comments at most. Unpin another one first.' },
  'comment-foreign': { status: 403, title: 'Only its author may do that.' },
  'parent-unknown': { status: 409, title: 'The comment you answer does not exist.' },
  'parent-removed': { status: 409, title: 'The comment you answer was removed.' },
  'parent-foreign': { status: 409, title: 'The comment you answer is in another thread.' },
  'too-deep': { status: 409, title: 'This conversation is nested as deep as it goes. Answer one level up.' },
  'thread-closed': { status: 409, title: 'Comments are closed here.' },
  'text-empty': { status: 422, title: 'Please enter a comment.' },
  'text-too-long': { status: 422, title: 'The comment is too long.' },
  'text-invalid': { status: 422, title: 'The text has characters that cannot be stored.' },
  'too-many-links': { status: 422, title: 'The comment has too many links.' },
  'edit-window-closed': { status: 409, title: 'The time to edit this comment has passed.' },
  'votes-off': { status: 409, title: 'This site takes no votes.' },
  'own-vote': { status: 409, title: 'You cannot vote on your own comment.' },
  banned: { status: 403, title: 'You may not comment on this site.' },
  'idempotency-key-missing': {
    status: 400,
    title: 'Send an Idempotency-Key of 8 to 128 visible characters.',
  },
  'idempotency-conflict': { status: 422, title: 'This Idempotency-Key was used for another comment.' },

  // Service
  'rate-limited': { status: 429, title: 'Too many requests. Wait a moment.' },
  unavailable: { status: 503, title: 'The service cannot answer just now. Try again shortly.' },
  internal: { status: 500, title: 'Something broke on our side.' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemSlug = keyof typeof PROBLEMS;

/** What a problem may carry beside its slug. `retryAfter` is in seconds and also becomes the header. */
export interface ProblemDetails {
  detail?: string;
  retryAfter?: number;
  errors?: { pointer: string; detail: string }[];
  [extension: string]: unknown;
}

/** A refusal the caller can act on. Anything else that is thrown is a defect of ours. */
export class Problem extends Error {
  readonly slug: ProblemSlug;
  readonly details: ProblemDetails;

  constructor(slug: ProblemSlug, details: ProblemDetails = {}, options?: ErrorOptions) {
    super(details.detail ?? PROBLEMS[slug].title, options);
    this.name = 'Problem';
    this.slug = slug;
    this.details = details;
  }

  get status(): number {
    return PROBLEMS[this.slug].status;
  }
}

/** Makes the refusal named by `slug`; throw what it returns. */
export function problem(slug: ProblemSlug, details?: ProblemDetails): Problem {
  return new Problem(slug, details);
}
