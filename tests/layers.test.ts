/**
 * Keeps the drawing of the layers true: which folder may import which, where SQL may stand, which file writes a table,
 * who reads the environment. It reads the sources as text and judges what they say, not what they do; the scanner is
 * tried on wrong snippets first, so that it cannot pass by seeing nothing.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** `main, cli → app → pages → http → transfer, edge → domain → core`: a file imports lower ranks and its own folder. */
const RANKS: Record<string, number> = {
  'src/cli.ts': 7, // `cli serve` is main
  'src/main.ts': 6,
  'src/app.ts': 5,
  'src/pages': 4,
  'src/http': 3,
  'src/transfer': 2,
  'src/edge': 2,
  'src/domain': 1,
  'src/core': 0,
};

/** Every table of `sql/`, and the one file of `src/domain/` that writes it. */
const OWNERS: Record<string, string> = {
  sites: 'sites.ts',
  site_origins: 'sites.ts',
  users: 'users.ts',
  identities: 'users.ts',
  pictures: 'pictures.ts',
  sessions: 'sessions.ts',
  attempts: 'attempts.ts',
  attempt_states: 'attempts.ts',
  memberships: 'memberships.ts',
  threads: 'threads.ts',
  comments: 'comments.ts',
  comment_revisions: 'comments.ts',
  idempotency: 'idempotency.ts',
  scores: 'reactions.ts',
  reactions: 'reactions.ts',
  events: 'events.ts',
  rate_limits: 'limits.ts',
  embed_assets: 'assets.ts',
  migrations: 'migrate.ts',
};

const STRING = /(["'])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\[\s\S]|[^\\`])*`/;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
const IMPORT = /\b(?:from|import)\s*\(?\s*(["'])([^"'\n]+)\1/g;
const ENVIRONMENT = /\bprocess\s*(?:\??\.\s*|\[\s*["'`])env\b|\benv\b[^;]*\bfrom\s*["'](?:node:)?process["']/;
const SQL_PACKAGES = /^(?:kysely|pg|pg-[a-z-]+|postgres)(?:\/|$)/;
const JOBS_PACKAGE = 'pg-boss'; // takes a handle and is edge's
const BUILDER = /\.(?:selectFrom|insertInto|updateTable|deleteFrom|mergeInto|replaceInto)\s*\(/;
const STATEMENT =
  /\b(?:insert\s+into\s+\w+|delete\s+from\s+\w+|update\s+\w+\s+set\s+\w+\s*=|select\s[\s\S]{1,300}?\sfrom\s+\w+\s+(?:where|order by|group by|join|limit)\b)/i;
const BUILT_WRITE =
  /\.(?:insertInto|updateTable|deleteFrom|mergeInto|replaceInto)\s*(?:<[^>]*>)?\(\s*([^,)]*)/g;
const TEXT_WRITE =
  /\b(?:insert\s+into|delete\s+from(?:\s+only)?|merge\s+into|truncate(?:\s+table)?|(?:create|alter|drop)\s+table(?:\s+if\s+(?:not\s+)?exists)?|copy)\s+([\w".]+|\$\{)|\bupdate\s+(?:only\s+)?([\w".]+|\$\{[^}]*\})\s+(?:as\s+\w+\s+)?set\b/gi;

/** What is wrong with the file at `path` (from the root of the repository) that holds `source`. */
function faults(path: string, source: string): string[] {
  const code = source.replace(
    new RegExp(`(${STRING.source})|${COMMENT.source}`, 'g'),
    (_, string) => string ?? ' ',
  );
  const found: string[] = [];
  for (const [, , specifier = ''] of code.matchAll(IMPORT)) {
    const fault = importFault(path, specifier);
    if (fault) found.push(`imports ${specifier}: ${fault}`);
  }
  if (!path.startsWith('src/')) return found;
  const folder = layerOf(path);
  if (ENVIRONMENT.test(code) && !/^src\/(?:main|cli)\.ts$/.test(path)) found.push('reads the environment');
  if (folder === 'src/domain') return [...found, ...writeFaults(path, code)];
  const strings = [...code.matchAll(new RegExp(STRING, 'g'))].map(([text]) => text);
  if (BUILDER.test(code) || /\bsql\s*`/.test(code) || strings.some((text) => STATEMENT.test(text))) {
    found.push('holds SQL');
  }
  return found;
}

function importFault(path: string, specifier: string): string | undefined {
  const from = layerOf(path);
  if (!specifier.startsWith('.')) {
    if (from === 'providers') return 'a provider is data';
    const isSql = SQL_PACKAGES.test(specifier) && !(specifier === JOBS_PACKAGE && from === 'src/edge');
    return isSql && from.startsWith('src/') && from !== 'src/domain' ? 'SQL lives in src/domain' : undefined;
  }
  const target = join(dirname(path), specifier);
  const to = layerOf(target);
  if (from === 'providers') {
    const isIndex = path === 'providers/index.ts' && to === 'providers';
    return isIndex || target === 'providers/provider.ts'
      ? undefined
      : 'a provider imports ./provider.ts alone';
  }
  if (from === 'embed') return to === 'embed' ? undefined : 'the embed stands alone';
  if (to === 'providers') return from === 'src/edge' ? undefined : 'providers are read by src/edge alone';
  const [mine, its] = [RANKS[from], RANKS[to]];
  if (mine === undefined) return `${from} is not a layer`;
  if (its === undefined) return `${to} is not a layer`;
  return to === from || its < mine ? undefined : `${from} stands below or beside ${to}`;
}

/** `src/http/env.ts` → `src/http`; `src/main.ts` → `src/main.ts`; `providers/google.ts` → `providers`. */
function layerOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'src' ? `${top}/${second}` : top;
}

function writeFaults(path: string, code: string): string[] {
  const tables: string[] = [];
  for (const [, argument = ''] of code.matchAll(BUILT_WRITE)) tables.push(argument.trim());
  for (const [string] of code.matchAll(new RegExp(STRING, 'g'))) {
    for (const [, first, second] of string.matchAll(TEXT_WRITE)) tables.push(first ?? second ?? '');
  }
  const file = path.slice('src/domain/'.length);
  return tables.flatMap((written) => {
    const table = written.match(/^["']?(?:public\.)?(\w+)(?: as \w+)?["']?$/)?.[1];
    if (table === undefined) return [`writes a table that cannot be read here: ${written}`];
    if (OWNERS[table] === file) return [];
    return [`writes ${table}, which ${OWNERS[table] ?? 'nobody'} owns`];
  });
}

test.each([
  ['src/core/id.ts', "import { x } from '../domain/sites.ts';"],
  ['src/core/id.ts', "import type { X } from '../domain/sites.ts';"],
  ['src/domain/sites.ts', "export { x } from '../edge/log.ts';"],
  ['src/domain/sites.ts', "const log = await import('../edge/log.ts');"],
  ['src/domain/sites.ts', "import '../http/env.ts';"],
  ['src/edge/mail.ts', "import { x } from '../transfer/load.ts';"],
  ['src/http/env.ts', "import {\n  x,\n} from '../pages/layout.ts';"],
  ['src/pages/login.ts', "import { x } from '../app.ts';"],
  ['src/app.ts', "import { x } from './main.ts';"],
  ['src/main.ts', "import { x } from './cli.ts';"],
  ['src/http/env.ts', "import { x } from '../../tests/simulators/index.ts';"],
  ['src/http/env.ts', "import { x } from '../../embed/api.ts';"],
  ['src/http/env.ts', "import { PROVIDERS } from '../../providers/index.ts';"],
  ['src/helpers/x.ts', "import { x } from '../core/id.ts';"],
  ['providers/google.ts', "import { x } from '../src/core/id.ts';"],
  ['providers/google.ts', "import { github } from './github.ts';"],
  ['providers/google.ts', "import { x } from 'jose';"],
  ['embed/api.ts', "import { PROBLEMS } from '../src/core/problem.ts';"],
  ['src/http/env.ts', 'const port = process.env.PORT;'],
  ['src/http/env.ts', "const port = process['env']['PORT'];"],
  ['src/http/env.ts', "import { env } from 'node:process';"],
  ['src/domain/sites.ts', 'const { PORT } = process.env;'],
  ['src/http/env.ts', "import type pg from 'pg';"],
  ['src/main.ts', "import { sql } from 'kysely';"],
  ['src/edge/mail.ts', "import Pool from 'pg-pool';"],
  ['src/http/ops.ts', 'await pool.query(`select 1 from sites where id = $1`);'],
  ['src/http/ops.ts', "await deps.db.selectFrom('sites').execute();"],
  ['src/main.ts', 'await sql`vacuum`.execute(db);'],
  ['src/domain/users.ts', "await tx\n  .insertInto('sites')\n  .values(x)"],
  ['src/domain/users.ts', "await tx.updateTable('sites as s').set(x)"],
  ['src/domain/users.ts', "await tx.deleteFrom('sites').execute()"],
  ['src/domain/users.ts', 'await sql`insert into sites (id) values (1)`.execute(tx)'],
  ['src/domain/users.ts', "await pool.query('UPDATE sites SET name = $1')"],
  ['src/domain/users.ts', 'await pool.query(`with gone as (\n  delete from sites returning 1) select 1`)'],
  ['src/domain/users.ts', "await pool.query('truncate sites')"],
  ['src/domain/users.ts', 'await tx.insertInto(table).values(x)'],
  ['src/domain/users.ts', 'await pool.query(`delete from ${' + 'table} where true`)'],
  ['src/domain/users.ts', "await tx.insertInto('unheard_of').values(x)"],
])('finds the fault in %s: %s', (path, source) => {
  expect(faults(path, source)).toHaveLength(1);
});

test.each([
  [
    'src/http/env.ts',
    "import { x } from './guard.ts';\nimport { y } from '../core/id.ts';\nimport { z } from 'hono';",
  ],
  ['src/edge/oauth.ts', "import { PROVIDERS } from '../../providers/index.ts';"],
  ['src/edge/jobs.ts', "import { PgBoss } from 'pg-boss';"],
  ['providers/index.ts', "import { google } from './google.ts';"],
  ['providers/google.ts', "import type { Provider } from './provider.ts';"],
  ['src/main.ts', 'const port = process.env.PORT;'],
  ['src/http/env.ts', "// import { x } from '../app.ts'; process.env\n/* import '../app.ts' */"],
  ['src/http/env.ts', "const url = 'https://example.org'; // select a from b where c"],
  ['src/domain/sites.ts', "await tx.insertInto('sites').values(x)"],
  ['src/domain/sites.ts', 'await sql`select 1 from users where id = 1 for update`'],
  [
    'src/domain/sites.ts',
    'await sql`insert into sites (id) values (1) on conflict (id) do update set name = $1`',
  ],
])('finds no fault in %s: %s', (path, source) => {
  expect(faults(path, source)).toEqual([]);
});

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILES = globSync('{src,providers,embed}/**/*.ts', { cwd: ROOT }).sort();

test('imports point one way, SQL stays in the domain, a table has one writer', () => {
  expect(FILES.length).toBeGreaterThan(20);
  const all = FILES.flatMap((path) =>
    faults(path, readFileSync(join(ROOT, path), 'utf8')).map((fault) => `${path} ${fault}`),
  );
  expect(all).toEqual([]);
});

test('every table of sql/ has an owner, and every owner a table', () => {
  const schema = globSync('sql/*.sql', { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), 'utf8'));
  const made = schema.flatMap((text) =>
    [...text.matchAll(/^create (?:unlogged )?table (\w+)/gim)].map(([, name]) => name),
  );
  // `migrations` is made by its owner, before any file is read.
  expect([...made, 'migrations'].sort()).toEqual(Object.keys(OWNERS).sort());
});
