/**
 * Who may do what to a comment, on one page. Pure: the answer is a slug to refuse with, or undefined for yes.
 */
import type { ProblemSlug } from './problem.ts';
import { isBanned } from './rules.ts';
import type { SiteSettings } from './site.ts';

export interface Actor {
  userId: number;
  role: string;
  bannedUntil: Date | number | null;
}

export interface Target {
  userId: number | null;
  status: string;
  createdAt: Date;
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
  if (isBanned(actor.bannedUntil, now) || actor.role === 'read-only') return 'banned';
  return editableUntil(comment, settings) > now ? undefined : 'edit-window-closed';
}

/** Removing: the author, at any time, also when banned: taking back one's own words is nobody's to refuse. */
export function removeRefusal(actor: Actor, comment: Target): ProblemSlug | undefined {
  return ownRefusal(actor, comment);
}

/** Voting: any reader in good standing on somebody else's public comment. */
export function voteRefusal(actor: Actor, comment: Target, now: Date): ProblemSlug | undefined {
  if (comment.status === 'removed') return 'comment-removed';
  if (comment.status !== 'published') return 'comment-unknown';
  if (isBanned(actor.bannedUntil, now) || actor.role === 'read-only') return 'banned';
  return comment.userId === actor.userId ? 'own-vote' : undefined;
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
