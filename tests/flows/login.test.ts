/** The sign-in sequence through the service's own routes, at strict simulators of all providers. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FAULTS, type ProviderId, type Simulators, startSimulators } from '../simulators/index.ts';
import { handedOver, slugOf, Visitor } from '../support/visitor.ts';
import { ARTICLE, createWorld, GAZETTE, type World } from '../support/world.ts';

const PUBLIC = 'http://localhost:8089';
const PROVIDERS = ['wordpress', 'google', 'twitter', 'facebook', 'github'] as const;

let simulators: Simulators;
let world: World;
let visitor: Visitor;

beforeAll(async () => {
  simulators = await startSimulators();
  world = await createWorld({ publicUrl: PUBLIC, providers: simulators.settings(PUBLIC), isLive: true });
});
afterAll(async () => {
  await world.end();
  await simulators.stop();
});
beforeEach(() => {
  visitor = new Visitor(world, PUBLIC);
});
afterEach(async () => {
  for (const id of PROVIDERS) simulators.misbehave(id, null);
  await world.pool.query('delete from rate_limits');
});

describe.each(PROVIDERS)('signing in with %s', (provider: ProviderId) => {
  it('ends in a bearer session for the article, under the name the provider gave', async () => {
    const handed = await visitor.signInWith(provider, 'Ada Lovelace');
    expect(handed.origin).toBe(GAZETTE);
    const { status, json } = await visitor.redeem(handed);
    expect(status).toBe(200);
    expect(json.person).toMatchObject({ name: 'Ada Lovelace', provider });
    const me = await world.call('GET', 'gazette/me', {
      headers: { Authorization: `Bearer ${json.token}`, Origin: GAZETTE },
    });
    expect(me.json.person).toEqual(json.person);
  });

  it('makes two accounts two people, and one account the same person again', async () => {
    const people = [];
    for (const account of ['Ada', 'Bo', 'Ada']) {
      const handed = await new Visitor(world, PUBLIC).signInWith(provider, account);
      people.push((await visitor.redeem(handed)).json.person.id);
    }
    expect(people[0]).toBe(people[2]);
    expect(people[0]).not.toBe(people[1]);
  });

  it('that the reader denies is handed over as login-denied, and nobody is signed in', async () => {
    const started = await visitor.start({ provider });
    const callback = await visitor.visitProvider(started, provider, { account: 'Ada', allow: false });
    await visitor.go(callback.pathname + callback.search);
    const handed = handedOver(await visitor.look(started));
    expect(handed).toMatchObject({ error: 'login-denied', code: undefined });
    expect(handed.relay).toBe(
      `${ARTICLE}#parley-login=${started.attempt}.~login-denied.${started.challenge}`,
    );
    expect(visitor.cookies.has('__Host-parley')).toBe(false);
  });

  it('with a code that came too late is handed over as login-expired', async () => {
    simulators.misbehave(provider, 'code-expired');
    const started = await visitor.start({ provider });
    const callback = await visitor.visitProvider(started, provider, { account: 'Ada' });
    await visitor.go(callback.pathname + callback.search);
    expect(handedOver(await visitor.look(started)).error).toBe('login-expired');
  });

  it.each([
    'no-subject',
    'empty-subject',
    'state-wrong',
    'state-missing',
    'token-500',
    'html-token',
  ] as const)('refuses %s: no person, no session, no code', async (fault) => {
    const before = await world.pool.query('select count(*) as n from identities');
    simulators.misbehave(provider, fault);
    const started = await visitor.start({ provider });
    const callback = await visitor.visitProvider(started, provider, { account: `Nobody ${fault}` });
    const response = await visitor.go(callback.pathname + callback.search);
    if (!fault.startsWith('state')) expect(response.status).toBe(303);
    const handed = handedOver(await visitor.look(started));
    expect(handed.code).toBeUndefined();
    expect(visitor.cookies.has('__Host-parley')).toBe(false);
    const pressed = await visitor.continue(started);
    expect(handedOver(await pressed.text()).code).toBeUndefined();
    const after = await world.pool.query('select count(*) as n from identities');
    expect(after.rows).toEqual(before.rows);
    expect(Object.keys(FAULTS)).toContain(fault);
  });
});

describe('an ID token', () => {
  it.each([
    'wrong-nonce',
    'nonce-missing',
    'wrong-issuer',
    'wrong-audience',
    'wrong-signature',
    'unsigned-id-token',
    'expired-id-token',
    'id-token-missing',
  ] as const)('with the fault %s signs nobody in', async (fault) => {
    simulators.misbehave('google', fault);
    const started = await visitor.start({ provider: 'google' });
    const callback = await visitor.visitProvider(started, 'google', { account: 'Ada' });
    await visitor.go(callback.pathname + callback.search);
    const handed = handedOver(await visitor.look(started));
    expect(handed).toMatchObject({ code: undefined });
    expect(['login-failed', 'login-expired']).toContain(handed.error);
  });
});

describe('starting', () => {
  it('refuses a missing, null, foreign or look-alike origin', async () => {
    expect(await slugOf((await visitor.start({}, {})).response)).toBe('origin-missing');
    for (const origin of [
      'null',
      'https://evil.example',
      'http://gazette.example',
      'https://gazette.example:8443',
      'https://gazette.example.evil.example',
      'https://www.gazette.example',
    ]) {
      expect(await slugOf((await visitor.start({}, { Origin: origin })).response), origin).toBe(
        'origin-foreign',
      );
    }
  });

  it('refuses a return address that is not on the origin that asks', async () => {
    for (const address of [
      'https://evil.example/',
      '//evil.example/',
      'https://gazette.example@evil.example/',
      'https:\\\\evil.example/',
      'javascript:alert(1)',
      'https://gazette.example.evil.example/',
      '/relative',
      '',
    ]) {
      const { response } = await visitor.start({ return: address });
      expect(response.status, address).toBe(400);
      expect(response.headers.get('Location'), address).toBeNull();
    }
  });

  it('accepts a challenge once, ever', async () => {
    const { challenge } = await visitor.start();
    expect(await slugOf((await visitor.start({ challenge })).response)).toBe('attempt-invalid');
    expect(await slugOf((await visitor.start({ challenge: 'short' })).response)).toBe('attempt-invalid');
  });

  it('refuses an unknown site, a suspended one and an unknown provider', async () => {
    expect(await slugOf((await visitor.start({ site: 'nowhere' })).response)).toBe('site-unknown');
    expect(await slugOf((await visitor.start({ provider: 'myspace' })).response)).toBe('provider-unknown');
  });

  it('keeps the attempt cookie away from other sites, script and plain http', async () => {
    const { response, attempt } = await visitor.start();
    const cookie = response.headers.getSetCookie()[0] ?? '';
    expect(cookie.startsWith(`__Host-parley_a_${attempt.slice(0, 8)}=`)).toBe(true);
    for (const flag of ['Secure', 'HttpOnly', 'Path=/', 'SameSite=Lax', 'Max-Age=600'])
      expect(cookie).toContain(flag);
  });

  it('is limited for each address', async () => {
    let last: Response | undefined;
    for (let n = 0; n < 31; n++) last = (await visitor.start()).response;
    expect(last?.status).toBe(429);
    expect(Number(last?.headers.get('Retry-After'))).toBeGreaterThan(0);
  });
});

describe('an attack on the sign-in', () => {
  it('by a challenge begun with GET is never relayed', async () => {
    const started = await visitor.start();
    const response = await visitor.go(
      `/login/start?site=gazette&return=${encodeURIComponent(ARTICLE)}&challenge=${started.challenge.replace(/^./, 'x')}&provider=google&mode=redirect`,
    );
    const page = response.headers.get('Location') ?? '';
    const begun = { ...started, page, attempt: page.split('/').at(-1) ?? '' };
    const callback = await visitor.visitProvider(begun, 'google', { account: 'Ada' });
    await visitor.go(callback.pathname + callback.search);
    const handed = handedOver(await (await visitor.continue(begun)).text());
    expect(handed.code).toMatch(/^[\w-]{43}$/);
    expect(handed.relay).toBe('');
  });

  it('by a callback in another browser signs nobody in there (login CSRF)', async () => {
    const started = await visitor.start({ provider: 'google' });
    const callback = await visitor.visitProvider(started, 'google', { account: 'Mallory' });
    const victim = new Visitor(world, PUBLIC);
    expect(await slugOf(await victim.go(callback.pathname + callback.search))).toBe('attempt-expired');
    expect(victim.cookies.size).toBe(0);
  });

  it('by replaying a callback finds the state taken', async () => {
    const started = await visitor.start({ provider: 'google' });
    const callback = await visitor.visitProvider(started, 'google', { account: 'Ada' });
    expect((await visitor.go(callback.pathname + callback.search)).status).toBe(303);
    expect(await slugOf(await visitor.go(callback.pathname + callback.search))).toBe('attempt-expired');
  });

  it('by answering at another provider’s callback path is refused (mix-up)', async () => {
    const started = await visitor.start({ provider: 'google' });
    const callback = await visitor.visitProvider(started, 'google', { account: 'Ada' });
    const response = await visitor.go(`/login/callback/github${callback.search}`);
    expect(await slugOf(response)).toBe('attempt-expired');
    expect(handedOver(await visitor.look(started)).code).toBeUndefined();
  });

  it('by an issuer that is not the provider’s is refused (mix-up)', async () => {
    simulators.misbehave('google', 'callback-issuer-wrong');
    const started = await visitor.start({ provider: 'google' });
    const callback = await visitor.visitProvider(started, 'google', { account: 'Ada' });
    await visitor.go(callback.pathname + callback.search);
    expect(handedOver(await visitor.look(started)).error).toBe('login-failed');
  });

  it('by pressing Continue from elsewhere is refused', async () => {
    const started = await visitor.start({ provider: 'google' });
    const callback = await visitor.visitProvider(started, 'google', { account: 'Ada' });
    await visitor.go(callback.pathname + callback.search);
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: 'null' },
      { Origin: GAZETTE },
      {},
    ]) {
      const response = await visitor.continue(started, headers as Record<string, string>);
      expect(response.status, JSON.stringify(headers)).toBe(403);
    }
    expect((await visitor.continue(started, { Origin: PUBLIC })).status).toBe(200);
  });

  it('by another account that comes back between seeing and pressing is shown, not used', async () => {
    const started = await visitor.start();
    const first = await visitor.visitProvider(started, 'google', { account: 'Ada' });
    await visitor.go(first.pathname + first.search);
    const shown = /name="shown" value="([^"]+)"/.exec(await visitor.look(started))?.[1] ?? '';
    const second = await visitor.visitProvider(started, 'github', { account: 'Mallory' });
    await visitor.go(second.pathname + second.search);
    const response = await visitor.go(`${started.page}/continue`, {
      form: { shown },
      headers: { 'Sec-Fetch-Site': 'same-origin' },
    });
    expect(response.status).toBe(303);
    expect(await visitor.look(started)).toContain('Continue as Mallory');
  });

  it('by a code without its verifier burns the code and makes no session', async () => {
    const handed = await visitor.signInWith('google', 'Ada');
    const wrong = await visitor.redeem(handed, { verifier: 'A'.repeat(43) });
    expect(wrong.slug).toBe('code-invalid');
    expect((await visitor.redeem(handed)).slug).toBe('code-invalid');
  });

  it('by a code at another origin or site is refused and does not burn it', async () => {
    const handed = await visitor.signInWith('google', 'Ada');
    expect((await visitor.redeem(handed, { origin: 'https://evil.example' })).slug).toBe('origin-foreign');
    expect((await visitor.redeem(handed, { origin: null })).slug).toBe('origin-missing');
    expect((await visitor.redeem(handed, { site: 'nowhere' })).slug).toBe('site-unknown');
    expect((await visitor.redeem(handed, { code: 'A'.repeat(43) })).slug).toBe('code-invalid');
    expect((await visitor.redeem(handed)).status).toBe(200);
  });

  it('by fixing a session beforehand finds a new one at Continue', async () => {
    visitor.cookies.set('__Host-parley', `pp_${'A'.repeat(43)}`);
    await visitor.signInWith('google', 'Ada');
    expect(visitor.cookies.get('__Host-parley')).not.toBe(`pp_${'A'.repeat(43)}`);
    const first = visitor.cookies.get('__Host-parley');
    await visitor.signInWith('google', 'Ada', { switch: '1' });
    expect(visitor.cookies.get('__Host-parley')).not.toBe(first);
  });

  it('by a bearer as cookie or a cookie as bearer is refused', async () => {
    const handed = await visitor.signInWith('google', 'Ada');
    const { token } = (await visitor.redeem(handed)).json;
    const page = visitor.cookies.get('__Host-parley') ?? '';
    const me = (bearer: string) =>
      world.call('GET', 'gazette/me', { headers: { Authorization: `Bearer ${bearer}`, Origin: GAZETTE } });
    expect((await me(token)).status).toBe(200);
    expect((await me(page)).slug).toBe('session-expired');
    expect((await me(page.replace('pp_', 'pe_'))).slug).toBe('session-expired');
    const thief = new Visitor(world, PUBLIC);
    thief.cookies.set('__Host-parley', token);
    const started = await thief.start();
    expect(await thief.look(started)).not.toContain('Continue as');
  });

  it('by an attempt page in a frame is stopped by policy', async () => {
    const started = await visitor.start();
    const response = await visitor.go(started.page);
    expect(response.headers.get('Content-Security-Policy')).toContain("frame-ancestors 'none'");
    expect(response.headers.get('X-Frame-Options')).toBe('DENY');
    expect(response.headers.get('Cross-Origin-Opener-Policy')).toBe('unsafe-none');
    expect(response.headers.get('Referrer-Policy')).toBe('same-origin');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
  });
});

describe('redeeming', () => {
  it('again with the right verifier replaces the session, so that a lost answer signs nobody out', async () => {
    const handed = await visitor.signInWith('google', 'Ada');
    const first = (await visitor.redeem(handed)).json.token;
    const second = (await visitor.redeem(handed)).json.token;
    const me = (token: string) =>
      world.call('GET', 'gazette/me', { headers: { Authorization: `Bearer ${token}`, Origin: GAZETTE } });
    expect((await me(first)).slug).toBe('session-expired');
    expect((await me(second)).status).toBe(200);
  });

  it('at once from two tabs leaves one living session', async () => {
    const handed = await visitor.signInWith('google', 'Ada');
    const [one, two] = await Promise.all([visitor.redeem(handed), visitor.redeem(handed)]);
    expect([one.status, two.status]).toEqual([200, 200]);
    const { rows } = await world.pool.query(
      'select count(*) as n from sessions where minted_by = (select page_session_id from attempts where id = $1)',
      [handed.attempt],
    );
    expect(rows[0].n).toBe(1);
  });

  it('after 60 seconds is too late', async () => {
    const handed = await visitor.signInWith('google', 'Ada');
    await world.pool.query(
      "update attempts set code_expires_at = now() - interval '1 second' where id = $1",
      [handed.attempt],
    );
    expect((await visitor.redeem(handed)).slug).toBe('code-invalid');
  });

  it('after logging out brings nothing back to life', async () => {
    const handed = await visitor.signInWith('google', 'Ada');
    const { token } = (await visitor.redeem(handed)).json;
    const headers = { Authorization: `Bearer ${token}`, Origin: GAZETTE };
    expect((await world.call('DELETE', 'gazette/session', { headers })).status).toBe(204);
    expect((await visitor.redeem(handed)).slug).toBe('code-invalid');
    expect((await world.call('GET', 'gazette/me', { headers })).slug).toBe('session-expired');
  });
});

describe('a returning reader', () => {
  it('is asked to continue by name, without a trip to the provider', async () => {
    await visitor.signInWith('google', 'Ada');
    const started = await visitor.start({ provider: 'google' });
    expect(await visitor.look(started)).toContain('Continue as Ada');
    const handed = { ...started, ...handedOver(await (await visitor.continue(started)).text()) };
    expect((await visitor.redeem(handed)).json.person.name).toBe('Ada');
  });

  it('keeps their other articles signed in when they continue in a new one', async () => {
    const first = await visitor.signInWith('google', 'Ada');
    const { token } = (await visitor.redeem(first)).json;
    const started = await visitor.start();
    await visitor.continue(started);
    const headers = { Authorization: `Bearer ${token}`, Origin: GAZETTE };
    expect((await world.call('GET', 'gazette/me', { headers })).status).toBe(200);
  });

  it('who says "Not you?" or asked to change sees every provider', async () => {
    await visitor.signInWith('google', 'Ada');
    const started = await visitor.start({ switch: '1' });
    const page = await visitor.look(started);
    for (const provider of PROVIDERS) expect(page).toContain(`/to/${provider}?switch`);
    expect(await visitor.look(await visitor.start(), '?choose')).toContain('/to/google?switch');
  });

  it('who logged out is asked by the provider who they are', async () => {
    const handed = await visitor.signInWith('google', 'Ada');
    const { token } = (await visitor.redeem(handed)).json;
    await world.call('DELETE', 'gazette/session', {
      headers: { Authorization: `Bearer ${token}`, Origin: GAZETTE },
    });
    const started = await visitor.start({ provider: 'google' });
    expect(await visitor.look(started)).toContain('/to/google?switch');
    const response = await visitor.go(`${started.page}/to/google?switch`);
    expect(new URL(response.headers.get('Location') ?? '').searchParams.get('prompt')).toBe('select_account');
  });

  it('of whom another takes over the browser is signed out everywhere it was', async () => {
    const first = await visitor.signInWith('google', 'Ada');
    const { token } = (await visitor.redeem(first)).json;
    await visitor.signInWith('github', 'Bo', { switch: '1' });
    const headers = { Authorization: `Bearer ${token}`, Origin: GAZETTE };
    expect((await world.call('GET', 'gazette/me', { headers })).slug).toBe('session-expired');
  });
});

describe('the attempt page', () => {
  it('says so when the browser keeps no cookies, with status 200', async () => {
    const started = await visitor.start();
    visitor.cookies.clear();
    const response = await visitor.go(started.page);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('keeps no cookie');
  });

  it('says that it is finished when it is opened again', async () => {
    const handed = await visitor.signInWith('google', 'Ada');
    const page = await visitor.look(handed);
    expect(page).toContain('finished');
    expect(page).not.toContain('data-code');
  });

  it('writes a hostile name as text', async () => {
    const started = await visitor.start({ provider: 'github' });
    const callback = await visitor.visitProvider(started, 'github', {
      account: '"><script>alert(1)</script>',
    });
    await visitor.go(callback.pathname + callback.search);
    const page = await visitor.look(started);
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('keeps at most ten attempt cookies in a browser', async () => {
    let last = await visitor.start();
    for (let n = 0; n < 14; n++) {
      last = await visitor.start();
      await visitor.look(last);
    }
    const kept = [...visitor.cookies.keys()].filter((name) => name.startsWith('__Host-parley_a_'));
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(kept).toContain(`__Host-parley_a_${last.attempt.slice(0, 8)}`);
  });
});

it('stores no secret of a sign-in in clear', async () => {
  const handed = await visitor.signInWith('google', 'Ada');
  const { token } = (await visitor.redeem(handed)).json;
  const page = visitor.cookies.get('__Host-parley') ?? '';
  const cookie = visitor.cookies.get(`__Host-parley_a_${handed.attempt.slice(0, 8)}`) ?? '';
  const { rows } = await world.pool.query(
    'select row_to_json(a)::text as text from attempts a union all select row_to_json(s)::text from sessions s union all select row_to_json(t)::text from attempt_states t',
  );
  const stored = rows.map(({ text }) => text).join('\n');
  for (const secret of [token, page, cookie, handed.code ?? '', handed.verifier]) {
    expect(secret.length).toBeGreaterThan(40);
    expect(stored.includes(secret)).toBe(false);
  }
});

it('in two tabs at once, a Continue in one does not spoil the code of the other', async () => {
  await visitor.signInWith('google', 'Ada');
  const [one, two] = [await visitor.start(), await visitor.start()];
  const first = { ...one, ...handedOver(await (await visitor.continue(one)).text()) };
  const second = { ...two, ...handedOver(await (await visitor.continue(two)).text()) };
  expect((await visitor.redeem(first)).status).toBe(200);
  expect((await visitor.redeem(second)).status).toBe(200);
});
