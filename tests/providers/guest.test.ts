/** What guests may say of themselves, and what becomes of it. How they come in is in `tests/http/guests.test.ts`. */
import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../providers/index.ts';
import { GUEST } from '../../src/core/policy.ts';
import { Problem } from '../../src/core/problem.ts';
import { SITE_DEFAULTS, type SiteSettings } from '../../src/core/site.ts';
import { GUEST_FIELDS, readGuest } from '../../src/edge/guest.ts';

const OPEN: SiteSettings = { ...SITE_DEFAULTS, mode: 'open' };
const REQUIRED: SiteSettings = { ...SITE_DEFAULTS, mode: 'open-required' };
const ADDRESS = 'grace@hopper.example';

/** What `typed` becomes, or the slug it is refused with. */
function read(typed: object, settings = OPEN) {
  try {
    return readGuest(settings, typed as Record<string, string>);
  } catch (error) {
    if (error instanceof Problem) return error.slug;
    throw error;
  }
}

test('guests are the last of the list, by the name that the domain knows them by, and need no credentials', () => {
  const last = PROVIDERS.at(-1)!;
  expect([last.kind, last.id]).toEqual(['guest', GUEST]);
  expect(Object.keys(GUEST_FIELDS)).toEqual(['name', 'email', 'website']);
  expect(last).not.toHaveProperty('endpoints');
  expect(last).not.toHaveProperty('scope');
});

test('each field becomes what it is asked for, cleaned', () => {
  const typed = { name: ' Grace\u202e  Hopper\n', email: ` ${ADDRESS} `, website: ' hopper.example/a b ' };
  expect(read(typed, REQUIRED)).toEqual({
    name: 'Grace Hopper',
    email: ADDRESS,
    link: 'https://hopper.example/a%20b',
  });
});

test('nothing said is nothing known, and so is what is no string', () => {
  const nothing = { name: '', email: null, link: null };
  for (const typed of [{}, { name: '', email: '', website: '' }, { name: 7, email: [], website: {} }]) {
    expect(read(typed)).toEqual(nothing);
  }
});

test.each([
  ['registered', {}, 'guests-off'],
  ['closed', { name: 'Grace', email: ADDRESS }, 'guests-off'],
  ['open-required', {}, 'name-missing'],
  ['open-required', { name: ' \u200b\u3164 ', email: ADDRESS }, 'name-missing'],
  ['open-required', { name: 'Grace' }, 'email-missing'],
  ['open-required', { name: 'Grace', email: '  ' }, 'email-missing'],
  ['open-required', { name: 'Grace', email: 'grace' }, 'email-invalid'],
  ['open', { email: 'grace' }, 'email-invalid'],
  ['open', { website: 'grace' }, 'website-invalid'],
] as const)('mode %s with %j: %s', (mode, typed, slug) => {
  expect(read(typed, { ...SITE_DEFAULTS, mode })).toBe(slug);
});

test('a name has at most 80 code points, and ten megabytes of one cost no time', () => {
  const start = performance.now();
  for (const one of ['a', ' ', '\u0300', '\u202e', '🦉']) {
    const huge = one.repeat(5_000_000);
    const { name } = readGuest(OPEN, { name: huge });
    expect([...name].length).toBeLessThanOrEqual(80);
    expect(read({ email: huge, website: '' })).toSatisfy(
      (said) => said === 'email-invalid' || typeof said === 'object',
    );
    expect(read({ website: `${huge}.example` })).toBe('website-invalid');
  }
  expect(performance.now() - start).toBeLessThan(1000);
});

describe('an e-mail address', () => {
  test.each([
    ADDRESS,
    'grace.m+comments@mail.hopper.example',
    "o'brien_7@x-1.co",
    'ж@почта.рф',
    'अ@डाक.भारत',
    `${'l'.repeat(64)}@${'d'.repeat(63)}.example`,
  ])('%s is one', (email) => {
    expect(read({ email })).toMatchObject({ email });
  });

  test.each([
    'grace',
    '@hopper.example',
    'grace@',
    'grace@hopper',
    'grace@.example',
    'grace@hopper..example',
    'grace@-hopper.example',
    'grace@hopper-.example',
    'grace@@hopper.example',
    'a@b@hopper.example',
    'gr ace@hopper.example',
    'grace@hopper.example, bo@hopper.example',
    'Grace <grace@hopper.example>',
    'grace@hopper.example\r\nBcc: all@hopper.example',
    'grace@hopper.example\u0000',
    'gra\u202ece@hopper.example',
    'gra\u200bce@hopper.example',
    '\ud800@hopper.example',
    'mailto:grace@hopper.example',
    '"grace"@hopper.example',
    'grace@[127.0.0.1]',
    'javascript:alert(1)@hopper.example',
    `${'l'.repeat(65)}@hopper.example`,
    `grace@${'d.'.repeat(130)}example`,
  ])('%j is none', (email) => {
    expect(read({ email })).toBe('email-invalid');
  });
});

describe('a website', () => {
  test.each([
    ['hopper.example', 'https://hopper.example/'],
    ['http://hopper.example', 'http://hopper.example/'],
    ['HTTPS://Hopper.Example/A?b=c#d', 'https://hopper.example/A?b=c#d'],
    ['hopper.example:8080/a', 'https://hopper.example:8080/a'],
    ['www.hopper.example/~grace', 'https://www.hopper.example/~grace'],
    ['bücher.example', 'https://xn--bcher-kva.example/'],
    ['hopper.example/\u202egpj.exe', 'https://hopper.example/%E2%80%AEgpj.exe'],
    ['hopper.example/"><script>', 'https://hopper.example/%22%3E%3Cscript%3E'],
    ["https://hopper.example/'onclick=alert(1)", "https://hopper.example/'onclick=alert(1)"],
  ])('%s leads to %s', (website, link) => {
    expect(read({ website })).toMatchObject({ link });
  });

  test.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)//hopper.example',
    'javascript://hopper.example/%0aalert(1)',
    ' java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    'ftp://hopper.example',
    'mailto:grace@hopper.example',
    'https://grace:secret@hopper.example/',
    'https://bank.example@evil.example/',
    'grace@hopper.example',
    'https://',
    'https://hopper',
    'localhost:8080',
    'http://localhost/',
    'http://[::1]/',
    'https://hop per.example',
    '.',
    '...',
    'hopper.',
    '\u0000hopper.example/\ud800@x',
    `hopper.example/${'x'.repeat(2048)}`,
    `hopper.example/${'\u202e'.repeat(500)}`,
  ])('%j leads nowhere', (website) => {
    expect(read({ website })).toBe('website-invalid');
  });
});
