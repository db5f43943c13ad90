-- Guests: people who sign in nowhere and say themselves who they are, on one site. Their identities have the provider
-- 'guest', the site's id as client and a random subject, so that nothing links them to another site or account.

alter table identities
  add column email  text;  -- a guest's, as typed: nobody verified it, nobody is shown it; null for every other provider

-- A person's own comments on a whole site, newest first; comments_own has them by thread.
create index comments_by_user on comments (site_id, user_id, id desc);
