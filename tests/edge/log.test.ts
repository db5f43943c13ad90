/** What a log line says of an error, and what it keeps to itself. */
import { expect, test } from 'vitest';
import { describeError } from '../../src/edge/log.ts';

test('an error is logged by what it says, not by what hangs on it', () => {
  const error = Object.assign(new Error('lost', { cause: new TypeError('why') }), {
    code: '57P01',
    client: { secretKey: 12345, password: 'hunter2' },
  });
  const line = JSON.stringify(describeError(error));
  expect(JSON.parse(line)).toMatchObject({
    name: 'Error',
    code: '57P01',
    message: 'lost',
    cause: { message: 'why' },
  });
  expect(line).not.toContain('hunter2');
  expect(line).not.toContain('secretKey');
});

test('what is thrown and no error is named', () => {
  expect(describeError('oops')).toBe('oops');
});
