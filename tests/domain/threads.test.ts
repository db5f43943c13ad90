/** Threads under their lock: one of a key however many open it, ids that rise whatever the clocks say. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Site } from '../../src/core/site.ts';
import { postComment } from '../../src/domain/comments.ts';
import { type Author, readMembership } from '../../src/domain/memberships.ts';
import { readSite } from '../../src/domain/sites.ts';
import { countComments, findThread, setThreadStatus } from '../../src/domain/threads.ts';
import { createWorld, type World } from '../support/world.ts';

const HOUR_MS = 3_600_000;
const YEAR_2000_MS = Date.UTC(2000, 0, 1);
const IDS_PER_MS = 4096;

let world: World;
let site: Site;
let ada: Author;
let key: string;
let keys = 0;

beforeAll(async () => {
  world = await createWorld();
  site = await readSite(world.db, 'gazette');
  const { userId, identityId } = await world.reader('Ada');
  const { role, bannedUntil } = await readMembership(world.db, 'gazette', userId);
  ada = { userId, identityId, role, bannedUntil, isGuest: false };
});
afterAll(() => world.end());
beforeEach(() => {
  key = `id:thread-${++keys}`;
});

let posts = 0;
async function post(now: Date, to = key, parentId: number | null = null): Promise<number> {
  const page = { key: to, url: 'https://gazette.example/', title: '' };
  const draft = { page, parentId, text: `Hello ${++posts}`, key: `threads-${posts}` };
  return (await postComment(world.db, site, ada, draft, now)).commentId;
}

const later = (milliseconds: number) => new Date(world.clock.now.getTime() + milliseconds);

describe('a new thread', () => {
  it('is made once by many who are the first to write there', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => post(world.clock.now)));
    expect(new Set(ids).size).toBe(8);
    const { rows } = await world.pool.query('select id from threads where key = $1', [key]);
    expect(rows).toHaveLength(1);
    const opened = await world.pool.query(
      `select 1 from events where kind = 'thread.opened' and thread_id = $1`,
      [rows[0].id],
    );
    expect(opened.rowCount).toBe(1);
    const thread = await findThread(world.db, 'gazette', key);
    expect(thread).toMatchObject({ commentCount: 8, version: 8, lastCommentId: Math.max(...ids) });
  });

  it('is not made by a draft that is refused', async () => {
    await expect(post(world.clock.now, key, 4096)).rejects.toMatchObject({ slug: 'parent-unknown' });
    expect(await findThread(world.db, 'gazette', key)).toBeUndefined();
    const { rowCount } = await world.pool.query(`select 1 from events where kind = 'thread.opened'
      and thread_id not in (select id from threads)`);
    expect(rowCount).toBe(0);
  });
});

describe('ids', () => {
  it('carry the moment they were minted', async () => {
    const id = await post(world.clock.now);
    const first = (world.clock.now.getTime() - YEAR_2000_MS) * IDS_PER_MS;
    expect(id).toBeGreaterThanOrEqual(first);
    expect(id).toBeLessThan(first + IDS_PER_MS);
  });

  // A cursor that has passed must miss nothing, whichever host a comment came from.
  it('rise within a thread, also from a host whose clock is years behind or before 2000', async () => {
    const ids: number[] = [];
    for (const now of [
      world.clock.now,
      later(-HOUR_MS),
      new Date('2001-01-01T00:00:00Z'),
      new Date(YEAR_2000_MS - HOUR_MS),
      later(10),
      later(-1),
    ])
      ids.push(await post(now));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[2]).toBe(ids[1]! + 1);
  });

  it('rise also while threads written in the same millisecond go on under a clock that stands still', async () => {
    const now = later(HOUR_MS);
    const others = [key, `${key}-b`, `${key}-c`];
    for (const to of others) await post(now, to);
    const ids: number[][] = [[], [], []];
    // Their next ids lie among each other's: each thread's last + 1 was given to another before.
    for (let n = 0; n < 12; n++)
      for (const [at, to] of others.entries()) ids[at]!.push(await post(later(-HOUR_MS), to));
    for (const list of ids) expect(list).toEqual(list.toSorted((a, b) => a - b));
    expect(new Set(ids.flat()).size).toBe(36);
  });

  it('of many writers at once under one clock are all different', async () => {
    const now = later(2 * HOUR_MS);
    const ids = await Promise.all(Array.from({ length: 24 }, (_, n) => post(now, `${key}-${n % 3}`)));
    expect(new Set(ids).size).toBe(24);
  });
});

describe('a thread', () => {
  it('is closed and opened with an event of its new version, which readers see', async () => {
    await post(world.clock.now);
    await setThreadStatus(world.db, 'gazette', key, 'closed', world.clock.now);
    await expect(post(world.clock.now)).rejects.toMatchObject({ slug: 'thread-closed' });
    await setThreadStatus(world.db, 'gazette', key, 'open', world.clock.now);
    const thread = await findThread(world.db, 'gazette', key);
    expect(thread).toMatchObject({ status: 'open', version: 3 });
    const { rows } = await world.pool.query(
      'select kind, version, data from events where thread_id = $1 and version > 1 order by version',
      [thread!.id],
    );
    expect(rows).toEqual([
      { kind: 'thread.changed', version: 2, data: { status: 'closed' } },
      { kind: 'thread.changed', version: 3, data: { status: 'open' } },
    ]);
    await expect(
      setThreadStatus(world.db, 'gazette', 'id:nowhere', 'closed', world.clock.now),
    ).rejects.toMatchObject({ slug: 'not-found' });
  });

  it('is counted for its own site, each key as often as it is asked', async () => {
    await post(world.clock.now);
    expect(await countComments(world.db, 'gazette', [key, 'id:nowhere', key])).toEqual([1, 0, 1]);
    expect(await countComments(world.db, 'nowhere', [key])).toEqual([0]);
  });
});
