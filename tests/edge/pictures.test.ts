/**
 * What a stranger's file may do to the service that draws it: nothing but become a small picture, or be refused before
 * it costs anything. Files are made here, byte by byte where no encoder would make them.
 */
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { PictureRefused, redraw } from '../../src/edge/pictures.ts';

const MEGABYTE = 1_048_576;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const RED = { r: 220, g: 30, b: 30 };
const BLUE = { r: 30, g: 30, b: 220 };

type Color = typeof RED;

const canvas = (width: number, height: number, background: Color = RED) =>
  sharp({ create: { width, height, channels: 3, background } });

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** A PNG of one bit a pixel, all black, that says it is this large; `rows` of it are there. */
function png(width: number, height: number, { rows = height, extra = [] as Buffer[] } = {}): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const pixels = deflateSync(Buffer.alloc(rows * (1 + Math.ceil(width / 8))));
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), ...extra, chunk('IDAT', pixels), chunk('IEND')]);
}

async function reasonOf(file: Buffer): Promise<string> {
  const error = await redraw(file).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PictureRefused);
  return (error as Error).message;
}

/** The picture as it is, after checking that it is what we keep. */
async function pixelsOf(drawn: Buffer) {
  const { format, width, height, pages, exif, icc, xmp, iptc } = await sharp(drawn).metadata();
  expect({ format, width, height, pages, exif, icc, xmp, iptc }).toEqual({
    format: 'webp',
    width: 96,
    height: 96,
  });
  const { data, info } = await sharp(drawn).raw().toBuffer({ resolveWithObject: true });
  return (x: number, y: number): Color => {
    const at = (y * info.width + x) * info.channels;
    return { r: data[at]!, g: data[at + 1]!, b: data[at + 2]! };
  };
}

function expectColor(found: Color, meant: Color): void {
  for (const part of ['r', 'g', 'b'] as const) expect(Math.abs(found[part] - meant[part])).toBeLessThan(25);
}

describe('a picture', () => {
  test.each(['png', 'jpeg', 'gif', 'webp'] as const)(
    'in %s becomes 96 × 96 WebP, always the same',
    async (format) => {
      const file = await canvas(200, 120).toFormat(format).toBuffer();
      const drawn = await redraw(file);
      expectColor((await pixelsOf(drawn))(48, 48), RED);
      expect(await redraw(file)).toEqual(drawn);
    },
  );

  test.each([
    ['of one pixel', () => canvas(1, 1).png()],
    ['in grey', () => canvas(50, 50).greyscale().jpeg()],
    ['with a palette', () => canvas(50, 50).png({ palette: true })],
    ['of 16 bits a channel', () => canvas(50, 50).toColourspace('rgb16').png()],
    ['that is see-through', () => canvas(50, 50).ensureAlpha(0.5).png()],
    ['in CMYK', () => canvas(50, 50).toColourspace('cmyk').jpeg()],
    ['that comes in passes', () => canvas(200, 200).jpeg({ progressive: true })],
    ['that is interlaced', () => canvas(200, 200).png({ progressive: true })],
    ['without loss', () => canvas(200, 200).webp({ lossless: true })],
    ['as large as allowed', () => canvas(4000, 4000).png()],
  ])('%s is drawn', async (_what, make) => {
    await pixelsOf(await redraw(await make().toBuffer()));
  });

  test('is cut to the square in its middle', async () => {
    const middle = await canvas(100, 100, BLUE).png().toBuffer();
    const file = await canvas(300, 100)
      .composite([{ input: middle, left: 100, top: 0 }])
      .png()
      .toBuffer();
    const at = await pixelsOf(await redraw(file));
    for (const [x, y] of [
      [3, 3],
      [93, 3],
      [3, 93],
      [93, 93],
    ] as const)
      expectColor(at(x, y), BLUE);
  });

  test('stands upright as its camera meant it', async () => {
    const left = await canvas(50, 100, BLUE).png().toBuffer();
    const file = await canvas(100, 100)
      .composite([{ input: left, left: 0, top: 0 }])
      .withMetadata({ orientation: 6 }) // a quarter turn clockwise: left becomes top
      .jpeg()
      .toBuffer();
    const at = await pixelsOf(await redraw(file));
    expectColor(at(48, 10), BLUE);
    expectColor(at(48, 86), RED);
  });

  test.each(['gif', 'webp'] as const)('that moves, in %s, is its first frame', async (format) => {
    const frames = [RED, BLUE].map((color) => canvas(100, 100, color).png().toBuffer());
    const file = await sharp(await Promise.all(frames), { join: { animated: true } })
      .toFormat(format)
      .toBuffer();
    expect((await sharp(file, { pages: -1 }).metadata()).pages).toBe(2);
    expectColor((await pixelsOf(await redraw(file)))(48, 48), RED);
  });
});

describe('what else is in a file', () => {
  test('where it was taken, by whom and whatever was written into it, is gone', async () => {
    const file = await canvas(100, 100)
      .withExif({ IFD0: { Artist: 'SECRET artist' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">SECRET xmp</x:xmpmeta>')
      .jpeg()
      .toBuffer();
    expect(file.includes('SECRET artist') && file.includes('SECRET xmp')).toBe(true);
    const drawn = await redraw(Buffer.concat([file, Buffer.from('<script>SECRET tail</script>')]));
    await pixelsOf(drawn);
    expect(drawn.includes('SECRET')).toBe(false);
    const texts = [chunk('tEXt', Buffer.from('Comment\0<script>SECRET</script>'))];
    expect((await redraw(png(100, 100, { extra: texts }))).includes('SECRET')).toBe(false);
  });

  test.each([
    ['text', chunk('zTXt', Buffer.concat([Buffer.from('a\0\0'), deflateSync(Buffer.alloc(400 * MEGABYTE))]))],
    [
      'a profile',
      chunk('iCCP', Buffer.concat([Buffer.from('a\0\0'), deflateSync(Buffer.alloc(400 * MEGABYTE))])),
    ],
  ])('%s that unpacks to 400 MB is not unpacked', async (_what, bomb) => {
    expect(bomb.length).toBeLessThan(MEGABYTE);
    const before = process.memoryUsage().rss;
    await redraw(png(100, 100, { extra: [bomb] })).catch((error) =>
      expect(error).toBeInstanceOf(PictureRefused),
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MEGABYTE);
  });
});

// Remark42 decoded a PNG of 100 kB that declared 65,535 × 65,535 pixels into 17 GB.
describe('a file that claims more pixels than we would decode', () => {
  const claims: [string, () => Buffer | Promise<Buffer>][] = [
    ['PNG of 65535 × 65535', () => png(65_535, 65_535, { rows: 8000 })],
    ['PNG a little over 16 megapixels', () => png(4001, 4000)],
    ['JPEG of 65500 × 65500', async () => jpeg(await canvas(16, 16).jpeg().toBuffer())],
    ['GIF of 65535 × 65535', async () => gif(await canvas(16, 16).gif().toBuffer())],
    ['WebP of 16383 × 16383', async () => webp(await canvas(16, 16).webp().toBuffer())],
  ];

  test.each(claims)('%s is refused, and nothing is decoded', async (_what, make) => {
    const file = await make();
    expect(file.length).toBeLessThan(MEGABYTE);
    const [before, begun] = [process.memoryUsage().rss, performance.now()];
    expect(await reasonOf(file)).toBe('shape');
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MEGABYTE);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test.each([
    [1, 15_000_000],
    [15_000_000, 1],
    [100, 801],
  ])('and a strip of %i × %i is refused', async (width, height) => {
    expect(await reasonOf(png(width, height, { rows: Math.min(height, 801) }))).toBe('shape');
  });

  /** Writes other sides into a picture of 16 × 16, wherever its format keeps them. */
  function jpeg(file: Buffer): Buffer {
    file.writeUInt32BE(0xffdc_ffdc, file.indexOf(Buffer.from([0xff, 0xc0])) + 5);
    return file;
  }

  function gif(file: Buffer): Buffer {
    file.writeUInt32LE(0xffff_ffff, 6); // the screen
    file.writeUInt32LE(0xffff_ffff, file.indexOf(0x2c, 13) + 5); // the frame
    return file;
  }

  function webp(file: Buffer): Buffer {
    file.writeUInt32LE(0x3fff_3fff, file.indexOf(Buffer.from([0x9d, 0x01, 0x2a])) + 3);
    return file;
  }
});

describe('a file that is no picture of ours', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="alert(1)"/>';
  const others: [string, () => Buffer | Promise<Buffer>][] = [
    ['nothing', () => Buffer.alloc(0)],
    ['one byte', () => Buffer.from([0x89])],
    ['SVG', () => Buffer.from(svg)],
    ['SVG behind a declaration', () => Buffer.from(`<?xml version="1.0"?>\n${svg}`)],
    ['compressed SVG', () => gzipSync(svg)],
    ['HTML', () => Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['a script', () => Buffer.from('alert(1)')],
    ['JSON', () => Buffer.from('{"a":1}')],
    ['PDF', () => Buffer.from('%PDF-1.7\n')],
    ['TIFF', () => canvas(9, 9).tiff().toBuffer()],
    ['AVIF', () => canvas(9, 9).avif().toBuffer()],
    ['BMP', () => Buffer.from('BM\x46\0\0\0')],
    ['ICO', () => Buffer.from([0, 0, 1, 0, 1, 0])],
    ['a PNG behind a byte', async () => Buffer.concat([Buffer.from(' '), png(9, 9)])],
    ['RIFF with sound', () => Buffer.from('RIFF\x24\0\0\0WAVEfmt ')],
    ['ZIP', () => Buffer.from('PK\x03\x04')],
  ];

  test.each(others)('%s is refused by its first bytes', async (_what, make) => {
    expect(await reasonOf(await make())).toBe('format');
  });

  test.each([
    ['GIF', 'GIF89a=1;/*'],
    ['PNG', SIGNATURE.toString('latin1')],
    ['JPEG', '\xff\xd8\xff\xe0'],
    ['WebP', 'RIFF\xff\0\0\0WEBPVP8 '],
  ])('HTML that begins like %s is refused', async (_what, begin) => {
    const file = Buffer.from(`${begin}<!doctype html><script>alert(1)</script>${'a'.repeat(500)}`, 'latin1');
    expect(await reasonOf(file)).toMatch(/^(broken|shape)$/);
  });

  test.each(['png', 'jpeg', 'gif', 'webp'] as const)('%s that breaks off is refused', async (format) => {
    const noise = canvas(100, 100).composite([
      {
        input: {
          create: {
            width: 100,
            height: 100,
            channels: 3,
            background: RED,
            noise: { type: 'gaussian', mean: 128, sigma: 60 },
          },
        },
      },
    ]);
    const file = await noise.toFormat(format).toBuffer();
    await pixelsOf(await redraw(file));
    for (const share of [0.02, 0.1, 0.5, 0.9]) {
      expect(await reasonOf(file.subarray(0, 20 + Math.floor(file.length * share)))).toBe('broken');
    }
  });

  test('whatever is changed in a file, it becomes a picture or is refused', async () => {
    const files = await Promise.all(
      (['png', 'jpeg', 'gif', 'webp'] as const).map((format) => canvas(40, 40).toFormat(format).toBuffer()),
    );
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let round = 0; round < 400; round++) {
      const file = Buffer.from(files[round % files.length]!);
      for (let change = 0; change <= random(4); change++) file[random(file.length)] = random(256);
      const drawn = await redraw(file).catch((error) => void expect(error).toBeInstanceOf(PictureRefused));
      if (drawn) await pixelsOf(drawn);
    }
  });
});
