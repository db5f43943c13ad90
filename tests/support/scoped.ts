/**
 * The rule that lets the schema be spread over several servers by site: no statement on a table that belongs to sites
 * may leave out `site_id`. Every statement that any test makes the service send is looked at.
 */

const SITE_OWNED = [
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

/** Deletes of old rows by age loop over all sites on purpose; each runs on every node by itself. */
const SWEEPS = [/^delete from "idempotency" where "created_at" <= \$1$/];

/** Adds a statement that is not bound to one site to `offences`. */
export function assertScoped(statement: string, offences: string[]): void {
  const touched = SITE_OWNED.filter((table) =>
    new RegExp(`(from|join|into|update)\\s+"?${table}\\b`, 'i').test(statement),
  );
  if (touched.length === 0 || SWEEPS.some((sweep) => sweep.test(statement))) return;
  if (!/site_id/.test(statement)) offences.push(statement);
}
