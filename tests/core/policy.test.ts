/** Who may undo, pin and write, and what the rules say to a draft that has several faults: tables of cases. */
import { describe, expect, it } from 'vitest';
import { pinRefusal, refusal, restoreRefusal } from '../../src/core/policy.ts';
import { banEnd, type Facts, judge, mayWrite } from '../../src/core/rules.ts';
import { SITE_DEFAULTS } from '../../src/core/site.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const ago = (milliseconds: number) => new Date(NOW.getTime() - milliseconds);
const LATER = new Date('2026-03-02T00:00:00Z');

describe('a draft is refused for the first of its faults', () => {
  const sound: Facts = {
    now: NOW,
    settings: SITE_DEFAULTS,
    thread: { status: 'open' },
    bannedUntil: null,
    role: 'reader',
    isGuest: false,
    isParentUnknown: false,
  };
  const duplicateOf = 4096;
  const all = { ...SITE_DEFAULTS, moderation: 'all' } as const;

  it.each<[why: string, facts: Partial<Facts>, verdict: object]>([
    ['none', {}, { kind: 'publish' }],
    ['said already', { duplicateOf }, { slug: 'comment-duplicate', details: { commentId: duplicateOf } }],
    ['said already by one who must wait', { duplicateOf, settings: all }, { slug: 'comment-duplicate' }],
    ['said already by a moderator', { duplicateOf, settings: all, role: 'moderator' }, { kind: 'refuse' }],
    ['must wait', { settings: all }, { kind: 'hold', rule: 'pre-moderation' }],
    ['said already, banned', { duplicateOf, bannedUntil: LATER }, { slug: 'banned' }],
    ['said already, closed', { duplicateOf, thread: { status: 'closed' } }, { slug: 'thread-closed' }],
    ['said already, to nobody', { duplicateOf, isParentUnknown: true }, { slug: 'parent-unknown' }],
  ])('%s', (_, facts, verdict) => {
    expect(judge({ ...sound, ...facts })).toMatchObject(verdict);
  });
});

describe('who is banned', () => {
  it.each<[role: string, bannedUntil: Date | number | null, mayWriteNow: boolean, until: string | null]>([
    ['reader', null, true, null],
    ['reader', ago(0), true, NOW.toISOString()],
    ['reader', LATER, false, LATER.toISOString()],
    ['reader', Infinity, false, null],
    ['moderator', LATER, false, LATER.toISOString()],
    ['read-only', null, false, null],
    // The ban ends and reading only does not.
    ['read-only', LATER, false, null],
  ])('as %s until %s: may write %s, told %s', (role, bannedUntil, mayWriteNow, until) => {
    const standing = { role, bannedUntil };
    expect(mayWrite(standing, NOW)).toBe(mayWriteNow);
    expect(banEnd(standing)).toBe(until);
    expect(refusal('banned', standing).details).toEqual({ until });
    expect(refusal('comment-foreign', standing).details).toEqual({});
  });
});

describe('undoing a removal', () => {
  const author = { userId: 1, role: 'reader', bannedUntil: null, isGuest: false };
  const stranger = { ...author, userId: 2 };
  const removed = {
    userId: 1,
    status: 'removed',
    createdAt: ago(3_600_000),
    shown: false,
    removedBy: 'author',
    removedAt: ago(1),
    removedFrom: 'published',
  };

  it.each<[why: string, actor: typeof author, comment: Partial<typeof removed> | object, slug?: string]>([
    ['just now', author, {}],
    ['after a minute less a moment', author, { removedAt: ago(59_999) }],
    ['after a minute', author, { removedAt: ago(60_000) }, 'undo-expired'],
    ['by a process whose clock is behind', author, { removedAt: ago(-400) }],
    ['of what is there', author, { status: 'published', removedBy: null, removedAt: null }],
    ['of what waits', author, { status: 'held', removedBy: null, removedAt: null }],
    ['of a moderator’s removal', author, { removedBy: 'moderator' }, 'comment-removed'],
    ['after erasure', author, { removedBy: 'erasure' }, 'comment-removed'],
    ['after a decision on it', author, { removedFrom: null }, 'comment-removed'],
    ['from before removals had a date', author, { removedAt: null }, 'comment-removed'],
    ['by somebody else', stranger, {}, 'comment-unknown'],
    ['by somebody else who sees a tombstone', stranger, { shown: true }, 'comment-foreign'],
    ['of what has lost its author', author, { userId: null }, 'comment-unknown'],
  ])('%s', (_, actor, comment, slug) => {
    expect(restoreRefusal(actor, { ...removed, ...comment }, NOW)).toBe(slug);
  });
});

it.each<[parentId: number | null, status: string, pinned: number, slug?: string]>([
  [null, 'published', 0],
  [null, 'published', 2],
  [null, 'published', 3, 'pins-full'],
  [null, 'held', 0, 'pin-unpublished'],
  [null, 'spam', 3, 'pin-unpublished'],
  [null, 'removed', 3, 'comment-removed'],
  [4096, 'published', 3, 'pin-reply'],
])('pinning what answers %s, is %s and has %s others beside it', (parentId, status, pinned, slug) => {
  expect(pinRefusal({ parentId, status }, pinned)).toBe(slug);
});
