/**
 * Discussions against a model. The model is a tree in memory, walked recursively, and knows nothing of paths, counters
 * or events; whatever happens to both, reading page by page must give what the walk gives, and every number that the
 * tables keep must be the one that is counted afresh.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../src/core/problem.ts';
import type { Order, Site } from '../../src/core/site.ts';
import {
  decideComment,
  editComment,
  postComment,
  removeComment,
  restoreComment,
} from '../../src/domain/comments.ts';
import { type RootCursor, readReplies, readRoots } from '../../src/domain/discussion.ts';
import { type Author, readMembership } from '../../src/domain/memberships.ts';
import { pinComment, unpinComment } from '../../src/domain/pins.ts';
import { setReaction } from '../../src/domain/reactions.ts';
import { readSite } from '../../src/domain/sites.ts';
import { findThread, foldReactions } from '../../src/domain/threads.ts';
import { createWorld, type World } from '../support/world.ts';

const RUNS = 40;
const ORDERS: readonly Order[] = ['oldest', 'newest', 'best'];
const STATUSES = ['published', 'held', 'spam', 'rejected', 'removed'] as const;
const VOTES = [1, 0, -1] as const;

let world: World;
let site: Site;
let preModerated: Site;
const authors: Author[] = [];

beforeAll(async () => {
  world = await createWorld();
  site = await readSite(world.db, 'gazette');
  preModerated = { ...site, settings: { ...site.settings, moderation: 'all' } };
  for (const name of ['Ada', 'Bo', 'Cleo']) {
    const { userId, identityId } = await world.reader(name);
    const member = await readMembership(world.db, 'gazette', userId);
    authors.push({ ...member, userId, identityId, isGuest: false });
  }
});
afterAll(() => world.end());

/** What may happen to a discussion. `on`, `under` and `by` pick a comment or author, modulo how many there are. */
type Act =
  | { do: 'post'; by: number; under: number | null; isHeld: boolean }
  | { do: 'edit' | 'remove' | 'pin' | 'unpin'; on: number }
  | { do: 'restore'; on: number; isHeld: boolean }
  | { do: 'decide'; on: number; to: (typeof STATUSES)[number] }
  | { do: 'vote'; on: number; by: number; value: (typeof VOTES)[number] }
  | { do: 'fold' };

/** The event that each must leave. */
const KINDS: Record<Act['do'], string> = {
  post: 'comment.posted',
  edit: 'comment.edited',
  remove: 'comment.removed',
  restore: 'comment.restored',
  pin: 'comment.pinned',
  unpin: 'comment.unpinned',
  decide: 'comment.decided',
  vote: 'reaction.set',
  fold: 'reactions.folded',
};

const any = fc.nat({ max: 60 });
const posting = (isHeld: boolean): fc.Arbitrary<Act> =>
  fc.record({
    do: fc.constant('post' as const),
    by: any,
    under: fc.option(any, { freq: 3, nil: null }),
    isHeld: fc.constant(isHeld),
  });
const changing: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constantFrom('edit' as const, 'remove' as const), on: any }),
  fc.record({ do: fc.constantFrom('pin' as const, 'pin' as const, 'unpin' as const), on: any }),
  fc.record({ do: fc.constant('restore' as const), on: any, isHeld: fc.boolean() }),
  fc.record({ do: fc.constant('decide' as const), on: any, to: fc.constantFrom(...STATUSES) }),
  fc.record({ do: fc.constant('vote' as const), on: any, by: any, value: fc.constantFrom(...VOTES) }),
  fc.constant<Act>({ do: 'fold' }),
);
const acting = fc.oneof(
  { arbitrary: posting(false), weight: 6 },
  { arbitrary: posting(true), weight: 1 },
  { arbitrary: changing, weight: 3 },
);
const growing = fc.array(acting, { minLength: 5, maxLength: 45, size: 'max' });
/** What others do after each page. */
const between = fc.array(fc.array(acting, { maxLength: 4 }), { minLength: 15, maxLength: 15 });
const limits = fc.integer({ min: 1, max: 4 });

interface Node {
  id: number;
  parent: Node | null;
  children: Node[];
  author: Author;
  text: string;
  status: string;
  removedBy: string | null;
  /** What it was before its author removed it. */
  removedFrom: string | null;
  /** When it was pinned, milliseconds. */
  pinnedAt: number | null;
  votes: Map<number, number>;
}

const isShown = (node: Node): boolean => node.status === 'published' || node.children.some(isShown);

const isPinned = (node: Node): boolean => node.pinnedAt !== null && node.status === 'published';

/** All below a node, parents before children, oldest first: the order in which replies are read. */
const walk = (node: Node): Node[] =>
  node.children.toSorted((a, b) => a.id - b.id).flatMap((child) => [child, ...walk(child)]);

const votesOf = (node: Node, value: number) => [...node.votes.values()].filter((v) => v === value).length;

/** The balance of votes, drawn towards 0 while they are few; of single precision, as it is kept. */
function scoreOf(node: Node): number {
  const [up, down] = [votesOf(node, 1), votesOf(node, -1)];
  const total = up + down;
  return total === 0 ? 0 : Math.fround((up / total - down / total) / (1 + 3.8416 / total));
}

const COMES_AFTER: Record<Order, (a: RootCursor, b: RootCursor) => boolean> = {
  oldest: (a, b) => a[1] > b[1],
  newest: (a, b) => a[1] < b[1],
  best: ([a, idA], [b, idB]) =>
    Math.fround(a) < Math.fround(b) || (Math.fround(a) === Math.fround(b) && idA < idB),
};

const idsOf = (items: readonly { id: number }[]) => items.map(({ id }) => id);

let discussions = 0;
// One clock for all: a site has 4,096 ids in a millisecond.
let ticks = 0;

class Discussion {
  readonly key = `id:discussion-${++discussions}`;
  readonly nodes: Node[] = [];
  /** How many events of each kind there must be. */
  readonly events: Record<string, number> = {};
  /** Comments that appeared or vanished, and those that were voted on. */
  readonly flipped = new Set<number>();
  readonly voted = new Set<number>();
  /** Those that came on top or went from there. */
  readonly repinned = new Set<number>();

  /** 7 ms later each time, and now and then from a host whose clock is 400 ms behind. */
  now(): Date {
    const skew = ++ticks % 5 === 0 ? 400 : 0;
    return new Date(Date.parse('2026-03-01T12:00:00Z') + ticks * 7 - skew);
  }

  node(at: number): Node | undefined {
    return this.nodes[at % this.nodes.length];
  }

  roots(order: Order): Node[] {
    const position = (node: Node): RootCursor => [scoreOf(node), node.id];
    return this.nodes
      .filter((node) => !node.parent && isShown(node) && !isPinned(node))
      .sort((a, b) => (COMES_AFTER[order](position(a), position(b)) ? 1 : -1));
  }

  pins(): Node[] {
    return this.nodes.filter(isPinned).sort((a, b) => b.pinnedAt! - a.pinnedAt! || b.id - a.id);
  }

  async thread() {
    return findThread(world.db, site.id, this.key);
  }

  /** Does it here and there, and looks whether readers who could see a difference got a new version, and only they. */
  async act(act: Act): Promise<void> {
    const version = async () => (await this.thread())?.version ?? 0;
    const [versionBefore, viewBefore] = [await version(), this.#view()];
    const shownBefore = new Set(this.nodes.filter(isShown));
    const pinnedBefore = new Set(this.nodes.filter(isPinned));
    const done = await this.attempt(act);
    if (done) this.#follow(act, done);
    for (const node of this.nodes) if (isShown(node) !== shownBefore.has(node)) this.flipped.add(node.id);
    for (const node of this.nodes) if (isPinned(node) !== pinnedBefore.has(node)) this.repinned.add(node.id);
    const isSeen = this.#view() !== viewBefore || (act.do === 'fold' && done !== undefined);
    expect((await version()) - versionBefore, `${JSON.stringify(act)} moves the version`).toBe(
      isSeen ? 1 : 0,
    );
  }

  /** Does it in the database alone. Undefined when it was refused or had nothing to act on. */
  async attempt(act: Act): Promise<{ id: number; text: string; now: Date } | undefined> {
    const now = this.now();
    const text = `Text ${ticks}`;
    const node = 'on' in act ? this.node(act.on) : undefined;
    if ('on' in act && !node) return undefined;
    const id = node?.id ?? 0;
    try {
      if (act.do === 'post') {
        const parentId = act.under === null ? null : (this.node(act.under)?.id ?? null);
        const page = { key: this.key, url: 'https://gazette.example/', title: '' };
        const draft = { page, parentId, text, key: `${this.key} ${ticks}` };
        const where = act.isHeld ? preModerated : site;
        const posted = await postComment(world.db, where, authors[act.by % authors.length]!, draft, now);
        return { id: posted.commentId, text, now };
      }
      if (act.do === 'edit') await editComment(world.db, site, node!.author, { commentId: id, text }, now);
      if (act.do === 'remove') await removeComment(world.db, site, node!.author, id, now);
      if (act.do === 'restore') {
        const where = act.isHeld ? preModerated : site;
        const { wasRemoved } = await restoreComment(world.db, where, node!.author, id, now);
        if (!wasRemoved) return undefined;
      }
      if (act.do === 'pin' && !(await pinComment(world.db, site.id, id, now))) return undefined;
      if (act.do === 'unpin' && !(await unpinComment(world.db, site.id, id, now))) return undefined;
      if (act.do === 'decide') await decideComment(world.db, site.id, { commentId: id, status: act.to }, now);
      if (act.do === 'vote') {
        const vote = { commentId: id, value: act.value };
        await setReaction(world.db, site.id, authors[act.by % authors.length]!, vote, now);
      }
      if (act.do === 'fold') {
        const thread = await this.thread();
        if (!thread || (await foldReactions(world.db, site.id, thread.id, now)) !== 'folded')
          return undefined;
      }
      return { id, text, now };
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }

  count(act: Act): void {
    const kind = KINDS[act.do];
    this.events[kind] = (this.events[kind] ?? 0) + 1;
  }

  /** The same in the model. That it must not have been refused, or must have been, is seen in what the two hold. */
  #follow(act: Act, { id, text, now }: { id: number; text: string; now: Date }): void {
    this.count(act);
    if (act.do === 'post') {
      const parent = (act.under === null ? null : this.node(act.under)) ?? null;
      const node: Node = {
        id,
        parent,
        children: [],
        author: authors[act.by % authors.length]!,
        text,
        status: act.isHeld ? 'held' : 'published',
        removedBy: null,
        removedFrom: null,
        pinnedAt: null,
        votes: new Map(),
      };
      expect(parent === null || parent.status === 'published').toBe(true);
      expect(id).toBeGreaterThan(Math.max(0, ...idsOf(this.nodes)));
      this.nodes.push(node);
      parent?.children.push(node);
      return;
    }
    if (act.do === 'fold') return;
    const node = this.node(act.on)!;
    if (act.do === 'edit') node.text = text;
    if (act.do === 'remove') {
      Object.assign(node, { status: 'removed', removedBy: 'author', removedFrom: node.status });
    }
    if (act.do === 'restore') {
      expect(node.removedBy).toBe('author');
      expect(node.removedFrom).not.toBeNull();
      const isHeld = act.isHeld && node.removedFrom === 'published';
      this.#become(node, isHeld ? 'held' : node.removedFrom!, null);
    }
    if (act.do === 'decide') {
      // What its author removed stays so, and is no more theirs to have back.
      const isAuthors = node.removedBy === 'author';
      if (isAuthors) {
        expect(node.removedFrom).not.toBeNull();
        expect(act.to).not.toBe('published');
        node.removedFrom = null;
      } else this.#become(node, act.to, act.to === 'removed' ? 'moderator' : null);
    }
    if (act.do === 'pin') {
      expect([node.parent, node.status]).toEqual([null, 'published']);
      node.pinnedAt = now.getTime();
      expect(this.pins().length).toBeLessThanOrEqual(3);
    }
    if (act.do === 'unpin') node.pinnedAt = null;
    if (act.do === 'vote') {
      expect(node.status).toBe('published');
      this.voted.add(node.id);
      const voter = authors[act.by % authors.length]!;
      if (act.value === 0) node.votes.delete(voter.userId);
      else node.votes.set(voter.userId, act.value);
    }
  }

  /** A pin comes back with its comment while there is room. */
  #become(node: Node, status: string, removedBy: string | null): void {
    const isBack = status === 'published' && node.status !== 'published';
    if (isBack && this.pins().length >= 3) node.pinnedAt = null;
    Object.assign(node, { status, removedBy, removedFrom: null });
  }

  /** All that a reader can see but votes, which show when they are folded in. */
  #view(): string {
    return JSON.stringify(
      this.nodes
        .filter(isShown)
        .map((node) => [
          node.id,
          node.status === 'published' ? node.text : (node.removedBy ?? 'moderator'),
          node.children.filter(isShown).length,
          isPinned(node) && node.pinnedAt,
        ]),
    );
  }
}

async function grow(acts: readonly Act[]): Promise<Discussion> {
  const discussion = new Discussion();
  for (const act of acts) await discussion.act(act);
  return discussion;
}

/** The tables hold what the model holds. */
async function expectSame({ key, nodes }: Discussion): Promise<void> {
  const { rows } = await world.pool.query(
    `select c.id, c.parent_id as parent, c.status, c.removed_by, c.removed_from, c.removed_at is null as is_there,
            c.pinned_at, c.raw from comments c join threads t
     on t.site_id = c.site_id and t.id = c.thread_id where t.key = $1 order by c.id`,
    [key],
  );
  expect(rows).toEqual(
    nodes.map((node) => ({
      id: node.id,
      parent: node.parent?.id ?? null,
      status: node.status,
      removed_by: node.removedBy,
      removed_from: node.removedFrom,
      is_there: node.status !== 'removed',
      pinned_at: node.pinnedAt === null ? null : new Date(node.pinnedAt),
      raw: node.text,
    })),
  );
}

/** Every number in the tables is the one that is counted afresh from the states of comments and the votes. */
async function expectCounted({ key }: Discussion): Promise<void> {
  const thread = await findThread(world.db, site.id, key);
  if (!thread) return;
  const { rows } = await world.pool.query(
    `select c.*, coalesce(s.up, 0) as up, coalesce(s.down, 0) as down, coalesce(s.score, 0) as score,
            coalesce(s.listed, false) as listed,
            array(select value from reactions r where r.site_id = c.site_id and r.comment_id = c.id) as votes
     from comments c left join scores s on s.site_id = c.site_id and s.comment_id = c.id
     where c.thread_id = $1 order by c.id`,
    [thread.id],
  );
  const nodes = new Map<number, Node & { path: string; rootId: number; depth: number }>();
  for (const { id, parent_id, status, votes } of rows) {
    const parent = nodes.get(parent_id) ?? null;
    const removal = { removedBy: null, removedFrom: null, pinnedAt: null };
    const node = { id, parent, status, children: [], text: '', ...removal, author: authors[0]! };
    const path = (parent?.path ?? '') + id.toString(16).padStart(16, '0');
    const place = { path, rootId: parent?.rootId ?? id, depth: parent ? parent.depth + 1 : 0 };
    nodes.set(id, {
      ...node,
      ...place,
      votes: new Map(votes.map((value: number, at: number) => [at, value])),
    });
    parent?.children.push(nodes.get(id)!);
  }
  for (const row of rows) {
    const node = nodes.get(row.id)!;
    const kept = { ...row, path: row.path.toString('hex'), score: Math.fround(row.score) };
    expect(kept, `comment ${row.id}`).toMatchObject({
      path: node.path,
      root_id: node.rootId,
      depth: node.depth,
      shown: isShown(node),
      reply_count: node.children.filter(isShown).length,
      up: votesOf(node, 1),
      down: votesOf(node, -1),
      score: scoreOf(node),
      listed: !node.parent && isShown(node),
    });
  }
  const pinned = rows.filter(({ pinned_at, status }) => pinned_at && status === 'published');
  expect(pinned.length).toBeLessThanOrEqual(3);
  expect(pinned.every(({ parent_id }) => parent_id === null)).toBe(true);
  expect(thread.commentCount).toBe(rows.filter(({ status }) => status === 'published').length);
  expect(thread.lastCommentId).toBe(rows.at(-1)!.id);
}

/** Each change has its event, and the versions that readers could see follow each other without a gap. */
async function expectRecorded({ key, events }: Discussion): Promise<void> {
  const thread = await findThread(world.db, site.id, key);
  if (!thread) return;
  const { rows } = await world.pool.query('select kind, version from events where thread_id = $1', [
    thread.id,
  ]);
  const kinds: Record<string, number> = {};
  for (const { kind } of rows) kinds[kind] = (kinds[kind] ?? 0) + 1;
  expect(kinds).toEqual({ ...events, 'thread.opened': 1 });
  const versions = rows.flatMap(({ version }) => version ?? []).sort((a, b) => a - b);
  expect(versions).toEqual(Array.from({ length: thread.version }, (_, at) => at + 1));
}

const settings = { numRuns: RUNS, interruptAfterTimeLimit: 8_000, markInterruptAsFailure: false };

describe('whatever is posted, edited, removed and restored, decided, pinned and voted on', {
  timeout: 30_000,
}, () => {
  it('each number kept is the number counted, and each change has its event', async () => {
    await fc.assert(
      fc.asyncProperty(growing, async (acts) => {
        const discussion = await grow(acts);
        await expectSame(discussion);
        await expectCounted(discussion);
        await expectRecorded(discussion);
      }),
      settings,
    );
  });

  it('the same holds when all of it happens at once', async () => {
    await fc.assert(
      fc.asyncProperty(growing, fc.array(acting, { minLength: 8, maxLength: 16 }), async (acts, atOnce) => {
        const discussion = await grow(acts);
        const done = await Promise.all(atOnce.map((act) => discussion.attempt(act)));
        await expectCounted(discussion);
        for (const [at, act] of atOnce.entries()) if (done[at]) discussion.count(act);
        await expectRecorded(discussion);
      }),
      settings,
    );
  });

  it('pages of roots give what the walk gives, once each and in order, while others go on', async () => {
    await fc.assert(
      fc.asyncProperty(
        growing,
        fc.constantFrom(...ORDERS),
        limits,
        between,
        async (acts, order, limit, disturbances) => {
          const discussion = await grow(acts);
          const thread = await discussion.thread();
          if (!thread) return;
          const stood = idsOf(discussion.roots(order));
          discussion.flipped.clear();
          discussion.voted.clear();
          discussion.repinned.clear();
          const seen: number[] = [];
          let after: RootCursor | undefined;
          do {
            const page = await readRoots(world.db, site.id, thread.id, { order, after, limit });
            const left = discussion
              .roots(order)
              .filter((node) => !after || COMES_AFTER[order]([scoreOf(node), node.id], after));
            const listed = [...(after ? [] : discussion.pins()), ...left.slice(0, limit)];
            expect(page.roots.map(({ comment }) => comment.id)).toEqual(idsOf(listed));
            expect(page.next !== undefined).toBe(left.length > limit);
            for (const [at, { replies, hasMoreReplies }] of page.roots.entries()) {
              const below = idsOf(walk(listed[at]!).filter(isShown));
              expect(idsOf(replies)).toEqual(below.slice(0, 3));
              expect(hasMoreReplies).toBe(below.length > 3);
            }
            seen.push(...page.roots.map(({ comment }) => comment.id));
            after = page.next;
            for (const act of (after === undefined ? undefined : disturbances.shift()) ?? [])
              await discussion.act(act);
          } while (after);
          const moved = new Set([...discussion.repinned, ...(order === 'best' ? discussion.voted : [])]);
          const isSteady = (id: number) => !discussion.flipped.has(id) && !moved.has(id);
          expect(seen.filter((id) => stood.includes(id) && isSteady(id))).toEqual(stood.filter(isSteady));
          const once = seen.filter((id) => !moved.has(id));
          expect(new Set(once).size).toBe(once.length);
        },
      ),
      settings,
    );
  });

  it('pages of replies give what the walk gives, once each and in order, while others go on', async () => {
    await fc.assert(
      fc.asyncProperty(growing, any, limits, between, async (acts, at, limit, disturbances) => {
        const discussion = await grow(acts);
        const thread = await discussion.thread();
        const top = discussion.nodes.filter(({ parent }) => !parent)[at % 2] ?? discussion.node(at);
        if (!thread || !top) return;
        const stood = idsOf(walk(top).filter(isShown));
        discussion.flipped.clear();
        const seen: number[] = [];
        let after: number | undefined;
        do {
          const page = await readReplies(
            world.db,
            site.id,
            { id: top.id, threadId: thread.id },
            { after, limit },
          );
          const all = walk(top);
          // The reply that the cursor names keeps its place when it is gone.
          const left = all.slice(all.findIndex(({ id }) => id === after) + 1).filter(isShown);
          expect(idsOf(page.replies)).toEqual(idsOf(left.slice(0, limit)));
          expect(page.next !== undefined).toBe(left.length > limit);
          seen.push(...idsOf(page.replies));
          after = page.next;
          for (const act of (after === undefined ? undefined : disturbances.shift()) ?? [])
            await discussion.act(act);
        } while (after);
        const isSteady = (id: number) => stood.includes(id) && !discussion.flipped.has(id);
        expect(seen.filter(isSteady)).toEqual(stood.filter(isSteady));
        expect(new Set(seen).size).toBe(seen.length);
      }),
      settings,
    );
  });
});
