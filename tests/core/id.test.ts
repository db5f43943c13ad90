/** Ids and the paths made of them. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  firstIdAt,
  ID_EPOCH,
  idMilliseconds,
  MAX_DEPTH,
  parseId,
  pathEnd,
  pathOf,
} from '../../src/core/id.ts';

describe('an id is the plain decimal of 1 … 2^53 − 1', () => {
  test.each([
    ['1', 1],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', undefined],
    ['9999999999999999', undefined],
    ['90071992547409910', undefined],
    ['0', undefined],
    ['-1', undefined],
    ['+1', undefined],
    ['01', undefined],
    ['1.0', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    [' 1', undefined],
    ['1\n', undefined],
    ['١', undefined],
    ['', undefined],
    ['NaN', undefined],
    ['1_000', undefined],
  ])('%j → %s', (text, id) => {
    expect(parseId(text)).toBe(id);
  });
});

test('an id tells its moment, and stays safe until 2069', () => {
  expect(ID_EPOCH).toBe(Date.parse('2000-01-01T00:00:00Z'));
  const now = Date.parse('2026-03-01T12:00:00.123Z');
  expect(idMilliseconds(firstIdAt(now))).toBe(now);
  expect(idMilliseconds(firstIdAt(now) + 4095)).toBe(now);
  expect(idMilliseconds(firstIdAt(now) + 4096)).toBe(now + 1);
  expect(Number.isSafeInteger(firstIdAt(Date.UTC(2069, 0, 1)))).toBe(true);
  expect(firstIdAt(0)).toBe(1);
  expect(firstIdAt(ID_EPOCH)).toBe(1);
});

const anyId = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const anyPath = fc.array(anyId, { minLength: 1, maxLength: 5 });
const toPath = (ids: number[]) => ids.reduce<Buffer | null>((parent, id) => pathOf(parent, id), null)!;

describe('a path', () => {
  test('is 8 bytes, big endian, for each step', () => {
    expect(pathOf(null, 258).toString('hex')).toBe('0000000000000102');
    expect(pathOf(pathOf(null, 1), Number.MAX_SAFE_INTEGER).toString('hex')).toBe(
      '0000000000000001001fffffffffffff',
    );
  });

  test('sorts as the walk through the tree: parents first, then siblings by age', () => {
    fc.assert(
      fc.property(anyPath, anyPath, (a, b) => {
        const at = a.findIndex((id, step) => id !== b[step]);
        const expected =
          at === -1 ? Math.sign(a.length - b.length) : b[at] === undefined ? 1 : a[at]! < b[at] ? -1 : 1;
        expect(Math.sign(Buffer.compare(toPath(a), toPath(b)))).toBe(expected);
      }),
    );
  });

  test('ends after its descendants and before its next sibling', () => {
    fc.assert(
      fc.property(anyPath, anyPath, (ids, below) => {
        const path = toPath(ids);
        const end = pathEnd(path);
        expect(Buffer.compare(toPath([...ids, ...below]), end)).toBe(-1);
        expect(end).toHaveLength(path.length);
        const last = ids.at(-1)!;
        if (last < Number.MAX_SAFE_INTEGER) expect(toPath([...ids.slice(0, -1), last + 1])).toEqual(end);
      }),
    );
  });

  test(`is refused below depth ${MAX_DEPTH}`, () => {
    let path = pathOf(null, 1);
    for (let depth = 1; depth <= MAX_DEPTH; depth++) path = pathOf(path, depth + 1);
    expect(path).toHaveLength((MAX_DEPTH + 1) * 8);
    expect(() => pathOf(path, 1000)).toThrow(expect.objectContaining({ slug: 'too-deep' }));
  });

  test.each([0, -1, 1.5, 2 ** 53, Number.NaN])('is not made of %s', (id) => {
    expect(() => pathOf(null, id)).toThrow(RangeError);
  });
});
