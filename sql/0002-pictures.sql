-- Pictures of readers: copied from their providers at sign-in, served from our own origin under a name that says
-- nothing about the person.

create table pictures (
  name         text collate "C" primary key,  -- 16 random bytes, base64url; new with each copy that differs
  body         bytea not null,                -- webp, 96 × 96 pixels, no metadata
  created_at   timestamptz not null,          -- when it was copied
  replaced_at  timestamptz                    -- nobody shows it since; a day later the sweep removes it
);
alter table pictures alter column body set storage external; -- webp does not get smaller
create index pictures_replaced on pictures (replaced_at) where replaced_at is not null;

alter table identities
  add column picture            text collate "C" references pictures,  -- the copy that is shown; null: initials
  add column picture_source     text,                                  -- its address at the provider, as of the last sign-in
  add column picture_asked_at   timestamptz;                           -- when a copy was last asked for
-- Unique because it is so; removing a picture looks here.
create unique index identities_picture on identities (picture) where picture is not null;
