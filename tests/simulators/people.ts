/**
 * The invented people who have an account at every simulated provider, and their pictures. A person is derived from
 * provider and name alone, so that the same name is the same account after a restart and another account at another
 * provider. Nothing is stored here.
 */
import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

/** The last one is there to be escaped: whoever shows a name as markup shows it at once. */
export const PEOPLE = ['Ada Marlow', 'Bo Lindqvist', 'Mara Okoye', '<img src=x onerror=alert(1)>'] as const;

export interface Person {
  name: string;
  /** Decimal digits, never with a leading zero; its length is the provider's habit. */
  subject: string;
  username: string;
  email: string;
  /** Names the picture; says nothing about the person. */
  seed: string;
}

/** The account of whoever has this name at this provider. `digits` is how long the provider's ids are. */
export function personOf(provider: string, name: string, digits: number): Person {
  const hash = createHash('sha256').update(`${provider}\n${name}`).digest();
  const low = 10n ** BigInt(digits - 1);
  const subject = low + (BigInt(`0x${hash.toString('hex')}`) % (9n * low));
  const plain =
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '')
      .slice(0, 12) || 'reader';
  const username = `${plain}${subject.toString().slice(-3)}`;
  return {
    name,
    subject: subject.toString(),
    username,
    email: `${username}@reader.example`,
    seed: hash.subarray(0, 8).toString('hex'),
  };
}

const MAX_PIXELS = 512; // a side; larger wishes get this, as at the real providers

/** A square PNG portrait: head and shoulders in two tones on a coloured ground, the same for the same seed. */
export function drawPicture(seed: string, pixels: number): Buffer {
  const size = Math.max(1, Math.min(MAX_PIXELS, Math.trunc(pixels) || 96));
  const bytes = createHash('sha256').update(seed).digest();
  const hue = (bytes[0]! / 256) * 360;
  const ground = mix(hue, 0.45, 0.72);
  const figure = mix(hue + 150 + bytes[1]! / 4, 0.4, 0.32);
  const rows = Buffer.alloc(size * (size * 3 + 1));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const share = coverage((x + 0.5) / size, (y + 0.5) / size, 1 / size);
      for (let i = 0; i < 3; i++) {
        rows[y * (size * 3 + 1) + 1 + x * 3 + i] = Math.round(ground[i]! + (figure[i]! - ground[i]!) * share);
      }
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2], 8); // eight bits a channel, no alpha
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** How much of the pixel at (x, y), in shares of the side, the figure covers; its edge is one pixel soft. */
function coverage(x: number, y: number, pixel: number): number {
  const head = 0.19 - Math.hypot(x - 0.5, y - 0.4);
  const shoulders = (1 - Math.hypot((x - 0.5) / 0.36, (y - 1.02) / 0.37)) * 0.36;
  return Math.max(0, Math.min(1, Math.max(head, shoulders) / pixel + 0.5));
}

function mix(hue: number, saturation: number, lightness: number): [number, number, number] {
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    const a = saturation * Math.min(lightness, 1 - lightness);
    return Math.round(255 * (lightness - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}
