/**
 * Bundles the embed, in memory, when the service starts. Holds esbuild and the names of the files; it writes nothing
 * and serves nothing. A module's name carries the hash of its content, so that it can be kept for ever. The names in
 * tags never change: `count.js`, and `embed.js` for the loader, which names the module, so that it is bundled last.
 * Languages come first: all of them bear one hash, so that the loader and the module need to know that one, and which
 * languages there are, to ask for any of them.
 */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type OutputFile, stop, transform } from 'esbuild';
import { minify } from 'terser';

/** A file of the embed. `path` is below the service's address; `immutable`: its name changes with its content. */
export interface EmbedAsset {
  path: string;
  body: string;
  contentType: string;
  immutable: boolean;
}

const CONTENT_TYPE = 'text/javascript; charset=utf-8';

const SOURCE = join(import.meta.dirname, '../../embed');

/** Names that the embed's files use among themselves, which the bundler shortens to save readers some 500 bytes. None
 *  may be a name of JSON, of the DOM or of what is kept in a browser; a test looks for them there. */
export const OWN_NAMES = `
  addOwn announce anonymous askToVote awaiting cancelReply charactersLeft chooseOther chooseToVote claimOffer
  commentBy commentingAs commentingAsGuest confirmDelete conversation enterComment explain fillIn finishThere
  formatting furnish inReplyTo isDown isGuest keepGuest leaveParent leaveReply leaveReplyTo loggedOut logOut
  mentionCount mentionList moreReplies neverPublic noProvider notKept notLoaded notMine ownActions placed placeOwn
  postToArticle previewEmpty readMore recall renewOwn replyTo sessionChanged sessionOf settle showCount showHtml
  showIt showReplies siteId slugOf someone switchNext switchThere timeLeft unavailable voteDown voteUp waitOver
  waitSeconds`
  .trim()
  .split(/\s+/);

const COMMON = {
  mangleProps: new RegExp(`^(${OWN_NAMES.join('|')})$`),
  // The same for every build: a language's file and the module must agree.
  mangleCache: Object.fromEntries(OWN_NAMES.map((name, at) => [name, `$${at.toString(36)}`])),
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
          const { code } = await transform(await readFile(path, 'utf8'), {
            loader: 'css',
            minify: true,
            charset: 'utf8',
          });
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

/** The loader, the module it names, what that loads at first use, the languages, and the counts. Leaves no process of
 *  esbuild behind. Throws what esbuild complains of. `source` is another folder than the embed's only in tests of this
 *  file. */
export async function bundleEmbed(source = SOURCE): Promise<EmbedAsset[]> {
  const common = { ...COMMON, absWorkingDir: source };
  try {
    const languages = await bundleLanguages(source);
    // Each on its own, not split by esbuild: nobody must wait for a third file, and what failed to load is asked for
    // under another address, which only a name that is known can have.
    const part = async (name: string, entry: string, define: Record<string, string>) => {
      const { outputFiles } = await build({
        ...common,
        entryPoints: { [name]: entry },
        format: 'esm',
        entryNames: '[name].[hash]',
        outdir: join(source, 'embed'),
        define,
      });
      const [{ path, text }] = outputFiles as [OutputFile];
      return module(fileOf(path), await squeeze(text));
    };
    const writing = await part('writing', 'writing.ts', {});
    const rare = await part('rare', 'rare.ts', { WRITING: JSON.stringify(writing.path) });
    const main = await part('comments', 'define.ts', {
      RARE: JSON.stringify(rare.path),
      ...languages.names,
    });
    const scripts = await build({
      ...common,
      entryPoints: { embed: 'loader.ts', count: 'count.ts' },
      format: 'iife',
      entryNames: '[name]',
      outdir: source,
      define: { MODULE: JSON.stringify(main.path), ...languages.names },
    });
    const [loader, count] = await Promise.all(
      ['embed.js', 'count.js'].map(async (path) => {
        const { text } = scripts.outputFiles.find((file) => fileOf(file.path) === path)!;
        return { path, body: await squeeze(text), contentType: CONTENT_TYPE, immutable: false };
      }),
    );
    return [loader!, main, rare, writing, ...languages.assets, count!];
  } finally {
    await stop();
  }
}

/** What readers wait for, made smaller still: terser looks at a program several times over, esbuild once. */
async function squeeze(code: string): Promise<string> {
  const { code: smaller } = await minify(code, {
    ecma: 2020,
    module: true,
    // "Unsafe" where a page replaces what the language brings, e.g. `String`: then it has broken itself.
    compress: { passes: 3, unsafe: true, unsafe_arrows: true, inline: 1 },
  });
  return smaller!;
}

/** A file a language, complete in itself, and as `names` what the rest of the embed writes in for `LANGUAGES`, their
 *  common hash, and for `LANGUAGE_CODES`, their codes with `|` between them. */
async function bundleLanguages(source: string) {
  const folder = join(source, 'languages');
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  const codes = files.filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -'.ts'.length));
  const { outputFiles } = await build({
    ...COMMON,
    absWorkingDir: source,
    entryPoints: codes.map((code) => `languages/${code}.ts`),
    format: 'esm',
    entryNames: '[name]',
    outdir: join(source, 'embed'),
  });
  const bodies = new Map(outputFiles.map(({ path, text }) => [fileOf(path).slice(0, -'.js'.length), text]));
  const digest = createHash('sha256').update(JSON.stringify([...bodies]));
  // As long as esbuild's own, and of letters and digits alone.
  const hash = digest.digest('base64url').replace(/[-_]/g, '').slice(0, 8);
  return {
    assets: codes.map((code) => module(`${code}.${hash}.js`, bodies.get(code)!)),
    names: {
      LANGUAGES: JSON.stringify(hash),
      // An empty alternative would match everything; English is in the module, so that nothing is asked for.
      LANGUAGE_CODES: JSON.stringify(codes.join('|') || 'en'),
    },
  };
}

const module = (file: string, body: string): EmbedAsset => ({
  path: `embed/${file}`,
  body,
  contentType: CONTENT_TYPE,
  immutable: true,
});

const fileOf = (path: string): string => path.split(/[\\/]/).at(-1)!;
