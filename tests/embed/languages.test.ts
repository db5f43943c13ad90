/**
 * The embed's words. Whether a language file says what English says, and nothing else; whether each sentence is used;
 * and how the files are bundled. Whether it is well said, a reader of the language judges. The check of a language is
 * tried on wrong ones first, so that it cannot pass by seeing nothing.
 */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { english } from '../../embed/texts.ts';
import { rareEnglish } from '../../embed/texts-rare.ts';
import { writingEnglish } from '../../embed/texts-writing.ts';
import { PROBLEMS } from '../../src/core/problem.ts';
import { bundleEmbed, type EmbedAsset } from '../../src/edge/embed-bundle.ts';

const EMBED = join(import.meta.dirname, '../../embed');
const FILES = globSync('languages/*.ts', { cwd: EMBED }).sort();
const CODES = FILES.map((file) => basename(file, '.ts'));

type Say = (...args: unknown[]) => unknown;
type AnyTexts = Record<string, string | Say>;

const ENGLISH = { ...english, ...rareEnglish, ...writingEnglish } as unknown as AnyTexts;

/** Words that another language may share with English, and English sentences made of nothing else. */
const SHARED = /^(ltr|Bold|Code|Link|Links|Moderator|Name|OK|Spam|URL|Website)$/;

/** A name that no sentence contains by itself. */
const NAME = 'Zoë';
const NUMBERS = [0, 1, 2, 5, 21];
/** `one` and `two` may be words, or forms of the noun, as in Arabic; these are always figures. */
const FIGURES = [5, 21];

/** What each sentence takes, by the annotations in the English files, e.g. `{ tooLong: ['number'] }`. */
const PARAMETERS = new Map(
  ['texts.ts', 'texts-rare.ts', 'texts-writing.ts'].flatMap((file) =>
    [
      ...readFileSync(join(EMBED, file), 'utf8').matchAll(/^ {2}'?([\w-]+)'?: \(([^)]*)\)(?:: \w+)? =>/gm),
    ].map(([, id, list]): [string, string[]] => [
      id!,
      list!
        .split(',')
        .map((parameter) => parameter.split(':')[1]?.trim() ?? '')
        .filter(Boolean),
    ]),
  ),
);

/** Every way to say a sentence by sample arguments. */
function samplesOf(id: string): unknown[][] {
  return PARAMETERS.get(id)!.reduce<unknown[][]>(
    (lists, type) => lists.flatMap((list) => valuesOf(type).map((value) => [...list, value])),
    [[]],
  );
}

function valuesOf(type: string): unknown[] {
  return type.split('|').flatMap((part): unknown[] => {
    const word = part.trim();
    if (word === 'number') return NUMBERS;
    if (word === 'boolean') return [true, false];
    if (word === 'null') return [null];
    if (word === 'undefined') return [undefined];
    // Who removed a comment is a string, too.
    if (word === 'string') return [NAME, 'author', 'moderator'];
    return [/^'(.*)'$/.exec(word)?.[1] ?? expect.unreachable(`no sample of ${word}`)];
  });
}

/** Whether `said` has the argument in it: a number in the language's own figures or in plain ones. */
function contains(said: string, value: unknown, code: string): boolean {
  if (typeof value !== 'number') return said.includes(String(value));
  return [String(value), value.toLocaleString(code)].some((figures) => said.includes(figures));
}

/** What is wrong with a language, by id. */
function faultsOf(code: string, texts: AnyTexts): string[] {
  const faults: string[] = [];
  for (const id of Object.keys(texts))
    if (!(id in ENGLISH)) faults.push(`${id}: English has no such sentence`);
  for (const [id, original] of Object.entries(ENGLISH)) {
    const text = texts[id];
    const fault = (what: string) => faults.push(`${id}: ${what}`);
    if (text === undefined) fault('missing');
    // A script or a country as well, where numbers and dates go by it, e.g. zh-Hans.
    else if (id === 'lang') text === code || `${text}`.startsWith(`${code}-`) || fault(`is not ${code}`);
    else if (typeof text !== typeof original) fault(`is no ${typeof original}`);
    else if (typeof text === 'string') {
      if (!text.trim()) fault('empty');
      else if (text === original && !SHARED.test(text)) fault('still English');
    } else {
      for (const args of samplesOf(id)) {
        const call = `(${args.map((arg) => JSON.stringify(arg)).join(', ')})`;
        const said = text(...args);
        const saidInEnglish = String((original as Say)(...args));
        if (typeof said !== 'string' || !said.trim()) fault(`${call} says nothing`);
        else if (/undefined|NaN|null|\[object/.test(said)) fault(`${call} says "${said}"`);
        else if (said === saidInEnglish) fault(`${call} is still English`);
        else {
          for (const arg of args) {
            if (arg !== NAME && !FIGURES.includes(arg as number)) continue;
            if (contains(saidInEnglish, arg, 'en') && !contains(said, arg, code))
              fault(`${call} leaves ${arg} out`);
          }
        }
      }
    }
  }
  return faults;
}

/** A language that has no fault, made of English. */
const backwards = (): AnyTexts =>
  Object.fromEntries(
    Object.entries(ENGLISH).map(([id, text]) => [
      id,
      id === 'lang'
        ? 'xx'
        : typeof text === 'string'
          ? `‹${text}›`
          : (...args: unknown[]) => `‹${text(...args)}›`,
    ]),
  );

describe('the check of a language', () => {
  it('finds nothing wrong with one that says everything', () => {
    expect(faultsOf('xx', backwards())).toEqual([]);
  });

  it.each<[string, AnyTexts, RegExp]>([
    ['a sentence of its own', { shout: 'Ho!' }, /^shout: English has no such sentence$/],
    ['another language for its name', { lang: 'en' }, /^lang: is not xx$/],
    ['a name that only begins like its own', { lang: 'xxy' }, /^lang: is not xx$/],
    ['a sentence where English has words to fill in', { tooLong: 'Zu lang.' }, /^tooLong: is no function$/],
    ['words to fill in where English has none', { reply: () => 'Antworten' }, /^reply: is no string$/],
    ['an empty sentence', { reply: ' ' }, /^reply: empty$/],
    ['an English sentence', { reply: 'Reply' }, /^reply: still English$/],
    ['English for some numbers', { comments: english.comments as Say }, /^comments: \(0\) is still English$/],
    [
      'a sentence that says nothing for 21',
      { tooLong: (n) => (n === 21 ? '' : `${n}`) },
      /^tooLong: \(21\) says nothing$/,
    ],
    [
      'a plural form that is missing',
      { comments: (n) => `${n} ${{ 1: 'eins', 5: 'viele' }[n as 1]}` },
      /^comments: \(0\) says "0 undefined"$/,
    ],
    ['a sentence without its name', { replyTo: () => 'Antworten' }, /^replyTo: \("Zoë"\) leaves Zoë out$/],
    ['a sentence without its number', { comments: () => 'Kommentare' }, /^comments: \(5\) leaves 5 out$/],
  ])('finds %s', (_what, wrong, fault) => {
    expect(faultsOf('xx', { ...backwards(), ...wrong })[0]).toMatch(fault);
  });

  it('finds what is missing', () => {
    const { reply, 'text-empty': empty, ...rest } = backwards();
    expect([typeof reply, typeof empty]).toEqual(['string', 'string']);
    expect(faultsOf('xx', rest)).toEqual(['reply: missing', 'text-empty: missing']);
  });

  it('lets two of a thing be a form of its noun', () => {
    const comments = (n: unknown) => (n === 2 ? 'تعليقان' : `${(n as number).toLocaleString('ar-EG')} تعليق`);
    expect(faultsOf('ar-EG', { ...backwards(), lang: 'ar-EG', comments })).toEqual([]);
  });
});

describe('a language', () => {
  it.each(CODES)('says all that English says, and in its own words: %s', async (code) => {
    const { default: texts } = (await import(`../../embed/languages/${code}.ts`)) as { default: AnyTexts };
    expect(faultsOf(code, texts)).toEqual([]);
  });

  it('is named by a tag that browsers know', () => {
    for (const code of CODES) expect(Intl.getCanonicalLocales(code)).toEqual([code]);
    expect(CODES).not.toContain('en');
  });
});

describe('a sentence', () => {
  const sources = globSync('*.ts', { cwd: EMBED }).filter((file) => !file.startsWith('texts'));
  const texts = sources.map((file) => readFileSync(join(EMBED, file), 'utf8'));
  const source = texts.join('\n');
  /** The files that look a sentence up by a name that stands in a table of theirs. */
  const tables = texts.filter((text) => /\bt\[\w/.test(text)).join('\n');
  const types = readFileSync(join(EMBED, 'types.ts'), 'utf8');
  const states = /export type State =([^;]+);/.exec(source)![1]!;

  it('has its parameters in the English files', () => {
    const functions = Object.keys(ENGLISH).filter((id) => typeof ENGLISH[id] === 'function');
    expect([...PARAMETERS.keys()].sort()).toEqual(functions.sort());
    for (const id of functions) expect(PARAMETERS.get(id), id).toHaveLength((ENGLISH[id] as Say).length);
  });

  it.each(Object.keys(ENGLISH))('is said somewhere: %s', (id) => {
    const isNamed = new RegExp(`\\bt(\\.${id}\\b|\\['${id}'\\])`).test(source);
    const isInTable = tables.includes(`'${id}'`);
    // Said by what the service sends: a problem, an order, a role.
    const isSent = id in PROBLEMS || states.includes(`'${id}'`) || types.includes(`'${id}'`);
    expect(isNamed || isInTable || isSent).toBe(true);
  });

  it('is in one of the English files only', () => {
    expect(Object.keys(english).filter((id) => id in rareEnglish)).toEqual([]);
  });
});

describe('the files of the languages', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-languages-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Bundles these files as if they were the embed. */
  async function bundle(name: string, files: Record<string, string>): Promise<EmbedAsset[]> {
    const source = {
      'define.ts': 'console.log("module", LANGUAGES, LANGUAGE_CODES)',
      'loader.ts': 'console.log("loader", MODULE, LANGUAGES, LANGUAGE_CODES)',
      'count.ts': 'console.log("count")',
      'rare.ts': 'console.log("rare", WRITING)',
      'writing.ts': 'console.log("writing")',
      ...files,
    };
    for (const [file, text] of Object.entries(source)) {
      const path = join(folder, name, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    return bundleEmbed(join(folder, name));
  }

  const plurals = { 'plurals.ts': 'export const plural = (n: number) => "plural" + n' };
  const german =
    'import { plural } from "../plurals.ts"; import type { Texts } from "../texts.ts"; export default { lang: "de", n: plural } as unknown as Texts';
  const chinese = 'export default { lang: "zh-TW" }';

  it('are one each, complete in itself, with one hash that loader and module know', async () => {
    const assets = await bundle('two', {
      ...plurals,
      'languages/zh-TW.ts': chinese,
      'languages/de.ts': german,
    });
    const [loader, main, , , de, zh, ...others] = assets;
    expect(others.map(({ path }) => path)).toEqual(['count.js']);
    const hash = /^embed\/de\.(\w{8})\.js$/.exec(de!.path)![1]!;
    expect(zh!.path).toBe(`embed/zh-TW.${hash}.js`);
    for (const { body } of [loader!, main!]) {
      expect(body).toContain(`"${hash}"`);
      expect(body).toContain('"de|zh-TW"');
    }
    for (const { immutable, contentType } of [de!, zh!])
      expect({ immutable, contentType }).toEqual({ immutable: true, contentType: main!.contentType });
    expect(de!.body).not.toMatch(/\bimport\b|\bfrom\b/);
    const loaded = await import(`data:text/javascript,${encodeURIComponent(de!.body)}`);
    expect(loaded.default.lang).toBe('de');
    expect(loaded.default.n(5)).toBe('plural5');
  });

  it('all change their name when one changes, and the module and the loader know the new one', async () => {
    const before = await bundle('before', { 'languages/de.ts': chinese, 'languages/fr.ts': chinese });
    const after = await bundle('after', { 'languages/de.ts': chinese, 'languages/fr.ts': `${chinese}//!` });
    expect(after).toEqual(before);
    const changed = await bundle('changed', {
      'languages/de.ts': chinese,
      'languages/fr.ts': chinese.replace('TW', 'HK'),
    });
    const kept = new Set(before.map(({ path }) => path));
    expect(changed.map(({ path }) => path).filter((path) => kept.has(path))).toEqual([
      'embed.js',
      expect.stringMatching(/rare/),
      expect.stringMatching(/writing/),
      'count.js',
    ]);
    expect(changed[0]!.body).not.toBe(before[0]!.body);
  });

  it('may be none: then there is English to match, and nothing to load', async () => {
    const assets = await bundle('none', {});
    expect(assets.map(({ path }) => path)).toEqual([
      'embed.js',
      expect.stringMatching(/comments/),
      expect.stringMatching(/rare/),
      expect.stringMatching(/writing/),
      'count.js',
    ]);
    for (const { body } of assets.slice(0, 2)) expect(body).toMatch(/"\w{8}","en"/);
  });

  it('are bundled with the embed as they are there', async () => {
    const assets = await bundleEmbed();
    const found = assets.map(({ path }) => /^embed\/([\w-]+)\.\w{8}\.js$/.exec(path)?.[1]);
    expect(found.filter((name) => name && !/^(comments|rare|writing)$/.test(name))).toEqual(CODES);
  });
});
