/**
 * Bundles the embed, in memory, when the service starts. Holds esbuild and the names of the files; it writes nothing
 * and serves nothing. A module's name carries the hash of its content, so that it can be kept for ever; the loader's
 * never changes and names the module, so it is bundled last.
 */

import { join } from 'node:path';
import { type BuildOptions, build, stop, transform } from 'esbuild';

/** A file of the embed. `path` is below the service's address; `immutable`: its name changes with its content. */
export interface EmbedAsset {
  path: string;
  body: string;
  contentType: string;
  immutable: boolean;
}

const CONTENT_TYPE = 'text/javascript; charset=utf-8';

const SOURCE = join(import.meta.dirname, '../../embed');

const COMMON = {
  absWorkingDir: SOURCE,
  bundle: true,
  write: false,
  minify: true,
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'silent',
  plugins: [
    {
      // As text, so that the element can adopt it; minified, which esbuild does to style but not to text.
      name: 'style as text',
      setup({ onLoad }) {
        onLoad({ filter: /\.css$/ }, async ({ path }) => {
          const { readFile } = await import('node:fs/promises');
          const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true });
          // The values of custom properties are nobody's business but the author's, to esbuild.
          const contents = code
            .trim()
            .replace(/(--[\w-]+): /g, '$1:')
            .replaceAll(', ', ',');
          return { contents, loader: 'text' };
        });
      },
    },
  ],
} satisfies BuildOptions;

/** The loader, the module it names and what that loads at first use. Leaves no process of esbuild behind. Throws what
 *  esbuild complains of. */
export async function bundleEmbed(): Promise<EmbedAsset[]> {
  try {
    const modules = await build({
      ...COMMON,
      entryPoints: { comments: 'define.ts' },
      format: 'esm',
      splitting: true,
      entryNames: '[name].[hash]',
      chunkNames: '[name].[hash]',
      outdir: join(SOURCE, 'embed'),
    });
    const assets = modules.outputFiles.map(({ path, text }) => ({
      path: `embed/${path.split(/[\\/]/).at(-1)}`,
      body: text,
      contentType: CONTENT_TYPE,
      immutable: true,
    }));
    const main = assets.find(({ path }) => path.startsWith('embed/comments.'))!;
    const loader = await build({
      ...COMMON,
      entryPoints: ['loader.ts'],
      format: 'iife',
      define: { MODULE: JSON.stringify(main.path) },
    });
    const body = loader.outputFiles[0]!.text;
    return [{ path: 'embed.js', body, contentType: CONTENT_TYPE, immutable: false }, ...assets];
  } finally {
    await stop();
  }
}
