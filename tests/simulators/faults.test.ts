/**
 * Proves that each thing a simulated provider can be told to do wrong does happen: a test of the service that relies
 * on a fault is worth what is proved here. The table has a proof for every fault, or it does not compile.
 */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, Client, IDS, idToken, read, refusal, SERVICE, verify } from './client.ts';
import { type Fault, faultsOf, type Simulators, signIn, startSimulators } from './index.ts';
import { personOf } from './people.ts';

let simulators: Simulators;

beforeAll(async () => {
  simulators = await startSimulators();
});
afterAll(() => simulators.stop());
afterEach(() => {
  for (const id of IDS) simulators.misbehave(id, null);
});

async function callback(client: Client, account = 'Ada Marlow'): Promise<URLSearchParams> {
  return (await signIn(client.authorizationUrl(), { account })).searchParams;
}

async function redeem(client: Client, account?: string): Promise<Response> {
  return client.redeem((await callback(client, account)).get('code')!);
}

async function profile(client: Client, account?: string): Promise<Response> {
  return client.profile((await read(redeem(client, account))).access_token);
}

async function subject(client: Client, account?: string): Promise<unknown> {
  return client.habits.subject(await read(profile(client, account)));
}

/** The claim that a verifying client stumbles over, or the code of what else is wrong. */
async function verification(client: Client): Promise<unknown> {
  return verify(client, await idToken(client)).then(
    () => 'verified',
    (error: { claim?: string; code?: string }) => error.claim ?? error.code,
  );
}

async function pictureAddress(client: Client): Promise<string> {
  const shown = JSON.stringify(await read(profile(client)));
  return /"(http[^"]+(?:\/pictures\/|\/profilepic\?)[^"]+)"/.exec(shown)?.[1] ?? '';
}

async function picture(client: Client): Promise<Response> {
  return fetch(await pictureAddress(client));
}

const PROOFS: Record<Fault, (client: Client) => Promise<void>> = {
  'state-wrong': async (client) => expect((await callback(client)).get('state')).toMatch(/^(?!a-state$).+/),
  'state-missing': async (client) => expect((await callback(client)).has('state')).toBe(false),
  'callback-empty': async (client) => {
    const parameters = await callback(client);
    expect([parameters.has('code'), parameters.has('error')]).toEqual([false, false]);
  },
  'callback-issuer-wrong': async (client) =>
    expect((await callback(client)).get('iss')).toBe('https://accounts.elsewhere.example'),
  'callback-issuer-missing': async (client) => expect((await callback(client)).has('iss')).toBe(false),
  'callback-error-code': async (client) => {
    const parameters = await callback(client);
    expect([parameters.get('error_code'), parameters.has('error')]).toEqual(['1349126', false]);
  },
  coop: async (client) => {
    const page = await fetch(client.authorizationUrl());
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  },

  'code-expired': async (client) =>
    expect(await refusal(await redeem(client))).toEqual(client.habits.badCode),
  hang: async (client) => {
    const code = await client.code();
    await expect(client.redeem(code, { patienceMs: 50 })).rejects.toThrow('timeout');
  },
  'token-500': async (client) => expect((await redeem(client)).status).toBe(500),
  'token-429': async (client) => expect((await redeem(client)).headers.get('retry-after')).toBe('30'),
  'html-token': async (client) => expect((await redeem(client)).headers.get('content-type')).toMatch('html'),
  'redirect-token': async (client) => expect((await redeem(client)).status).toBe(302),
  'huge-token': async (client) =>
    expect((await (await redeem(client)).text()).length).toBeGreaterThan(1_000_000),
  'error-with-200': async (client) => {
    const response = await redeem(client);
    expect(response.status).toBe(200);
    const answer = await read(response);
    expect([!!answer.error, 'access_token' in answer]).toEqual([true, false]);
  },
  'token-type-missing': async (client) => expect(await read(redeem(client))).not.toHaveProperty('token_type'),
  'token-type-odd': async (client) => expect((await read(redeem(client))).token_type).toBe('semaphore'),
  'scope-null': async (client) =>
    expect(await read(redeem(client))).toMatchObject({ scope: null, expires_in: null, refresh_token: null }),
  'token-error-as-script': async (client) => {
    const response = await redeem(client);
    expect(response.headers.get('content-type')).toMatch('text/javascript');
    expect(response.headers.get('www-authenticate')).toMatch('Facebook Platform');
    expect(await refusal(response)).toEqual(client.habits.badCode);
  },

  'id-token-missing': async (client) => expect(await idToken(client)).toBeUndefined(),
  'claims-missing': async (client) => expect(decodeJwt(await idToken(client))).not.toHaveProperty('name'),
  'wrong-nonce': async (client) => {
    const { payload } = await verify(client, await idToken(client));
    expect(payload.nonce).toMatch(/^(?!a-nonce$).+/);
  },
  'nonce-missing': async (client) => {
    const { payload } = await verify(client, await idToken(client));
    expect(payload).not.toHaveProperty('nonce');
  },
  'wrong-issuer': async (client) => expect(await verification(client)).toBe('iss'),
  'wrong-audience': async (client) => expect(await verification(client)).toBe('aud'),
  'wrong-signature': async (client) =>
    expect(await verification(client)).toBe('ERR_JWS_SIGNATURE_VERIFICATION_FAILED'),
  'unsigned-id-token': async (client) =>
    expect(decodeProtectedHeader(await idToken(client))).toEqual({ alg: 'none' }),
  'expired-id-token': async (client) => expect(await verification(client)).toBe('exp'),

  'no-subject': async (client) => expect(await subject(client)).toBeUndefined(),
  'empty-subject': async (client) => expect(await subject(client)).toBe(''),
  'same-subject': async (client) =>
    expect(await subject(client, 'Ada Marlow')).toBe(await subject(client, 'Bo')),
  'subject-mismatch': async (client) =>
    expect(decodeJwt(await idToken(client)).sub).not.toBe((await read(profile(client))).sub),
  'name-null': async (client) => expect(JSON.stringify(await read(profile(client)))).toMatch(/name":null/),
  'profile-hang': async (client) => {
    const token = await client.token();
    await expect(client.profile(token, {}, { patienceMs: 50 })).rejects.toThrow('timeout');
  },
  'profile-500': async (client) => expect((await profile(client)).status).toBe(500),
  'profile-429': async (client) => expect((await profile(client)).status).toBe(429),
  'profile-html': async (client) =>
    expect((await profile(client)).headers.get('content-type')).toMatch('html'),
  'profile-redirect': async (client) => expect((await profile(client)).status).toBe(302),
  'profile-error-with-200': async (client) => {
    const response = await profile(client);
    expect(response.status).toBe(200);
    const answer: Answer = await read(response);
    expect('data' in answer ? answer.data : (answer.id ?? answer.ID ?? answer.sub)).toBeUndefined();
  },

  'picture-new': async (client) => {
    const address = await pictureAddress(client);
    const { seed } = personOf(client.id, 'Ada Marlow', 9);
    expect(address).toMatch(/^http/);
    expect(address).toContain(`${seed}0`);
    expect((await fetch(address)).headers.get('content-type')).toBe('image/png');
  },
  'picture-404': async (client) => expect((await picture(client)).status).toBe(404),
  'picture-500': async (client) => expect((await picture(client)).status).toBe(500),
  'picture-svg': async (client) =>
    expect((await picture(client)).headers.get('content-type')).toBe('image/svg+xml'),
  'picture-html': async (client) => expect(await (await picture(client)).text()).toMatch(/^<!doctype html>/),
  'picture-huge': async (client) =>
    expect((await (await picture(client)).arrayBuffer()).byteLength).toBeGreaterThan(1_048_576),
};

describe.each(IDS)('%s', (id) => {
  test.each(faultsOf(id))('told %s, does so, and only then', async (fault) => {
    const client = new Client(simulators, id);
    const isAlwaysSo = id === 'twitter' && fault === 'coop';
    if (!isAlwaysSo) await expect(PROOFS[fault](client)).rejects.toThrow();
    simulators.misbehave(id, fault);
    await PROOFS[fault](client);
  });
});

test('a fault that a provider does not have is refused, so that no test passes because nothing happened', () => {
  expect(() => simulators.misbehave('twitter', 'wrong-nonce')).toThrow('has no fault "wrong-nonce"');
});

test('two faults at once are both carried out', async () => {
  simulators.misbehave('google', ['state-missing', 'callback-empty']);
  await PROOFS['state-missing'](new Client(simulators, 'google'));
  await PROOFS['callback-empty'](new Client(simulators, 'google'));
});

test('a simulator stops while a request hangs in it', async () => {
  const own = await startSimulators();
  own.misbehave('twitter', 'hang');
  const pending = fetch(own.settings(SERVICE).twitter.tokenUrl!, { method: 'POST' });
  pending.catch(() => undefined); // it fails at stop(), before anybody waits for it
  await expect.poll(() => own.requests.length).toBe(1);
  await own.stop();
  await expect(pending).rejects.toThrow();
});
