/** Sessions at rest and in time: what is stored of a token, how long one lives, what ends with it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/secret.ts';
import {
  findSession,
  logOut,
  openSession,
  replaceSession,
  type Session,
  sweepSessions,
} from '../../src/domain/sessions.ts';
import { createWorld, GAZETTE, type World } from '../support/world.ts';

const DAY_MS = 86_400_000;

let world: World;
let who: { userId: number; identityId: number };
let page: { token: string; session: Session };
let embed: { token: string; session: Session };

beforeAll(async () => {
  world = await createWorld();
  const { userId, identityId } = await world.reader('Ada');
  who = { userId, identityId };
});
afterAll(() => world.end());
beforeEach(async () => {
  page = await open();
  embed = await open(page.session.id);
});

function open(mintedBy?: number) {
  const bound = mintedBy
    ? { kind: 'embed' as const, siteId: 'gazette', origin: GAZETTE, mintedBy }
    : { kind: 'page' as const, siteId: null, origin: null, mintedBy: null };
  return world.db.transaction().execute((tx) => openSession(tx, { ...bound, ...who }, world.clock.now));
}

const find = (token: string, kind: 'page' | 'embed', now = world.clock.now) =>
  findSession(world.db, token, kind, now);
const isAlive = async ({ token, session }: { token: string; session: Session }) =>
  (await find(token, session.kind)) !== undefined;
/** Lucia keeps time by the real clock: tests move the rows. */
const expireIn = (days: number, { session }: { session: Session }) =>
  world.pool.query('update sessions set expires_at = $1 where id = $2', [
    new Date(Date.now() + days * DAY_MS),
    session.id,
  ]);

async function daysLeft({ session }: { session: Session }): Promise<number> {
  const { rows } = await world.pool.query('select expires_at from sessions where id = $1', [session.id]);
  return Math.round((rows[0].expires_at.getTime() - Date.now()) / DAY_MS);
}

describe('a token', () => {
  it('is stored as its SHA-256 and in no other form', async () => {
    const { rows } = await world.pool.query('select * from sessions where id = $1', [embed.session.id]);
    expect(rows[0].token_hash.equals(sha256(embed.token))).toBe(true);
    const all = JSON.stringify((await world.pool.query('select * from sessions')).rows);
    for (const token of [page.token, embed.token]) {
      expect(all).not.toContain(token);
      expect(all).not.toContain(token.slice(3));
    }
  });

  it('has 256 random bits behind a prefix that tells its kind', () => {
    expect(page.token).toMatch(/^pp_[\w-]{43}$/);
    expect(embed.token).toMatch(/^pe_[\w-]{43}$/);
    expect(page.token.slice(3)).not.toBe(embed.token.slice(3));
  });

  // A stolen dump must not sign anybody in.
  it('is not its stored hash, nor any spelling of it', async () => {
    const hash = sha256(embed.token);
    for (const spelling of ['hex', 'base64url', 'latin1'] as const) {
      expect(await find(hash.toString(spelling), 'embed')).toBeUndefined();
      expect(await find(`pe_${hash.toString(spelling)}`, 'embed')).toBeUndefined();
    }
  });

  it('opens what its kind opens, whatever prefix is written before it', async () => {
    expect(await find(page.token, 'embed')).toBeUndefined();
    expect(await find(embed.token, 'page')).toBeUndefined();
    expect(await find(page.token.replace('pp_', 'pe_'), 'embed')).toBeUndefined();
    // The row agrees with the prefix even where somebody could write rows' tokens.
    await world.pool.query(`update sessions set token_hash = $1 where id = $2`, [
      sha256('pe_of a page session'),
      page.session.id,
    ]);
    expect(await find('pe_of a page session', 'embed')).toBeUndefined();
  });
});

describe('a session', () => {
  it('lives 30 days without use and is gone after', async () => {
    expect(await daysLeft(embed)).toBe(30);
    await expireIn(-0.001, embed);
    expect(await isAlive(embed)).toBe(false);
    const { rowCount } = await world.pool.query('select 1 from sessions where id = $1', [embed.session.id]);
    expect(rowCount).toBe(0);
  });

  it('is prolonged by use in its second half, with the page session behind it', async () => {
    await expireIn(16, embed);
    await expireIn(16, page);
    expect(await isAlive(embed)).toBe(true);
    expect(await daysLeft(embed)).toBe(16);
    await expireIn(14, embed);
    expect(await isAlive(embed)).toBe(true);
    expect(await daysLeft(embed)).toBe(30);
    // Else logging out in the article would find nothing left to end on our own origin.
    expect(await daysLeft(page)).toBe(30);
  });

  it('lives 180 days at most, however much it is used', async () => {
    const created = world.clock.now.getTime();
    expect(await find(embed.token, 'embed', new Date(created + 180 * DAY_MS))).toBeDefined();
    expect(await find(embed.token, 'embed', new Date(created + 180 * DAY_MS + 1))).toBeUndefined();
    expect(await isAlive(embed)).toBe(false);
  });

  it('ends with the page session behind it and all that one minted, and with no other', async () => {
    const sibling = await open(page.session.id);
    const other = await open();
    await logOut(world.db, embed.session);
    for (const gone of [embed, sibling, page]) expect(await isAlive(gone)).toBe(false);
    expect(await isAlive(other)).toBe(true);
  });

  it('on a page ends with all that it minted', async () => {
    await logOut(world.db, page.session);
    expect(await isAlive(embed)).toBe(false);
  });

  it('is taken over by the next page session of the same person', async () => {
    const next = await open();
    await world.db.transaction().execute((tx) => replaceSession(tx, page.session, next.session));
    expect(await isAlive(page)).toBe(false);
    expect(await find(embed.token, 'embed')).toMatchObject({ mintedBy: next.session.id });
  });

  it('that ran out is swept', async () => {
    await expireIn(-1, embed);
    await sweepSessions(world.db, new Date());
    const { rows } = await world.pool.query('select id from sessions where id in ($1, $2)', [
      embed.session.id,
      page.session.id,
    ]);
    expect(rows).toEqual([{ id: page.session.id }]);
  });
});
