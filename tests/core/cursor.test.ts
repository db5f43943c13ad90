/** Cursors are taken back by the list that gave them, and by no other. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Position, readCursor, writeCursor } from '../../src/core/cursor.ts';
import { Keyring, newSecret } from '../../src/core/secret.ts';

const secret = newSecret();
const ring = new Keyring([secret]);
const scope = ['gazette', 'thread 7', 'best'];
const invalid = expect.objectContaining({ slug: 'cursor-invalid' });

test('a cursor brings its position back', () => {
  const value = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'grapheme', maxLength: 20 }));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 3 }), (position: Position) => {
      expect(readCursor(ring, scope, writeCursor(ring, scope, position))).toEqual(position);
    }),
  );
});

test('a cursor of numbers is short and safe in a URL', () => {
  const text = writeCursor(ring, scope, [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);
  expect(text).toMatch(/^[\w-]{1,100}$/);
});

test.each([
  ['another site', ['courier', 'thread 7', 'best']],
  ['another list', ['gazette', 'thread 8', 'best']],
  ['another order', ['gazette', 'thread 7', 'oldest']],
  ['parts moved across the commas', ['gazette', 'thread', '7best']],
  ['the parts in one', 'gazette,thread 7,best'],
])('a cursor is refused by %s', (_name, other) => {
  const text = writeCursor(ring, scope, [1]);
  expect(() => readCursor(ring, other, text)).toThrow(invalid);
});

test('a cursor survives a new secret, and not the loss of its own', () => {
  const text = writeCursor(ring, scope, [1]);
  expect(readCursor(new Keyring([newSecret(), secret]), scope, text)).toEqual([1]);
  expect(() => readCursor(new Keyring([newSecret()]), scope, text)).toThrow(invalid);
});

test('forged cursors are refused', () => {
  const text = writeCursor(ring, scope, [1, 2]);
  const body = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');
  const mac = text.slice(0, 16);
  const forged = [
    '',
    'x',
    mac,
    text.slice(0, -1),
    `${text}A`,
    `${text}=`,
    ` ${text}`,
    mac + body([1, 3]),
    body([1, 2]),
    mac + body({}),
    'a'.repeat(100_000),
    '..%2F',
    '\u0000',
    `${mac}\ud800`,
  ];
  for (const each of forged) expect(() => readCursor(ring, scope, each)).toThrow(invalid);
});

test('no other string is a cursor', () => {
  const text = writeCursor(ring, scope, [123_456, 7]);
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), fc.constantFrom(...'ABZaz09-_'), (at, character) => {
      fc.pre(text[at] !== character);
      expect(() => readCursor(ring, scope, text.slice(0, at) + character + text.slice(at + 1))).toThrow(
        invalid,
      );
    }),
  );
});
