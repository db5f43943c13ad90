/**
 * The rule that lets the schema be spread over several servers by site: a statement on a table that belongs to sites
 * says which site, for each such table, in a condition, a join or the inserted columns. Every statement that any test
 * makes the service send is looked at; reading `site_id` in a select list is not enough.
 */

export const SITE_OWNED = [
  'site_origins',
  'memberships',
  'threads',
  'comments',
  'comment_revisions',
  'scores',
  'reactions',
  'events',
  'idempotency',
];

/** The statements that cross sites on purpose. Each is an operator's or the sweep's, or asks where a person is. */
export const ACROSS_SITES: Readonly<Record<string, RegExp>> = {
  'an operator lists all sites': /^select .* from sites order by sites\.id$/,
  'the sites of a person, to go through them one by one':
    /^select site_id from memberships where user_id = \$1 order by site_id$/,
  'the sweep forgets by age': /^delete from idempotency where created_at <= \$1$/,
  'the sweep looks for threads that owe a fold':
    /^select distinct site_id as siteid, thread_id as threadid from scores where changed_at > \$1 limit \$2$/,
};

const REFERENCE = new RegExp(
  `\\b(insert into|delete from|update|from|join)\\s+(?:only\\s+)?(${SITE_OWNED.join('|')})\\b` +
    // What follows is an alias unless it is the next word of the statement.
    '(?:\\s+as)?(?:\\s+(?!as\\b|on\\b|set\\b|where\\b|values\\b|select\\b|using\\b|(?:left|inner|cross|full)\\b|join\\b|' +
    'order\\b|group\\b|limit\\b|for\\b|union\\b|returning\\b|from\\b)([a-z_]\\w*))?',
  'g',
);

/** Which site-owned tables a statement touches without saying of which site. */
export function unscopedTables(statement: string): string[] {
  const sql = statement.replaceAll('"', '').replace(/\s+/g, ' ').trim().toLowerCase();
  if (Object.values(ACROSS_SITES).some((known) => known.test(sql))) return [];
  const bound = boundNames(sql);
  const unscoped: string[] = [];
  for (const { 1: verb, 2: table = '', 3: alias, index } of sql.matchAll(REFERENCE)) {
    const isBound =
      verb === 'insert into'
        ? /^\s*\([^)]*\bsite_id\b/.test(sql.slice(index + `insert into ${table}`.length))
        : bound.has(alias ?? table) || (!alias && bound.has(''));
    if (!isBound) unscoped.push(table);
  }
  return unscoped;
}

/**
 * The tables or aliases whose site is a parameter, directly or over joins: `a.site_id = $1`, `a.site_id = b.site_id`.
 * A condition without a table's name counts for those that are named without an alias, as `''`.
 */
function boundNames(sql: string): Set<string> {
  const bound = new Set<string>();
  for (const [, name = ''] of sql.matchAll(/(?:\b(\w+)\.)?\bsite_id (?:= \$\d|in \(\$\d)/g)) bound.add(name);
  if (/\bsites\.id = \$\d/.test(sql)) bound.add('sites');
  const joins = [...sql.matchAll(/\b(\w+)\.(site_id|id) = (\w+)\.(site_id|id)\b/g)].filter(
    ([, a, columnA, b, columnB]) =>
      (columnA === 'site_id' || a === 'sites') && (columnB === 'site_id' || b === 'sites'),
  );
  for (let size = -1; size !== bound.size; ) {
    size = bound.size;
    for (const [, a = '', , b = ''] of joins) {
      if (bound.has(a)) bound.add(b);
      if (bound.has(b)) bound.add(a);
    }
  }
  return bound;
}

/** Adds a statement that is not bound to one site to `offences`. */
export function assertScoped(statement: string, offences: string[]): void {
  const tables = unscopedTables(statement);
  if (tables.length > 0) offences.push(`${tables.join(', ')}: ${statement}`);
}
