/**
 * What happens to a draft: an ordered list of questions, the first answer counts. Pure; the facts are gathered in
 * `domain/comments.ts`, where the row that will be written is already locked.
 */
import { MAX_DEPTH } from './id.ts';
import type { ProblemSlug } from './problem.ts';
import { type SiteSettings, takesGuests } from './site.ts';

export interface Facts {
  now: Date;
  settings: SiteSettings;
  thread: { status: 'open' | 'closed' };
  /** End of the author's ban on this site; `Infinity` for ever. */
  bannedUntil: Date | number | null;
  role: string;
  /** Whether nobody vouches for who the author is. */
  isGuest: boolean;
  /** What the draft answers; absent for a root. */
  parent?: { status: string; shown: boolean; depth: number; isInThread: boolean } | undefined;
  /** `unknown`: a parent was named and does not exist on this site. */
  isParentUnknown: boolean;
  /** The author's comment that says the same in the same place already; absent where that is not asked. */
  duplicateOf?: number | undefined;
}

export type Verdict =
  | { kind: 'publish' }
  | { kind: 'hold'; rule: string }
  | { kind: 'refuse'; slug: ProblemSlug; details?: Record<string, unknown> };

type Rule = (facts: Facts) => Verdict | undefined;

const refuse = (slug: ProblemSlug, details?: Record<string, unknown>): Verdict =>
  details ? { kind: 'refuse', slug, details } : { kind: 'refuse', slug };

/** In order: who may not write at all, where nothing may be written, what needs a look first. */
export const RULES: Record<string, Rule> = {
  banned: (facts) => (mayWrite(facts, facts.now) ? undefined : refuse('banned', { until: banEnd(facts) })),
  closed: ({ thread, settings }) =>
    thread.status === 'closed' || settings.mode === 'closed' ? refuse('thread-closed') : undefined,
  // Sessions from before a change of the mode live on.
  guestsOff: ({ isGuest, settings }) =>
    isGuest && !takesGuests(settings) ? refuse('guests-off') : undefined,
  parent: ({ parent, isParentUnknown }) => {
    if (isParentUnknown) return refuse('parent-unknown');
    if (!parent) return undefined;
    // A comment that is not public is not there for the one who answers, whatever its state and wherever it is.
    if (!parent.shown && (parent.status !== 'removed' || !parent.isInThread)) return refuse('parent-unknown');
    if (!parent.isInThread) return refuse('parent-foreign');
    if (parent.status !== 'published') return refuse('parent-removed');
    return parent.depth >= MAX_DEPTH ? refuse('too-deep') : undefined;
  },
  duplicate: ({ duplicateOf }) =>
    duplicateOf === undefined ? undefined : refuse('comment-duplicate', { commentId: duplicateOf }),
  preModeration: ({ settings, role }) =>
    settings.moderation === 'all' && !['owner', 'moderator', 'trusted'].includes(role)
      ? { kind: 'hold', rule: 'pre-moderation' }
      : undefined,
  guest: ({ settings, isGuest }) =>
    settings.moderation === 'guests' && isGuest ? { kind: 'hold', rule: 'guest' } : undefined,
};

/** The verdict on a draft. */
export function judge(facts: Facts): Verdict {
  for (const rule of Object.values(RULES)) {
    const verdict = rule(facts);
    if (verdict) return verdict;
  }
  return { kind: 'publish' };
}

/** What a role and a ban say of who writes. */
export interface Standing {
  role: string;
  bannedUntil: Date | number | null;
}

/** Whether someone may write at all: neither banned nor `read-only`. */
export function mayWrite({ role, bannedUntil }: Standing, now: Date): boolean {
  return role !== 'read-only' && !isBanned(bannedUntil, now);
}

/** What `banned` says as `until` to who may not write: ISO 8601, or null for ever. */
export function banEnd({ role, bannedUntil }: Standing): string | null {
  return role !== 'read-only' && bannedUntil instanceof Date ? bannedUntil.toISOString() : null;
}

/** Whether a ban that ends then still runs. `null`: never banned. */
export function isBanned(until: Date | number | null, now: Date): boolean {
  return until !== null && until.valueOf() > now.getTime();
}
