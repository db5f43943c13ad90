/** The rule itself, tried on statements that break it: a rule that sees nothing would pass everything. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SITE_OWNED, unscopedTables } from './scoped.ts';

const SQL = join(import.meta.dirname, '../../sql');

it('every table whose keys begin with site_id is watched', () => {
  const schema = globSync('*.sql', { cwd: SQL })
    .map((path) => readFileSync(join(SQL, path), 'utf8'))
    .join('\n');
  const owned = [...schema.matchAll(/create table (\w+) \(\s*site_id\b/g)].map(([, name]) => name);
  expect(owned.toSorted()).toEqual(SITE_OWNED.toSorted());
});

describe('a statement is bound to a site', () => {
  it.each([
    'select "name" from "sites" where "id" = $1',
    'select * from "users" where "id" = $1',
    'select "id" from "threads" where "site_id" = $1 and "key" = $2 for update',
    'select 1 from "threads" where "site_id" in ($1, $2)',
    'insert into "threads" ("site_id", "id") values ($1, $2) returning "id"',
    'update "comments" set "shown" = $1 where "site_id" = $2 and "id" = $3',
    'delete from "scores" where "site_id" = $1 and "comment_id" = $2',
    'select c.id from comments c left join scores s on s.site_id = c.site_id where c.site_id = $1',
    'select c.id from comments c join threads t on t.site_id = c.site_id\n  and t.id = c.thread_id where t.site_id = $1',
    'select 1 from (select id from comments where site_id = $1) r join comments c on c.site_id = $1 and c.id = r.id',
    'insert into comment_revisions (site_id, raw) select $1, $2 from comment_revisions where site_id = $3',
    'select "sites"."id", (select 1 from "site_origins" where "site_origins"."site_id" = "sites"."id") from "sites" where "sites"."id" = $1',
    'select "id" from "threads" where "site_id" = $1 and "id" in (select "thread_id" from "comments" where "site_id" = $2)',
  ])('in its condition, join or inserted columns: %s', (statement) => {
    expect(unscopedTables(statement)).toEqual([]);
  });

  it.each([
    ['select "site_id" from "comments" where "id" = $1', 'comments'],
    ['select "id", "site_id" from "comments" order by "site_id"', 'comments'],
    ['update "comments" set "site_id" = "site_id" where "id" = $1', 'comments'],
    ['update comments c set raw = $1 where c.id = $2', 'comments'],
    ['delete from "reactions" where "user_id" = $1', 'reactions'],
    ['delete from idempotency', 'idempotency'],
    ['insert into "events" ("id", "kind") values ($1, $2)', 'events'],
    ['insert into "events" ("id") values ($1) returning "site_id"', 'events'],
    ['insert into comments (id) select id from minted where site_id = $1', 'comments'],
    ['select c.id from comments c join threads t on t.id = c.thread_id where c.site_id = $1', 'threads'],
    ['select c.id from comments c left join scores s on s.site_id = c.site_id', 'comments scores'],
    ['select c.id from threads join comments c on c.thread_id = threads.id where site_id = $1', 'comments'],
    ['select "origin" from "site_origins", "sites" where "sites"."name" = $1', 'site_origins'],
    [
      'select c.id from comments c where exists (select from memberships m where m.user_id = c.user_id)',
      'comments memberships',
    ],
  ])('or is found out: %s', (statement, tables) => {
    expect(unscopedTables(statement).join(' ')).toBe(tables);
  });
});
