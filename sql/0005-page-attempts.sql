-- Signing in on a page of our own, without script. Such an attempt ends in a page session and leads back to that page: no
-- code is ever made that could become a session in an article. Its origin is our own, its challenge nobody's.

alter table attempts drop constraint attempts_mode_check;
alter table attempts
  add constraint attempts_mode_check check (mode in ('popup', 'redirect', 'page')),  -- page: begun on a page of ours
  add constraint attempts_page_has_no_code check (mode <> 'page' or code_hash is null),
  add column draft  text  -- mode page only: what the reader was writing, given back to them alone; emptied when the attempt ends
             check (draft is null or mode = 'page');
