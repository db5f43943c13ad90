/** Secrets, derived keys and MACs. */

import { describe, expect, test } from 'vitest';
import { Keyring, newSecret, sha256, weakness } from '../../src/core/secret.ts';

const OLD = 'Vq3n8Yw1Zr6Tt0Lk5Xb2Hc9Jd4Gf7SmP';
const NEW = 'mB7cK1vN4xL8zQ2wE6rT0yU3iO5pA9sDfG';

describe('weak secrets are refused', () => {
  test.each([
    ['', 'is shorter than 32 bytes'],
    ['short', 'is shorter than 32 bytes'],
    [OLD.slice(0, 31), 'is shorter than 32 bytes'],
    ['a'.repeat(64), 'repeats a few characters'],
    ['0101101001011010010110100101101001', 'repeats a few characters'],
    ['Tr0ub4dor&3Tr0ub4dor&3Tr0ub4dor&3', 'repeats one word'],
    ['changeme-changeme-changeme-changeme', 'repeats one word'],
    ['change-me-please-this-is-a-secret!', 'is a placeholder that everybody knows'],
    ['your_secret_key_of_at_least_32_bytes', 'is a placeholder that everybody knows'],
    ['correct horse battery staple, and on', undefined],
    ['parley-secret-password-change-me-default', 'is a placeholder that everybody knows'],
    ['0123456789abcdef0123456789ABCDEF!', 'is a placeholder that everybody knows'],
    [OLD, undefined],
    [OLD.slice(0, 32), undefined],
    ['ключ-от-всего-на-свете', undefined],
  ])('%j', (secret, fault) => {
    expect(weakness(secret)).toBe(fault);
  });

  // Comentario's protection was void for months: its key was the hash of the empty string.
  test.each([[[]], [['']], [[OLD, '']], [['a'.repeat(40)]]])('no keyring is made of %j', (secrets) => {
    expect(() => new Keyring(secrets)).toThrow();
  });
  test('the refusal does not repeat the secret', () => {
    expect(() => new Keyring(['hunter2hunter2'])).toThrow(/^(?!.*hunter2)/);
  });
});

describe('a MAC', () => {
  const ring = new Keyring([NEW, OLD]);
  const mac = ring.mac('state', 'message');

  test('is accepted for its label, message and length alone', () => {
    expect(ring.verifyMac('state', 'message', mac)).toBe(true);
    expect(ring.verifyMac('other', 'message', mac)).toBe(false);
    expect(ring.verifyMac('state', 'massage', mac)).toBe(false);
    expect(ring.verifyMac('state', 'message', mac, 32)).toBe(false);
    expect(ring.verifyMac('state', 'message', ring.mac('state', 'message', 32), 32)).toBe(true);
  });

  test('is refused when cut, lengthened, changed or empty', () => {
    for (const forged of ['', mac.slice(0, 4), mac.slice(0, -1), `${mac}A`, mac.toLowerCase(), ` ${mac}`])
      expect(ring.verifyMac('state', 'message', forged)).toBe(false);
    expect(ring.verifyMac('state', 'message', ring.mac('state', 'message', 1))).toBe(false);
  });

  test('outlives the replacement of the secret, not its removal', () => {
    const old = new Keyring([OLD]).mac('state', 'message');
    expect(ring.verifyMac('state', 'message', old)).toBe(true);
    expect(new Keyring([NEW]).verifyMac('state', 'message', old)).toBe(false);
    expect(new Keyring([OLD]).verifyMac('state', 'message', mac)).toBe(false);
  });

  test('begins with the id of its key', () => {
    expect(ring.mac('a', 'b').slice(0, 4)).toBe(ring.mac('c', 'd').slice(0, 4));
    expect(new Keyring([OLD]).mac('a', 'b').slice(0, 4)).not.toBe(mac.slice(0, 4));
  });
});

test('each use has a key of its own, the same each time', () => {
  const ring = new Keyring([OLD]);
  expect(ring.mac('a', 'm')).toBe(new Keyring([OLD, NEW]).mac('a', 'm'));
  expect(ring.mac('a', 'm').slice(4)).not.toBe(ring.mac('b', 'm').slice(4));
});

test('new secrets are strong and differ', () => {
  const secrets = new Set(Array.from({ length: 200 }, () => newSecret()));
  expect(secrets.size).toBe(200);
  for (const secret of secrets) {
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(weakness(secret)).toBeUndefined();
  }
  expect(newSecret(16)).toHaveLength(22);
});

test('hashes are SHA-256', () => {
  expect(sha256('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
