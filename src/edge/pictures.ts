/**
 * Copies a reader's picture from their provider to our own origin, so that no page that shows a comment tells a
 * provider who reads it, and none breaks when the provider's address expires. The address comes from the provider's
 * answer alone, goes through `safe-fetch`, and what comes is a stranger's file: its first bytes must say that it is one
 * of four formats (no SVG, which is a program), its header must claim no more pixels than we would decode, and what is
 * kept is not the file but a small picture drawn anew from its pixels, without whatever else was in there.
 *
 * Loads sharp, and is loaded by the first job that needs it.
 */
import sharp from 'sharp';
import { TryAgain } from '../core/job.ts';
import type { Db } from '../domain/database.ts';
import { findPictureSource, setPicture } from '../domain/users.ts';
import type { Log } from './log.ts';
import { FetchFailure, type SafeFetch } from './safe-fetch.ts';

const TYPES = ['image/webp', 'image/png', 'image/jpeg', 'image/gif'];
const MAX_BYTES = 1_048_576; // providers are asked for 200 pixels, which have a tenth of it
const MAX_PIXELS = 16_000_000; // a phone's camera; 64 MB when decoded
const MAX_RATIO = 8; // a strip has no face in it, and would be blown up to cover a square
const SIDE = 96; // shown at 48, twice that for dense screens
const QUALITY = 80;
const DRAWING_SECONDS = 10;

/** The formats by their first bytes, which nobody can claim and not have; `.` stands for any byte. */
const FORMATS = [
  /^\x89PNG\r\n.\n/s,
  /^\xff\xd8\xff/, // JPEG
  /^GIF8[79]a/,
  /^RIFF....WEBPVP8[ LX]/s,
];
const MAGIC_BYTES = 16;

// One picture at a time is enough, and what a thread of libvips keeps for the next one is memory lost.
sharp.concurrency(1);
sharp.cache(false);
// Whatever a file says it is, no other decoder opens it.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadWebpBuffer',
  ],
});

/** Why a file is not drawn: `format` not one of ours, `shape` too large or too long to decode, `broken` it is damaged. */
export class PictureRefused extends Error {
  constructor(reason: 'format' | 'shape' | 'broken') {
    super(reason);
    this.name = 'PictureRefused';
  }
}

/**
 * A picture of 96 × 96 pixels in WebP, drawn from the pixels of a file: the middle of the first frame, upright, without
 * any metadata. The same file gives the same bytes. Throws `PictureRefused`, before decoding for `format` and `shape`.
 */
export async function redraw(file: Buffer): Promise<Buffer> {
  const magic = file.subarray(0, MAGIC_BYTES).toString('latin1');
  if (!FORMATS.some((format) => format.test(magic))) throw new PictureRefused('format');
  const open = () => sharp(file, { limitInputPixels: MAX_PIXELS, pages: 1, failOn: 'error' });
  try {
    const { width, height } = await open().metadata();
    const isFit =
      width * height <= MAX_PIXELS && Math.max(width, height) <= MAX_RATIO * Math.min(width, height);
    if (!isFit) throw new PictureRefused('shape');
    return await open()
      .timeout({ seconds: DRAWING_SECONDS })
      .autoOrient()
      .resize(SIDE, SIDE, { fit: 'cover' })
      .webp({ quality: QUALITY })
      .toBuffer();
  } catch (error) {
    if (error instanceof PictureRefused) throw error;
    // The limit given to sharp speaks before our own for some formats.
    throw new PictureRefused(/pixel limit/.test(String(error)) ? 'shape' : 'broken');
  }
}

export interface Copying {
  db: Db;
  fetch: SafeFetch;
  log: Log;
  now: () => Date;
}

/**
 * Does the job: copies the picture that an identity came with at its last sign-in. Where there is none to show, the
 * reader's initials stand in its place. Throws `TryAgain` when the host is out of reach.
 */
export async function copyPicture(
  { db, fetch, log, now }: Copying,
  identityId: number,
  signal: AbortSignal,
): Promise<void> {
  const source = await findPictureSource(db, identityId);
  if (source === null) return;
  let body: Buffer | null = null;
  try {
    const fetched = await fetch(source, { types: TYPES, maxBytes: MAX_BYTES, signal });
    body = await redraw(fetched.body);
  } catch (error) {
    if (!(error instanceof FetchFailure || error instanceof PictureRefused)) throw error;
    if (error instanceof FetchFailure && isPassing(error)) throw new TryAgain(error.message);
    log.info({ identityId, reason: error.message }, 'no picture copied');
    if (error instanceof FetchFailure && isSilent(error)) return;
  }
  await setPicture(db, identityId, { source, body }, now());
}

/** Whether the failure says nothing about the address: another time may be better. */
function isPassing({ reason, status = 0 }: FetchFailure): boolean {
  if (reason === 'status') return status === 408 || status === 425 || status === 429 || status >= 500;
  return ['unresolved', 'unreachable', 'timeout', 'stopped'].includes(reason);
}

/** Whether the host would not tell (an address that has expired, most often): what was copied before may still hold. */
function isSilent({ reason, status = 0 }: FetchFailure): boolean {
  return reason === 'status' && status !== 404 && status !== 410;
}
