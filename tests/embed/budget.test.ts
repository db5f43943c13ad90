/**
 * What the embed costs a reader. Sizes are those of gzip at its best; what is not counted here, a reader fetches at
 * first use only.
 */
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleEmbed, type EmbedAsset } from '../../src/edge/embed-bundle.ts';

/** Loader, module, style and English together, for reading and replying. */
const BUDGET_BYTES = 10_240;
/** With what loads when somebody logs in, comments as a guest, is refused, edits, deletes, folds or claims. */
const OPEN_BYTES = 20_800;
/** Toolbar, preview, names behind an @ and pasting, which load when one of them is used. */
const WRITING_BYTES = 4_900;
/** One language, which a reader of it loads beside the module. */
const LANGUAGE_BYTES = 5_000;
/** The counts, which load where lists of articles are, and by themselves. */
const COUNT_BYTES = 1_000;
/** What may load at first use. */
const FIRST_USE = /^embed\/(rare|writing)\./;
const LANGUAGE = /^embed\/[a-z]{2,3}(-[A-Za-z]+)?\.\w{8}\.js$/;

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
    expect(sizeOf([...first, ...named(/^embed\/rare\./)])).toBeLessThanOrEqual(OPEN_BYTES);
    expect(sizeOf(named(/^embed\/writing\./))).toBeLessThanOrEqual(WRITING_BYTES);
  });

  it('is a loader, a module, files for first use and languages: a shared one would be a third request', () => {
    const [loader, main, ...others] = assets;
    expect(loader!.path).toBe('embed.js');
    expect(main!.path).toMatch(/^embed\/comments\.\w{8}\.js$/);
    expect(named(/^embed\/rare\.\w{8}\.js$/)).toHaveLength(1);
    expect(others.pop()!.path).toBe('count.js');
    for (const { path } of others) expect(FIRST_USE.test(path) || LANGUAGE.test(path), path).toBe(true);
    expect(new Set(assets.map(({ path }) => path)).size).toBe(assets.length);
    for (const { path, body } of assets) {
      if (!FIRST_USE.test(path)) expect(body, path).not.toMatch(/^import\b|\bfrom"/);
    }
  });

  it('keeps the counts of a list within theirs, and without anything more to load', () => {
    const [count] = named(/^count\.js$/);
    expect(count).toMatchObject({ immutable: false });
    expect(count!.body).not.toMatch(/\bimport\b|embed\//);
    expect(sizeOf([count!])).toBeLessThanOrEqual(COUNT_BYTES);
  });

  it('keeps each language within its budget', () => {
    for (const asset of named(LANGUAGE))
      expect(sizeOf([asset]), asset.path).toBeLessThanOrEqual(LANGUAGE_BYTES);
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
