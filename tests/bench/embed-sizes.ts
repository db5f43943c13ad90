/**
 * What a reader's browser loads of the embed: each file as the service bundles it, raw and as `gzip -9` makes it. Style
 * and English are inside the module. `first` are the loader, the module it names and what that imports at once; `use`
 * comes at first use (signing in, voting, editing, the writing tools). A reader of another language loads one file more
 * for it, and lists of articles load the counts, by themselves: neither is in a sum.
 */
import { gzipSync } from 'node:zlib';
import type { EmbedAsset } from '../../src/edge/embed-bundle.ts';

/** gzip -9 of what reading and replying needs, and of that with all that comes at first use. */
export const BUDGET_BYTES = { first: 10_240, all: 20_480 };

/** How the bundler names a language's file. */
const LANGUAGE = /^embed\/[a-z]{2,3}(-[A-Za-z]+)?\.\w+\.js$/;

export interface FileSize {
  path: string;
  kind: 'first' | 'use' | 'language' | 'count';
  rawBytes: number;
  gzipBytes: number;
}

interface Size {
  rawBytes: number;
  gzipBytes: number;
}

export interface EmbedSizes {
  files: FileSize[];
  first: Size;
  /** All but languages and counts. */
  all: Size;
  budgetBytes: typeof BUDGET_BYTES;
}

/** The sizes of a bundle. Throws when it has no loader, or one that names no module. */
export function measureEmbed(assets: readonly Pick<EmbedAsset, 'path' | 'body'>[]): EmbedSizes {
  const first = firstOf(assets);
  const kindOf = (path: string) => {
    if (first.has(path)) return 'first';
    if (path === 'count.js') return 'count';
    return LANGUAGE.test(path) ? 'language' : 'use';
  };
  const files: FileSize[] = assets.map(({ path, body }) => ({
    path,
    kind: kindOf(path),
    rawBytes: Buffer.byteLength(body),
    gzipBytes: gzipSync(body, { level: 9 }).byteLength,
  }));
  return {
    files,
    first: total(files.filter(({ kind }) => kind === 'first')),
    all: total(files.filter(({ kind }) => kind === 'first' || kind === 'use')),
    budgetBytes: BUDGET_BYTES,
  };
}

/** Loader, the modules it names, and what those import statically (`from"./x.js"`, not `import("./x.js")`). */
function firstOf(assets: readonly Pick<EmbedAsset, 'path' | 'body'>[]): Set<string> {
  const loader = assets.find(({ path }) => path === 'embed.js');
  const modules = assets.filter(({ path }) => path !== 'embed.js' && loader?.body.includes(path));
  if (!loader || modules.length === 0) throw new Error('The embed has no loader that names a module.');
  const first = new Set([loader.path]);
  const waiting = modules;
  for (let module = waiting.pop(); module; module = waiting.pop()) {
    first.add(module.path);
    const { body } = module;
    for (const [, file] of body.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+)["']/g)) {
      const next = assets.find(({ path }) => path === `embed/${file}`);
      if (next && !first.has(next.path)) waiting.push(next);
    }
  }
  return first;
}

function total(files: readonly FileSize[]): Size {
  return {
    rawBytes: files.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    gzipBytes: files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0),
  };
}
