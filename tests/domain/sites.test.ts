/** Sites as the operator makes and changes them, with their events. What a suspended one refuses is in http/. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SITE_DEFAULTS } from '../../src/core/site.ts';
import {
  changeSite,
  createSite,
  findSite,
  listSites,
  readSite,
  suspendSite,
} from '../../src/domain/sites.ts';
import { createWorld, GAZETTE, type World } from '../support/world.ts';

const HERALD = 'https://herald.example';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const create = (id: string, origins = [HERALD]) =>
  createSite(world.db, { id, name: 'Herald', origins }, world.clock.now);

async function eventsOf(siteId: string) {
  const { rows } = await world.pool.query('select kind, data from events where site_id = $1 order by id', [
    siteId,
  ]);
  return rows;
}

describe('a site', () => {
  it('has the defaults for what was not set, and its origins in one order, once each', async () => {
    const site = await create('herald', [HERALD, GAZETTE, HERALD]);
    expect(site).toEqual({
      id: 'herald',
      name: 'Herald',
      version: 1,
      settings: SITE_DEFAULTS,
      origins: [GAZETTE, HERALD],
      suspendedAt: null,
    });
    expect(await eventsOf('herald')).toEqual([{ kind: 'site.created', data: {} }]);
    expect((await listSites(world.db)).map(({ id }) => id)).toEqual(['gazette', 'herald']);
  });

  it('is one of its id, and an id is a slug', async () => {
    await create('taken');
    await expect(create('taken', [GAZETTE])).rejects.toMatchObject({ slug: 'invalid-input' });
    expect((await readSite(world.db, 'taken')).origins).toEqual([HERALD]);
    for (const id of [
      '',
      'Herald',
      '-herald',
      'herald.example',
      'herald/..',
      'hérald',
      'a'.repeat(64),
      'a\0',
    ])
      await expect(create(id), id).rejects.toMatchObject({ slug: 'invalid-input' });
    expect(await findSite(world.db, 'a'.repeat(63))).toBeUndefined();
    await create('a'.repeat(63));
  });

  it('is changed in what is given and in nothing else, and gets a new version', async () => {
    await create('changing');
    const change = (what: Parameters<typeof changeSite>[2]) =>
      changeSite(world.db, 'changing', what, world.clock.now);
    await change({ settings: { maxLength: 100, votes: false } });
    const site = await change({ settings: { maxLength: 200 } });
    expect(site).toMatchObject({ version: 3, name: 'Herald', origins: [HERALD] });
    expect(site.settings).toEqual({ ...SITE_DEFAULTS, maxLength: 200, votes: false });
    expect(await change({ name: 'The Herald' })).toMatchObject({ name: 'The Herald', origins: [HERALD] });
    expect((await change({ origins: [GAZETTE] })).origins).toEqual([GAZETTE]);
    expect((await change({ origins: [] })).origins).toEqual([]);
    expect((await eventsOf('changing')).map(({ kind }) => kind)).toEqual([
      'site.created',
      ...Array(5).fill('site.changed'),
    ]);
    await expect(changeSite(world.db, 'nowhere', {}, world.clock.now)).rejects.toMatchObject({
      slug: 'site-unknown',
    });
  });

  it('changed by two at once keeps both changes', async () => {
    await create('busy');
    await Promise.all([
      changeSite(world.db, 'busy', { settings: { maxLength: 100 } }, world.clock.now),
      changeSite(world.db, 'busy', { settings: { maxLinks: 1 } }, world.clock.now),
    ]);
    expect(await readSite(world.db, 'busy')).toMatchObject({
      version: 3,
      settings: { maxLength: 100, maxLinks: 1 },
    });
  });

  it('keeps working with a setting that a newer build wrote', async () => {
    await create('newer');
    await world.pool.query(`update sites set settings = '{"fromTheFuture": true}' where id = 'newer'`);
    expect((await readSite(world.db, 'newer')).settings).toMatchObject(SITE_DEFAULTS);
  });

  it('is suspended and resumed, each with its event and a new version', async () => {
    await create('pausing');
    await suspendSite(world.db, 'pausing', true, world.clock.now);
    await expect(readSite(world.db, 'pausing')).rejects.toMatchObject({ slug: 'site-suspended' });
    expect(await findSite(world.db, 'pausing')).toMatchObject({ suspendedAt: world.clock.now, version: 2 });
    await suspendSite(world.db, 'pausing', false, world.clock.now);
    expect(await readSite(world.db, 'pausing')).toMatchObject({ suspendedAt: null, version: 3 });
    expect((await eventsOf('pausing')).map(({ kind }) => kind)).toEqual([
      'site.created',
      'site.suspended',
      'site.resumed',
    ]);
    await expect(suspendSite(world.db, 'nowhere', true, world.clock.now)).rejects.toMatchObject({
      slug: 'site-unknown',
    });
  });
});
