/**
 * Sites and their registered origins. Creating, changing and suspending a site is the operator's act (`cli.ts`);
 * requests only read. Every change grows `version`, which is part of each page's ETag.
 */
import { sql } from 'kysely';
import { problem } from '../core/problem.ts';
import { SITE_SETTINGS, type Site, type SiteSettings } from '../core/site.ts';
import { type Db, inTransaction, type Tx, violates } from './database.ts';
import { record } from './events.ts';

const SITE_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

// A setting that this build does not know was written by a newer one: ignored, not fatal. Made once: `strip` compiles.
const STORED_SETTINGS = SITE_SETTINGS.strip();

function select(db: Db | Tx) {
  return db
    .selectFrom('sites')
    .select(['id', 'name', 'version', 'settings', 'suspended_at'])
    .select((eb) =>
      eb
        .selectFrom('site_origins')
        .whereRef('site_origins.site_id', '=', 'sites.id')
        .select(sql<string[]>`coalesce(array_agg(origin order by origin), '{}')`.as('origins'))
        .as('origins'),
    );
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

const toSite = (row: Row): Site => ({
  id: row.id,
  name: row.name,
  version: row.version,
  settings: STORED_SETTINGS.parse(row.settings),
  origins: row.origins ?? [],
  suspendedAt: row.suspended_at,
});

/** The site, suspended or not; undefined when there is none. */
export async function findSite(db: Db | Tx, siteId: string): Promise<Site | undefined> {
  if (!SITE_ID.test(siteId)) return undefined;
  const row = await select(db).where('sites.id', '=', siteId).executeTakeFirst();
  return row && toSite(row);
}

/** The site for a request. Throws `site-unknown` and `site-suspended`. */
export async function readSite(db: Db | Tx, siteId: string): Promise<Site> {
  const site = await findSite(db, siteId);
  if (!site) throw problem('site-unknown');
  if (site.suspendedAt) throw problem('site-suspended');
  return site;
}

/** All sites, by id; for the operator. */
export async function listSites(db: Db): Promise<Site[]> {
  return (await select(db).orderBy('sites.id').execute()).map(toSite);
}

/** Makes a site. Throws `invalid-input` when the id is taken or malformed. */
export async function createSite(
  db: Db,
  input: { id: string; name: string; origins: readonly string[]; settings?: Partial<SiteSettings> },
  now: Date,
): Promise<Site> {
  if (!SITE_ID.test(input.id)) {
    throw problem('invalid-input', {
      detail: `"${input.id}" is no site id: use a–z, 0–9 and "-", at most 63.`,
    });
  }
  try {
    return await inTransaction(db, async (tx) => {
      await tx
        .insertInto('sites')
        .values({
          id: input.id,
          name: input.name,
          settings: JSON.stringify(input.settings ?? {}),
          created_at: now,
        })
        .execute();
      await setOrigins(tx, input.id, input.origins);
      await record(tx, { siteId: input.id, kind: 'site.created' }, now);
      return readSite(tx, input.id);
    });
  } catch (error) {
    if (!violates(error, 'sites_pkey')) throw error;
    throw problem('invalid-input', { detail: `There is a site "${input.id}" already.` });
  }
}

/** Replaces what is given: name, origins, single settings. Throws `site-unknown`. */
export async function changeSite(
  db: Db,
  siteId: string,
  change: { name?: string; origins?: readonly string[]; settings?: Partial<SiteSettings> },
  now: Date,
): Promise<Site> {
  return inTransaction(db, async (tx) => {
    const changed = await tx
      .updateTable('sites')
      .set((eb) => ({
        version: eb('version', '+', 1),
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.settings
          ? { settings: sql<string>`settings || ${JSON.stringify(change.settings)}::jsonb` }
          : {}),
      }))
      .where('id', '=', siteId)
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) throw problem('site-unknown');
    if (change.origins) await setOrigins(tx, siteId, change.origins);
    await record(tx, { siteId, kind: 'site.changed' }, now);
    return (await findSite(tx, siteId))!;
  });
}

/** Suspends a site (every route refuses) or resumes it. Throws `site-unknown`. */
export async function suspendSite(db: Db, siteId: string, isSuspended: boolean, now: Date): Promise<void> {
  await inTransaction(db, async (tx) => {
    const changed = await tx
      .updateTable('sites')
      .set((eb) => ({ suspended_at: isSuspended ? now : null, version: eb('version', '+', 1) }))
      .where('id', '=', siteId)
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) throw problem('site-unknown');
    await record(tx, { siteId, kind: isSuspended ? 'site.suspended' : 'site.resumed' }, now);
  });
}

async function setOrigins(tx: Tx, siteId: string, origins: readonly string[]): Promise<void> {
  await tx.deleteFrom('site_origins').where('site_id', '=', siteId).execute();
  const values = [...new Set(origins)].map((origin) => ({ site_id: siteId, origin }));
  if (values.length > 0) await tx.insertInto('site_origins').values(values).execute();
}
