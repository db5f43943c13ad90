/** Guests on the discussion without script: they say who they are in the form, and are one person in this browser. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSite } from '../../src/domain/sites.ts';
import { Visitor } from '../support/visitor.ts';
import { createWorld, GAZETTE, SERVICE, type World } from '../support/world.ts';

const SAME = { 'Sec-Fetch-Site': 'same-origin' };
const EMAIL = 'grace.hopper@secret.example';

let world: World;
let visitor: Visitor;
let key: string;

beforeAll(async () => {
  world = await createWorld({
    isLive: true,
    providers: { google: { clientId: 'the-client', clientSecret: 'the-client-secret' } },
  });
  const twin = { id: 'twin', name: 'Twin', origins: [GAZETTE], settings: { mode: 'open' as const } };
  await createSite(world.db, twin, new Date());
});
afterAll(() => world.end());
beforeEach(async () => {
  await world.pool.query('delete from rate_limits');
  await world.settings({ mode: 'open', moderation: 'none' });
  visitor = new Visitor(world, SERVICE);
  key = `url:${GAZETTE}/${randomBytes(6).toString('hex')}`;
});

const openPage = async (by = visitor, site = 'gazette') =>
  (await by.go(`/comments/${site}?key=${encodeURIComponent(key)}`)).text();

const typedIn = (page: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1];

const textIn = (page: string) => /<textarea[^>]*>\n([\s\S]*?)<\/textarea>/.exec(page)?.[1];

/** The form as it is drawn now, filled in. */
async function fill(fields: Record<string, string>): Promise<Record<string, string>> {
  const page = await openPage();
  const drawn = ['once', 'as', 'email', 'name', 'website'].map((name) => [name, typedIn(page, name) ?? '']);
  return { key, ...Object.fromEntries(drawn), ...fields };
}

/** Sends a form as a browser does: the same again where it is told to. */
async function send(form: Record<string, string>, by = visitor): Promise<Response> {
  const response = await by.go('/comments/gazette', { form, headers: SAME });
  if (response.status !== 307) return response;
  return by.go(response.headers.get('Location') ?? '', { form, headers: SAME });
}

const listed = async () =>
  (await world.call('GET', `gazette/thread?key=${encodeURIComponent(key)}`)).json.comments.items;

it('comment by name, with a website and an address that nobody sees', async () => {
  const form = await fill({ name: 'Grace', email: EMAIL, website: 'grace.example', text: 'Hello.' });
  const response = await send(form);
  expect(response.status).toBe(303);
  const page = await (await visitor.go(response.headers.get('Location') ?? '')).text();
  expect(page).toMatch(
    /<a class="name" href="https:\/\/grace\.example\/" rel="nofollow ugc noopener"><bdi>Grace</,
  );
  expect(page).toContain('<span>Guest</span>');
  expect(page).not.toContain(EMAIL);
  expect(await listed()).toMatchObject([
    { author: { name: 'Grace', provider: 'guest' }, html: '<p>Hello.</p>\n' },
  ]);
});

it('need say nothing of themselves in mode open', async () => {
  expect((await send(await fill({ text: 'Nobody.' }))).status).toBe(303);
  expect(await openPage(new Visitor(world, SERVICE))).toContain('<bdi>Anonymous</bdi>');
});

it('stay the same person in this browser, who can delete what they wrote', async () => {
  await send(await fill({ name: 'Grace', text: 'First.' }));
  const page = await openPage();
  expect(page).toContain('<bdi>Grace</bdi></strong>: You are commenting as a guest.');
  expect(page).not.toContain('name="email"');
  expect(page).toContain('/delete?comment=');
  await send(await fill({ text: 'Second.' }));
  const [first, second] = await listed();
  expect(second.author.id).toBe(first.author.id);
  expect(await openPage(new Visitor(world, SERVICE))).not.toContain('/delete?comment=');
  const form = { key, comment: String(first.id) };
  expect((await visitor.go('/comments/gazette/delete', { form, headers: SAME })).status).toBe(303);
  expect(await listed()).toMatchObject([{ html: '<p>Second.</p>\n' }]);
});

it('who press twice at once say it once', async () => {
  const form = await fill({ name: 'Grace', text: 'Once.' });
  const [one, two] = await Promise.all([
    visitor.go('/comments/gazette', { form, headers: SAME }),
    visitor.go('/comments/gazette', { form, headers: SAME }),
  ]);
  expect([one.status, two.status]).toEqual([307, 307]);
  await Promise.all([send(form), send(form)]);
  expect(await listed()).toHaveLength(1);
});

it('whose browser keeps no cookie can comment all the same', async () => {
  const form = await fill({ name: 'Grace', text: 'No biscuits.' });
  const first = await new Visitor(world, SERVICE).go('/comments/gazette', { form, headers: SAME });
  const path = first.headers.get('Location') ?? '';
  const second = await new Visitor(world, SERVICE).go(path, { form, headers: SAME });
  expect(second.status).toBe(303);
  expect(await listed()).toHaveLength(1);
});

it.each([
  [{ name: '', email: EMAIL }, 'name', 'Please enter your name.'],
  [{ name: 'Grace', email: '' }, 'email', 'Please enter your e-mail address.'],
  [{ name: 'Grace', email: 'nonsense' }, 'email', 'This is not an e-mail address.'],
  [
    { name: 'Grace', email: EMAIL, website: 'javascript:alert(1)' },
    'website',
    'This is not the address of a website.',
  ],
])('who fill in %j are told so, and keep all they typed', async (fields, wrong, sentence) => {
  await world.settings({ mode: 'open-required' });
  expect(await openPage()).toMatch(/Name <small>\(required\)/);
  const response = await send(await fill({ text: 'Well.', ...fields }));
  expect(response.status).toBe(422);
  const page = await response.text();
  expect(page).toContain(sentence);
  expect(textIn(page)).toBe('Well.');
  expect(page).toMatch(new RegExp(`<input id="${wrong}"[^>]*aria-invalid="true"`));
  for (const [name, value] of Object.entries(fields)) expect(typedIn(page, name)).toBe(value);
  expect(visitor.cookies.size).toBe(0);
});

it('become nobody by a comment that is refused', async () => {
  const users = async () => (await world.pool.query('select count(*) as n from users')).rows[0].n;
  const before = await users();
  const response = await send(await fill({ name: 'Grace', text: ' ' }));
  expect(response.status).toBe(422);
  expect(typedIn(await response.text(), 'name')).toBe('Grace');
  expect(await users()).toBe(before);
});

it('wait for a moderator where the site says so, and see what waits', async () => {
  await world.settings({ moderation: 'guests' });
  const response = await send(await fill({ name: 'Grace', text: 'May I?' }));
  const page = await (await visitor.go(response.headers.get('Location') ?? '')).text();
  expect(page).toContain('May I?');
  expect(page).toContain('Your comment is awaiting moderation.');
  expect(await openPage(new Visitor(world, SERVICE))).not.toContain('May I?');
});

it('are guests of one site: elsewhere, and where guests are taken no more, they are nobody', async () => {
  await send(await fill({ name: 'Grace', text: 'Here.' }));
  expect(await openPage(visitor, 'twin')).not.toContain('You are commenting as a guest');
  const token = visitor.cookies.get('__Host-parley_g_gazette') ?? '';
  visitor.cookies.set('__Host-parley_g_twin', token);
  expect(await openPage(visitor, 'twin')).not.toContain('You are commenting as a guest');
  const form = await fill({ text: 'There.' });
  await world.settings({ mode: 'registered' });
  expect(await openPage()).toContain('Please log in using one of these methods');
  const refused = await send(form);
  expect(refused.status).toBe(401);
  expect(textIn(await refused.text())).toBe('There.');
});

it('cannot carry their cookie into the API, nor a reader’s bearer into the cookie', async () => {
  await send(await fill({ name: 'Grace', text: 'Here.' }));
  const token = visitor.cookies.get('__Host-parley_g_gazette') ?? '';
  for (const origin of [GAZETTE, SERVICE]) {
    const me = await world.call('GET', 'gazette/me', {
      headers: { Authorization: `Bearer ${token}`, Origin: origin },
    });
    expect(me.status).toBe(403);
  }
  const ada = await world.reader('Ada');
  visitor.cookies.set('__Host-parley_g_gazette', ada.token);
  expect(await openPage()).not.toContain('Ada');
});

it('log out and are somebody new', async () => {
  await send(await fill({ name: 'Grace', text: 'Here.' }));
  const response = await visitor.go('/comments/gazette/log-out', {
    form: { key, text: 'Kept.' },
    headers: SAME,
  });
  const page = await response.text();
  expect(textIn(page)).toBe('Kept.');
  expect(page).toContain('name="email"');
  expect(visitor.cookies.size).toBe(0);
  expect(await openPage()).not.toContain('/delete?comment=');
});

it('who signed in since are no guest again when they log out', async () => {
  await send(await fill({ name: 'Grace', text: 'As a guest.' }));
  const token = visitor.cookies.get('__Host-parley_g_gazette') ?? '';
  const ada = await world.reader('Ada');
  visitor.cookies.set('__Host-parley', ada.pageToken);
  expect(await openPage()).toContain('<bdi>Ada</bdi>');
  await visitor.go('/comments/gazette/log-out', { form: { key }, headers: SAME });
  expect(visitor.cookies.has('__Host-parley_g_gazette')).toBe(false);
  expect(await openPage()).not.toContain('/delete?comment=');
  // Nor with a copy of the cookie.
  visitor.cookies.set('__Host-parley_g_gazette', token);
  expect(await openPage()).not.toContain('You are commenting as a guest');
});

it('and their pages lie in no shared cache', async () => {
  await send(await fill({ name: 'Grace', text: 'Here.' }));
  const response = await visitor.go(`/comments/gazette?key=${encodeURIComponent(key)}`);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
});
