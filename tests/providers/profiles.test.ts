/**
 * Every provider's value by itself: what its file may hold, and what becomes of the profiles that it sends. Holds no
 * sign-in: `engine.test.ts` and `flows/` do; what guests type is in `guest.test.ts`. A new provider is tested here as soon as it stands in the list, and owes a
 * recording in `fixtures/providers/`.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../providers/index.ts';
import type { OAuthProvider, Raw } from '../../providers/provider.ts';
import { cleanName, cleanProfile, countMember, readSubject } from '../../src/edge/oauth-profile.ts';
import { SignInFailure } from '../../src/edge/oauth-response.ts';

const ROOT = new URL('../../', import.meta.url);
const REDIRECTING = PROVIDERS.filter((provider): provider is OAuthProvider => provider.kind !== 'guest');
const sourceOf = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

interface Recording {
  case: string;
  raw: Raw;
  profile: {
    subject: string;
    name: string;
    username: string | null;
    link: string | null;
    picture: string | null;
  };
}

describe.each(REDIRECTING.map((provider) => [provider.id, provider] as const))('%s', (id, provider) => {
  const file = `tests/fixtures/providers/${id}.json`;
  if (!existsSync(new URL(file, ROOT))) {
    test('has a recording', () => {
      throw new Error(
        `${file} is missing: record what the provider sends, and what becomes of it, as for the others.`,
      );
    });
    return;
  }
  const recordings: Recording[] = JSON.parse(sourceOf(file));
  const whole = recordings[0]!;

  /** The recording with another value at the provider's subject path; undefined removes it. */
  function withSubject(value: unknown): Raw {
    const raw = structuredClone(whole.raw) as Record<string, unknown>;
    const keys = provider.subject.split('.');
    let holder = raw;
    for (const key of keys.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
    if (value === undefined) delete holder[keys.at(-1)!];
    else holder[keys.at(-1)!] = value;
    return raw;
  }

  const read = (body: Raw) => readSubject(provider, { source: JSON.stringify(body), body });

  test.each(recordings.map((one) => [one.case, one] as const))(
    'maps the recorded profile: %s',
    (_case, one) => {
      const subject = read(one.raw);
      expect({ subject, ...cleanProfile(provider, provider.profile(one.raw), false) }).toEqual(one.profile);
    },
  );

  test('refuses a profile whose subject is missing, empty, of another type or not exact', () => {
    // An error body once hashed to one account for everybody; a rounded number would do the same.
    const bad = [
      undefined,
      null,
      '',
      ' ',
      '\n',
      0,
      -1,
      1.5,
      2 ** 53,
      true,
      [],
      ['1'],
      {},
      'x'.repeat(256),
      'a\u0000b',
      '１',
    ];
    for (const value of bad) {
      expect(() => read(withSubject(value)), JSON.stringify(value)).toThrow(SignInFailure);
    }
  });

  test('refuses a profile whose subject is written twice', () => {
    const key = JSON.stringify(provider.subject.split('.').at(-1));
    const source = JSON.stringify(whole.raw).replace(`${key}:`, `${key}:"1",${key}:`);
    expect(source).not.toBe(JSON.stringify(whole.raw));
    expect(() => readSubject(provider, { source, body: JSON.parse(source) })).toThrow('subject-doubled');
  });

  test('keeps two accounts apart, and the same account together whatever else changes', () => {
    expect(read(withSubject('1'))).not.toBe(read(withSubject('2')));
    expect(read({ ...whole.raw, name: 'Other', username: 'other', login: 'other' })).toBe(
      whole.profile.subject,
    );
  });

  test('survives members of every other type', () => {
    for (const odd of [undefined, null, 0, 7, true, '', '\ud800', 'https://[', [], [{}], {}, { data: 3 }]) {
      const raw = Object.fromEntries(Object.keys(whole.raw).map((key) => [key, odd]));
      for (const body of [raw, { data: raw }, { picture: { data: { url: odd } } }]) {
        const { name, link, picture } = cleanProfile(provider, provider.profile(body), false);
        expect(name).not.toBe('');
        expect(picture).toBeNull();
        expect(link ?? 'https://').toMatch(/^https:\/\//);
      }
    }
  });

  test('has https endpoints', () => {
    for (const url of Object.values(provider.endpoints)) expect(new URL(url).protocol).toBe('https:');
    for (const url of Object.values(provider.links)) expect(new URL(url).protocol).toBe('https:');
  });

  test('drops pictures from hosts that are not its own', () => {
    const hosts = ['evil.example', 'gravatar.com.evil.example', 'evilgravatar.com', '127.0.0.1', 'localhost'];
    const urls = [
      ...hosts.map((host) => `https://${host}/a.png`),
      'http://lh3.googleusercontent.com/a',
      'https://user:pw@lh3.googleusercontent.com/a',
      'https://lh3.googleusercontent.com:8443/a',
      'javascript:alert(1)',
      'data:image/png;base64,AAAA',
      '//lh3.googleusercontent.com/a',
    ];
    for (const picture of urls) {
      const mapped = { name: 'A', username: null, link: null, picture };
      expect(cleanProfile(provider, mapped, false).picture, picture).toBeNull();
    }
  });
});

describe.each(PROVIDERS.map((provider) => [provider.id, provider] as const))('%s', (id, provider) => {
  test('is one file of at most 45 lines that imports only the contract', () => {
    const source = sourceOf(`providers/${id}.ts`);
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(45);
    expect([...source.matchAll(/from '([^']+)'/g)].map((match) => match[1])).toEqual(['./provider.ts']);
    expect(source).not.toMatch(/\bimport\(|\brequire\(|process\.|fetch\(/);
  });

  test('has an id fit for a path, and a button that can be read', () => {
    expect(id).toMatch(/^[a-z][a-z0-9]*$/);
    expect(provider.brand.icon).toMatch(/^M[\d\s.,a-zA-Z-]+z$/);
    expect(contrast(provider.brand.color, provider.brand.onColor)).toBeGreaterThanOrEqual(4.5);
  });
});

test('every file beside the contract and the list is in the list', () => {
  const files = readdirSync(new URL('providers', ROOT)).filter(
    (name) => !['index.ts', 'provider.ts'].includes(name),
  );
  expect(files.sort()).toEqual(PROVIDERS.map((provider) => `${provider.id}.ts`).sort());
});

test('the engine knows no provider by name, host or habit', () => {
  const files = readdirSync(new URL('src/edge', ROOT)).filter((name) => name.startsWith('oauth'));
  expect(files).toContain('oauth.ts');
  const words = REDIRECTING.flatMap(({ id, name, endpoints, appProof, errorFields }) => [
    id,
    name,
    ...Object.values(endpoints).map((url) => new URL(url).hostname),
    ...[appProof, errorFields?.trace].filter((word) => word !== undefined),
  ]);
  for (const file of files) {
    const source = sourceOf(`src/edge/${file}`).toLowerCase();
    for (const word of words) expect(source.includes(word.toLowerCase()), `${word} in ${file}`).toBe(false);
  }
});

describe('names', () => {
  test.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['  Ada \t\r\n Lovelace  ', 'Ada Lovelace'],
    ['Ada\u0000\u0007\u001b[31m', 'Ada[31m'],
    ['\u202eadA\u202c \u2066x\u2069\u200f\u061c', 'adA x'],
    ['\ud800Ada\udfff', 'Ada'],
    ['\u200b\u2060\ufeff\u00ad', ''],
    ['\u3164\u115f\u2800', ''],
    ['\u200d\ufe0f', ''],
    ['Z\u0300\u0301\u0302\u0303\u0304\u0305\u0306x', 'Z\u0300\u0301\u0302\u0303x'],
    ['نام\u200cخانوادگی', 'نام\u200cخانوادگی'],
    ['👩\u200d👩\u200d👧 family', '👩\u200d👩\u200d👧 family'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    [7, ''],
    [{ toString: () => 'x' }, ''],
  ])('%j becomes %j', (raw, clean) => {
    expect(cleanName(raw)).toBe(clean);
  });

  test('are cut to 80 code points, and ten megabytes of them cost no time', () => {
    expect([...cleanName('🦉'.repeat(10_000))]).toHaveLength(80);
    const start = performance.now();
    for (const one of ['a', ' ', '\u0300', '\u202e', '🦉']) cleanName(one.repeat(5_000_000));
    expect(performance.now() - start).toBeLessThan(500);
  });
});

test('members are counted where they stand, however they are spelt', () => {
  const cases: [string, string, number][] = [
    ['{"id":1}', 'id', 1],
    ['{"id":1,"id":2}', 'id', 2],
    ['{"id":1,"\\u0069d":2}', 'id', 2],
    ['{"a":{"id":1},"b":[{"id":2}],"id":3}', 'id', 1],
    ['{"x":"\\"id\\":","id":3}', 'id', 1],
    ['{"data":{"id":"1"},"data":{"id":"2"}}', 'data.id', 2],
    ['{"data.id":"1"}', 'id', 0],
    ['[{"id":1}]', 'id', 0],
  ];
  for (const [json, path, count] of cases) expect(countMember(json, path), json).toBe(count);
});

/** WCAG 2.2, contrast ratio of two colours written as #rrggbb. */
function contrast(one: string, other: string): number {
  const luminance = (color: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
