/**
 * Who may do what to a comment, on one page. Pure: the answer is a slug to refuse with, or undefined for yes.
 */
import { type Problem, type ProblemSlug, problem } from './problem.ts';
import { banEnd, mayWrite, type Standing } from './rules.ts';
import type { SiteSettings } from './site.ts';

/** How long its author may take the removal of a comment back: as long as the notice of it stays in view. */
const UNDO_MS = 60_000;

/** Pinned comments of a thread: more would push the discussion out of sight. */
export const MAX_PINNED = 3;

/** The provider of guests' identities, as its adapter names it. */
export const GUEST = 'guest';

export interface Actor extends Standing {
  userId: number;
  /** Whether nobody vouches for who it is. */
  isGuest: boolean;
}

export interface Target {
  userId: number | null;
  status: string;
  createdAt: Date;
}

/** A comment that may have been removed, and whether readers see something in its place. */
export interface Removed extends Target {
  shown: boolean;
  removedBy: string | null;
  removedAt: Date | null;
  /** What its author may have it be again; null: nothing, or no more. */
  removedFrom: string | null;
}

/** The refusal as it is thrown: `banned` says until when. */
export function refusal(slug: ProblemSlug, actor: Standing): Problem {
  return problem(slug, slug === 'banned' ? { until: banEnd(actor) } : {});
}

/** Editing: the author, in the window, while the comment is public or waiting. */
export function editRefusal(
  actor: Actor,
  comment: Target,
  settings: SiteSettings,
  now: Date,
): ProblemSlug | undefined {
  const own = ownRefusal(actor, comment);
  if (own) return own;
  if (!mayWrite(actor, now)) return 'banned';
  return isEditable(comment.status) && editableUntil(comment, settings) > now
    ? undefined
    : 'edit-window-closed';
}

/** Whether there is time to edit at all: what was decided against is not made better by changing it. */
export const isEditable = (status: string): boolean => status === 'published' || status === 'held';

/** Removing: the author, at any time, also when banned: taking back one's own words is nobody's to refuse. */
export function removeRefusal(actor: Actor, comment: Target): ProblemSlug | undefined {
  return ownRefusal(actor, comment);
}

/** Undoing a removal: its author, who removed it, while that time runs; of what is there nothing needs to be undone. */
export function restoreRefusal(actor: Actor, comment: Removed, now: Date): ProblemSlug | undefined {
  if (comment.userId !== actor.userId) return comment.shown ? 'comment-foreign' : 'comment-unknown';
  if (comment.status !== 'removed') return undefined;
  if (comment.removedBy !== 'author' || !comment.removedAt || !comment.removedFrom) return 'comment-removed';
  return undoableUntil(comment.removedAt) > now ? undefined : 'undo-expired';
}

/** The moment until which the author of a comment may undo its removal. */
export function undoableUntil(removedAt: Date): Date {
  return new Date(removedAt.getTime() + UNDO_MS);
}

/** Pinning: a published root, while there is room beside the thread's `pinned` others. */
export function pinRefusal(
  comment: { parentId: number | null; status: string },
  pinned: number,
): ProblemSlug | undefined {
  if (comment.parentId !== null) return 'pin-reply';
  if (comment.status === 'removed') return 'comment-removed';
  if (comment.status !== 'published') return 'pin-unpublished';
  return pinned < MAX_PINNED ? undefined : 'pins-full';
}

/** Voting: any signed-in reader in good standing on somebody else's public comment. Of guests one can be many. */
export function voteRefusal(actor: Actor, comment: Target | undefined, now: Date): ProblemSlug | undefined {
  if (actor.isGuest) return 'sign-in-required';
  if (!comment) return 'comment-unknown';
  if (comment.status === 'removed') return 'comment-removed';
  if (comment.status !== 'published') return 'comment-unknown';
  if (!mayWrite(actor, now)) return 'banned';
  return comment.userId === actor.userId ? 'own-vote' : undefined;
}

/** Claiming what one wrote as a guest: both must be in good standing, else a ban would end with signing in. */
export function claimRefusal(actor: Actor, guest: Standing, now: Date): ProblemSlug | undefined {
  if (actor.isGuest) return 'sign-in-required';
  return mayWrite(actor, now) && mayWrite(guest, now) ? undefined : 'banned';
}

/** The moment until which its author may edit a comment. */
export function editableUntil(comment: Pick<Target, 'createdAt'>, settings: SiteSettings): Date {
  return new Date(comment.createdAt.getTime() + settings.editWindowSeconds * 1000);
}

function ownRefusal(actor: Actor, comment: Target): ProblemSlug | undefined {
  if (comment.status === 'removed') return 'comment-removed';
  if (comment.userId === actor.userId) return undefined;
  return comment.status === 'published' ? 'comment-foreign' : 'comment-unknown';
}
