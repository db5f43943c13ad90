/** What an operator may set, and how every fault is named at once without repeating a secret. */

import { BlockList } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ConfigError, type Environment, explainConfig, readConfig, SETTINGS } from '../../src/core/config.ts';

const providerIds = ['google', 'twitter'];
const SECRET = 'mB7cK1vN4xL8zQ2wE6rT0yU3iO5pA9sDfG';
const OTHER = 'Vq3n8Yw1Zr6Tt0Lk5Xb2Hc9Jd4Gf7SmP';
const PRODUCTION = {
  PUBLIC_URL: 'https://comments.example',
  SECRET,
  DATABASE_URL: 'postgres://u:pw@db/parley',
};

const read = (env: Environment) => readConfig(env, { providerIds }).config;

function faultsOf(env: Environment) {
  try {
    readConfig(env, { providerIds });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults;
  }
}

test('with nothing set it is a demonstration on this machine', () => {
  expect(read({})).toEqual({
    databaseUrl: undefined,
    dataDir: './data',
    port: 8080,
    host: '127.0.0.1',
    publicUrl: 'http://localhost:8080',
    secrets: [],
    trustedProxies: [],
    logLevel: 'info',
    isProduction: false,
    providers: {},
  });
});

test('everything set', () => {
  const env = {
    ...PRODUCTION,
    DATA_DIR: '/var/lib/parley',
    PORT: '80',
    HOST: '::',
    PUBLIC_URL: 'https://comments.example/',
    SECRET: `${SECRET}, ${OTHER}`,
    TRUSTED_PROXIES: '10.0.0.0/8 ::1,192.0.2.7',
    LOG_LEVEL: 'DEBUG',
    GOOGLE_CLIENT_ID: 'g-id',
    GOOGLE_CLIENT_SECRET: 'g-secret',
    GOOGLE_ISSUER: 'http://127.0.0.1:9000/google',
    TWITTER_CLIENT_ID: '',
    UNKNOWN_CLIENT_ID: 'nobody reads this',
  };
  expect(read(env)).toEqual({
    databaseUrl: 'postgres://u:pw@db/parley',
    dataDir: '/var/lib/parley',
    port: 80,
    host: '::',
    publicUrl: 'https://comments.example',
    secrets: [SECRET, OTHER],
    trustedProxies: [
      { address: '10.0.0.0', prefix: 8, family: 'ipv4' },
      { address: '::1', prefix: 128, family: 'ipv6' },
      { address: '192.0.2.7', prefix: 32, family: 'ipv4' },
    ],
    logLevel: 'debug',
    isProduction: true,
    providers: {
      google: { clientId: 'g-id', clientSecret: 'g-secret', issuer: 'http://127.0.0.1:9000/google' },
    },
  });
});

describe('accepted', () => {
  test.each<[string, Environment]>([
    ['empty variables are absent', { PORT: '', SECRET: ' ', DATABASE_URL: '', LOG_LEVEL: '\t' }],
    [
      'a database behind a socket',
      { ...PRODUCTION, DATABASE_URL: 'postgresql:///parley?host=/run/postgresql' },
    ],
    ['the embedded database in production, with a secret', { ...PRODUCTION, DATABASE_URL: undefined }],
    ['a database and a secret on loopback', { ...PRODUCTION, PUBLIC_URL: 'http://localhost:8080' }],
    ['the public address on another port', { PUBLIC_URL: 'http://127.0.0.1:9999', PORT: '8081' }],
    ['a host name to listen on', { HOST: 'localhost' }],
  ])('%s', (_name, env) => {
    expect(faultsOf(env)).toEqual([]);
  });
});

describe('refused', () => {
  const google = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'client-secret' };
  test.each<[string, RegExp, Environment]>([
    // Comentario signed with the hash of the empty string for months.
    ['SECRET', /missing.*production/i, { ...PRODUCTION, SECRET: undefined }],
    ['SECRET', /missing.*production/i, { PUBLIC_URL: 'https://comments.example' }],
    ['SECRET', /missing.*database of your own/i, { DATABASE_URL: 'postgres://localhost/parley' }],
    ['SECRET', /holds no value/, { ...PRODUCTION, SECRET: ' , ' }],
    ['SECRET', /value 1 of 1 is shorter than 32 bytes/, { SECRET: 'short' }],
    ['SECRET', /value 2 of 2 is shorter than 32 bytes/, { SECRET: `${SECRET} short` }],
    ['SECRET', /repeats a few characters/, { SECRET: 'a'.repeat(40) }],
    ['SECRET', /placeholder/, { SECRET: 'changeme-1234-changeme-5678-changeme' }],
    ['DATABASE_URL', /no PostgreSQL address/, { SECRET, DATABASE_URL: 'mysql://localhost/parley' }],
    ['DATABASE_URL', /no PostgreSQL address/, { SECRET, DATABASE_URL: 'host=db password=hunter2' }],
    ['PORT', /"http" is no port/, { PORT: 'http' }],
    ['PORT', /no port/, { PORT: '0' }],
    ['PORT', /no port/, { PORT: '65536' }],
    ['PORT', /no port/, { PORT: '80.5' }],
    ['PORT', /no port/, { PORT: '0x50' }],
    ['HOST', /without a port/, { HOST: 'localhost:8080' }],
    ['HOST', /no address/, { HOST: 'http://localhost' }],
    ['PUBLIC_URL', /only loopback/, { PUBLIC_URL: 'http://comments.example' }],
    ['PUBLIC_URL', /only loopback/, { PUBLIC_URL: 'http://localhost.evil.example' }],
    ['PUBLIC_URL', /without a path/, { PUBLIC_URL: 'https://comments.example/parley', SECRET }],
    ['PUBLIC_URL', /no origin/, { PUBLIC_URL: 'https://comments.example?a', SECRET }],
    ['PUBLIC_URL', /no origin/, { PUBLIC_URL: 'https://u:p@comments.example', SECRET }],
    ['PUBLIC_URL', /no origin/, { PUBLIC_URL: 'comments.example' }],
    ['TRUSTED_PROXIES', /"10\.0\.0\.300" is no address/, { TRUSTED_PROXIES: '10.0.0.300' }],
    ['TRUSTED_PROXIES', /no address/, { TRUSTED_PROXIES: '10.0.0.0/33' }],
    ['TRUSTED_PROXIES', /no address/, { TRUSTED_PROXIES: '10.0.0.0/8/8' }],
    ['TRUSTED_PROXIES', /no address/, { TRUSTED_PROXIES: '10.0.0.0/' }],
    ['TRUSTED_PROXIES', /no address/, { TRUSTED_PROXIES: 'fe80::1%eth0' }],
    ['TRUSTED_PROXIES', /no address/, { TRUSTED_PROXIES: 'true' }],
    // wpDiscuz believed a forwarded address from anybody, which voids bans and limits.
    ['TRUSTED_PROXIES', /trusts everybody/, { TRUSTED_PROXIES: '0.0.0.0/0' }],
    ['TRUSTED_PROXIES', /trusts everybody/, { TRUSTED_PROXIES: '::/0' }],
    ['LOG_LEVEL', /"loud" is no level/, { LOG_LEVEL: 'loud' }],
    ['GOOGLE_CLIENT_SECRET', /missing.*GOOGLE_CLIENT_ID/, { GOOGLE_CLIENT_ID: 'id' }],
    ['GOOGLE_CLIENT_ID', /missing.*GOOGLE_CLIENT_SECRET/, { GOOGLE_CLIENT_SECRET: 'client-secret' }],
    ['GOOGLE_ISSUER', /only loopback/, { ...google, GOOGLE_ISSUER: 'http://idp.example' }],
    ['GOOGLE_TOKEN_URL', /no address/, { ...google, GOOGLE_TOKEN_URL: '/token' }],
    ['GOOGLE_TOKEN_URL', /no address/, { ...google, GOOGLE_TOKEN_URL: 'file:///etc/passwd' }],
    ['GOOGLE_PROFILE_URL', /a password/, { ...google, GOOGLE_PROFILE_URL: 'https://u:hunter2@idp.example' }],
    [
      'GOOGLE_AUTHORIZATION_URL',
      /fragment/,
      { ...google, GOOGLE_AUTHORIZATION_URL: 'https://idp.example/#' },
    ],
  ])('%s: %s', (name, fault, env) => {
    const faults = faultsOf(env);
    expect(faults.map((each) => each.name)).toEqual([name]);
    expect(faults[0]!.fault).toMatch(fault);
    // What to do about it follows what is wrong.
    expect(faults[0]!.fault).toMatch(
      /\. (?:Set|Write|Give|Choose|Put|Leave|Name|Instead|In production|A database)\b/,
    );
  });

  test('all faults at once, one line each', () => {
    const env = {
      DATABASE_URL: 'nonsense',
      PORT: 'x',
      PUBLIC_URL: 'y',
      SECRET: 'z',
      TRUSTED_PROXIES: 'w',
      LOG_LEVEL: 'v',
      GOOGLE_CLIENT_ID: 'id',
      GOOGLE_ISSUER: 'u',
      TWITTER_TOKEN_URL: 'https://idp.example',
    };
    const names = [
      'DATABASE_URL',
      'PORT',
      'PUBLIC_URL',
      'SECRET',
      'TRUSTED_PROXIES',
      'LOG_LEVEL',
      'GOOGLE_ISSUER',
      'GOOGLE_CLIENT_SECRET',
      'TWITTER_CLIENT_ID',
      'TWITTER_CLIENT_SECRET',
    ];
    expect(faultsOf(env).map((each) => each.name)).toEqual(names);
    expect(() => read(env)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^(?:[A-Z_]+: .+\n?){10}$/) }),
    );
  });

  test('no fault repeats a secret', () => {
    const hunter = 'hunter2-hunter2';
    const env = {
      DATABASE_URL: `mysql://u:${hunter}@db`,
      SECRET: hunter,
      PUBLIC_URL: `https://u:${hunter}@comments.example`,
      GOOGLE_CLIENT_SECRET: hunter,
      GOOGLE_TOKEN_URL: `https://u:${hunter}@idp.example`,
    };
    expect(faultsOf(env)).toHaveLength(5);
    expect(JSON.stringify(faultsOf(env))).not.toContain('hunter2');
    expect(JSON.stringify(explainConfig(env, { providerIds }))).not.toContain('hunter2');
  });
});

describe('the settings as an operator sees them', () => {
  const rows = (env: Environment) => explainConfig(env, { providerIds });
  const value = (env: Environment, name: string) => rows(env).find((row) => row.name === name)?.value;

  test('each has a name of its own, a default and a sentence', () => {
    const names = rows({}).map((row) => row.name);
    expect(names).toHaveLength(Object.keys(SETTINGS).length + 2 * 6);
    expect(new Set(names).size).toBe(names.length);
    for (const row of rows({})) {
      expect(row.value).toBeNull();
      expect(row.fallback).not.toBe('');
      expect(row.sentence).toMatch(/\.$/);
    }
  });

  test.each([
    ['PORT', '81', '81'],
    ['SECRET', SECRET, 'set (1 value)'],
    ['SECRET', `${SECRET} ${OTHER}`, 'set (2 values)'],
    ['GOOGLE_CLIENT_SECRET', 'x', 'set'],
    ['GOOGLE_CLIENT_ID', 'x', 'x'],
    ['DATABASE_URL', 'postgres://u:pw@db:5432/parley', 'postgres://u:***@db:5432/parley'],
    [
      'DATABASE_URL',
      'postgres:///parley?host=/run&password=pw',
      'postgres:///parley?host=%2Frun&password=***',
    ],
    ['DATABASE_URL', 'host=db password=pw', 'set, but no address'],
    ['DATABASE_URL', 'postgres://db/parley', 'postgres://db/parley'],
  ])('%s=%s is shown as %s', (name, text, shown) => {
    expect(value({ [name]: text }, name)).toBe(shown);
  });
});

test('a trusted range fits the block list of node:net', () => {
  const list = new BlockList();
  for (const { address, prefix, family } of read({ TRUSTED_PROXIES: '10.1.0.0/16 fd00::/8' }).trustedProxies)
    list.addSubnet(address, prefix, family);
  expect(list.check('10.1.2.3', 'ipv4')).toBe(true);
  expect(list.check('10.2.2.3', 'ipv4')).toBe(false);
  expect(list.check('fd12::1', 'ipv6')).toBe(true);
});
