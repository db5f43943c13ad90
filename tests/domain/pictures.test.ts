/** Noting, showing and forgetting a reader's picture, by the rows and events that are there afterwards. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPicture, keepPicture, sweepPictures } from '../../src/domain/pictures.ts';
import { findPerson, findPictureSource, notePicture, setPicture } from '../../src/domain/users.ts';
import { createWorld, type Reader, type World } from '../support/world.ts';

const SOURCE = 'https://pictures.example/ada.png?signed=1';
const SIGNED_ANEW = 'https://pictures.example/ada.png?signed=2';
const OTHER = 'https://pictures.example/other.png';
const DAY_MS = 86_400_000;
const [ONE, TWO] = [Buffer.from('one picture'), Buffer.from('another picture')];

let world: World;
let names = 0;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const newReader = () => world.reader(`Reader ${++names}`);
const note = (who: Reader, source: string | null, now = world.clock.now) =>
  world.db.transaction().execute((tx) => notePicture(tx, who.identityId, source, now));
const show = (who: Reader, source: string, body: Buffer | null) =>
  setPicture(world.db, who.identityId, { source, body }, world.clock.now);
const shownOf = async (who: Reader) =>
  (await findPerson(world.db, 'gazette', who.userId, who.identityId))!.picture;
const changesOf = async (who: Reader) =>
  (
    await world.pool.query(
      `select site_id from events where kind = 'identity.changed' and data = jsonb_build_object('identity', $1::bigint)`,
      [who.identityId],
    )
  ).rows.length;

describe('the address of a picture', () => {
  it('is noted at each sign-in, also where no copy is due', async () => {
    const ada = await newReader();
    expect(await note(ada, SOURCE)).toBe(true);
    await show(ada, SOURCE, ONE);
    expect(await note(ada, SIGNED_ANEW)).toBe(false);
    expect(await findPictureSource(world.db, ada.identityId)).toBe(SIGNED_ANEW);
  });

  it('that two sign-ins bring at once is copied once', async () => {
    const ada = await newReader();
    expect((await Promise.all([note(ada, SOURCE), note(ada, SOURCE)])).filter(Boolean)).toEqual([true]);
  });

  it('that is gone takes the picture along, and the event says so once', async () => {
    const ada = await newReader();
    await note(ada, SOURCE);
    await show(ada, SOURCE, ONE);
    expect(await note(ada, null)).toBe(false);
    expect([await shownOf(ada), await changesOf(ada)]).toEqual([null, 2]);
    await note(ada, null);
    expect(await changesOf(ada)).toBe(2);
  });

  it('of nobody is none', async () => {
    expect(await findPictureSource(world.db, 4_000_000)).toBeNull();
  });
});

describe('a copy', () => {
  it('is shown, and every site that knows the person hears of it', async () => {
    const ada = await newReader();
    await note(ada, SOURCE);
    expect(await show(ada, SOURCE, ONE)).toBe('changed');
    expect(await findPicture(world.db, (await shownOf(ada))!)).toEqual(ONE);
    expect(await changesOf(ada)).toBe(1);
  });

  it('with the same bytes changes nothing', async () => {
    const ada = await newReader();
    await note(ada, SOURCE);
    await show(ada, SOURCE, ONE);
    const name = await shownOf(ada);
    expect(await show(ada, SOURCE, Buffer.from(ONE))).toBe('same');
    expect([await shownOf(ada), await changesOf(ada)]).toEqual([name, 1]);
  });

  it('of nothing where nothing was changes nothing', async () => {
    const ada = await newReader();
    await note(ada, SOURCE);
    expect(await show(ada, SOURCE, null)).toBe('same');
    expect(await changesOf(ada)).toBe(0);
  });

  it('from an address that was left meanwhile is dropped, but not for a new signature', async () => {
    const ada = await newReader();
    await note(ada, SOURCE);
    await note(ada, OTHER);
    expect(await show(ada, SOURCE, ONE)).toBe('outdated');
    expect(await shownOf(ada)).toBeNull();
    await note(ada, null);
    expect(await show(ada, OTHER, ONE)).toBe('outdated');
    await note(ada, SOURCE);
    await note(ada, SIGNED_ANEW);
    expect(await show(ada, SOURCE, ONE)).toBe('changed');
  });

  // A name made from the bytes would tell who else has the same picture.
  it('has a name of its own, also when somebody else has the same bytes', async () => {
    const names = await world.db
      .transaction()
      .execute(async (tx) => [
        await keepPicture(tx, ONE, world.clock.now),
        await keepPicture(tx, ONE, world.clock.now),
      ]);
    expect(names[0]).not.toBe(names[1]);
    for (const name of names) expect(name).toMatch(/^[\w-]{22}$/);
  });

  it('that was replaced is there for a day, the one shown for ever', async () => {
    const ada = await newReader();
    await note(ada, SOURCE);
    await show(ada, SOURCE, ONE);
    const first = (await shownOf(ada))!;
    await show(ada, SOURCE, TWO);
    const second = (await shownOf(ada))!;
    const later = (milliseconds: number) => new Date(world.clock.now.getTime() + milliseconds);
    await sweepPictures(world.db, later(DAY_MS - 1));
    expect(await findPicture(world.db, first)).toEqual(ONE);
    await sweepPictures(world.db, later(DAY_MS));
    expect(await findPicture(world.db, first)).toBeUndefined();
    await sweepPictures(world.db, later(1000 * DAY_MS));
    expect(await findPicture(world.db, second)).toEqual(TWO);
  });
});
