-- The storage schema of Parley, first part: sites, people, sign-in, discussions.
-- Tables of a site lead their keys with site_id, so that a site's rows can live on one node of a sharded server;
-- people (users, identities, sessions) and attempts are global. Ids of comments, threads and events are 53-bit
-- integers: milliseconds since 2000-01-01 in the upper bits, 12 bits from a cycling sequence below.

create sequence id_bits minvalue 0 maxvalue 4095 cycle;

-- The id for a moment: sorts by time, unique while fewer than 4,096 are made in one millisecond.
create function make_id(now_ms bigint) returns bigint language sql volatile as
  $$ select ((greatest(now_ms, 946684800000) - 946684800000) << 12) + nextval('id_bits') $$;

create table sites (
  id            text collate "C" primary key
                check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),  -- the slug in the tag and in every URL
  name          text not null,                             -- what readers see, e.g. on Continue
  settings      jsonb not null default '{}',               -- overrides of SITE_DEFAULTS (core/site.ts)
  version       integer not null default 1,                -- grows with each change a reader could see; part of the ETag
  suspended_at  timestamptz,                               -- set: every route of the site refuses
  created_at    timestamptz not null
);

create table site_origins (
  site_id  text collate "C" not null references sites,     -- whose
  origin   text collate "C" not null,                      -- exact, as browsers send it: scheme://host[:port]
  primary key (site_id, origin)
);

create table users (
  id          bigint generated always as identity primary key,  -- never shown to a site or the public
  created_at  timestamptz not null                              -- first sign-in
);

create table identities (
  id            bigint generated always as identity primary key,  -- internal
  user_id       bigint not null references users,                 -- the person
  provider      text collate "C" not null,                        -- adapter id, e.g. google
  issuer        text collate "C" not null,                        -- OIDC issuer or instance; '' for plain OAuth 2
  client        text collate "C" not null default '',             -- '' for the service's own registration
  subject       text collate "C" not null,                        -- the provider's stable id of the person
  name          text not null,                                    -- display name, cleaned, ≤ 80 code points
  username      text,                                             -- changeable handle, display only
  link          text,                                             -- public profile, https
  created_at    timestamptz not null,                             -- first sign-in by it
  refreshed_at  timestamptz not null,                             -- last sign-in by it
  unique (provider, issuer, client, subject)
);
create index identities_user on identities (user_id);

create table sessions (
  id              bigint generated always as identity primary key,  -- names the session in lists; the token never does
  token_hash      bytea not null unique,                            -- SHA-256 of the token; the token is stored nowhere
  kind            text not null check (kind in ('page', 'embed')),  -- page: cookie on our origin; embed: bearer
  user_id         bigint not null references users,                 -- who is signed in
  identity_id     bigint not null references identities,            -- as which account
  site_id         text collate "C" references sites,                -- embed only: the site it is bound to
  origin          text collate "C",                                 -- embed only: the origin it is bound to
  minted_by       bigint references sessions on delete cascade,     -- embed only: the page session behind it
  created_at      timestamptz not null,                             -- the absolute lifetime counts from here
  expires_at      timestamptz not null,                             -- slides while in use
  check ((kind = 'embed') = (site_id is not null and origin is not null))
);
create index sessions_user on sessions (user_id);
create index sessions_minted_by on sessions (minted_by) where minted_by is not null;
create index sessions_expiry on sessions (expires_at);

create table attempts (
  id                text collate "C" primary key,               -- 16 random bytes, base64url; names the attempt's page
  site_id           text collate "C" not null references sites, -- where the reader is signing in
  origin            text collate "C" not null,                  -- exact registered origin that began it
  return_url        text not null,                              -- the article, same origin, without fragment
  challenge         text collate "C" not null unique,           -- base64url SHA-256 of the embed's verifier, used once ever
  mode              text not null check (mode in ('popup', 'redirect')),  -- which window it runs in
  via               text not null check (via in ('post', 'get')),  -- get: may answer the opener, is never relayed
  switch_account    boolean not null,                           -- send the provider's account-switch parameter
  provider          text collate "C",                           -- chosen already in the article, or null
  cookie_hash       bytea not null,                             -- SHA-256 of the attempt cookie
  profile           jsonb,                                      -- who the provider says it is, until Continue
  failure           text collate "C",                           -- slug of the last failure, shown and delivered
  code_hash         bytea,                                      -- SHA-256 of the one-time code, made at Continue
  code_expires_at   timestamptz,                                -- 60 s after Continue
  identity_id       bigint references identities,               -- set at Continue
  page_session_id   bigint references sessions on delete set null,  -- the page session made at Continue
  embed_session_id  bigint references sessions on delete set null,  -- made at redemption, replaced by the next one
  created_at        timestamptz not null,                       -- start
  expires_at        timestamptz not null                        -- 10 min later; the row is kept a day so that no challenge returns
);
create index attempts_expiry on attempts (expires_at);

create table attempt_states (
  state_hash  bytea primary key,                                        -- SHA-256 of the state parameter; taken = deleted
  attempt_id  text collate "C" not null references attempts on delete cascade,  -- whose
  provider    text collate "C" not null,                                -- must equal the callback's path
  expires_at  timestamptz not null                                      -- with the attempt
);
create index attempt_states_attempt on attempt_states (attempt_id);

create table memberships (
  site_id       text collate "C" not null references sites,  -- where
  user_id       bigint not null references users,            -- who
  public_id     text collate "C" not null,                   -- random; names the person in this site's JSON
  role          text not null default 'reader'
                check (role in ('owner', 'moderator', 'trusted', 'reader', 'read-only')),  -- what they may do
  banned_until  timestamptz,                                 -- a ban runs until then; 'infinity' for ever
  created_at    timestamptz not null,                        -- first sign-in on this site
  primary key (site_id, user_id),
  unique (site_id, public_id)
);

create table threads (
  site_id          text collate "C" not null references sites,  -- where
  id               bigint not null,                             -- 53-bit id
  key              text collate "C" not null,                   -- id:… or url:… after normalisation
  url              text not null,                               -- as a reader sent it: unverified
  title            text not null default '',                    -- as a reader sent it: unverified
  status           text not null default 'open' check (status in ('open', 'closed')),  -- closed: reading only
  comment_count    integer not null default 0,                  -- published comments
  last_comment_id  bigint not null default 0,                   -- the next id is above it
  version          bigint not null default 0,                   -- grows by one with each change a reader could see
  votes_folded_at  timestamptz not null default 'epoch',        -- when votes last moved the version
  created_at       timestamptz not null,                        -- first comment
  primary key (site_id, id),
  unique (site_id, key)
);

create table comments (
  site_id          text collate "C" not null,          -- where
  id               bigint not null,                    -- 53-bit id: sibling order and cursor
  thread_id        bigint not null,                    -- which discussion
  parent_id        bigint,                             -- what it answers; null for a root
  root_id          bigint not null,                    -- the root of its conversation; its own id for a root
  depth            smallint not null check (depth between 0 and 300),  -- 0 for a root
  path             bytea not null,                     -- parent's path and the id's 8 bytes: pre-order
  status           text not null check (status in ('published', 'held', 'spam', 'rejected', 'removed')),  -- who sees it
  removed_by       text check (removed_by in ('author', 'moderator', 'erasure')),  -- only a moderator's removal can be restored
  shown            boolean not null,                   -- published, or a tombstone with shown replies
  raw              text not null,                      -- what the author typed
  html             text not null,                      -- what we made of it; safe
  renderer         smallint not null,                  -- version of the renderer that made html
  identity_id      bigint references identities,       -- written under; emptied, never deleted, by erasure
  user_id          bigint references users,            -- whose it is
  imported_author  text,                               -- name from an import, no account behind it
  reply_count      integer not null default 0,         -- shown direct replies
  pinned_at        timestamptz,                        -- on top of the thread, at most three
  created_at       timestamptz not null,               -- when it was posted
  edited_at        timestamptz,                        -- last change by its author
  source           text,                               -- import it came from
  source_id        text,                               -- its id there
  primary key (site_id, id),
  foreign key (site_id, thread_id) references threads (site_id, id),
  foreign key (site_id, parent_id) references comments (site_id, id),
  unique (site_id, source, source_id)
);
create index comments_roots on comments (site_id, thread_id, id desc) where parent_id is null and shown;
create index comments_path on comments (site_id, thread_id, path) where shown;
create index comments_replies on comments (site_id, parent_id, id) where parent_id is not null;
create index comments_queue on comments (site_id, status, id desc);
create index comments_pinned on comments (site_id, thread_id, pinned_at desc) where pinned_at is not null and shown;
create index comments_own on comments (site_id, user_id, thread_id, id desc);

create table comment_revisions (
  site_id     text collate "C" not null,  -- where
  comment_id  bigint not null,            -- which comment
  revision    integer not null,           -- 1 for the first text that was replaced
  raw         text not null,              -- the text before the edit; emptied by erasure
  created_at  timestamptz not null,       -- when it was replaced
  primary key (site_id, comment_id, revision),
  foreign key (site_id, comment_id) references comments (site_id, id)
);

create table scores (
  site_id     text collate "C" not null,          -- where
  thread_id   bigint not null,                    -- which discussion
  comment_id  bigint not null,                    -- whose score
  listed      boolean not null,                   -- a root that is shown: takes part in the order "best"
  up          integer not null default 0,         -- recomputed from reactions
  down        integer not null default 0,         -- recomputed from reactions
  score       real not null default 0,            -- what "best" sorts by
  changed_at  timestamptz not null,               -- last vote that no fold has shown; the epoch when there is none
  primary key (site_id, comment_id),
  foreign key (site_id, comment_id) references comments (site_id, id)
) with (fillfactor = 80);
create index scores_best on scores (site_id, thread_id, score desc, comment_id desc) where listed;
create index scores_changed on scores (changed_at);

create table reactions (
  site_id     text collate "C" not null,                      -- where
  comment_id  bigint not null,                                -- on what
  user_id     bigint not null references users,               -- by whom: one vote a reader
  value       smallint not null check (value in (-1, 1)),     -- down or up; withdrawn = no row
  created_at  timestamptz not null,                           -- when it was last set
  primary key (site_id, comment_id, user_id),
  foreign key (site_id, comment_id) references comments (site_id, id)
);

create table events (
  site_id     text collate "C" not null references sites,  -- where
  id          bigint not null,                             -- 53-bit id
  kind        text collate "C" not null,                   -- noun.past, e.g. comment.posted
  thread_id   bigint,                                      -- the thread it changed
  version     bigint,                                      -- the thread's version after it; null: no reader saw a change
  comment_id  bigint,                                      -- the comment it changed
  actor_id    bigint,                                      -- users.id of who did it; null for the service or an operator
  data        jsonb not null default '{}',                 -- ids, slugs and numbers; never text, name, address or IP
  created_at  timestamptz not null,                        -- when
  primary key (site_id, id)
);
create index events_thread on events (site_id, thread_id, version) where version is not null;

create table idempotency (
  site_id     text collate "C" not null,          -- where
  user_id     bigint not null references users,   -- whose key
  key         text collate "C" not null,          -- the Idempotency-Key header
  body_hash   bytea not null,                     -- SHA-256 of the request; another body under the key is refused
  comment_id  bigint not null,                    -- what it made
  created_at  timestamptz not null,               -- kept 48 h
  primary key (site_id, user_id, key)
);
create index idempotency_age on idempotency (created_at);

-- Unlogged: losing the counters in a crash is harmless, and writing them costs no WAL.
create unlogged table rate_limits (
  key     varchar(255) primary key,   -- HMAC of what is limited; no address in clear
  points  integer not null default 0, -- used in the window
  expire  bigint                      -- end of the window, milliseconds since 1970
);

create table embed_assets (
  path        text collate "C" primary key,  -- file name with content hash
  body        text not null,                 -- JavaScript
  created_at  timestamptz not null           -- last start that shipped it; answered for 30 days after
);

-- What the order "best" sorts by: how surely readers like it (lower bound of Wilson's 95% interval of the share of
-- up votes) less how surely they dislike it. No votes and balanced votes give 0, a few lone votes count little.
create function best_score(up integer, down integer) returns real language sql immutable as $$
  select case when up + down = 0 then 0 else (
    (up::float8 / (up + down) - down::float8 / (up + down)) / (1 + 3.8416 / (up + down))
  ) end::real
$$;
