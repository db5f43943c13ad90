/**
 * What the embed costs a reader. Sizes are those of gzip at its best; what is not counted here, a reader fetches at
 * first use only.
 */
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleEmbed, type EmbedAsset } from '../../src/edge/embed-bundle.ts';

/** Loader, module, style and English together, for reading and replying. */
const BUDGET_BYTES = 10_240;
/** With everything that loads at first use. */
const ALL_BYTES = 20_000;

let assets: EmbedAsset[];

beforeAll(async () => {
  assets = await bundleEmbed();
});

const sizeOf = (some: EmbedAsset[]) =>
  some.reduce((sum, { body }) => sum + gzipSync(body, { level: 9 }).length, 0);
const named = (pattern: RegExp) => assets.filter(({ path }) => pattern.test(path));

describe('the embed', () => {
  it('fits its budget for reading and replying, style and English included', () => {
    const first = named(/^embed\.js$|^embed\/comments\./);
    expect(first).toHaveLength(2);
    expect(first[1]!.body).toContain('Leave a Reply');
    expect(first[1]!.body).toContain('light-dark(');
    expect(sizeOf(first)).toBeLessThanOrEqual(BUDGET_BYTES);
    expect(sizeOf(assets)).toBeLessThanOrEqual(ALL_BYTES);
  });

  it('is a loader, a module and one file for first use: a shared one would be a third request', () => {
    expect(assets.map(({ path }) => path.replace(/\.\w{8}\./, '.hash.'))).toEqual([
      'embed.js',
      'embed/comments.hash.js',
      'embed/rare.hash.js',
    ]);
    expect(named(/comments/)[0]!.body).not.toMatch(/^import\b|\bfrom"/);
  });

  it('names a module by its content: the same sources make the same names, and the loader knows it', async () => {
    const again = await bundleEmbed();
    expect(again).toEqual(assets);
    const [loader, module] = assets;
    expect(loader).toMatchObject({ path: 'embed.js', immutable: false });
    expect(module).toMatchObject({ immutable: true });
    expect(loader!.body).toContain(module!.path);
  });

  it('asks for no right that a strict page withholds: no eval, no inline style, no handler in HTML', () => {
    for (const { body } of assets) {
      expect(body).not.toMatch(/\beval\(|new Function|cssText|setAttribute\("style"|style:"/);
      expect(body).not.toMatch(/\bon(click|error|load)=/);
    }
  });
});
