import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARTICLE, createWorld, type Reader, type World } from '../support/world.ts';

let world: World;
let ada: Reader;
let bo: Reader;

beforeAll(async () => {
  world = await createWorld();
  ada = await world.reader('Ada');
  bo = await world.reader('Bo');
});
afterAll(() => world.end());

const KEY = `url:${ARTICLE}`;
const read = (query = '') => world.call('GET', `gazette/thread?key=${encodeURIComponent(KEY)}${query}`);

describe('a comment', () => {
  it('is read back under its article, with its replies', async () => {
    const root = await world.post(ada, 'Hello *there*');
    const reply = await world.post(bo, 'Hi', { parentId: root.id });
    const { json, status } = await read();
    expect(status).toBe(200);
    expect(json.thread).toMatchObject({ key: KEY, commentCount: 2, title: 'One' });
    expect(json.comments.items).toHaveLength(1);
    expect(json.comments.items[0]).toMatchObject({
      id: root.id,
      html: '<p>Hello <em>there</em></p>\n',
      author: { name: 'Ada' },
    });
    expect(json.comments.items[0].replies.items[0]).toMatchObject({
      id: reply.id,
      depth: 1,
      author: { name: 'Bo' },
    });
  });
});
