/**
 * The numbers of comments, threads and events, and the paths made of them. A number is 41 bits of milliseconds since
 * 2000-01-01 and 12 bits that tell apart what happened in one millisecond: at once an id, an age, a sibling order and
 * a path element, and safe in JSON until 2069. Nothing here mints one: that needs a lock and lies in `domain/`.
 */

import { problem } from './problem.ts';

/** Where the count begins, in Unix milliseconds. */
export const ID_EPOCH = Date.UTC(2000, 0, 1);

/** Ids within one millisecond. */
export const IDS_PER_MILLISECOND = 2 ** 12;

/** The deepest reply; a root has depth 0. PostgreSQL indexes no key past 2,704 bytes, and 301 ids take 2,408. */
export const MAX_DEPTH = 300;

const ELEMENT_BYTES = 8;

/** Reads an id as it stands in a URL. Undefined for anything but the plain decimal of 1 … 2^53 − 1. */
export function parseId(text: string): number | undefined {
  if (!/^[1-9][0-9]{0,15}$/.test(text)) return undefined;
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : undefined;
}

/** When an id was minted, in Unix milliseconds. */
export function idMilliseconds(id: number): number {
  return ID_EPOCH + Math.floor(id / IDS_PER_MILLISECOND);
}

/** The lowest id of a moment given in Unix milliseconds; moments before 2000 get 1, the lowest id of all. */
export function firstIdAt(milliseconds: number): number {
  return Math.max(1, (Math.floor(milliseconds) - ID_EPOCH) * IDS_PER_MILLISECOND);
}

/** The path of a comment: its parent's and its own 8 bytes, so that byte order is the pre-order of the tree.
 *  Throws `too-deep` below `MAX_DEPTH`. */
export function pathOf(parentPath: Uint8Array | null, id: number): Buffer {
  if (!Number.isSafeInteger(id) || id < 1) throw new RangeError(`${id} is no id`);
  const parentBytes = parentPath?.length ?? 0;
  if (parentBytes > MAX_DEPTH * ELEMENT_BYTES) throw problem('too-deep');
  const path = Buffer.alloc(parentBytes + ELEMENT_BYTES);
  if (parentPath) path.set(parentPath);
  path.writeBigUInt64BE(BigInt(id), parentBytes);
  return path;
}

/** The first path after all descendants of `path`: these are what lies between the two, both left out. */
export function pathEnd(path: Uint8Array): Buffer {
  const end = Buffer.from(path);
  const at = end.length - ELEMENT_BYTES;
  end.writeBigUInt64BE(end.readBigUInt64BE(at) + 1n, at);
  return end;
}
