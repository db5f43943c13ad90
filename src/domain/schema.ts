/**
 * The tables as TypeScript sees them. `sql/` is the schema document, with a comment for every column; this file only
 * repeats names and types for Kysely, and holds nothing else.
 */
import type { ColumnType, Generated } from 'kysely';

type Defaulted<T> = ColumnType<T, T | undefined, T>;

export type CommentStatus = 'published' | 'held' | 'spam' | 'rejected' | 'removed';
export type Role = 'owner' | 'moderator' | 'trusted' | 'reader' | 'read-only';
export type RemovedBy = 'author' | 'moderator' | 'erasure';

export interface Schema {
  sites: {
    id: string;
    name: string;
    settings: ColumnType<unknown, string, string>;
    version: Defaulted<number>;
    suspended_at: Date | null;
    created_at: Date;
  };
  site_origins: { site_id: string; origin: string };
  users: { id: Generated<number>; created_at: Date };
  identities: {
    id: Generated<number>;
    user_id: number;
    provider: string;
    issuer: string;
    client: Defaulted<string>;
    subject: string;
    name: string;
    username: string | null;
    link: string | null;
    created_at: Date;
    refreshed_at: Date;
    picture: string | null;
    picture_source: string | null;
    picture_asked_at: Date | null;
    email: ColumnType<string | null, string | null | undefined, never>;
  };
  pictures: { name: string; body: Buffer; created_at: Date; replaced_at: Date | null };
  sessions: {
    id: Generated<number>;
    token_hash: Buffer;
    kind: 'page' | 'embed';
    user_id: number;
    identity_id: number;
    site_id: string | null;
    origin: string | null;
    minted_by: number | null;
    created_at: Date;
    expires_at: Date;
  };
  attempts: {
    id: string;
    site_id: string;
    origin: string;
    return_url: string;
    challenge: string;
    mode: 'popup' | 'redirect' | 'page';
    via: 'post' | 'get';
    switch_account: boolean;
    provider: string | null;
    cookie_hash: Buffer;
    profile: ColumnType<unknown, string | null, string | null>;
    failure: string | null;
    code_hash: Buffer | null;
    code_expires_at: Date | null;
    identity_id: number | null;
    page_session_id: number | null;
    embed_session_id: number | null;
    draft: string | null;
    created_at: Date;
    expires_at: Date;
  };
  attempt_states: { state_hash: Buffer; attempt_id: string; provider: string; expires_at: Date };
  memberships: {
    site_id: string;
    user_id: number;
    public_id: string;
    role: Defaulted<Role>;
    banned_until: ColumnType<
      Date | number | null,
      Date | 'infinity' | null | undefined,
      Date | 'infinity' | null
    >;
    created_at: Date;
  };
  threads: {
    site_id: string;
    id: number;
    key: string;
    url: string;
    title: Defaulted<string>;
    status: Defaulted<'open' | 'closed'>;
    comment_count: Defaulted<number>;
    last_comment_id: Defaulted<number>;
    version: Defaulted<number>;
    votes_folded_at: Defaulted<Date>;
    created_at: Date;
  };
  comments: {
    site_id: string;
    id: number;
    thread_id: number;
    parent_id: number | null;
    root_id: number;
    depth: number;
    path: Buffer;
    status: CommentStatus;
    removed_by: RemovedBy | null;
    removed_at: Date | null;
    removed_from: CommentStatus | null;
    shown: boolean;
    raw: string;
    html: string;
    renderer: number;
    identity_id: number | null;
    user_id: number | null;
    imported_author: string | null;
    reply_count: Defaulted<number>;
    pinned_at: Date | null;
    created_at: Date;
    edited_at: Date | null;
    source: string | null;
    source_id: string | null;
  };
  comment_revisions: { site_id: string; comment_id: number; revision: number; raw: string; created_at: Date };
  scores: {
    site_id: string;
    thread_id: number;
    comment_id: number;
    listed: boolean;
    up: Defaulted<number>;
    down: Defaulted<number>;
    score: Defaulted<number>;
    changed_at: Date;
  };
  reactions: { site_id: string; comment_id: number; user_id: number; value: number; created_at: Date };
  events: {
    site_id: string;
    id: number;
    kind: string;
    thread_id: number | null;
    version: number | null;
    comment_id: number | null;
    actor_id: number | null;
    data: ColumnType<unknown, string, never>;
    created_at: Date;
  };
  idempotency: {
    site_id: string;
    user_id: number;
    key: string;
    body_hash: Buffer;
    comment_id: number;
    created_at: Date;
  };
  rate_limits: { key: string; points: number; expire: number | null };
  embed_assets: { path: string; body: string; created_at: Date };
}
