/**
 * The engine against answers as providers really give them, odd and broken, one test a row: what it makes of them, and
 * what it sends. Plain OAuth 2 here; ID tokens are in `openid.test.ts`.
 */

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { connectProviders, type ProviderSettings } from '../../src/edge/oauth.ts';
import { type Answer, type AnsweringServer, startAnswering } from './answering-server.ts';
import { failureOf, newAttempt, PUBLIC_URL } from './failures.ts';

const SECRET = 'S3cr3t-with_punct.~!*()';
const TOKEN = 'tok3n-A$%L97&gPf0)(@^';
const CODE = 'c0de-4/0AfJohXn';
const GRANTED = { access_token: TOKEN, token_type: 'bearer' };
const PEOPLE: Record<string, unknown> = {
  wordpress: { ID: 12345, display_name: 'Bob', username: 'bob' },
  twitter: { data: { id: '22', name: 'Cy', username: 'cy' } },
  facebook: { id: '33', name: 'Di' },
  github: { id: 44, login: 'eve', name: null },
};

function settingsFor(server: AnsweringServer): ProviderSettings {
  return {
    clientId: 'client-1',
    clientSecret: SECRET,
    authorizationUrl: `${server.url}/authorize`,
    tokenUrl: `${server.url}/token`,
    profileUrl: `${server.url}/me`,
  };
}

interface Case {
  token?: Answer;
  profile?: Answer;
  callback?: Record<string, string> | ((state: string) => URLSearchParams);
  settings?: Partial<ProviderSettings>;
}

/** One sign-in with `provider` against these answers. */
async function begin(provider: string, given: Case = {}) {
  const server = await startAnswering({
    '/token': given.token ?? { body: GRANTED },
    '/me': given.profile ?? { body: PEOPLE[provider] },
  });
  const signIn = connectProviders({ [provider]: { ...settingsFor(server), ...given.settings } }, PUBLIC_URL, {
    timeoutSeconds: 0.3,
  });
  const attempt = newAttempt();
  const callback =
    typeof given.callback === 'function'
      ? given.callback(attempt.state)
      : new URLSearchParams({ state: attempt.state, ...(given.callback ?? { code: CODE }) });
  const done = signIn.exchange(provider, callback, attempt);
  done.catch(() => {});
  const secrets = [SECRET, TOKEN, CODE, attempt.verifier];
  return { server, attempt, profile: () => done, failure: () => failureOf(done, secrets) };
}

const paths = (server: AnsweringServer) => server.requests.map((request) => request.path);

describe('a token answer that is only odd is accepted', () => {
  test.each<[string, string, Answer]>([
    ['token_type missing', 'wordpress', { body: { access_token: TOKEN } }],
    ['token_type null', 'facebook', { body: { access_token: TOKEN, token_type: null } }],
    ['token_type Bearer', 'github', { body: { access_token: TOKEN, token_type: 'Bearer' } }],
    [
      'text/javascript',
      'facebook',
      { body: GRANTED, headers: { 'content-type': 'text/javascript; charset=UTF-8' } },
    ],
    ['no content type', 'facebook', { body: GRANTED, headers: { 'content-type': '' } }],
    ['expires_in a string', 'twitter', { body: { ...GRANTED, expires_in: '3600' } }],
    ['expires_in null', 'twitter', { body: { ...GRANTED, expires_in: null } }],
    ['scope null, refresh_token null', 'twitter', { body: { ...GRANTED, scope: null, refresh_token: null } }],
    ['scope an array', 'github', { body: { ...GRANTED, scope: ['a', 'b'] } }],
    ['error null', 'github', { body: { ...GRANTED, error: null } }],
    ['more members', 'wordpress', { body: { ...GRANTED, blog_id: '0', blog_url: 'x', scope: '' } }],
    ['an ID token that nobody asked for', 'facebook', { body: { ...GRANTED, id_token: 'a.b.c' } }],
    [
      'an unreadable challenge beside success',
      'facebook',
      { body: GRANTED, headers: { 'www-authenticate': 'OAuth "x" "y"' } },
    ],
  ])('%s', async (_case, provider, token) => {
    const { profile } = await begin(provider, { token });
    expect((await profile()).subject).toMatch(/^\d+$/);
  });
});

const graph = (code: number, error_subcode?: number) => ({
  error: { message: `about ${SECRET}`, type: 'OAuthException', code, error_subcode, fbtrace_id: 'AbC-1' },
});
const script = { 'content-type': 'text/javascript; charset=UTF-8' };
const traced = { traceId: 'AbC-1' };

describe('a refused code is a failure of the right kind', () => {
  test.each<[string, string, Answer, object]>([
    [
      'RFC 6749',
      'wordpress',
      { status: 400, body: { error: 'invalid_grant' } },
      { kind: 'expired', status: 400, code: 'invalid_grant' },
    ],
    [
      'a wrong secret',
      'wordpress',
      { status: 400, body: { error: 'invalid_client' } },
      { kind: 'config', status: 400, code: 'invalid_client' },
    ],
    [
      'a wrong secret with 401',
      'twitter',
      { status: 401, body: { error: 'unauthorized_client' } },
      { kind: 'config', status: 401, code: 'unauthorized_client' },
    ],
    [
      'a proper challenge',
      'github',
      { status: 401, body: {}, headers: { 'www-authenticate': 'Basic realm="x"' } },
      { kind: 'config', status: 401, code: 'unexpected-status' },
    ],
    [
      'a challenge with an error',
      'github',
      { status: 401, body: { error: 'invalid_client' }, headers: { 'www-authenticate': 'Basic realm="x"' } },
      { kind: 'config', status: 401, code: 'invalid_client' },
    ],
    [
      'its own code for an old code',
      'twitter',
      { status: 400, body: { error: 'invalid_request' } },
      { kind: 'expired', status: 400, code: 'invalid_request' },
    ],
    [
      'the same code elsewhere',
      'wordpress',
      { status: 400, body: { error: 'invalid_request' } },
      { kind: 'config', status: 400, code: 'invalid_request' },
    ],
    [
      'an error with status 200',
      'github',
      { body: { error: 'bad_verification_code' } },
      { kind: 'expired', status: 200, code: 'bad_verification_code' },
    ],
    [
      'a wrong secret with status 200',
      'github',
      { body: { error: 'incorrect_client_credentials' } },
      { kind: 'config', status: 200, code: 'incorrect_client_credentials' },
    ],
    [
      'an error beside a token',
      'github',
      { body: { ...GRANTED, error: 'slow' } },
      { kind: 'provider', status: 200, code: 'slow' },
    ],
    [
      'an error object, expired',
      'facebook',
      { status: 400, body: graph(100, 36007) },
      { kind: 'expired', status: 400, code: '100/36007', ...traced },
    ],
    [
      'an error object, used',
      'facebook',
      { status: 400, body: graph(100) },
      { kind: 'expired', status: 400, code: '100', ...traced },
    ],
    [
      'an error object, bad secret',
      'facebook',
      { status: 400, body: graph(1) },
      { kind: 'config', status: 400, code: '1', ...traced },
    ],
    [
      'an error object, limit',
      'facebook',
      { status: 400, body: graph(4) },
      { kind: 'network', status: 400, code: '4', ...traced },
    ],
    [
      'an error object as script',
      'facebook',
      { status: 400, body: graph(100, 36009), headers: script },
      { kind: 'expired', status: 400, code: '100/36009', ...traced },
    ],
    [
      'an error object with 200',
      'facebook',
      { body: graph(190) },
      { kind: 'provider', status: 200, code: '190', ...traced },
    ],
    [
      'an unreadable challenge',
      'facebook',
      {
        status: 400,
        body: graph(100, 36007),
        headers: { 'www-authenticate': 'OAuth "Facebook Platform" "invalid_code" "x"' },
      },
      { kind: 'expired', status: 400, code: '100/36007', ...traced },
    ],
    [
      '201',
      'wordpress',
      { status: 201, body: GRANTED },
      { kind: 'provider', status: 201, code: 'unexpected-status' },
    ],
    [
      '429',
      'twitter',
      { status: 429, body: {} },
      { kind: 'network', status: 429, code: 'unexpected-status' },
    ],
    [
      '402, the balance is used up',
      'twitter',
      { status: 402, body: { type: 'https://api.x.com/2/problems/credits' } },
      { kind: 'network', status: 402, code: 'https://api.x.com/2/problems/credits' },
    ],
    [
      '500 with a page',
      'wordpress',
      { status: 500, body: '<h1>Oops' },
      { kind: 'network', status: 500, code: 'unexpected-status' },
    ],
    [
      '503',
      'facebook',
      { status: 503, body: '' },
      { kind: 'network', status: 503, code: 'unexpected-status' },
    ],
    [
      'temporarily_unavailable',
      'github',
      { status: 400, body: { error: 'temporarily_unavailable' } },
      { kind: 'network', status: 400, code: 'temporarily_unavailable' },
    ],
    [
      'a form with 200',
      'github',
      { body: `access_token=${TOKEN}&token_type=bearer` },
      { kind: 'provider', status: 200, code: 'not-json' },
    ],
    [
      'a page with 200',
      'wordpress',
      { body: '<!doctype html>', headers: { 'content-type': 'text/html' } },
      { kind: 'provider', status: 200, code: 'not-json' },
    ],
    ['an array', 'wordpress', { body: [GRANTED] }, { kind: 'provider', status: 200, code: 'not-json' }],
    ['nothing', 'wordpress', { body: '' }, { kind: 'provider', status: 200, code: 'not-json' }],
    [
      'no token',
      'wordpress',
      { body: { token_type: 'bearer' } },
      { kind: 'provider', status: 200, code: 'access-token-missing' },
    ],
    [
      'a token that is no string',
      'wordpress',
      { body: { ...GRANTED, access_token: 7 } },
      { kind: 'provider', status: 200, code: 'access-token-missing' },
    ],
    [
      'a token that breaks the header',
      'wordpress',
      { body: { ...GRANTED, access_token: `${TOKEN}\r\nx: y` } },
      { kind: 'provider', status: 200, code: 'access-token-missing' },
    ],
    [
      'an unknown token type',
      'wordpress',
      { body: { ...GRANTED, token_type: 'OAuth' } },
      { kind: 'provider', status: undefined, code: 'OAUTH_UNSUPPORTED_OPERATION' },
    ],
    [
      'a missing token type where that is not known',
      'github',
      { body: { access_token: TOKEN } },
      { kind: 'provider', status: undefined, code: 'OAUTH_INVALID_RESPONSE' },
    ],
    [
      'our secret repeated as a code',
      'wordpress',
      { status: 400, body: { error: `no_${SECRET}` } },
      { kind: 'provider', status: 400, code: 'withheld' },
    ],
    [
      'our code repeated as a trace',
      'facebook',
      { status: 400, body: { error: { code: 9, fbtrace_id: CODE } } },
      { kind: 'provider', status: 400, code: 'withheld' },
    ],
    [
      'a code that breaks the log',
      'wordpress',
      { status: 400, body: { error: 'a\n{"level":50}\u001b[31m' } },
      { kind: 'provider', status: 400, code: 'a_level_:50_31m' },
    ],
  ])('%s', async (_case, provider, token, expected) => {
    const { failure, server } = await begin(provider, { token });
    expect(await failure()).toEqual({ stage: 'token', ...expected });
    expect(paths(server)).toEqual(['/token']);
  });
});

describe('a profile answer that cannot be believed is a failure', () => {
  test.each<[string, string, Answer, object]>([
    [
      '200 with errors and no person',
      'twitter',
      { body: { errors: [{ type: 'https://api.x.com/2/problems/not-found' }] } },
      { kind: 'provider', status: 200, code: 'https://api.x.com/2/problems/not-found' },
    ],
    [
      '200 with error',
      'wordpress',
      { body: { ID: 1, error: 'authorization_required' } },
      { kind: 'config', status: 200, code: 'authorization_required' },
    ],
    [
      '200 with an error object',
      'facebook',
      { body: { id: '1', ...graph(2) } },
      { kind: 'network', status: 200, code: '2', ...traced },
    ],
    [
      'no id',
      'github',
      { body: { login: 'eve' } },
      { kind: 'provider', status: 200, code: 'subject-missing' },
    ],
    [
      'an empty id',
      'facebook',
      { body: { id: '' } },
      { kind: 'provider', status: 200, code: 'subject-missing' },
    ],
    [
      'id 0, nobody is signed in there',
      'wordpress',
      { body: { ID: 0 } },
      { kind: 'provider', status: 200, code: 'subject-invalid' },
    ],
    [
      'an id past 2^53',
      'github',
      { body: '{"id":10158001234567890123}' },
      { kind: 'provider', status: 200, code: 'subject-invalid' },
    ],
    [
      'the id twice',
      'facebook',
      { body: '{"id":"1","name":"A","id":"2"}' },
      { kind: 'provider', status: 200, code: 'subject-doubled' },
    ],
    [
      '403 without a token',
      'wordpress',
      { status: 403, body: { error: 'authorization_required' } },
      { kind: 'config', status: 403, code: 'authorization_required' },
    ],
    [
      '400 that would mean an old code elsewhere',
      'facebook',
      { status: 400, body: graph(100) },
      { kind: 'provider', status: 400, code: '100', ...traced },
    ],
    [
      '429',
      'twitter',
      { status: 429, body: {} },
      { kind: 'network', status: 429, code: 'unexpected-status' },
    ],
    [
      '502',
      'github',
      { status: 502, body: '<html>' },
      { kind: 'network', status: 502, code: 'unexpected-status' },
    ],
    ['a page', 'github', { body: '<html>' }, { kind: 'provider', status: 200, code: 'not-json' }],
    [
      'our token repeated as a code',
      'wordpress',
      { status: 400, body: { error: TOKEN } },
      { kind: 'provider', status: 400, code: 'withheld' },
    ],
  ])('%s', async (_case, provider, profile, expected) => {
    const { failure } = await begin(provider, { profile });
    expect(await failure()).toEqual({ stage: 'profile', ...expected });
  });

  test('no profile is mapped from a body without id, so two broken answers never share an account', async () => {
    // The defect: GPA hashed the missing id of an error body, and everybody became one user.
    for (const body of [{}, { name: 'A' }, { id: null, name: 'B' }]) {
      const { failure } = await begin('facebook', { profile: { body } });
      expect(await failure()).toMatchObject({ code: 'subject-missing' });
    }
  });
});

describe('a callback is checked before anybody is asked', () => {
  const callback = (provider: string, parameters: Case['callback']) =>
    begin(provider, { callback: parameters! });

  test.each<[string, string, Case['callback'], object]>([
    [
      'denied',
      'wordpress',
      { error: 'access_denied', error_description: 'You said no.' },
      { kind: 'denied', code: 'access_denied' },
    ],
    [
      'denied with more',
      'facebook',
      { error: 'access_denied', error_code: '200', error_reason: 'user_denied' },
      { kind: 'denied', code: 'access_denied' },
    ],
    [
      'a wrong redirect address',
      'github',
      { error: 'redirect_uri_mismatch' },
      { kind: 'config', code: 'redirect_uri_mismatch' },
    ],
    ['a wrong scope', 'twitter', { error: 'invalid_scope' }, { kind: 'config', code: 'invalid_scope' }],
    [
      'a code for old codes, here',
      'twitter',
      { error: 'invalid_request' },
      { kind: 'config', code: 'invalid_request' },
    ],
    [
      'error_code without error',
      'facebook',
      { error_code: '1349126', error_message: 'App Not Setup' },
      { kind: 'config', code: '1349126' },
    ],
    [
      'another state',
      'twitter',
      (state) => new URLSearchParams({ code: CODE, state: `${state}x` }),
      { kind: 'provider', code: 'OAUTH_INVALID_RESPONSE' },
    ],
    [
      'no state',
      'twitter',
      () => new URLSearchParams({ code: CODE }),
      { kind: 'provider', code: 'OAUTH_INVALID_RESPONSE' },
    ],
    [
      'the state twice',
      'twitter',
      (state) => new URLSearchParams(`code=${CODE}&state=${state}&state=${state}`),
      { kind: 'provider', code: 'OAUTH_INVALID_RESPONSE' },
    ],
    [
      'the code twice',
      'twitter',
      (state) => new URLSearchParams(`code=${CODE}&code=other&state=${state}`),
      { kind: 'provider' },
    ],
    [
      'a foreign issuer',
      'github',
      { code: CODE, iss: 'https://evil.example' },
      { kind: 'provider', code: 'OAUTH_INVALID_RESPONSE' },
    ],
    [
      'an ID token',
      'github',
      { code: CODE, id_token: 'a.b.c' },
      { kind: 'provider', code: 'OAUTH_UNSUPPORTED_OPERATION' },
    ],
    [
      'a signed response',
      'github',
      { response: 'a.b.c' },
      { kind: 'provider', code: 'OAUTH_INVALID_RESPONSE' },
    ],
    ['nothing', 'github', {}, { kind: 'provider', code: 'OAUTH_INVALID_RESPONSE' }],
  ])('%s', async (_case, provider, parameters, expected) => {
    const { failure, server } = await callback(provider, parameters);
    expect(await failure()).toMatchObject(expected);
    expect(server.requests).toEqual([]);
  });

  test('an issuer that is the right one passes, and so does none', async () => {
    const issuer = 'https://github.example/login/oauth';
    const named = await begin('github', { callback: { code: CODE, iss: issuer }, settings: { issuer } });
    expect(await named.profile()).toMatchObject({ subject: '44' });
    const silent = await begin('github', { settings: { issuer } });
    expect(await silent.profile()).toMatchObject({ subject: '44' });
  });
});

describe('what is sent', () => {
  test('Basic credentials are not percent-encoded, and stand nowhere else', async () => {
    const { profile, server, attempt } = await begin('twitter');
    await profile();
    const [token, me] = server.requests;
    const basic = Buffer.from(`client-1:${SECRET}`).toString('base64');
    expect(token!.headers.get('authorization')).toBe(`Basic ${basic}`);
    expect(Object.fromEntries(token!.form)).toEqual({
      grant_type: 'authorization_code',
      code: CODE,
      redirect_uri: `${PUBLIC_URL}/login/callback/twitter`,
      code_verifier: attempt.verifier,
    });
    expect(me!.headers.get('authorization')).toBe(`Bearer ${TOKEN}`);
    expect(me!.query.get('user.fields')).toBe('profile_image_url');
  });

  test('credentials in the form; no verifier where PKCE is unknown; never a token in an address', async () => {
    for (const provider of ['wordpress', 'facebook']) {
      const { profile, server } = await begin(provider);
      await profile();
      const [token, me] = server.requests;
      expect(token!.headers.has('authorization')).toBe(false);
      expect(Object.fromEntries(token!.form)).toEqual({
        grant_type: 'authorization_code',
        code: CODE,
        redirect_uri: `${PUBLIC_URL}/login/callback/${provider}`,
        client_id: 'client-1',
        client_secret: SECRET,
      });
      expect(`${token!.query}`).toBe('');
      expect(`${me!.query}`).not.toContain('tok3n');
    }
  });

  test('every request names us and wants JSON', async () => {
    const { profile, server } = await begin('github');
    await profile();
    for (const request of server.requests) {
      expect(request.headers.get('user-agent')).toBe(`Parley (+${PUBLIC_URL})`);
      expect(request.headers.get('accept')).toBe('application/json');
    }
  });

  test('the proof of the secret is the HMAC of the token', async () => {
    const { profile, server } = await begin('facebook');
    await profile();
    const proof = createHmac('sha256', SECRET).update(TOKEN).digest('hex');
    expect(server.requests[1]!.query.get('appsecret_proof')).toBe(proof);
    expect(server.requests[1]!.query.get('fields')).toContain('picture.width(200)');
  });

  test('the authorization address carries what the provider wants, and a switch only when asked', async () => {
    const credentials = { clientId: 'c', clientSecret: 's' };
    const signIn = connectProviders(
      { wordpress: credentials, twitter: credentials, facebook: credentials, github: credentials },
      `${PUBLIC_URL}/`,
    );
    const attempt = { ...newAttempt(), switchAccount: true };
    const sent = async (id: string, switchAccount: boolean) => {
      const url = await signIn.authorizationUrl(id, { ...attempt, switchAccount });
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        response_type: 'code',
        client_id: 'c',
        redirect_uri: `${PUBLIC_URL}/login/callback/${id}`,
        state: attempt.state,
      });
      expect(url.href).not.toContain(attempt.verifier);
      expect(url.searchParams.has('nonce')).toBe(false);
      return url;
    };
    const pkce = async (id: string) => (await sent(id, false)).searchParams.get('code_challenge_method');
    expect(await pkce('twitter')).toBe('S256');
    expect(await pkce('github')).toBe('S256');
    expect(await pkce('wordpress')).toBeNull();
    expect(await pkce('facebook')).toBeNull();
    expect((await sent('wordpress', false)).href).toMatch(
      /^https:\/\/public-api\.wordpress\.com\/oauth2\/authenticate\?/,
    );
    expect((await sent('wordpress', false)).searchParams.get('scope')).toBe('auth');
    expect((await sent('github', false)).searchParams.has('scope')).toBe(false);
    expect((await sent('github', false)).searchParams.has('prompt')).toBe(false);
    expect((await sent('github', true)).searchParams.get('prompt')).toBe('select_account');
    expect((await sent('facebook', true)).searchParams.get('auth_type')).toBe('reauthenticate');
    const canSwitch = Object.fromEntries(signIn.describeProviders().map((one) => [one.id, one.canSwitch]));
    expect(canSwitch).toEqual({
      wordpress: false,
      twitter: false,
      facebook: true,
      github: true,
      guest: false,
    });
  });
});

describe('a call to a provider is bounded', () => {
  test.each(['token', 'profile'] as const)('in time, at the %s', async (stage) => {
    const { failure } = await begin('twitter', { [stage]: { hangs: true } });
    expect(await failure()).toEqual({ kind: 'network', stage, status: undefined, code: 'timeout' });
  });

  test('in time, when headers come and the body does not', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { failure } = await begin('twitter', {
      settings: { tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
    });
    expect(await failure()).toMatchObject({ kind: 'network', code: 'timeout' });
    server.closeAllConnections();
    server.close();
  });

  test('in size, also after unpacking', async () => {
    const huge = JSON.stringify({ ...GRANTED, padding: 'x'.repeat(64 * 1024) });
    const packed = { body: gzipSync(huge), headers: { 'content-encoding': 'gzip' } };
    for (const token of [{ body: huge }, packed]) {
      const { failure } = await begin('wordpress', { token });
      expect(await failure()).toMatchObject({ kind: 'provider', stage: 'token', code: 'body-too-large' });
    }
    const small = { body: gzipSync(JSON.stringify(GRANTED)), headers: { 'content-encoding': 'gzip' } };
    expect(await (await begin('wordpress', { token: small })).profile()).toMatchObject({ subject: '12345' });
  });

  test('to the address it was meant for: redirects are not followed', async () => {
    const elsewhere = await startAnswering({ '/token': { body: GRANTED }, '/me': { body: PEOPLE.github } });
    for (const stage of ['token', 'profile'] as const) {
      for (const status of [301, 302, 307, 308]) {
        const location = `${elsewhere.url}/${stage === 'token' ? 'token' : 'me'}`;
        const { failure } = await begin('github', { [stage]: { status, headers: { location } } });
        expect(await failure()).toMatchObject({ kind: 'provider', stage, status });
      }
    }
    expect(elsewhere.requests).toEqual([]);
  });

  test('nobody listens', async () => {
    const { failure } = await begin('github', { settings: { tokenUrl: 'http://127.0.0.1:1/token' } });
    expect(await failure()).toMatchObject({ kind: 'network', stage: 'token' });
  });
});

describe('who signed in', () => {
  test('is cleaned: hostile names, links and pictures', async () => {
    const { profile } = await begin('wordpress', {
      profile: {
        body: {
          ID: 7,
          display_name: `\u202e${'<b>&"\'\u0000'.repeat(2000)}`,
          username: 'a\u200b\nb',
          profile_URL: 'javascript:alert(1)',
          avatar_URL: 'https://evil.example/x.png',
        },
      },
    });
    expect(await profile()).toEqual({
      subject: '7',
      issuer: '',
      name: '<b>&"\''.repeat(14).slice(0, 80),
      username: 'a b',
      link: null,
      picture: null,
    });
  });

  test('may have loopback pictures only where the operator put the provider on loopback', async () => {
    const body = {
      id: 9,
      login: 'x',
      html_url: 'http://localhost:9/x',
      avatar_url: 'http://127.0.0.1:9/p.png',
    };
    const local = await begin('github', { profile: { body } });
    expect(await local.profile()).toMatchObject({
      link: 'http://localhost:9/x',
      picture: 'http://127.0.0.1:9/p.png?s=200',
    });
    const odd = {
      ...body,
      html_url: 'http://site.example/x',
      avatar_url: 'http://avatars.githubusercontent.com/u',
    };
    const { profile } = await begin('github', { profile: { body: odd } });
    expect(await profile()).toMatchObject({ link: null, picture: null });
  });

  test('is two people for two accounts, and one for one', async () => {
    const subjects = await Promise.all(
      [1, 2, 1].map(
        async (id) =>
          (await (await begin('github', { profile: { body: { id, login: 'same' } } })).profile()).subject,
      ),
    );
    expect(subjects).toEqual(['1', '2', '1']);
  });
});

describe('connecting', () => {
  const credentials = { clientId: 'c', clientSecret: 's' };

  test('only providers with credentials are there, and guests, who need none, in the order of the list', () => {
    const signIn = connectProviders(
      {
        github: credentials,
        wordpress: credentials,
        facebook: { clientId: 'c', clientSecret: '' },
        unknown: credentials,
      },
      PUBLIC_URL,
    );
    expect(signIn.describeProviders().map((one) => one.id)).toEqual(['wordpress', 'github', 'guest']);
  });

  test('another provider is a problem, not a failure of the sign-in', async () => {
    const signIn = connectProviders({ github: credentials }, PUBLIC_URL);
    for (const id of ['google', '__proto__', '']) {
      await expect(signIn.exchange(id, new URLSearchParams(), newAttempt())).rejects.toMatchObject({
        slug: 'provider-unknown',
      });
    }
    await expect((async () => signIn.authorizationUrl('google', newAttempt()))()).rejects.toMatchObject({
      slug: 'provider-unknown',
    });
  });

  test('plain http is for loopback only, and the setting is named', () => {
    const connect = (tokenUrl: string) => () =>
      connectProviders({ github: { ...credentials, tokenUrl } }, PUBLIC_URL);
    const bad = [
      'http://id.example/t',
      'http://127.0.0.1.example/t',
      'http://10.0.0.1/t',
      'ftp://127.0.0.1/',
      'nonsense',
      'http://localhost.example/',
    ];
    for (const url of bad) expect(connect(url), url).toThrow(/tokenUrl of github/);
    for (const url of [
      'http://127.0.0.1:4/t',
      'http://localhost/t',
      'http://[::1]:5/t',
      'https://id.example/t',
    ]) {
      expect(connect(url), url).not.toThrow();
    }
  });
});
