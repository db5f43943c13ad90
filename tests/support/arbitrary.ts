/** Values for property tests that fast-check does not have, or is slow to make. */
import fc from 'fast-check';

/** Any string at all: every UTF-16 unit, lone surrogates included. fast-check's `unit: 'binary'` takes seconds to set
 *  up and makes well-formed strings only. */
export function anyString(maxLength = 10): fc.Arbitrary<string> {
  const unit = fc.oneof(
    fc.nat({ max: 0xff }),
    fc.nat({ max: 0xffff }),
    fc.integer({ min: 0xd800, max: 0xdfff }),
  );
  return fc.array(unit, { maxLength }).map((units) => String.fromCharCode(...units));
}
