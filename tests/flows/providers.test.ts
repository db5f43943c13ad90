/**
 * Signing in with every provider of the list against its strict simulator: the engine as the service uses it, without
 * the service. Each way in which a provider or an attacker can be wrong is a row; what the routes do with the answer is
 * tested in `login.test.ts`.
 */

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../providers/index.ts';
import type { OAuthProvider } from '../../providers/provider.ts';
import { connectProviders, type Profile } from '../../src/edge/oauth.ts';
import { failureOf, newAttempt, PUBLIC_URL } from '../providers/failures.ts';
import {
  type Fault,
  type ProviderId,
  SIMULATED,
  type Simulators,
  signIn,
  startSimulators,
} from '../simulators/index.ts';

let simulators: Simulators;
let clock = 0; // milliseconds that the simulators are ahead
beforeAll(async () => {
  simulators = await startSimulators({ now: () => Date.now() + clock });
});
afterAll(() => simulators.stop());

const IDS = SIMULATED.filter((id) => PROVIDERS.some((provider) => provider.id === id));

test('every provider of the list has a strict simulator: tests/simulators/<id>.ts, and its line in index.ts there', () => {
  const redirecting = PROVIDERS.filter(({ kind }) => kind !== 'guest').map(({ id }) => id);
  expect(redirecting.filter((id) => !IDS.some((known) => known === id))).toEqual([]);
});

afterEach(() => {
  clock = 0;
  for (const id of IDS) simulators.misbehave(id, null);
});

/** One reader at one provider; `attempt` is what the service would remember. */
function begin(id: ProviderId, wrong: { clientSecret?: string } = {}) {
  const settings = { ...simulators.settings(PUBLIC_URL)[id], ...wrong };
  const engine = connectProviders({ [id]: settings }, PUBLIC_URL, { timeoutSeconds: 1 });
  const attempt = newAttempt();
  const visit = async (account: string, allow = true) =>
    (await signIn(await engine.authorizationUrl(id, attempt), { account, allow })).searchParams;
  const exchange = (callback: URLSearchParams, other: object = {}): Promise<Profile> =>
    engine.exchange(id, callback, { ...attempt, ...other });
  return {
    engine,
    attempt,
    visit,
    exchange,
    refusal: (callback: URLSearchParams, other: object = {}) =>
      failureOf(exchange(callback, other), [
        settings.clientSecret,
        attempt.verifier,
        callback.get('code') ?? '',
      ]),
  };
}

describe.each(IDS)('%s', (id) => {
  const provider = PROVIDERS.find((one) => one.id === id) as OAuthProvider;
  const isOpenId = provider.kind === 'openid';
  const hasPkce = provider.pkce;

  test('a reader signs in', async () => {
    const { visit, exchange } = begin(id);
    const profile = await exchange(await visit('Ada Marlow'));
    expect(profile).toMatchObject({ name: 'Ada Marlow', issuer: isOpenId ? `${simulators.url}/${id}` : '' });
    expect(profile.subject).toMatch(/^\d+$/);
    const picture = await fetch(profile.picture!);
    expect(picture.status).toBe(200);
    expect(picture.headers.get('content-type')).toBe('image/png');
  });

  test('a name that is markup stays a name', async () => {
    const { visit, exchange } = begin(id);
    const name = '<img src=x onerror=alert(1)>';
    expect((await exchange(await visit(name))).name).toBe(name);
  });

  test('two accounts are two subjects, one account is one', async () => {
    const { visit, exchange } = begin(id);
    const subject = async (account: string) => (await exchange(await visit(account))).subject;
    const [ada, bo, again] = [
      await subject('Ada Marlow'),
      await subject('Bo Lindqvist'),
      await subject('Ada Marlow'),
    ];
    expect(ada).not.toBe(bo);
    expect(again).toBe(ada);
  });

  test('the reader says no', async () => {
    const { visit, refusal } = begin(id);
    expect(await refusal(await visit('Ada Marlow', false))).toMatchObject({
      kind: 'denied',
      stage: 'callback',
    });
  });

  test('a code works once', async () => {
    const { visit, exchange, refusal } = begin(id);
    const callback = await visit('Ada Marlow');
    await exchange(callback);
    expect(await refusal(callback)).toMatchObject({ kind: 'expired', stage: 'token' });
  });

  test('a code works for its time: thirty seconds at one, ten minutes elsewhere', async () => {
    const { visit, exchange, refusal } = begin(id);
    const late = await visit('Ada Marlow');
    clock += (id === 'twitter' ? 31 : 601) * 1000;
    expect(await refusal(late)).toMatchObject({ kind: 'expired', stage: 'token' });
    const soon = await visit('Ada Marlow');
    clock += (id === 'twitter' ? 29 : 599) * 1000;
    // An ID token from the future would rightly be refused by our own clock.
    if (!isOpenId) expect((await exchange(soon)).name).toBe('Ada Marlow');
  });

  test('a code that nobody issued', async () => {
    const { attempt, refusal } = begin(id);
    const callback = new URLSearchParams({ code: 'made-up-0000', state: attempt.state });
    if (isOpenId) callback.set('iss', `${simulators.url}/${id}`);
    expect(await refusal(callback)).toMatchObject({ kind: 'expired', stage: 'token' });
  });

  test('the state of another attempt', async () => {
    const { visit, refusal } = begin(id);
    const callback = await visit('Ada Marlow');
    simulators.requests.length = 0;
    expect(await refusal(callback, { state: newAttempt().state })).toMatchObject({
      kind: 'provider',
      stage: 'callback',
    });
    expect(simulators.requests.filter((one) => one.method === 'POST')).toEqual([]);
  });

  if (hasPkce) {
    test('the verifier of another attempt: a code stolen from another browser', async () => {
      const { visit, refusal } = begin(id);
      const callback = await visit('Ada Marlow');
      expect(await refusal(callback, { verifier: newAttempt().verifier })).toMatchObject({
        kind: 'expired',
        stage: 'token',
      });
    });
  }

  if (isOpenId) {
    test('the nonce of another attempt', async () => {
      const { visit, refusal } = begin(id);
      const callback = await visit('Ada Marlow');
      expect(await refusal(callback, { nonce: newAttempt().nonce })).toMatchObject({ stage: 'id-token' });
    });
  }

  test('a callback of another provider with our state (mix-up)', async () => {
    const { attempt, refusal } = begin(id);
    const callback = new URLSearchParams({
      code: 'c0de-elsewhere',
      state: attempt.state,
      iss: 'https://evil.example',
    });
    expect(await refusal(callback)).toMatchObject({ kind: 'provider', stage: 'callback' });
  });

  test('a wrong secret is the operator’s to mend', async () => {
    const { visit, refusal } = begin(id, { clientSecret: 'wrong-secret' });
    expect(await refusal(await visit('Ada Marlow'))).toMatchObject({ kind: 'config', stage: 'token' });
  });

  test('a person without a name has another one to be called by', async () => {
    const { visit, exchange } = begin(id);
    const callback = await visit('Ada Marlow');
    simulators.misbehave(id, 'name-null');
    const { name, username } = await exchange(callback);
    expect(name).toBe(username ?? `${provider.name} user`);
  });

  const TOLERATED: Fault[] = [
    'scope-null',
    ...(isOpenId || id === 'github' ? [] : (['token-type-missing'] as const)),
  ];
  test.each(TOLERATED)('%s is only odd', async (fault) => {
    const { visit, exchange } = begin(id);
    const callback = await visit('Ada Marlow');
    simulators.misbehave(id, fault);
    expect((await exchange(callback)).name).toBe('Ada Marlow');
  });

  const REFUSED: [Fault, object][] = [
    ['state-wrong', { kind: 'provider', stage: 'callback' }],
    ['state-missing', { kind: 'provider', stage: 'callback' }],
    ['callback-empty', { kind: 'provider' }],
    ['code-expired', { kind: 'expired', stage: 'token' }],
    ['hang', { kind: 'network', stage: 'token', code: 'timeout' }],
    ['token-500', { kind: 'network', stage: 'token', status: 500 }],
    ['token-429', { kind: 'network', stage: 'token', status: 429 }],
    ['html-token', { kind: 'provider', stage: 'token', code: 'not-json' }],
    ['redirect-token', { kind: 'provider', stage: 'token', status: 302 }],
    ['huge-token', { kind: 'provider', stage: 'token', code: 'body-too-large' }],
    ['error-with-200', { kind: 'expired', stage: 'token', status: 200 }],
    ['token-type-odd', { kind: 'provider' }],
  ];
  const PROFILE: [Fault, object][] = [
    ['no-subject', { kind: 'provider', code: 'subject-missing' }],
    ['empty-subject', { kind: 'provider', code: 'subject-missing' }],
    ['profile-hang', { kind: 'network', stage: 'profile', code: 'timeout' }],
    ['profile-500', { kind: 'network', stage: 'profile', status: 500 }],
    ['profile-429', { kind: 'network', stage: 'profile', status: 429 }],
    ['profile-html', { kind: 'provider', stage: 'profile', code: 'not-json' }],
    ['profile-redirect', { kind: 'provider', stage: 'profile', status: 302 }],
    ['profile-error-with-200', { stage: 'profile', status: 200 }],
  ];
  const ID_TOKEN: [Fault, object][] = [
    ['callback-issuer-wrong', { stage: 'callback' }],
    ['callback-issuer-missing', { stage: 'callback' }],
    ['id-token-missing', {}],
    ['wrong-nonce', {}],
    ['nonce-missing', {}],
    ['wrong-issuer', {}],
    ['wrong-audience', {}],
    ['wrong-signature', {}],
    ['unsigned-id-token', {}],
    ['expired-id-token', {}],
    ['no-subject', {}],
    ['empty-subject', {}],
  ].map(([fault, expected]) => [
    fault as Fault,
    { kind: 'provider', stage: 'id-token', ...(expected as object) },
  ]);

  test.each(isOpenId ? [...REFUSED, ...ID_TOKEN] : [...REFUSED, ...PROFILE])(
    '%s is refused',
    async (fault, expected) => {
      const { visit, refusal } = begin(id);
      simulators.misbehave(id, fault);
      expect(await refusal(await visit('Ada Marlow'))).toMatchObject(expected);
    },
  );

  test('no secret, token or verifier was ever in an address', () => {
    const { clientSecret } = simulators.settings(PUBLIC_URL)[id];
    const seen = simulators.requests.filter((one) => one.provider === id);
    expect(seen.length).toBeGreaterThan(0);
    const tokens = seen.flatMap(
      (one) => /^Bearer (.+)$/.exec(one.headers.get('authorization') ?? '')?.[1] ?? [],
    );
    const verifiers = seen.flatMap((one) => one.form.get('code_verifier') ?? []);
    for (const { query } of seen) {
      const values = [...query.values()];
      for (const secret of [clientSecret, ...tokens, ...verifiers]) expect(values).not.toContain(secret);
    }
  });
});

test('an application that is not set up is the operator’s to mend', async () => {
  const { engine, attempt, refusal } = begin('facebook');
  simulators.misbehave('facebook', 'callback-error-code');
  const back = await signIn(await engine.authorizationUrl('facebook', attempt), { account: 'Ada Marlow' });
  expect(await refusal(back.searchParams)).toMatchObject({
    kind: 'config',
    stage: 'callback',
    code: '1349126',
  });
});

test('an error object that is called a script is read all the same', async () => {
  const { visit, refusal } = begin('facebook');
  const callback = await visit('Ada Marlow');
  simulators.misbehave('facebook', ['code-expired', 'token-error-as-script']);
  expect(await refusal(callback)).toMatchObject({ kind: 'expired', code: '100/36007' });
});

test.each<[Fault, object]>([
  ['subject-mismatch', { kind: 'provider', code: 'subject-differs' }],
  ['profile-hang', { kind: 'network', code: 'timeout' }],
  ['profile-500', { kind: 'network', status: 500 }],
  ['profile-html', { kind: 'provider', code: 'not-json' }],
  ['profile-redirect', { kind: 'provider', status: 302 }],
  ['profile-error-with-200', { kind: 'config', status: 200 }],
])('userinfo, asked because the ID token has no name: %s is refused', async (fault, expected) => {
  const { visit, refusal } = begin('google');
  const callback = await visit('Ada Marlow');
  simulators.misbehave('google', ['name-null', fault]);
  expect(await refusal(callback)).toMatchObject({ stage: 'profile', ...expected });
});
