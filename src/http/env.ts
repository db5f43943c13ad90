/**
 * What the routers are handed, and what they know of a request. No router reaches for anything else: no global, no
 * environment, no clock but `now`.
 */
import type { Context } from 'hono';
import type { Enqueue } from '../core/job.ts';
import type { Keyring } from '../core/secret.ts';
import type { Site } from '../core/site.ts';
import type { Db, Tx } from '../domain/database.ts';
import type { Limits } from '../domain/limits.ts';
import type { Author } from '../domain/memberships.ts';
import type { Session } from '../domain/sessions.ts';
import type { Log } from '../edge/log.ts';
import type { SignIn } from '../edge/oauth.ts';

export interface Deps {
  db: Db;
  enqueue: Enqueue<Tx>;
  keyring: Keyring;
  limits: Limits;
  signIn: SignIn;
  /** The embed's files by path, e.g. `embed.js`. */
  assets: ReadonlyMap<string, Asset>;
  log: Log;
  /** Our own origin, exact, e.g. `https://comments.example`. */
  publicUrl: string;
  /** Whether a peer's X-Forwarded-For is believed. */
  isTrustedProxy: (address: string) => boolean;
  /** Names this build in every ETag. */
  build: string;
  now: () => Date;
}

export interface Asset {
  path: string;
  body: string;
  contentType: string;
  immutable: boolean;
}

export interface Variables {
  requestId: string;
  site: Site;
  session: Session;
  author: Author;
  /** The fields of a form of ours, '' for one that is not there: a page that refuses it gives them back. */
  form: (name: string) => string;
}

export interface Env {
  Variables: Variables;
}

export type Ctx = Context<Env>;
