/**
 * Proves that the simulated providers are strict: a client that does everything right signs its reader in, and one
 * that does a single thing wrong is refused, in the words and with the status that the provider is known for.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, CLIENTS, Client, IDS, idToken, read, refusal, SERVICE, verify } from './client.ts';
import { PEOPLE, type Simulators, signIn, startSimulators } from './index.ts';

let simulators: Simulators;
let late = 0; // milliseconds by which the simulators' clock is ahead

beforeAll(async () => {
  simulators = await startSimulators({ now: () => Date.now() + late });
});
afterAll(() => simulators.stop());
afterEach(() => {
  late = 0;
});

const WITH_PKCE = IDS.filter((id) => CLIENTS[id].pkce);
const WITH_ONE_METHOD = IDS.filter((id) => CLIENTS[id].otherAuth);

describe.each(IDS)('%s', (id) => {
  test('signs a reader in, always as the same account for the same name, and as another for another', async () => {
    const subjects = [];
    for (const account of ['Ada Marlow', 'Bo Lindqvist', 'Ada Marlow']) {
      const client = new Client(simulators, id);
      const callback = await signIn(client.authorizationUrl(), { account });
      expect(callback.href.startsWith(`${client.redirectUri}?`)).toBe(true);
      expect(callback.searchParams.get('state')).toBe('a-state');
      const answer = await read(client.redeem(callback.searchParams.get('code')!));
      const profile = await read(client.profile(answer.access_token));
      expect(JSON.stringify(profile)).toContain(account);
      subjects.push(client.habits.subject(profile));
    }
    expect(subjects[0]).toBeTruthy();
    expect(subjects[2]).toBe(subjects[0]);
    expect(subjects[1]).not.toBe(subjects[0]);
  });

  test('tells the client when the reader denies', async () => {
    const callback = await signIn(new Client(simulators, id).authorizationUrl(), {
      account: 'Ada Marlow',
      allow: false,
    });
    expect(callback.searchParams.get('error')).toBe('access_denied');
    expect(callback.searchParams.get('state')).toBe('a-state');
    expect(callback.searchParams.has('code')).toBe(false);
  });

  test.each([
    'http://localhost:8080/login/callback/other',
    `${SERVICE}/login/callback/${id}/`,
    `${SERVICE}/login/callback/${id}?x=1`,
    'https://elsewhere.example/',
  ])('never sends a code to %s', async (redirect_uri) => {
    const url = new Client(simulators, id).authorizationUrl({ redirect_uri });
    if (id === 'github') {
      const callback = await signIn(url, { account: 'Ada Marlow' });
      expect(callback.href.startsWith(`${SERVICE}/login/callback/github?error=redirect_uri_mismatch`)).toBe(
        true,
      );
    } else {
      await expect(signIn(url, { account: 'Ada Marlow' })).rejects.toThrow('keeps the reader (400)');
    }
  });

  test('refuses an unknown client before it asks the reader', async () => {
    const url = new Client(simulators, id).authorizationUrl({ client_id: 'somebody' });
    await expect(signIn(url, { account: 'Ada Marlow' })).rejects.toThrow(/keeps the reader \(40[04]\)/);
  });

  test('refuses a wrong secret', async () => {
    const client = new Client(simulators, id);
    const response = await client.redeem(await client.code(), { secret: 'wrong' });
    expect(await refusal(response)).toEqual(client.habits.badClient);
  });

  test('refuses a redemption under another redirect address', async () => {
    const client = new Client(simulators, id);
    const response = await client.redeem(await client.code(), {
      form: { redirect_uri: `${client.redirectUri}/` },
    });
    expect(await refusal(response)).toEqual(client.habits.badRedirect);
  });

  test('refuses an invented code', async () => {
    const client = new Client(simulators, id);
    expect(await refusal(await client.redeem('invented'))).toEqual(client.habits.badCode);
  });

  test('takes a code once, and takes the token back when the code comes again', async () => {
    const client = new Client(simulators, id);
    const code = await client.code();
    const first = await read(client.redeem(code));
    expect(await refusal(await client.redeem(code))).toEqual(client.habits.badCode);
    expect(await refusal(await client.profile(first.access_token))).toEqual(client.habits.badToken);
  });

  test('takes a code until its time is over', async () => {
    const client = new Client(simulators, id);
    const [inTime, tooLate] = [await client.code(), await client.code()];
    late = client.habits.codeSeconds * 1000 - 2000;
    expect((await read(client.redeem(inTime))).access_token).toBeTruthy();
    late = client.habits.codeSeconds * 1000 + 2000;
    expect(await refusal(await client.redeem(tooLate))).toEqual(client.habits.badCode);
  });

  test('refuses a parameter that comes twice', async () => {
    const client = new Client(simulators, id);
    const answer = await read(client.redeem(await client.code(), { extra: [['code', 'x']] }));
    expect(answer.access_token).toBeUndefined();
    expect(answer.error).toBeTruthy();
  });

  test('shows nobody to an invented token', async () => {
    const client = new Client(simulators, id);
    expect(await refusal(await client.profile('invented'))).toEqual(client.habits.badToken);
  });

  test('writes the hostile name as text, and says on every page that it is a simulator', async () => {
    const response = await fetch(new Client(simulators, id).authorizationUrl());
    const page = await response.text();
    expect(page).not.toContain(PEOPLE[3]);
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).toContain('Nothing you do here leaves this machine.');
  });
});

test.each(WITH_PKCE)(
  '%s refuses a wrong verifier and a missing one, and the code is then spent',
  async (id) => {
    const client = new Client(simulators, id);
    for (const code_verifier of [randomBytes(32).toString('base64url'), null, 'short']) {
      const code = await client.code();
      const answer = await read(client.redeem(code, { form: { code_verifier } }));
      expect(answer.error, String(code_verifier)).toBeTruthy();
      expect(await refusal(await client.redeem(code))).toEqual(client.habits.badCode);
    }
  },
);

test.each(['google', 'github'] as const)(
  '%s refuses a verifier for a code asked for without challenge',
  async (id) => {
    const client = new Client(simulators, id);
    const code = await client.code({ code_challenge: null, code_challenge_method: null });
    expect(await refusal(await client.redeem(code))).toEqual(client.habits.badCode);
  },
);

test.each(WITH_ONE_METHOD)('%s refuses the other way to authenticate the client', async (id) => {
  const client = new Client(simulators, id);
  const response = await client.redeem(await client.code(), { auth: client.habits.otherAuth! });
  expect((await refusal(response))[0]).toBe(client.habits.badClient[0]);
});

test('a returning reader continues as before, and is asked anew when the client wants another account', async () => {
  const cookies = new Map<string, string>();
  const google = new Client(simulators, 'google');
  await signIn(google.authorizationUrl(), { account: 'Mara Okoye', cookies });
  expect((await signIn(google.authorizationUrl(), { cookies })).searchParams.has('code')).toBe(true);
  const again = google.authorizationUrl({ prompt: 'select_account' });
  await expect(signIn(again, { cookies })).rejects.toThrow('remembers no account');
  const facebook = new Client(simulators, 'facebook');
  await signIn(facebook.authorizationUrl(), { account: 'Mara Okoye', cookies });
  const switched = facebook.authorizationUrl({ auth_type: 'reauthenticate' });
  await expect(signIn(switched, { cookies })).rejects.toThrow('remembers no account');
});

test('wordpress lacks expires_in and answers a missing token with 403', async () => {
  const client = new Client(simulators, 'wordpress');
  const answer = await read(client.redeem(await client.code()));
  expect(Object.keys(answer).sort()).toEqual(['access_token', 'blog_id', 'blog_url', 'scope', 'token_type']);
  expect(answer.access_token).toMatch(/\$%&\)\(@\^/);
  const response = await fetch(client.settings.profileUrl!);
  expect(await refusal(response)).toEqual([403, 'authorization_required']);
});

test('wordpress keeps a reader who has no blog unless the scope is auth', async () => {
  const url = new Client(simulators, 'wordpress').authorizationUrl({ scope: null });
  await expect(signIn(url, { account: 'Ada Marlow' })).rejects.toThrow('You have no blog');
});

test('twitter wants state, PKCE and both scopes, and severs the opener', async () => {
  const client = new Client(simulators, 'twitter');
  for (const changes of [
    { state: null },
    { state: 'x'.repeat(501) },
    { code_challenge: null },
    { scope: 'email' },
  ]) {
    await expect(signIn(client.authorizationUrl(changes), { account: 'Ada Marlow' })).rejects.toThrow(
      '(400)',
    );
  }
  const half = await client.redeem(await client.code({ scope: 'users.read' }));
  const { access_token } = await read(half);
  expect((await client.profile(access_token)).status).toBe(403);
  const page = await fetch(client.authorizationUrl());
  expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
});

test('twitter takes the Basic pair as it stands: a percent-encoded secret is a wrong one', async () => {
  const client = new Client(simulators, 'twitter');
  const secret = client.settings.clientSecret.replaceAll('-', '%2D').replaceAll('_', '%5F');
  expect(secret).not.toBe(client.settings.clientSecret);
  expect((await client.redeem(await client.code(), { secret })).status).toBe(401);
});

test('facebook wants a proof of the secret, shows what is asked for, and ends its callback with #_=_', async () => {
  const client = new Client(simulators, 'facebook');
  const callback = await signIn(client.authorizationUrl(), { account: 'Ada Marlow' });
  expect(callback.hash).toBe('#_=_');
  const answer = await read(client.redeem(callback.searchParams.get('code')!));
  expect(answer).not.toHaveProperty('scope');
  const token = answer.access_token;
  expect(await refusal(await client.profile(token, { appsecret_proof: 'x' }))).toEqual([400, 100]);
  const bare = await fetch(client.settings.profileUrl!, { headers: { authorization: `Bearer ${token}` } });
  expect(await refusal(bare)).toEqual([400, 100]);
  const profile = await read(client.profile(token));
  expect(Object.keys(profile).sort()).toEqual(['id', 'name', 'picture']); // the e-mail was not granted
  expect(profile.picture.data.width).toBe(200);
});

test('facebook pictures expire', async () => {
  const client = new Client(simulators, 'facebook');
  const profile = await read(client.profile(await client.token()));
  const fresh = await fetch(profile.picture.data.url);
  expect([fresh.status, fresh.headers.get('content-type')]).toEqual([200, 'image/png']);
  await fresh.arrayBuffer();
  late = 2 * 3600 * 1000;
  expect((await fetch(profile.picture.data.url)).status).toBe(403);
});

test('github answers a form to whoever does not ask for JSON, and nobody without a User-Agent', async () => {
  const client = new Client(simulators, 'github');
  const { clientId: client_id, clientSecret: client_secret, tokenUrl, profileUrl } = client.settings;
  const code = await client.code({ scope: 'user:email read:user' });
  const body = new URLSearchParams({
    client_id,
    client_secret,
    code,
    redirect_uri: client.redirectUri,
    code_verifier: client.verifier,
  });
  const response = await fetch(tokenUrl!, { method: 'POST', body });
  const answer = new URLSearchParams(await response.text());
  expect(answer.get('scope')).toBe('user:email,read:user');
  const token = answer.get('access_token')!;
  expect((await client.profile(token, {}, { headers: { 'user-agent': '' } })).status).toBe(403);
  const mails = await read(fetch(`${profileUrl}/emails`, { headers: { authorization: `Bearer ${token}` } }));
  expect(mails.filter((mail: Answer) => mail.primary && mail.verified)).toHaveLength(1);
});

describe('google', () => {
  test('signs what its metadata promises', async () => {
    const client = new Client(simulators, 'google');
    const { issuer, clientId } = client.settings;
    const metadata = await read(fetch(`${issuer}/.well-known/openid-configuration`));
    expect(metadata.issuer).toBe(issuer);
    expect(metadata.authorization_response_iss_parameter_supported).toBe(true);
    const callback = await signIn(client.authorizationUrl(), { account: 'Ada Marlow' });
    expect(callback.searchParams.get('iss')).toBe(issuer);
    const { payload } = await verify(client, await idToken(client));
    expect(payload).toMatchObject({
      aud: clientId,
      azp: clientId,
      nonce: 'a-nonce',
      name: 'Ada Marlow',
      email_verified: true,
    });
    expect(payload.exp! - payload.iat!).toBe(3600);
  });

  test('knows no prompt=login', async () => {
    const url = new Client(simulators, 'google').authorizationUrl({ prompt: 'login' });
    await expect(signIn(url, { account: 'Ada Marlow' })).rejects.toThrow('invalid_request');
  });
});

test('every request is on record with what it carried', async () => {
  simulators.requests.length = 0;
  const client = new Client(simulators, 'twitter');
  await client.profile(await client.token());
  expect(simulators.requests.map((one) => `${one.method} ${one.path}`)).toEqual([
    'GET /i/oauth2/authorize',
    'POST /decision',
    'POST /2/oauth2/token',
    'GET /2/users/me',
  ]);
  expect(simulators.requests[2]!.form.get('code_verifier')).toBe(client.verifier);
});

test('the settings come as environment variables, too', () => {
  const variables = simulators.env(SERVICE);
  const { google, facebook } = simulators.settings(SERVICE);
  expect(variables.GOOGLE_ISSUER).toBe(google.issuer);
  expect(variables.FACEBOOK_CLIENT_SECRET).toBe(facebook.clientSecret);
  expect(variables.FACEBOOK_AUTHORIZATION_URL).toBe(facebook.authorizationUrl);
});
