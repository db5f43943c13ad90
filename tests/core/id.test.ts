/** Ids as they stand in URLs. */

import { describe, expect, test } from 'vitest';
import { parseId } from '../../src/core/id.ts';

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
