/**
 * The service's secrets and what is made with them: derived keys, message authentication, random tokens, hashes. The
 * first secret of the list writes and every one reads, so that a secret can be replaced without ending a sign-in.
 * No use shares a key with another (HKDF with a label), and nothing here stores, logs or shows a secret.
 */

import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits, the strength of the hash that all keys are derived with. */
export const MIN_SECRET_BYTES = 32;

const KEY_ID_CHARACTERS = 4; // tells a handful of listed secrets apart in logs and dumps; no security rests on it
const DEFAULT_MAC_BYTES = 16; // 128 bits: nobody guesses one online or off

interface DerivedKey {
  /** Four base64url characters that name the secret without telling anything about it. */
  id: string;
  key: Buffer;
}

/** Keys and MACs from the list of secrets. Labels are constants that name a use, never data: keys are kept by label.
 *  Throws a plain error for an empty list or a secret that `weakness` objects to. */
export class Keyring {
  readonly #secrets: readonly string[];
  readonly #keys = new Map<string, DerivedKey[]>();

  constructor(secrets: readonly string[]) {
    if (secrets.length === 0) throw new Error('A keyring needs a secret.');
    for (const secret of secrets) {
      const fault = weakness(secret);
      if (fault) throw new Error(`A secret ${fault}.`);
    }
    this.#secrets = secrets;
  }

  /** A MAC of `bytes` bytes as base64url text that begins with the id of its key. */
  mac(label: string, message: string | Uint8Array, bytes = DEFAULT_MAC_BYTES): string {
    return write(this.#derive(label)[0]!, message, bytes);
  }

  /** Whether `mac` was made by any listed secret for this label, message and length. `bytes` is what `mac()` was
   *  given: it is never read off the MAC, or a forger would choose one byte. Every secret is tried in constant time. */
  verifyMac(label: string, message: string | Uint8Array, mac: string, bytes = DEFAULT_MAC_BYTES): boolean {
    const given = sha256(mac);
    let isGenuine = false;
    for (const key of this.#derive(label)) {
      // Hashed first, because timingSafeEqual takes equal lengths only.
      if (timingSafeEqual(sha256(write(key, message, bytes)), given)) isGenuine = true;
    }
    return isGenuine;
  }

  #derive(label: string): DerivedKey[] {
    let keys = this.#keys.get(label);
    if (!keys) {
      keys = this.#secrets.map((secret) => ({
        id: expand(secret, 'key id').toString('base64url').slice(0, KEY_ID_CHARACTERS),
        key: expand(secret, `use ${label}`),
      }));
      this.#keys.set(label, keys);
    }
    return keys;
  }
}

function expand(secret: string, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'parley', info, 32));
}

function write({ id, key }: DerivedKey, message: string | Uint8Array, bytes: number): string {
  return id + createHmac('sha256', key).update(message).digest().subarray(0, bytes).toString('base64url');
}

// What stands in documentation and in example files. None of it comes up by chance in a random value.
const PLACEHOLDER =
  /change.?(?:me|this|it)|replace.?(?:me|this|it)|your.?(?:secret|key)|placeholder|example|default|password|insecure|0123456|abcdefg/i;

/** Why a secret is too weak to be used, as the end of a sentence that begins with "a secret", or undefined.
 *  The sentence never quotes the secret. */
export function weakness(secret: string): string | undefined {
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) return `is shorter than ${MIN_SECRET_BYTES} bytes`;
  if (new Set(secret).size < 8) return 'repeats a few characters';
  if (/^(.{1,12}?)\1+.{0,11}$/s.test(secret)) return 'repeats one word';
  if (PLACEHOLDER.test(secret)) return 'is a placeholder that everybody knows';
  return undefined;
}

/** A new secret of `bytes` random bytes, as base64url. */
export function newSecret(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

/** The SHA-256 of a text: what is stored in place of a token. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
