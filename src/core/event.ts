/**
 * What a change is called. An event is at once the audit log and the live update; it carries ids, versions, slugs
 * and numbers and never text, a name, an address or an IP, so that erasure has nothing to erase here.
 */

export const EVENT_KINDS = [
  'site.created',
  'site.changed',
  'site.suspended',
  'site.resumed',
  'membership.created',
  'membership.banned',
  'membership.unbanned',
  'thread.opened',
  'thread.changed',
  'comment.posted',
  'comment.edited',
  'comment.removed',
  'comment.restored',
  'comment.decided',
  'comment.pinned',
  'comment.unpinned',
  'comment.claimed',
  'reaction.set',
  'reactions.folded',
  'identity.changed',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

export interface ParleyEvent {
  siteId: string;
  kind: EventKind;
  threadId?: number;
  /** The thread's version after the change; absent when no reader could see one. */
  version?: number;
  commentId?: number;
  /** users.id of who did it; absent for an operator or the service itself. */
  actorId?: number;
  /** Ids, slugs, numbers. */
  data?: Record<string, string | number | boolean | null>;
}
