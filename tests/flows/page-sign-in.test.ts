/**
 * Signing in from a page of our own, without script: the same steps as from an article, another end. A page's attempt
 * gives no code to anybody, an article's leads to no page, and neither way leads anywhere that was not ours to choose.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sweepAttempts } from '../../src/domain/attempts.ts';
import { type Simulators, startSimulators } from '../simulators/index.ts';
import { handedOver, slugOf, Visitor } from '../support/visitor.ts';
import { createWorld, GAZETTE, type World } from '../support/world.ts';

const PUBLIC = 'http://localhost:8089';
const SAME = { 'Sec-Fetch-Site': 'same-origin' };

let simulators: Simulators;
let world: World;
let visitor: Visitor;
let key: string;

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
  key = `url:${GAZETTE}/${randomBytes(6).toString('hex')}`;
});
afterEach(async () => {
  simulators.misbehave('google', null);
  await world.pool.query('delete from rate_limits');
});

/** Presses a provider's button on the page; the attempt as far as a visitor knows it. */
async function start(fields: Record<string, string> = {}, headers: Record<string, string> = SAME) {
  const form = { key, provider: 'google', ...fields };
  const response = await visitor.go('/comments/gazette/log-in', { form, headers });
  const page = response.headers.get('Location') ?? '';
  return { response, page, attempt: page.split('/').at(-1) ?? '', verifier: '', challenge: '' };
}

/** The same and to Continue, which is not pressed. */
async function arrive(fields: Record<string, string> = {}, account = 'Ada') {
  const started = await start(fields);
  const callback = await visitor.visitProvider(started, 'google', { account });
  await visitor.go(callback.pathname + callback.search);
  return started;
}

const openPage = async () => (await visitor.go(`/comments/gazette?key=${encodeURIComponent(key)}`)).text();

const textIn = (page: string) => /<textarea[^>]*>\n([\s\S]*?)<\/textarea>/.exec(page)?.[1];

describe('signing in from the page', () => {
  it('ends in a page session, a membership of the site and the same page', async () => {
    const started = await arrive();
    const response = await visitor.continue(started);
    expect(response.status).toBe(303);
    const back = response.headers.get('Location') ?? '';
    expect(back).toBe(`${PUBLIC}/comments/gazette?key=${encodeURIComponent(key)}#reply`);
    const page = await (await visitor.go(back)).text();
    expect(page).toContain('<strong><bdi>Ada</bdi></strong>: You are commenting using your Google account.');
    expect(page).toContain('<textarea');
    expect(visitor.cookies.get('__Host-parley')).toMatch(/^pp_/);
  });

  it('works without script: no step waits for one', async () => {
    const started = await start();
    const connecting = await visitor.look(started);
    expect(connecting).toContain(
      `<meta http-equiv="refresh" content="0; url=/login/attempts/${started.attempt}/to/google">`,
    );
    expect(connecting).not.toContain('<script');
    const arrived = await arrive();
    const confirm = await visitor.look(arrived);
    expect(confirm).toContain('<button>Continue as Ada</button>');
    // With script it is armed as ever.
    expect(confirm).toContain('button.disabled = true');
  });

  it('leaves Continue in a popup disabled until script arms it', async () => {
    const popup = await visitor.start({ provider: 'google' });
    const callback = await visitor.visitProvider(popup, 'google', { account: 'Ada' });
    await visitor.go(callback.pathname + callback.search);
    expect(await visitor.look(popup)).toContain('<button disabled>Continue as Ada</button>');
  });

  it('asks before an account that is signed in already is told to the site', async () => {
    await visitor.continue(await arrive({}, 'Cleo'));
    await world.pool.query('delete from memberships');
    expect(await openPage()).not.toContain('Cleo');
    const started = await start();
    expect(await visitor.look(started)).toContain('Continue as Cleo');
    const { rows } = await world.pool.query('select 1 from memberships');
    expect(rows).toEqual([]);
    expect((await visitor.continue(started)).status).toBe(303);
    expect(await openPage()).toContain('Cleo');
  });

  it('that the reader denies says so, and leads back', async () => {
    const started = await start({ text: 'Keep me.' });
    const callback = await visitor.visitProvider(started, 'google', { account: 'Ada', allow: false });
    await visitor.go(callback.pathname + callback.search);
    const page = await visitor.look(started);
    expect(page).toContain('You did not allow the sign-in.');
    expect(page).not.toContain('<script');
    const back = /<a href="([^"]+)">Back to the discussion/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(textIn(await (await visitor.go(back)).text())).toBe('Keep me.');
    expect(visitor.cookies.has('__Host-parley')).toBe(false);
  });
});

describe('a text', () => {
  it('comes through the sign-in as it was, and stands in no address', async () => {
    const text = 'Half a "thought" & <b>more</b>.\nSecond line.';
    const started = await start({ text: text.replace('\n', '\r\n') });
    const callback = await visitor.visitProvider(started, 'google', { account: 'Ada' });
    expect(callback.href).not.toContain('thought');
    await visitor.go(callback.pathname + callback.search);
    const back = (await visitor.continue(started)).headers.get('Location') ?? '';
    expect(back).not.toContain('thought');
    const response = await visitor.go(back);
    expect(textIn(await response.text())).toBe(
      'Half a &quot;thought&quot; &amp; &lt;b&gt;more&lt;/b&gt;.\nSecond line.',
    );
    expect(response.headers.get('Cache-Control')).toBe('no-store');
  });

  it('comes back to the one browser that it was typed in, on that site', async () => {
    const started = await start({ text: 'Private.' });
    const back = `/comments/gazette?key=${encodeURIComponent(key)}&draft=${started.attempt}`;
    expect(await (await visitor.go(back)).text()).toContain('Private.');
    for (const path of [
      back,
      back.replace(started.attempt, 'A'.repeat(22)),
      back.replace(started.attempt, 'x'),
    ])
      expect(await (await new Visitor(world, PUBLIC).go(path)).text()).not.toContain('Private.');
  });

  it('outlasts a trip to a provider that took too long', async () => {
    const started = await start({ text: 'Worth waiting for.' });
    expect(started.response.headers.getSetCookie()[0]).toContain('Max-Age=3600');
    const callback = await visitor.visitProvider(started, 'google', { account: 'Ada' });
    await world.pool.query(`update attempt_states set expires_at = now() - interval '1 second'`);
    expect((await visitor.go(callback.pathname + callback.search)).status).toBe(303);
    const page = await visitor.look(started);
    expect(page).toContain('The sign-in took too long.');
    const back = /<a href="([^"]+)">Back to the discussion/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(textIn(await (await visitor.go(back)).text())).toBe('Worth waiting for.');
  });

  it('is forgotten with the attempt', async () => {
    const started = await start({ text: 'Soon gone.' });
    const kept = () =>
      world.pool.query('select 1 from attempts where draft is not null and id = $1', [started.attempt]);
    expect((await kept()).rows).toHaveLength(1);
    await sweepAttempts(world.db, new Date(Date.now() + 3_600_000));
    expect((await kept()).rows).toHaveLength(0);
  });

  /** Signs in with a text, and is back on the page; its address and the form's hidden fields. */
  async function comeBack(text: string) {
    const started = await arrive({ text });
    const back = (await visitor.continue(started)).headers.get('Location') ?? '';
    const page = await (await visitor.go(back)).text();
    expect(textIn(page)).toBe(text);
    const drawn = [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
    const hidden = Object.fromEntries(drawn.map(([, name = '', value = '']) => [name, value]));
    const cookie = `__Host-parley_a_${started.attempt.slice(0, 8)}`;
    return { back, hidden, cookie, value: visitor.cookies.get(cookie) ?? '' };
  }

  it.each(['posting it', 'Log Out', 'Log Out elsewhere', 'Change'])(
    'is kept for nobody after %s',
    async (way) => {
      const { back, hidden, cookie, value } = await comeBack('For once.');
      const step = { 'posting it': '', Change: '/log-in' }[way] ?? '/log-out';
      const drawn = way === 'Log Out elsewhere' ? { key } : { ...hidden, key, text: 'For once.' };
      const form = { ...drawn, ...(way === 'Change' ? { provider: 'google', switch: '1' } : {}) };
      const response = await visitor.go(`/comments/gazette${step}`, { form, headers: SAME });
      expect(response.status).toBe(way === 'Log Out' ? 200 : 303);
      expect(response.headers.get('Location') ?? '').not.toContain('draft');
      expect(visitor.cookies.has(cookie)).toBe(false);
      // Nor for who has kept a copy of the cookie.
      visitor.cookies.set(cookie, value);
      expect(textIn(await (await visitor.go(back)).text()) ?? '').toBe('');
    },
  );

  it('that is refused is kept with the page, and forgotten when it is posted after all', async () => {
    const { back, hidden, cookie } = await comeBack('Twice.');
    const refused = await visitor.go('/comments/gazette', { form: { ...hidden, text: ' ' }, headers: SAME });
    expect(refused.status).toBe(422);
    const page = await refused.text();
    expect(page).toContain(`name="draft" value="${hidden.draft}"`);
    expect(textIn(await (await visitor.go(back)).text())).toBe('Twice.');
    const form = { ...hidden, text: 'Twice.' };
    expect((await visitor.go('/comments/gazette', { form, headers: SAME })).status).toBe(303);
    expect(visitor.cookies.has(cookie)).toBe(false);
  });

  it('survives Log Out and Change', async () => {
    await visitor.continue(await arrive());
    const form = { key, text: 'Not yet sent.' };
    const out = await visitor.go('/comments/gazette/log-out', { form, headers: SAME });
    expect(textIn(await out.text())).toBe('Not yet sent.');
    await visitor.continue(await arrive());
    const changed = await start({ provider: '', switch: '1', text: 'Not yet sent.' });
    expect(await visitor.look(changed)).toContain('/to/google?switch');
    const callback = await visitor.visitProvider(changed, 'google', { account: 'Bo', isSwitching: true });
    await visitor.go(callback.pathname + callback.search);
    const back = (await visitor.continue(changed)).headers.get('Location') ?? '';
    const page = await (await visitor.go(back)).text();
    expect(textIn(page)).toBe('Not yet sent.');
    expect(page).toContain('<bdi>Bo</bdi>');
  });

  it('longer than the site takes stays on the page, and begins no attempt', async () => {
    const { response } = await start({ text: 'x'.repeat(4001) });
    expect(response.status).toBe(422);
    expect(textIn(await response.text())).toHaveLength(4001);
    expect(visitor.cookies.size).toBe(0);
  });

  it('is not posted under a name that the page did not show', async () => {
    await visitor.continue(await arrive({}, 'Ada'));
    const drawn = await openPage();
    await visitor.continue(await arrive({ provider: 'google', switch: '1' }, 'Mallory'));
    const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(drawn)?.[1] ?? '';
    const form = { key, once: hidden('once'), as: hidden('as'), text: 'As Ada.' };
    const response = await visitor.go('/comments/gazette', { form, headers: SAME });
    const page = await response.text();
    expect(page).toContain('<bdi>Mallory</bdi>');
    expect(textIn(page)).toBe('As Ada.');
    const { json } = await world.call('GET', `gazette/thread?key=${encodeURIComponent(key)}`);
    expect(json.comments.items).toEqual([]);
  });
});

describe('logging out', () => {
  it('ends the page session and every session in articles behind it', async () => {
    const handed = await visitor.signInWith('google', 'Ada');
    const { token } = (await visitor.redeem(handed)).json;
    expect(await openPage()).toContain('<bdi>Ada</bdi>');
    const refused = await visitor.go('/comments/gazette/log-out', { form: { key }, headers: {} });
    expect(refused.status).toBe(403);
    const response = await visitor.go('/comments/gazette/log-out', { form: { key }, headers: SAME });
    expect(response.status).toBe(303);
    expect(await openPage()).not.toContain('Ada');
    const me = await world.call('GET', 'gazette/me', {
      headers: { Authorization: `Bearer ${token}`, Origin: GAZETTE },
    });
    expect(me.slug).toBe('session-expired');
  });
});

describe('an attack on it', () => {
  it('by beginning it from elsewhere is refused (login CSRF)', async () => {
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Origin: GAZETTE },
      { Origin: 'null' },
      {},
    ]) {
      const { response } = await start({}, headers as Record<string, string>);
      expect(response.status, JSON.stringify(headers)).toBe(403);
    }
    expect(visitor.cookies.size).toBe(0);
  });

  it('by beginning it at the articles’ door finds no such mode', async () => {
    const started = await visitor.start({ mode: 'page', provider: 'google' });
    const { rows } = await world.pool.query('select mode from attempts where id = $1', [started.attempt]);
    expect(rows).toEqual([{ mode: 'popup' }]);
    const own = await visitor.start(
      { mode: 'page', return: `${PUBLIC}/comments/gazette` },
      { Origin: PUBLIC },
    );
    expect(own.response.headers.get('Location')).toBeNull();
  });

  it('by a callback in another browser signs nobody in there (login CSRF)', async () => {
    const started = await start();
    const callback = await visitor.visitProvider(started, 'google', { account: 'Mallory' });
    const victim = new Visitor(world, PUBLIC);
    expect(await slugOf(await victim.go(callback.pathname + callback.search))).toBe('attempt-expired');
    expect(victim.cookies.size).toBe(0);
  });

  it('by an address of one’s own leads nowhere else (open redirect)', async () => {
    for (const fields of [
      { return: 'https://evil.example/', returnUrl: 'https://evil.example/', url: `${GAZETTE}/one` },
      { site: '//evil.example', mode: 'popup' },
      { key: 'id:https://evil.example/' },
      { key: 'id:#//evil.example' },
    ]) {
      const response = await visitor.continue(await arrive(fields));
      const back = new URL(response.headers.get('Location') ?? '', PUBLIC);
      expect(back.origin, JSON.stringify(fields)).toBe(PUBLIC);
      expect(back.pathname).toBe('/comments/gazette');
    }
    for (const fields of [
      { url: 'https://evil.example/' },
      { key: 'url:https://evil.example/' },
      { key: '' },
    ]) {
      const { response } = await start(fields);
      expect(response.status, JSON.stringify(fields)).toBe(400);
      expect(response.headers.get('Location')).toBeNull();
    }
  });

  it('by its code finds none: there is nothing to redeem', async () => {
    const started = await arrive();
    const pressed = await visitor.continue(started);
    expect(handedOver(await pressed.text()).code).toBeUndefined();
    const { rows } = await world.pool.query(
      'select code_hash, identity_id is not null as finished from attempts where id = $1',
      [started.attempt],
    );
    expect(rows).toEqual([{ code_hash: null, finished: true }]);
    for (const origin of [PUBLIC, GAZETTE]) {
      const redeemed = await visitor.redeem(
        { ...started, code: 'A'.repeat(43), error: undefined, relay: '', origin, verifier: 'A'.repeat(43) },
        { origin },
      );
      expect(redeemed.json.token).toBeUndefined();
    }
    await expect(
      world.pool.query(`update attempts set code_hash = '\\x00' where id = $1`, [started.attempt]),
    ).rejects.toThrow(/attempts_page_has_no_code/);
  });

  it('by pressing Continue twice makes one session, and the second is told that it is finished', async () => {
    const started = await arrive();
    const shown = /name="shown" value="([^"]+)"/.exec(await visitor.look(started))?.[1] ?? '';
    const press = () => visitor.go(`${started.page}/continue`, { form: { shown }, headers: SAME });
    expect((await press()).status).toBe(303);
    const second = await press();
    expect(second.status).toBe(200);
    expect(await second.text()).toContain('This sign-in is finished');
  });

  it.each(['page', 'popup'])('by pressing it many times at once makes one session too: %s', async (mode) => {
    const started = mode === 'page' ? await start() : await visitor.start({ provider: 'google' });
    const callback = await visitor.visitProvider(started, 'google', { account: 'Dana' });
    await visitor.go(callback.pathname + callback.search);
    const shown = /name="shown" value="([^"]+)"/.exec(await visitor.look(started))?.[1] ?? '';
    const sessions = async () =>
      Number((await world.pool.query(`select count(*) as n from sessions where kind = 'page'`)).rows[0].n);
    const before = await sessions();
    const press = () => visitor.go(`${started.page}/continue`, { form: { shown }, headers: SAME });
    // All three are past every look at the attempt before the first of them can finish it.
    const holder = await world.pool.connect();
    let pressed: Promise<unknown> | undefined;
    try {
      await holder.query('begin');
      await holder.query('select 1 from attempts where id = $1 for update', [started.attempt]);
      pressed = Promise.all([press(), press(), press()]);
      await vi.waitFor(async () => {
        const { rows } = await world.pool.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        expect(rows).toHaveLength(3);
      }, 3_000);
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    await pressed;
    expect(await sessions()).toBe(before + 1);
  });

  it('through an article’s attempt is handed over to the article, never taken to a page', async () => {
    const started = await visitor.start({ provider: 'google' });
    const callback = await visitor.visitProvider(started, 'google', { account: 'Ada' });
    await visitor.go(callback.pathname + callback.search);
    const response = await visitor.continue(started);
    expect(response.status).toBe(200);
    expect(response.headers.get('Location')).toBeNull();
    expect(handedOver(await response.text())).toMatchObject({ origin: GAZETTE });
  });

  it('is limited for each address together with the articles’ attempts', async () => {
    for (let n = 0; n < 15; n++) await visitor.start();
    let last: Response | undefined;
    for (let n = 0; n < 16; n++) last = (await start({ text: 'Kept.' })).response;
    expect(last?.status).toBe(429);
    expect(textIn((await last?.text()) ?? '')).toBe('Kept.');
  });
});
