/**
 * The embed's files, kept in the database: a page that holds an older loader, or a host that was deployed a moment
 * earlier, asks for a module that this process did not build.
 */
import type { Db } from './database.ts';

const KEPT_MS = 30 * 86_400_000;

/** Keeps what this build ships, and forgets what no start has shipped for 30 days. */
export async function keepAssets(
  db: Db,
  assets: readonly { path: string; body: string }[],
  now: Date,
): Promise<void> {
  if (assets.length > 0) {
    await db
      .insertInto('embed_assets')
      .values(assets.map(({ path, body }) => ({ path, body, created_at: now })))
      .onConflict((oc) => oc.column('path').doUpdateSet({ created_at: now }))
      .execute();
  }
  await db
    .deleteFrom('embed_assets')
    .where('created_at', '<', new Date(now.getTime() - KEPT_MS))
    .execute();
}

/** An older build's file. */
export async function findAsset(db: Db, path: string): Promise<string | undefined> {
  const row = await db.selectFrom('embed_assets').select('body').where('path', '=', path).executeTakeFirst();
  return row?.body;
}
