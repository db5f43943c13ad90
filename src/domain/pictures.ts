/**
 * The bytes of readers' pictures. A row is written once and never changed; whose picture it is stands in `users.ts`.
 * A name is random and no reader's: it is not made from an address, an id or the bytes, so that it leads to nobody.
 * It is the same on every site, as the bytes are.
 */
import { newSecret } from '../core/secret.ts';
import type { Db, Tx } from './database.ts';

/** Pages and caches that were filled before a change still ask for the picture of then. */
const KEPT_MS = 86_400_000;
const NAME_BYTES = 16;
const SWEPT_AT_ONCE = 1000;

/** Keeps a picture and returns its name. */
export async function keepPicture(tx: Tx, body: Buffer, now: Date): Promise<string> {
  const name = newSecret(NAME_BYTES);
  await tx.insertInto('pictures').values({ name, body, created_at: now }).execute();
  return name;
}

/** Says that nobody shows the picture any more. */
export async function retirePicture(tx: Tx, name: string, now: Date): Promise<void> {
  await tx.updateTable('pictures').set({ replaced_at: now }).where('name', '=', name).execute();
}

/** The bytes of a picture; undefined when there is none of that name, or no more. */
export async function findPicture(db: Db | Tx, name: string): Promise<Buffer | undefined> {
  const row = await db.selectFrom('pictures').select('body').where('name', '=', name).executeTakeFirst();
  return row?.body;
}

/** Removes pictures a day after they were replaced; for the sweep. */
export async function sweepPictures(db: Db, now: Date): Promise<void> {
  await db
    .deleteFrom('pictures')
    .where('name', 'in', (eb) =>
      eb
        .selectFrom('pictures')
        .select('name')
        .where('replaced_at', '<=', new Date(now.getTime() - KEPT_MS))
        .limit(SWEPT_AT_ONCE),
    )
    .execute();
}
