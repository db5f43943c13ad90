/**
 * The engine as an OpenID Connect client: against a certified provider, which proves that it keeps the protocol, and
 * against forged metadata and ID tokens, which proves that it believes none of them. Google's value stands for any.
 */

import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { connectProviders } from '../../src/edge/oauth.ts';
import { FRESH_SECONDS, KEPT_SECONDS, RETRY_SECONDS } from '../../src/edge/oauth-discovery.ts';
import { type Answer, startAnswering } from './answering-server.ts';
import { failureOf, newAttempt, PUBLIC_URL } from './failures.ts';
import { CLIENT, logIn, startOpenId } from './openid-server.ts';

const REDIRECT = `${PUBLIC_URL}/login/callback/google`;

describe('against a certified provider', () => {
  async function start(options: { isShort?: boolean; clientSecret?: string } = {}) {
    const { isShort = false, clientSecret = CLIENT.clientSecret } = options;
    const { issuer } = await startOpenId({ redirectUri: REDIRECT, auth: 'client_secret_post', isShort });
    const signIn = connectProviders({ google: { ...CLIENT, clientSecret, issuer } }, PUBLIC_URL);
    const attempt = newAttempt();
    const go = async (login: string, choice?: 'allow' | 'deny') =>
      (await logIn(await signIn.authorizationUrl('google', attempt), login, choice)).searchParams;
    const exchange = (callback: URLSearchParams, other: object = {}) =>
      signIn.exchange('google', callback, { ...attempt, ...other });
    const refusal = (callback: URLSearchParams, other: object = {}) =>
      failureOf(exchange(callback, other), [
        clientSecret,
        attempt.verifier,
        callback.get('code') ?? clientSecret,
      ]);
    return { issuer, signIn, attempt, go, exchange, refusal };
  }

  test.each([false, true])('a reader signs in; profile left to userinfo: %s', async (isShort) => {
    const { issuer, go, exchange } = await start({ isShort });
    expect(await exchange(await go('ada'))).toEqual({
      subject: 'ada',
      issuer,
      name: 'Reader ada',
      username: null,
      link: null,
      picture: 'https://lh3.googleusercontent.com/a/x=s200-c',
    });
  });

  test('two accounts are two subjects', async () => {
    const { go, exchange } = await start();
    expect((await exchange(await go('ada'))).subject).toBe('ada');
    expect((await exchange(await go('bo'))).subject).toBe('bo');
  });

  test('the reader says no', async () => {
    const { go, refusal } = await start();
    expect(await refusal(await go('ada', 'deny'))).toMatchObject({ kind: 'denied', stage: 'callback' });
  });

  test('a code works once', async () => {
    const { go, exchange, refusal } = await start();
    const callback = await go('ada');
    await exchange(callback);
    expect(await refusal(callback)).toMatchObject({ kind: 'expired', status: 400, code: 'invalid_grant' });
  });

  test('state, verifier and nonce of another attempt are refused', async () => {
    const other = newAttempt();
    const { go, refusal } = await start();
    expect(await refusal(await go('ada'), { state: other.state })).toMatchObject({
      stage: 'callback',
      kind: 'provider',
    });
    expect(await refusal(await go('ada'), { verifier: other.verifier })).toMatchObject({
      stage: 'token',
      code: 'invalid_grant',
    });
    expect(await refusal(await go('ada'), { nonce: other.nonce })).toMatchObject({
      stage: 'id-token',
      code: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED/nonce',
    });
  });

  test('the issuer of the callback must be there, since the metadata says so, and be the right one', async () => {
    const { go, refusal } = await start();
    const foreign = await go('ada');
    foreign.set('iss', 'https://evil.example');
    expect(await refusal(foreign)).toMatchObject({ stage: 'callback', kind: 'provider' });
    const silent = await go('ada');
    silent.delete('iss');
    expect(await refusal(silent)).toMatchObject({ stage: 'callback', kind: 'provider' });
  });

  test('a wrong secret is the operator’s to mend', async () => {
    const { go, refusal } = await start({ clientSecret: 'wrong-secret-of-some-length' });
    expect(await refusal(await go('ada'))).toMatchObject({ stage: 'token', kind: 'config', status: 401 });
  });
});

describe('against forged answers', () => {
  interface Forgery {
    /** `undefined` leaves a claim out. */
    claims?: Record<string, unknown>;
    key?: 'own' | 'stranger';
    header?: object;
    token?: (claims: JWTPayload) => Promise<string> | string;
    metadata?: object;
    userinfo?: Answer;
    jwks?: Answer;
    callback?: Record<string, string>;
  }

  async function begin(forgery: Forgery = {}) {
    const own = await generateKeyPair('RS256', { extractable: true });
    const stranger = await generateKeyPair('RS256');
    const attempt = newAttempt();
    const server = await startAnswering();
    const now = Math.trunc(Date.now() / 1000);
    const claims: JWTPayload = {
      iss: server.url,
      aud: CLIENT.clientId,
      sub: '1101',
      nonce: attempt.nonce,
      name: 'Jane Doe',
      iat: now,
      exp: now + 60,
      ...forgery.claims,
    };
    const sign = (key: CryptoKey) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1', ...forgery.header }).sign(key);
    const key = forgery.key === 'stranger' ? stranger.privateKey : own.privateKey;
    const id_token = forgery.token ? await forgery.token(claims) : await sign(key);
    Object.assign(server.answers, {
      '/.well-known/openid-configuration': {
        body: {
          issuer: server.url,
          authorization_endpoint: `${server.url}/authorize`,
          token_endpoint: `${server.url}/token`,
          userinfo_endpoint: `${server.url}/me`,
          jwks_uri: `${server.url}/jwks`,
          ...forgery.metadata,
        },
      },
      '/jwks': forgery.jwks ?? {
        body: { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k1', use: 'sig' }] },
      },
      '/token': { body: { access_token: 'at-7f3a9c01', token_type: 'Bearer', id_token } },
      '/me': forgery.userinfo ?? { body: { sub: '1101', name: 'From Userinfo' } },
    });
    const signIn = connectProviders({ google: { ...CLIENT, issuer: server.url } }, PUBLIC_URL);
    const callback = new URLSearchParams({ code: 'c0de-123456', state: attempt.state, ...forgery.callback });
    const done = signIn.exchange('google', callback, attempt);
    done.catch(() => {});
    return { server, done, failure: () => failureOf(done, [CLIENT.clientSecret, id_token, 'at-7f3a9c01']) };
  }

  test('the honest one passes without a profile request', async () => {
    const { server, done } = await begin();
    expect(await done).toMatchObject({ subject: '1101', issuer: server.url, name: 'Jane Doe' });
    expect(server.requests.map((one) => one.path)).toEqual([
      '/.well-known/openid-configuration',
      '/token',
      '/jwks',
    ]);
  });

  const mismatch = (claim: string) => ({
    kind: 'provider',
    stage: 'id-token',
    code: `OAUTH_JWT_CLAIM_COMPARISON_FAILED/${claim}`,
  });
  const long = Math.trunc(Date.now() / 1000) - 7200;

  test.each<[string, Forgery, object]>([
    ['another issuer', { claims: { iss: 'https://evil.example' } }, mismatch('iss')],
    ['the issuer without its scheme', { claims: { iss: 'accounts.google.com' } }, mismatch('iss')],
    ['another audience', { claims: { aud: 'another-client' } }, mismatch('aud')],
    [
      'several audiences and another party',
      { claims: { aud: [CLIENT.clientId, 'other'], azp: 'other' } },
      { kind: 'provider', stage: 'id-token' },
    ],
    ['another nonce', { claims: { nonce: 'bm90IHRoaXMgb25lIGF0IGFsbA' } }, mismatch('nonce')],
    ['no nonce', { claims: { nonce: undefined } }, { kind: 'provider', stage: 'id-token' }],
    [
      'expired',
      { claims: { iat: long, exp: long + 60 } },
      { kind: 'provider', stage: 'id-token', code: 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED/exp' },
    ],
    [
      'signed by a stranger',
      { key: 'stranger' },
      { kind: 'provider', stage: 'id-token', code: 'OAUTH_INVALID_RESPONSE' },
    ],
    [
      'signed with an unknown key',
      { header: { kid: 'k2' } },
      { kind: 'provider', stage: 'id-token', code: 'OAUTH_KEY_SELECTION_FAILED' },
    ],
    [
      'not signed',
      { token: (claims) => new UnsecuredJWT(claims).encode() },
      { kind: 'provider', stage: 'id-token' },
    ],
    [
      'signed with our secret',
      {
        token: (claims) =>
          new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(CLIENT.clientSecret)),
      },
      { kind: 'provider', stage: 'id-token' },
    ],
    ['no token at all', { token: () => '' }, { kind: 'provider', stage: 'id-token' }],
    ['not a token', { token: () => 'a.b.c' }, { kind: 'provider', stage: 'id-token' }],
    ['no subject', { claims: { sub: undefined } }, { kind: 'provider', stage: 'id-token' }],
    ['an empty subject', { claims: { sub: '' } }, { kind: 'provider', stage: 'id-token' }],
    ['a subject that is a number', { claims: { sub: 1101 } }, { kind: 'provider', stage: 'id-token' }],
    [
      'a subject too long',
      { claims: { sub: 's'.repeat(256) } },
      { kind: 'provider', stage: 'id-token', code: 'subject-invalid' },
    ],
    [
      'keys that cannot be had',
      { jwks: { status: 503 } },
      { kind: 'network', stage: 'id-token', status: 503 },
    ],
    ['a page in place of keys', { jwks: { body: '<html>' } }, { kind: 'provider', stage: 'id-token' }],
    [
      'a callback from another issuer',
      { callback: { iss: 'https://evil.example' } },
      { kind: 'provider', stage: 'callback' },
    ],
    [
      'a callback without the issuer that was promised',
      { metadata: { authorization_response_iss_parameter_supported: true } },
      { kind: 'provider', stage: 'callback' },
    ],
    [
      'metadata of another issuer',
      { metadata: { issuer: 'https://evil.example' } },
      { kind: 'provider', stage: 'discovery' },
    ],
    [
      'metadata without keys',
      { metadata: { jwks_uri: undefined } },
      { kind: 'provider', stage: 'discovery', code: 'metadata-incomplete' },
    ],
    [
      'metadata that leads to plain http elsewhere',
      { metadata: { token_endpoint: 'http://10.0.0.1/token' } },
      { kind: 'provider', stage: 'discovery', code: 'metadata-incomplete' },
    ],
    [
      'userinfo about somebody else',
      { claims: { name: undefined }, userinfo: { body: { sub: '9', name: 'Eve' } } },
      { kind: 'provider', stage: 'profile', code: 'subject-differs' },
    ],
    [
      'userinfo about two',
      { claims: { name: undefined }, userinfo: { body: '{"sub":"9","name":"Eve","sub":"1101"}' } },
      { kind: 'provider', stage: 'profile', code: 'subject-differs' },
    ],
    [
      'userinfo that fails',
      { claims: { name: undefined }, userinfo: { status: 500 } },
      { kind: 'network', stage: 'profile', status: 500 },
    ],
  ])('%s', async (_case, forgery, expected) => {
    const { failure } = await begin(forgery);
    expect(await failure()).toMatchObject(expected);
  });

  test('userinfo adds what the token lacks and overrides nothing', async () => {
    const { done } = await begin({
      claims: { name: undefined, picture: 'https://lh3.googleusercontent.com/a/token' },
      userinfo: {
        body: {
          sub: '1101',
          name: 'From Userinfo',
          picture: 'https://lh3.googleusercontent.com/a/other',
          iss: 'x',
        },
      },
    });
    expect(await done).toMatchObject({
      name: 'From Userinfo',
      picture: 'https://lh3.googleusercontent.com/a/token',
    });
  });
});

describe('discovery', () => {
  async function begin(timeoutSeconds = 5) {
    let now = 1_800_000_000_000;
    const server = await startAnswering();
    const address = '/.well-known/openid-configuration';
    const good = {
      body: {
        issuer: server.url,
        authorization_endpoint: `${server.url}/authorize`,
        token_endpoint: `${server.url}/token`,
        jwks_uri: `${server.url}/jwks`,
      },
    };
    server.answers[address] = good;
    const settings = { google: { ...CLIENT, issuer: server.url } };
    const signIn = connectProviders(settings, PUBLIC_URL, { now: () => now, timeoutSeconds });
    const ask = () => signIn.authorizationUrl('google', newAttempt());
    return {
      server,
      ask,
      fails: () => failureOf(ask(), [CLIENT.clientSecret]),
      breaks: () => {
        server.answers[address] = { status: 503 };
      },
      heals: () => {
        server.answers[address] = good;
      },
      pass: (seconds: number) => {
        now += seconds * 1000;
      },
    };
  }

  test('is asked once an hour, also by many at once', async () => {
    const { ask, server, pass } = await begin();
    await Promise.all([ask(), ask(), ask()]);
    pass(FRESH_SECONDS - 1);
    expect((await ask()).href).toContain(`${server.url}/authorize?`);
    expect(server.requests).toHaveLength(1);
    pass(1);
    await ask();
    expect(server.requests).toHaveLength(2);
  });

  test('a failure is kept for seconds, so that neither side is flooded nor a reader shut out', async () => {
    const { ask, fails, server, breaks, heals, pass } = await begin();
    breaks();
    expect(await fails()).toMatchObject({ kind: 'network', stage: 'discovery', status: 503 });
    expect(await fails()).toMatchObject({ kind: 'network' });
    expect(server.requests).toHaveLength(1);
    heals();
    pass(RETRY_SECONDS);
    await ask();
    expect(server.requests).toHaveLength(2);
  });

  test('the old document serves a day while the issuer is away', async () => {
    const { ask, fails, breaks, pass } = await begin();
    await ask();
    breaks();
    pass(KEPT_SECONDS - 1);
    await ask();
    pass(RETRY_SECONDS);
    expect(await fails()).toMatchObject({ kind: 'network', status: 503 });
  });

  test('an issuer that hangs is given up', async () => {
    const { fails, server } = await begin(0.2);
    server.answers['/.well-known/openid-configuration'] = { hangs: true };
    expect(await fails()).toMatchObject({ kind: 'network', stage: 'discovery', code: 'timeout' });
  });

  test('sends nonce and challenge, and asks for another account when told', async () => {
    const { server } = await begin();
    const signIn = connectProviders({ google: { ...CLIENT, issuer: server.url } }, PUBLIC_URL);
    const attempt = newAttempt();
    const url = await signIn.authorizationUrl('google', { ...attempt, switchAccount: true });
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      scope: 'openid profile',
      nonce: attempt.nonce,
      code_challenge_method: 'S256',
      prompt: 'select_account',
      redirect_uri: REDIRECT,
    });
  });
});
