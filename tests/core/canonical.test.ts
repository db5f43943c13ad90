/** Origins, page addresses and thread keys: one spelling each, and nothing from outside a site's origins. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLoopback, pageUrl, parseOrigin, threadKey } from '../../src/core/canonical.ts';
import { Problem } from '../../src/core/problem.ts';
import { anyString } from '../support/arbitrary.ts';

const ORIGINS = ['https://gazette.example', 'https://www.gazette.example', 'http://127.0.0.1:4000'];

function slugOf(call: () => unknown): string {
  try {
    return `no refusal: ${String(call())}`;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.slug;
  }
}

describe('an origin is named exactly', () => {
  test.each([
    ['https://gazette.example', 'https://gazette.example'],
    ['https://gazette.example/', 'https://gazette.example'],
    ['HTTPS://GAZETTE.example:443/', 'https://gazette.example'],
    ['https://gazette.example:8443', 'https://gazette.example:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://127.0.0.1', 'http://127.0.0.1'],
    ['http://127.1.2.3:80', 'http://127.1.2.3'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://gazette.example', undefined],
    ['http://localhost.evil.example', undefined],
    ['http://127.0.0.1.evil.example', undefined],
    ['http://128.0.0.1', undefined],
    ['http://[::2]', undefined],
    ['https://gazette.example/blog', undefined],
    ['https://gazette.example//', undefined],
    ['https://gazette.example?', undefined],
    ['https://gazette.example#', undefined],
    ['https://user@gazette.example', undefined],
    ['https://:@gazette.example', undefined],
    ['https://*.example', undefined],
    ['https://gazette.example\\', undefined],
    ['https:/gazette.example', undefined],
    ['https:gazette.example', undefined],
    ['https:\\\\gazette.example', undefined],
    ['https://%67azette.example', undefined],
    ['//gazette.example', undefined],
    ['gazette.example', undefined],
    [' https://gazette.example', undefined],
    ['https://gazette.example\n', undefined],
    ['https://gazette.example https://evil.example', undefined],
    ['https://', undefined],
    ['https://gazette.example:99999', undefined],
    ['null', undefined],
    ['*', undefined],
    ['', undefined],
    ['ftp://gazette.example', undefined],
    ['javascript://gazette.example', undefined],
    ['file:///etc/passwd', undefined],
  ])('%j → %s', (text, origin) => {
    expect(parseOrigin(text)).toBe(origin);
  });

  test('what it returns names itself', () => {
    fc.assert(
      fc.property(fc.webUrl(), (url) => {
        const origin = parseOrigin(new URL(url).origin);
        fc.pre(origin !== undefined);
        expect(parseOrigin(origin!)).toBe(origin);
      }),
    );
  });
});

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.255.255.255', true],
  ['[::1]', true],
  ['localhost.', false],
  ['a.localhost', false],
  ['127.0.0.1.nip.io', false],
  ['0.0.0.0', false],
  ['[::ffff:7f00:1]', false],
])('loopback %s: %s', (hostname, is) => {
  expect(isLoopback(hostname)).toBe(is);
});

describe('a thread has one key', () => {
  test.each([
    ['url:https://gazette.example', 'url:https://gazette.example'],
    ['url:https://gazette.example/', 'url:https://gazette.example'],
    ['url:https://gazette.example/a/', 'url:https://gazette.example/a'],
    ['url:HTTPS://GAZETTE.example:443/a', 'url:https://gazette.example/a'],
    ['url:https://gazette.example/A', 'url:https://gazette.example/A'],
    ['url:https://gazette.example/a#comments', 'url:https://gazette.example/a'],
    ['url:https://gazette.example/a#:~:text=b', 'url:https://gazette.example/a'],
    ['url:https://www.gazette.example/a', 'url:https://www.gazette.example/a'],
    ['url:https://gazette.example/a?b=2&a=1', 'url:https://gazette.example/a?a=1&b=2'],
    ['url:https://gazette.example/?p=12&utm_source=x&UTM_Campaign=y', 'url:https://gazette.example/?p=12'],
    [
      'url:https://gazette.example/a?fbclid=1&gclid=2&mc_cid=3&mc_eid=4&msclkid=5&_ga=6',
      'url:https://gazette.example/a',
    ],
    ['url:https://gazette.example/a?tag=1&tag=0', 'url:https://gazette.example/a?tag=1&tag=0'],
    ['url:https://gazette.example/b/../a', 'url:https://gazette.example/a'],
    ['url:https://gazette.example/a%2fb', 'url:https://gazette.example/a%2Fb'],
    ['url:https://gazette.example/%7Eada', 'url:https://gazette.example/~ada'],
    ['url:https://gazette.example/ä', 'url:https://gazette.example/%C3%A4'],
    ['url:https://gazette.example/a%ff', 'url:https://gazette.example/a%FF'],
    ['url:https://gazette.example/a?q=%ff%', 'url:https://gazette.example/a?q=%EF%BF%BD%25'],
    ['url:https://gazette.example\u3002/a', 'url-foreign'],
    ['url:http://127.0.0.1:4000/article', 'url:http://127.0.0.1:4000/article'],
    ['url:http://0x7f.1:4000/article', 'url:http://127.0.0.1:4000/article'],
    ['id:12', 'id:12'],
    ['id: a b ', 'id: a b '],
    ['id:https://evil.example', 'id:https://evil.example'],
    [`id:${'😀'.repeat(200)}`, `id:${'😀'.repeat(200)}`],
  ])('%j → %j', (key, canonical) => {
    if (canonical.includes(':')) expect(threadKey(key, ORIGINS)).toBe(canonical);
    else expect(slugOf(() => threadKey(key, ORIGINS))).toBe(canonical);
  });

  test.each([
    '',
    'id:',
    'id: \u3000',
    `id:${'a'.repeat(201)}`,
    'id:a\u0000',
    'id:a\nb',
    'id:\ud800',
    'ID:a',
    'URL:https://gazette.example/',
    'https://gazette.example/',
    'url:',
    'url:/a',
    'url://gazette.example/a',
    'url:\\\\gazette.example/a',
    'url:https:gazette.example/a',
    'url:https:/gazette.example/a',
    'url:https:///gazette.example/a',
    'url:https:\\\\gazette.example/a',
    'url: https://gazette.example/a',
    'url:https://gazette.example\\@evil.example/',
    'url:https://gazette.example\t/a',
    'url:https://gaz\nette.example/a',
    'url:https://ada:pw@gazette.example/a',
    'url:https://@gazette.example/a',
    'url:https://gazette.example/\ud800',
    'url:javascript:alert(1)',
    'url:data:text/html,a',
    'url:file:///a',
    `url:https://gazette.example/${'a'.repeat(2000)}`,
    `url:https://gazette.example/${'ä'.repeat(900)}`,
    'tag:gazette.example,2026:a',
  ])('%j is no key', (key) => {
    expect(slugOf(() => threadKey(key, ORIGINS))).toBe('thread-key-invalid');
  });

  test('a key given back is the same key, on the same origin', () => {
    const path = fc.webUrl({ withQueryParameters: true, withFragments: true }).map((url) => {
      const { pathname, search, hash } = new URL(url);
      return `url:https://gazette.example${pathname}${search}${hash}`;
    });
    const dirty = anyString().map((tail) => `url:https://gazette.example/${tail}`);
    fc.assert(
      fc.property(fc.oneof(path, dirty), (key) => {
        let once: string;
        try {
          once = threadKey(key, ORIGINS);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
          return;
        }
        expect(threadKey(once, ORIGINS)).toBe(once);
        expect(new URL(once.slice(4)).origin).toBe('https://gazette.example');
        expect(once).toMatch(/^[\x20-\x7e]*$/);
      }),
      { numRuns: 500 },
    );
  });
});

// Remark42 followed its `from` parameter to any page after a real sign-in.
const FOREIGN = [
  'https://a.gazette.example/',
  'https://gazette.example.evil.example/',
  'https://gazette.example:8443/',
  'http://gazette.example/',
  'https://evil.example/https://gazette.example/',
  'https://evil.example?https://gazette.example/',
  'https://evil.example#@gazette.example/',
  'https://gаzette.example/', // Cyrillic а
  'https://gazette.example./',
  'https://gazetteexample/',
  'http://127.0.0.1/',
  'http://127.0.0.1:4001/',
  'http://localhost:4000/',
];

describe('a page outside the origins is foreign', () => {
  test.each(FOREIGN)('%s', (url) => {
    expect(slugOf(() => threadKey(`url:${url}`, ORIGINS))).toBe('url-foreign');
    expect(slugOf(() => pageUrl(url, ORIGINS))).toBe('url-foreign');
  });

  test.each([
    '//gazette.example/',
    '/a',
    '\\\\gazette.example',
    'https:\\\\gazette.example/',
    'https://gazette.example\\@evil.example/',
    'https://gazette.example@evil.example/',
    'https://evil.example@gazette.example/',
    'https://ada:pw@gazette.example/',
    ' https://gazette.example/',
    'https://gaz\tette.example/',
    'javascript:alert(1)//https://gazette.example',
    'data:text/html,https://gazette.example',
    'blob:https://gazette.example/1',
    'view-source:https://gazette.example/',
    '',
    `https://gazette.example/${'ä'.repeat(900)}`,
  ])('%j is no page of the site', (url) => {
    expect(slugOf(() => pageUrl(url, ORIGINS))).toBe('url-foreign');
  });

  test('nothing lies in no origins', () => {
    expect(slugOf(() => pageUrl('https://gazette.example/', []))).toBe('url-foreign');
  });
});

test.each([
  ['https://gazette.example', 'https://gazette.example/'],
  ['https://GAZETTE.example:443/a/?b=1&utm_source=x#c', 'https://gazette.example/a/?b=1&utm_source=x'],
  ['https://gazette.example/a?q=\\', 'https://gazette.example/a?q=\\'],
  ['https://gazette.example/"><script>', 'https://gazette.example/%22%3E%3Cscript%3E'],
])('the page of %j is %j', (url, page) => {
  expect(pageUrl(url, ORIGINS)).toBe(page);
});
