-- Taking a removal back: for a short while an author may undo the removal of their own comment.

alter table comments
  add column removed_at    timestamptz,  -- when it was removed; null while it is not
  add column removed_from  text          -- its status before its author removed it, what undo gives back; null otherwise
             check (removed_from in ('published', 'held', 'spam', 'rejected'));
