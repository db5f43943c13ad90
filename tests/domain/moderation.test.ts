/** A moderator's decision on a comment: from every state to every state, and never over what an author took back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import type { CommentStatus } from '../../src/domain/schema.ts';
import { createSite } from '../../src/domain/sites.ts';
import { createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

const STATUSES: readonly CommentStatus[] = ['published', 'held', 'spam', 'rejected', 'removed'];

let world: World;
let ada: Reader;

beforeAll(async () => {
  world = await createWorld();
  ada = await world.reader('Ada');
});
afterAll(() => world.end());

const decide = (commentId: number, status: CommentStatus, site = 'gazette') =>
  decideComment(world.db, site, { commentId, status }, world.clock.now);

async function rowOf(id: number) {
  const { rows } = await world.pool.query(
    `select c.status, c.removed_by, c.shown, t.version, t.comment_count from comments c
     join threads t on t.site_id = c.site_id and t.id = c.thread_id where c.id = $1`,
    [id],
  );
  return rows[0];
}

async function lastEventOf(id: number) {
  const { rows } = await world.pool.query(
    'select kind, version, actor_id, data from events where comment_id = $1 order by id desc limit 1',
    [id],
  );
  return rows[0];
}

const ways = STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const));

it.each(ways)(
  'a decision leads from %s to %s, with its event and what readers see of it',
  async (from, to) => {
    const { id } = await world.post(ada, `From ${from} to ${to}`);
    await decide(id, from);
    const before = await rowOf(id);
    expect(await decide(id, to)).toEqual({ before: from, after: to });
    const after = await rowOf(id);
    const [was, is] = [Number(from === 'published'), Number(to === 'published')];
    expect(after).toEqual({
      status: to,
      removed_by: to === 'removed' ? 'moderator' : null,
      shown: to === 'published',
      version: before.version + Math.abs(is - was),
      comment_count: before.comment_count + is - was,
    });
    expect(await lastEventOf(id)).toEqual({
      kind: 'comment.decided',
      version: is === was ? null : after.version,
      actor_id: null,
      data: { from, to },
    });
  },
);

describe('a decision', () => {
  it.each(['author', 'erasure'])('never brings back what %s removed', async (by) => {
    const { id } = await world.post(ada, `Removed by ${by}`);
    await world.call('DELETE', `gazette/comments/${id}`, { as: ada });
    await world.pool.query('update comments set removed_by = $1 where id = $2', [by, id]);
    const event = await lastEventOf(id);
    for (const status of by === 'author' ? (['published'] as const) : STATUSES)
      await expect(decide(id, status), status).rejects.toMatchObject({ slug: 'comment-removed' });
    expect(await rowOf(id)).toMatchObject({ status: 'removed', removed_by: by });
    expect(await lastEventOf(id)).toEqual(event);
  });

  it.each(STATUSES.filter((status) => status !== 'published'))(
    'that what its author removed is %s ends their time to undo that, and changes nothing else',
    async (status) => {
      const { id } = await world.post(ada, `Removed, then ${status}`);
      await world.call('DELETE', `gazette/comments/${id}`, { as: ada });
      const row = await rowOf(id);
      expect(await decide(id, status)).toEqual({ before: 'removed', after: 'removed' });
      expect(await rowOf(id)).toEqual(row);
      expect(await lastEventOf(id)).toMatchObject({
        kind: 'comment.decided',
        version: null,
        data: { from: 'removed', to: 'removed' },
      });
      const undone = await world.call('POST', `gazette/comments/${id}/restore`, { as: ada });
      expect(undone).toMatchObject({ status: 410, slug: 'comment-removed' });
      // Once is enough.
      await expect(decide(id, status)).rejects.toMatchObject({ slug: 'comment-removed' });
    },
  );

  it('on what an author takes back in the same moment loses to the author', async () => {
    for (let n = 0; n < 5; n++) {
      const { id } = await world.post(ada, `Race ${n}`);
      const [removal] = await Promise.all([
        world.call('DELETE', `gazette/comments/${id}`, { as: ada }),
        decide(id, 'spam').catch((error) => error),
      ]);
      expect(removal.status).toBe(200);
      expect(await rowOf(id)).toMatchObject({ status: 'removed', removed_by: 'author', shown: false });
    }
  });

  it('of two moderators at once counts once', async () => {
    const { id } = await world.post(ada, 'Decided twice');
    const { comment_count: count, version } = await rowOf(id);
    const befores = await Promise.all([decide(id, 'spam'), decide(id, 'rejected')]);
    expect(befores.map(({ before }) => before)).toContain('published');
    expect(await rowOf(id)).toMatchObject({ comment_count: count - 1, version: version + 1 });
  });

  it('on a comment that is not there, or on another site, finds none', async () => {
    await createSite(world.db, { id: 'twin', name: 'Twin', origins: [GAZETTE] }, world.clock.now);
    const { id } = await world.post(ada, 'Here');
    await expect(decide(4096, 'spam')).rejects.toMatchObject({ slug: 'comment-unknown' });
    await expect(decide(id, 'spam', 'twin')).rejects.toMatchObject({ slug: 'comment-unknown' });
    expect(await rowOf(id)).toMatchObject({ status: 'published' });
  });

  it('on a comment in the middle of a conversation leaves what hangs below it', async () => {
    const root = await world.post(ada, 'Root');
    const middle = await world.post(ada, 'Middle', { parentId: root.id });
    const leaf = await world.post(ada, 'Leaf', { parentId: middle.id });
    await decide(middle.id, 'spam');
    expect(await rowOf(middle.id)).toMatchObject({ status: 'spam', shown: true });
    await decide(leaf.id, 'spam');
    expect(await rowOf(middle.id)).toMatchObject({ shown: false });
    await decide(middle.id, 'published');
    expect(await rowOf(leaf.id)).toMatchObject({ status: 'spam', shown: false });
    const { json } = await world.call('GET', `gazette/comments/${root.id}`);
    expect(json.comment.replyCount).toBe(1);
    expect(json.replies.items).toMatchObject([{ id: middle.id, replyCount: 0, html: '<p>Middle</p>\n' }]);
  });
});
