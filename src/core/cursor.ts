/**
 * Cursors: where a page ended, sealed so that only the list that gave one takes it back. A cursor is no secret and
 * holds no more than the position of an item the reader has seen; the MAC keeps clients from making their own and
 * from carrying one into another site, list or order, whose positions mean something else.
 */

import { problem } from './problem.ts';
import type { Keyring } from './secret.ts';

const LABEL = 'cursor';
const MAC_BYTES = 9; // 72 bits: a forged cursor gains nothing but a page that starts elsewhere
const MAC_CHARACTERS = 4 + (MAC_BYTES / 3) * 4;
const MAX_CHARACTERS = 400;

/** The values of the last item that the list is ordered by, most significant first. */
export type Position = readonly (number | string)[];

/** Seals a position. `scope` names site, list and order; the same must be given to `readCursor`. */
export function writeCursor(keyring: Keyring, scope: string | readonly string[], position: Position): string {
  const body = JSON.stringify(position);
  return keyring.mac(LABEL, message(scope, body), MAC_BYTES) + Buffer.from(body).toString('base64url');
}

/** Opens a cursor that `writeCursor` sealed for the same scope, by whichever listed secret.
 *  Throws `cursor-invalid` for anything else. */
export function readCursor(keyring: Keyring, scope: string | readonly string[], text: string): Position {
  if (text.length > MAX_CHARACTERS || !/^[\w-]+$/.test(text)) throw problem('cursor-invalid');
  const encoded = text.slice(MAC_CHARACTERS);
  const body = Buffer.from(encoded, 'base64url').toString();
  const mac = text.slice(0, MAC_CHARACTERS);
  // Spellings that decode to the same bytes are not the cursor that was given out.
  const isExact = Buffer.from(body).toString('base64url') === encoded;
  if (!isExact || !keyring.verifyMac(LABEL, message(scope, body), mac, MAC_BYTES))
    throw problem('cursor-invalid');
  return JSON.parse(body) as Position;
}

function message(scope: string | readonly string[], body: string): string {
  return JSON.stringify([scope, body]);
}
