/**
 * A world to test in: a database of its own, the whole application on it, and people with names. Site *Gazette*,
 * readers *Ada* and *Bo*, moderator *Mara*. Requests go in by the front door, `app.request()`; only what no route can
 * do (a session without a browser, another moment in time) is arranged here.
 */
import { randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import type { LogEvent } from 'kysely';
import { createApp } from '../../src/app.ts';
import type { Job } from '../../src/core/job.ts';
import { Keyring } from '../../src/core/secret.ts';
import type { SiteSettings } from '../../src/core/site.ts';
import { type Database, openDatabase } from '../../src/domain/database.ts';
import { createLimits } from '../../src/domain/limits.ts';
import { joinSite } from '../../src/domain/memberships.ts';
import { openSession } from '../../src/domain/sessions.ts';
import { changeSite, createSite } from '../../src/domain/sites.ts';
import { signInWith } from '../../src/domain/users.ts';
import type { Jobs } from '../../src/edge/jobs.ts';
import { createLog } from '../../src/edge/log.ts';
import type { ProviderSettings } from '../../src/edge/oauth.ts';
import { connectProviders } from '../../src/edge/oauth.ts';
import type { WorkOptions } from '../../src/edge/work.ts';
import type { Asset, Env } from '../../src/http/env.ts';
import { createDatabase } from './database.ts';
import { assertScoped } from './scoped.ts';

export const GAZETTE = 'https://gazette.example';
export const SERVICE = 'https://comments.example';
export const ARTICLE = `${GAZETTE}/one`;

export interface Reader {
  name: string;
  token: string;
  pageToken: string;
  /** As the site knows them. */
  publicId: string;
  userId: number;
  identityId: number;
}

export interface World extends Database {
  app: Hono<Env>;
  url: string;
  keyring: Keyring;
  /** Jobs that were put in a transaction, also in one that was rolled back. Nobody does them: see `withJobs`. */
  jobs: Job[];
  /** What the service takes for now; moves only when a test moves it. */
  clock: { now: Date };
  /** Passes time. */
  pass(milliseconds: number): void;
  reader(name: string, options?: { site?: string; origin?: string; provider?: string }): Promise<Reader>;
  /** Calls the API. A reader's call carries their bearer and the article's origin. */
  call(method: string, path: string, options?: CallOptions): Promise<Called>;
  /** Posts under the article and returns the comment. Fails the test when refused. */
  post(
    reader: Reader,
    text: string,
    options?: { parentId?: number; site?: string; key?: string },
  ): Promise<PostedComment>;
  settings(settings: Partial<SiteSettings>): Promise<void>;
  end(): Promise<void>;
}

export interface CallOptions {
  as?: Reader;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Called {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
  json: any;
  /** Slug of the refusal; undefined for any other answer. */
  slug: string | undefined;
}

export interface PostedComment {
  id: number;
  status: string;
  depth: number;
  parentId: number | null;
  html: string;
  raw: string;
}

export interface WorldOptions {
  publicUrl?: string;
  providers?: Record<string, ProviderSettings>;
  origins?: string[];
  assets?: Asset[];
  /** The real clock in place of a standing one. */
  isLive?: boolean;
  trustedProxies?: string[];
  /** Does the jobs as the service would, in place of noting them. */
  withJobs?: boolean;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const owned = await createDatabase();
  const offences: string[] = [];
  const database = openDatabase(owned.connection, {
    log: (event: LogEvent) => assertScoped(event.query.sql, offences),
  });
  const keyring = new Keyring([randomBytes(32).toString('base64url')]);
  const clock = { now: new Date('2026-03-01T12:00:00Z') };
  const publicUrl = options.publicUrl ?? SERVICE;
  const jobs: Job[] = [];
  const now = () => (options.isLive ? new Date() : new Date(clock.now));
  const log = createLog(process.env.LOG_LEVEL ?? 'silent');
  const running = options.withJobs ? await doJobs(database, { publicUrl, log, now }) : undefined;
  const app = createApp({
    db: database.db,
    enqueue: running?.enqueue ?? (async (_tx, job) => void jobs.push(job)),
    keyring,
    limits: createLimits(database.pool, keyring),
    signIn: connectProviders(options.providers ?? {}, publicUrl),
    assets: new Map((options.assets ?? []).map((asset) => [asset.path, asset])),
    log,
    publicUrl,
    isTrustedProxy: (address) => options.trustedProxies?.includes(address) ?? false,
    build: 'test',
    now,
  });
  await createSite(
    database.db,
    {
      id: 'gazette',
      name: 'Gazette',
      origins: options.origins ?? [GAZETTE],
      settings: { commentsPerMinute: 600 },
    },
    now(),
  );

  const world: World = {
    ...database,
    app,
    url: owned.url,
    keyring,
    jobs,
    clock,
    pass: (milliseconds) => {
      clock.now = new Date(clock.now.getTime() + milliseconds);
    },
    async reader(name, { site = 'gazette', origin = GAZETTE, provider = 'google' } = {}) {
      return database.db.transaction().execute(async (tx) => {
        const account = { provider, issuer: '', subject: name, name, username: null, link: null };
        const { userId, identityId } = await signInWith(tx, account, now());
        const { publicId } = await joinSite(tx, site, userId, now());
        const who = { userId, identityId };
        // Lucia knows only the real time: sessions opened in a standing past would look expired.
        const page = await openSession(
          tx,
          { kind: 'page', ...who, siteId: null, origin: null, mintedBy: null },
          now(),
        );
        const embed = await openSession(
          tx,
          { kind: 'embed', ...who, siteId: site, origin, mintedBy: page.session.id },
          now(),
        );
        return { name, token: embed.token, pageToken: page.token, publicId, ...who };
      });
    },
    async call(method, path, { as, body, headers = {} } = {}) {
      const response = await app.request(
        `${publicUrl}${path.startsWith('/') ? '' : '/api/v1/sites/'}${path}`,
        {
          method,
          headers: {
            ...(as ? { Authorization: `Bearer ${as.token}`, Origin: GAZETTE } : {}),
            ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        },
      );
      const text = await response.text();
      const isJson = (response.headers.get('Content-Type') ?? '').includes('json');
      const json = isJson ? JSON.parse(text) : text;
      const type = (response.headers.get('Content-Type') ?? '').startsWith('application/problem+json')
        ? json.type
        : '';
      return {
        status: response.status,
        headers: response.headers,
        json,
        slug: type.split('/').at(-1) || undefined,
      };
    },
    async post(as, text, { parentId, site = 'gazette', key = randomBytes(9).toString('base64url') } = {}) {
      const called = await world.call('POST', `${site}/comments`, {
        as,
        body: { key: `url:${ARTICLE}`, url: ARTICLE, title: 'One', text, ...(parentId ? { parentId } : {}) },
        headers: { 'Idempotency-Key': key },
      });
      if (called.status !== 201)
        throw new Error(`Not posted: ${called.status} ${JSON.stringify(called.json)}`);
      return called.json.comment;
    },
    async settings(settings) {
      await changeSite(database.db, 'gazette', { settings }, now());
    },
    async end() {
      await running?.stop();
      await database.close();
      await owned.drop();
      if (offences.length > 0) throw new Error(`Statements without site_id:\n${offences.join('\n')}`);
    },
  };
  return world;
}

/** Loaded when asked for: most worlds have no use for it. */
async function doJobs(database: Database, options: WorkOptions): Promise<Jobs> {
  const [{ startJobs }, { workOn }] = await Promise.all([
    import('../../src/edge/jobs.ts'),
    import('../../src/edge/work.ts'),
  ]);
  return startJobs(database, workOn(database, options), options.log, { pollSeconds: 0.5 });
}
