/** When a reader's picture is copied again: by a table of what was known and what a sign-in brings. */
import { expect, test } from 'vitest';
import { isPictureDue, isSamePicture, type KnownPicture } from '../../src/core/picture.ts';

const DAY_MS = 86_400_000;
const NOW = new Date('2026-03-01T12:00:00Z');
const OLD = 'https://pictures.example/ada.png?v=1';

const known = (days: number, over: Partial<KnownPicture> = {}): KnownPicture => ({
  source: OLD,
  isCopied: true,
  askedAt: new Date(NOW.getTime() - days * DAY_MS),
  ...over,
});

test.each<[string, KnownPicture, string, boolean]>([
  ['the first sign-in', { source: null, isCopied: false, askedAt: null }, OLD, true],
  ['an address noted and never asked for', known(0, { askedAt: null }), OLD, true],
  ['a picture where there was none', known(0, { source: null, isCopied: false }), OLD, true],
  ['the same, just copied', known(0), OLD, false],
  ['the same, a day old', known(1), OLD, false],
  ['the same, a moment short of a week', known(6.999), OLD, false],
  ['the same, a week old', known(7), OLD, true],
  ['the same, which could not be copied a moment ago', known(0, { isCopied: false }), OLD, false],
  ['the same, which could not be copied yesterday', known(1, { isCopied: false }), OLD, true],
  ['another query within the day', known(0.999), 'https://pictures.example/ada.png?v=2', false],
  ['another query a day later', known(1), 'https://pictures.example/ada.png?v=2', true],
  ['no query any more, a day later', known(1), 'https://pictures.example/ada.png', true],
  ['another path', known(0), 'https://pictures.example/ada2.png?v=1', true],
  ['another host', known(0), 'https://other.example/ada.png?v=1', true],
  ['a copy from the future, by a clock that was wrong', known(-1), OLD, false],
])('%s', (_what, before, source, isDue) => {
  expect(isPictureDue(before, source, NOW)).toBe(isDue);
});

test.each([
  ['https://a.example/x', 'https://a.example/x', true],
  ['https://a.example/x?1', 'https://a.example/x?2', true],
  ['https://a.example/x?1', 'https://a.example/x', true],
  ['https://a.example/x#1', 'https://a.example/x', true],
  ['https://a.example/x?a?b', 'https://a.example/x?c', true],
  ['https://a.example/x', 'https://a.example/y', false],
  ['https://a.example/x', 'https://b.example/x', false],
])('%s and %s: the same %s', (one, other, isSame) => {
  expect(isSamePicture(one, other)).toBe(isSame);
});
