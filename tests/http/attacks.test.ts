/** What a reviewer broke once, each by the defect that it guards. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ban } from '../../src/domain/memberships.ts';
import { findSession, logOut } from '../../src/domain/sessions.ts';
import { suspendSite } from '../../src/domain/sites.ts';
import { ARTICLE, createWorld, GAZETTE, type Reader, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld({ isLive: true });
});
afterAll(() => world.end());

describe('a body that is held back', () => {
  /** Sends the headers and some bytes, does `meanwhile`, sends the rest; the answer's status. */
  async function postSlowly(reader: Reader, meanwhile: () => Promise<unknown>): Promise<number> {
    const server = createAdaptorServer({ fetch: world.app.fetch });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const body = JSON.stringify({ key: `url:${ARTICLE}`, url: ARTICLE, text: 'Held back' });
    const sent = request({
      port: (server.address() as AddressInfo).port,
      method: 'POST',
      path: '/api/v1/sites/gazette/comments',
      headers: {
        Authorization: `Bearer ${reader.token}`,
        Origin: GAZETTE,
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'Idempotency-Key': `slow-${reader.publicId}`,
      },
    });
    const arrived = once(server, 'request');
    sent.write(body.slice(0, 10));
    await arrived;
    await meanwhile();
    sent.end(body.slice(10));
    const [response] = await once(sent, 'response');
    response.resume();
    server.close();
    return response.statusCode;
  }

  it('is judged by the ban of the moment it is complete', async () => {
    const ada = await world.reader('Ada');
    expect(await postSlowly(ada, () => ban(world.db, 'gazette', ada.publicId, 'infinity', new Date()))).toBe(
      403,
    );
  });

  it('is not posted by a session that ended meanwhile', async () => {
    const bo = await world.reader('Bo');
    const session = await findSession(world.db, bo.token, 'embed', new Date());
    expect(await postSlowly(bo, () => logOut(world.db, session!))).toBe(401);
  });

  it('is refused by a site that was suspended meanwhile', async () => {
    const cy = await world.reader('Cy');
    expect(await postSlowly(cy, () => suspendSite(world.db, 'gazette', true, new Date()))).toBe(403);
    await suspendSite(world.db, 'gazette', false, new Date());
  });

  it('is posted when nothing changed', async () => {
    expect(await postSlowly(await world.reader('Di'), async () => {})).toBe(201);
  });
});

it('edits are limited as posts are', async () => {
  const eve = await world.reader('Eve');
  const { id } = await world.post(eve, 'First');
  await world.settings({ commentsPerMinute: 3 });
  const statuses = [];
  for (let n = 0; n < 5; n++) {
    const edit = await world.call('PATCH', `gazette/comments/${id}`, {
      as: eve,
      body: { text: `Edit ${n}` },
    });
    statuses.push(edit.status);
  }
  await world.settings({ commentsPerMinute: 600 });
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
});

it('a first comment that waits tells nobody of its thread, nor names it for those who come after', async () => {
  const page = `${GAZETTE}/waiting`;
  const read = () => world.call('GET', `gazette/thread?key=url:${page}`);
  const before = await read();
  await world.settings({ moderation: 'all' });
  const post = async (name: string, title: string) => {
    const as = await world.reader(name);
    const body = { key: `url:${page}`, url: page, title, text: 'Waiting' };
    return world.call('POST', 'gazette/comments', {
      as,
      body,
      headers: { 'Idempotency-Key': `waiting-${name}` },
    });
  };
  await post('Mallory', 'BUY PILLS');
  await world.settings({ moderation: 'none' });
  const after = await read();
  expect(after.json.thread).toEqual(before.json.thread);
  expect(after.headers.get('ETag')?.split('.').slice(2)).toEqual(
    before.headers.get('ETag')?.split('.').slice(2),
  );
  await post('Flo', 'Waiting rooms');
  expect((await read()).json.thread.title).toBe('Waiting rooms');
});

it('a log-out that meets a second redemption’s locks happens all the same', async () => {
  for (let round = 0; round < 3; round++) {
    const reader = await world.reader(`Gus ${round}`);
    const session = (await findSession(world.db, reader.token, 'embed', new Date()))!;
    await world.pool.query(
      `insert into attempts (id, site_id, origin, return_url, challenge, mode, via, switch_account, cookie_hash,
         page_session_id, created_at, expires_at)
       values ($1, 'gazette', $2, $2, $3, 'popup', 'post', false, '\\x00', $4, now(), now() + interval '1 hour')`,
      [`attempt-${round}`, GAZETTE, `challenge-${round}`, session.mintedBy],
    );
    // What a redemption locks, in its order.
    const client = await world.pool.connect();
    await client.query('begin');
    await client.query('select 1 from attempts where id = $1 for update', [`attempt-${round}`]);
    const ended = logOut(world.db, session);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await client
      .query('select 1 from sessions where id = $1 for key share', [session.mintedBy])
      .catch(() => {});
    await client.query('commit').catch(() => {});
    client.release();
    await ended;
    expect(await findSession(world.db, reader.token, 'embed', new Date())).toBeUndefined();
  }
});

it.each([
  ['multipart/form-data; boundary=x', 'no boundary here'],
  ['application/json', '{}'],
  ['text/plain', 'site=gazette'],
])('a start sent as %s is refused as that', async (type, body) => {
  const response = await world.app.request('https://comments.example/login/start', {
    method: 'POST',
    headers: { 'Content-Type': type, Origin: GAZETTE },
    body,
  });
  expect(response.status).toBe(415);
});

it('an attempt’s id with a NUL is no attempt', async () => {
  const response = await world.app.request('https://comments.example/login/attempts/abcdefgh%00', {
    headers: { Cookie: '__Host-parley_a_abcdefgh=x' },
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('expired');
});

it('a permalink under 300 others shows the nearest twenty and the root', async () => {
  const hal = await world.reader('Hal');
  let parent = await world.post(hal, 'Root');
  const root = parent.id;
  for (let depth = 0; depth < 30; depth++)
    parent = await world.post(hal, `Reply ${depth}`, { parentId: parent.id });
  const { json } = await world.call('GET', `gazette/comments/${parent.id}`);
  expect(json.ancestors).toHaveLength(21);
  expect(json.ancestors[0].id).toBe(root);
  expect(json.ancestors.at(-1).id).toBe(json.comment.parentId);
});
