/** Votes: one a reader, shown to its voter at once and to everybody within a second or two, at most once a second. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { ban } from '../../src/domain/memberships.ts';
import { sweep } from '../../src/domain/sweep.ts';
import { createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

let world: World;
let ada: Reader;
let bo: Reader;
let cleo: Reader;
/** A page of its own for each test, with one comment of Ada's. */
let page: string;
let pages = 0;
let id: number;

beforeAll(async () => {
  world = await createWorld();
  ada = await world.reader('Ada');
  bo = await world.reader('Bo');
  cleo = await world.reader('Cleo');
});
afterAll(() => world.end());
beforeEach(async () => {
  page = `${GAZETTE}/article-${++pages}`;
  await world.pool.query('delete from rate_limits');
  id = await post(ada, 'Hello');
});

let posts = 0;
async function post(as: Reader, text: string, parentId?: number): Promise<number> {
  const { json } = await world.call('POST', 'gazette/comments', {
    as,
    body: { key: `url:${page}`, url: page, text, parentId: parentId ?? null },
    headers: { 'Idempotency-Key': `reactions-${++posts}` },
  });
  return json.comment.id;
}

const vote = (as: Reader, value: number, commentId = id) =>
  world.call('PUT', `gazette/comments/${commentId}/reaction`, { as, body: { value } });
const read = (query = '') =>
  world.call('GET', `gazette/thread?key=${encodeURIComponent(`url:${page}`)}${query}`);
const votes = async () => {
  const { up, down } = (await world.call('GET', `gazette/comments/${id}`)).json.comment;
  return { up, down };
};
const version = async () => (await read()).json.thread.version as number;
const own = async (as: Reader, ids: number[]) =>
  (await world.call('GET', `gazette/me?ids=${ids.join()}`, { as })).json.votes;

describe('a vote', () => {
  it('is counted once a reader, may be turned round and withdrawn', async () => {
    const { status, json, headers } = await vote(bo, 1);
    expect({ status, json }).toEqual({ status: 200, json: { up: 1, down: 0, own: 1 } });
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect((await vote(bo, 1)).json).toEqual({ up: 1, down: 0, own: 1 });
    expect((await vote(cleo, 1)).json).toEqual({ up: 2, down: 0, own: 1 });
    expect((await vote(bo, -1)).json).toEqual({ up: 1, down: 1, own: -1 });
    expect((await vote(bo, 0)).json).toEqual({ up: 1, down: 0, own: 0 });
    expect((await vote(bo, 0)).json).toEqual({ up: 1, down: 0, own: 0 });
    expect(await votes()).toEqual({ up: 1, down: 0 });
  });

  // Two counts at once would each miss the other's vote.
  it('is counted also when many come at once, on a comment that nobody voted on yet', async () => {
    const crowd = await Promise.all(Array.from({ length: 8 }, (_, n) => world.reader(`Reader ${n}`)));
    const reply = await post(bo, 'Reply', id);
    await Promise.all(crowd.flatMap((reader, n) => [vote(reader, n < 6 ? 1 : -1), vote(reader, 1, reply)]));
    expect(await votes()).toEqual({ up: 6, down: 2 });
    const { up } = (await world.call('GET', `gazette/comments/${reply}`)).json.comment;
    expect(up).toBe(8);
  });

  it('is told to its voter alone', async () => {
    const other = await post(bo, 'Other');
    await vote(cleo, -1);
    await vote(cleo, 1, other);
    expect(await own(cleo, [id, other, 4096])).toEqual({ [id]: -1, [other]: 1 });
    expect(await own(cleo, [other])).toEqual({ [other]: 1 });
    expect(await own(ada, [id, other])).toEqual({});
  });

  it('on one’s own comment, a removed or an unknown one is refused and not kept', async () => {
    expect((await vote(ada, 1)).slug).toBe('own-vote');
    expect((await vote(bo, 1, 4096)).slug).toBe('comment-unknown');
    await post(bo, 'Reply', id);
    await world.call('DELETE', `gazette/comments/${id}`, { as: ada });
    expect((await vote(bo, 1)).slug).toBe('comment-removed');
    const { rowCount } = await world.pool.query('select 1 from reactions where comment_id = $1', [id]);
    expect(rowCount).toBe(0);
  });

  it('is refused to who is banned, and where the site takes none', async () => {
    await ban(world.db, 'gazette', bo.publicId, 'infinity', world.clock.now);
    expect((await vote(bo, 1)).slug).toBe('banned');
    await ban(world.db, 'gazette', bo.publicId, null, world.clock.now);
    await world.settings({ votes: false });
    expect((await vote(bo, 1)).slug).toBe('votes-off');
    await world.settings({ votes: true });
    expect(await votes()).toEqual({ up: 0, down: 0 });
  });

  it('is one of a limited number a minute', async () => {
    await world.settings({ votesPerMinute: 2 });
    const answers = [await vote(bo, 1), await vote(bo, 0), await vote(bo, 1)];
    await world.settings({ votesPerMinute: 6000 });
    expect(answers.map(({ slug }) => slug)).toEqual([undefined, undefined, 'rate-limited']);
    expect(Number(answers[2]!.headers.get('Retry-After'))).toBeGreaterThan(0);
  });

  it('is recorded with who, what and which, and no more', async () => {
    await vote(bo, -1);
    const { rows } = await world.pool.query(
      `select actor_id, comment_id, version, data from events where kind = 'reaction.set' and comment_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ actor_id: bo.userId, comment_id: id, version: null, data: { value: -1 } }]);
  });

  it('stays with a comment that was away for a while', async () => {
    await vote(bo, 1);
    await decideComment(world.db, 'gazette', { commentId: id, status: 'spam' }, world.clock.now);
    expect((await read('&order=best')).json.comments.items).toEqual([]);
    await decideComment(world.db, 'gazette', { commentId: id, status: 'published' }, world.clock.now);
    expect((await read('&order=best')).json.comments.items).toMatchObject([{ id, up: 1 }]);
  });
});

describe('votes are folded into the version of their thread', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const folds = async () =>
    (
      await world.pool.query(
        `select e.version from events e join threads t on t.site_id = e.site_id and t.id = e.thread_id
         where e.kind = 'reactions.folded' and t.key = $1 order by e.id`,
        [`url:${page}`],
      )
    ).rows.map((row) => row.version);

  it('at once when a second has passed since the last fold, with an event of that version', async () => {
    await vote(bo, 1);
    expect(await version()).toBe(2);
    world.pass(1000);
    await vote(cleo, 1);
    expect(await version()).toBe(3);
    expect(await folds()).toEqual([2, 3]);
  });

  it('at most once a second, and those that fell into the second are made up for by a timer', async () => {
    const tag = async () => (await read()).headers.get('ETag');
    await vote(bo, 1);
    const before = await tag();
    world.pass(500);
    await vote(cleo, 1);
    await vote(bo, -1);
    expect(await version()).toBe(2);
    expect(await tag()).toBe(before);
    world.pass(500);
    vi.advanceTimersByTime(1000);
    await expect.poll(version).toBe(3);
    expect(await folds()).toEqual([2, 3]);
    expect(await votes()).toEqual({ up: 1, down: 1 });
  });

  // The timer of an earlier vote came too early for a later one, and nobody came again.
  it('by a timer that goes on until the last of them is in', async () => {
    await vote(bo, 1);
    world.pass(500);
    await vote(cleo, 1);
    world.pass(600);
    await vote(bo, 0);
    expect(await version()).toBe(3);
    world.pass(100);
    await vote(cleo, 0);
    expect(await version()).toBe(3);
    // Cleo's first timer ends within the second after the fold of Bo's vote.
    vi.advanceTimersByTime(1000);
    world.pass(1000);
    await expect
      .poll(() => {
        vi.advanceTimersByTime(1000);
        return version();
      })
      .toBe(4);
  });

  // With "votes since the last fold" it was lost: its clock was read before that fold, its commit came after.
  it('also when a vote began before a fold and was committed after it', async () => {
    await vote(bo, 1);
    world.pass(-5);
    await vote(cleo, 1);
    expect(await version()).toBe(2);
    world.pass(1005);
    vi.advanceTimersByTime(1000);
    await expect.poll(version).toBe(3);
  });

  it('by the sweep, once, when the process that owed it is gone', async () => {
    const other = await createWorld();
    const [reader, voter] = [await other.reader('Ada'), await other.reader('Bo')];
    const posted = await other.post(reader, 'Hello');
    const cast = (value: number) =>
      other.call('PUT', `gazette/comments/${posted.id}/reaction`, { as: voter, body: { value } });
    const versionThere = async () =>
      (await other.call('GET', `gazette/comments/${posted.id}`)).json.thread.version;
    await cast(1);
    await cast(-1);
    expect(await versionThere()).toBe(2);
    const soon = new Date(other.clock.now.getTime() + 1000);
    expect(await sweep(other.db, other.pool, soon)).toBe(true);
    expect(await versionThere()).toBe(3);
    await sweep(other.db, other.pool, new Date(soon.getTime() + 60_000));
    expect(await versionThere()).toBe(3);
    await other.end();
  });
});
