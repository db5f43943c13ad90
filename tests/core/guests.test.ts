/** What the rules and the policy say of guests: every mode and moderation with every kind of author, by table. */
import { describe, expect, test } from 'vitest';
import { type Actor, claimRefusal, editRefusal, removeRefusal, voteRefusal } from '../../src/core/policy.ts';
import { type Facts, judge } from '../../src/core/rules.ts';
import { publicSettings, SITE_DEFAULTS, SITE_SETTINGS, takesGuests } from '../../src/core/site.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const GUEST: Actor = { userId: 1, role: 'reader', bannedUntil: null, isGuest: true };
const READER: Actor = { ...GUEST, userId: 2, isGuest: false };

function verdict(who: Actor, settings: Partial<Facts['settings']>, more: Partial<Facts> = {}): string {
  const found = judge({
    now: NOW,
    settings: { ...SITE_DEFAULTS, ...settings },
    thread: { status: 'open' },
    isParentUnknown: false,
    ...who,
    ...more,
  });
  return found.kind === 'publish' ? 'publish' : found.kind === 'hold' ? `hold: ${found.rule}` : found.slug;
}

describe('a draft', () => {
  test.each([
    ['open', 'publish', 'publish'],
    ['open-required', 'publish', 'publish'],
    ['registered', 'guests-off', 'publish'],
    ['closed', 'thread-closed', 'thread-closed'],
  ] as const)('in mode %s: of a guest %s, of a reader %s', (mode, ofGuest, ofReader) => {
    expect(verdict(GUEST, { mode })).toBe(ofGuest);
    expect(verdict(READER, { mode })).toBe(ofReader);
    for (const role of ['owner', 'moderator']) expect(verdict({ ...READER, role }, { mode })).toBe(ofReader);
  });

  test.each([
    ['none', 'publish', 'publish', 'publish'],
    ['guests', 'hold: guest', 'publish', 'publish'],
    ['all', 'hold: pre-moderation', 'hold: pre-moderation', 'publish'],
  ] as const)(
    'under moderation %s: of a guest %s, of a reader %s, of one who is trusted %s',
    (moderation, ...ways) => {
      const authors = [GUEST, READER, { ...READER, role: 'trusted' }];
      expect(authors.map((who) => verdict(who, { mode: 'open', moderation }))).toEqual(ways);
    },
  );

  test('of a guest who is banned, in a closed thread or under nothing is refused for that first', () => {
    const open = { mode: 'open', moderation: 'guests' } as const;
    expect(verdict({ ...GUEST, bannedUntil: Infinity }, { mode: 'registered' })).toBe('banned');
    expect(verdict(GUEST, open, { thread: { status: 'closed' } })).toBe('thread-closed');
    expect(verdict(GUEST, open, { isParentUnknown: true })).toBe('parent-unknown');
  });
});

describe('a guest', () => {
  const comment = { userId: 1, status: 'published', createdAt: NOW };

  test('edits and removes their own', () => {
    expect(editRefusal(GUEST, comment, SITE_DEFAULTS, NOW)).toBeUndefined();
    expect(removeRefusal(GUEST, comment)).toBeUndefined();
  });

  test('votes on nothing, and learns nothing by trying', () => {
    for (const target of [comment, { ...comment, userId: 9 }, { ...comment, status: 'held' }, undefined]) {
      expect(voteRefusal(GUEST, target, NOW)).toBe('sign-in-required');
    }
    expect(voteRefusal(READER, comment, NOW)).toBeUndefined();
    expect(voteRefusal(READER, undefined, NOW)).toBe('comment-unknown');
  });

  test('is claimed by readers in good standing, when in good standing', () => {
    const over = new Date(NOW.getTime() - 1);
    expect(claimRefusal(READER, { ...GUEST, bannedUntil: over }, NOW)).toBeUndefined();
    expect(claimRefusal(GUEST, GUEST, NOW)).toBe('sign-in-required');
    for (const bad of [{ bannedUntil: Infinity }, { role: 'read-only' }]) {
      expect(claimRefusal(READER, { ...GUEST, ...bad }, NOW)).toBe('banned');
      expect(claimRefusal({ ...READER, ...bad }, GUEST, NOW)).toBe('banned');
    }
  });
});

test('a site takes nobody but who signs in, unless its owner says otherwise', () => {
  expect(SITE_DEFAULTS.mode).toBe('registered');
  const taking = SITE_SETTINGS.shape.mode
    .unwrap()
    .options.filter((mode) => takesGuests({ ...SITE_DEFAULTS, mode }));
  expect(taking).toEqual(['open', 'open-required']);
  expect(publicSettings({ ...SITE_DEFAULTS, mode: 'open' })).toMatchObject({ mode: 'open' });
});
