/**
 * `npm run cli -- …`: what an operator does from a terminal. One table of commands, each with its usage, so that
 * `--help` cannot forget one; everything it changes goes through the domain, with the same events as any other change.
 */
import { parseArgs } from 'node:util';
import { parseOrigin, threadKey } from './core/canonical.ts';
import { ConfigError, explainConfig, readConfig } from './core/config.ts';
import { parseId } from './core/id.ts';
import { Problem } from './core/problem.ts';
import { SITE_SETTINGS, type Site } from './core/site.ts';
import { cleanLine } from './core/text.ts';
import { decideComment } from './domain/comments.ts';
import { readQueue } from './domain/discussion.ts';
import { ban } from './domain/memberships.ts';
import { pinComment, unpinComment } from './domain/pins.ts';
import type { CommentStatus } from './domain/schema.ts';
import { changeSite, createSite, listSites, readSite, suspendSite } from './domain/sites.ts';
import { openStore, type Store } from './domain/store.ts';
import { setThreadStatus } from './domain/threads.ts';
import { PROVIDER_IDS } from './edge/oauth.ts';

interface Command {
  usage: string;
  does: string;
  run(args: Args): Promise<void>;
}

interface Args {
  words: string[];
  values: { name?: string; id?: string; origin?: string[]; set?: string[]; until?: string; lift?: boolean };
}

/** Said to the operator without a stack: the command was typed wrong. */
class UsageError extends Error {}

/** As many as a terminal shows at once. */
const LISTED = 50;
/** Code points of a comment in a list. */
const EXCERPT = 200;

const STATUSES: readonly string[] = [
  'published',
  'held',
  'spam',
  'rejected',
  'removed',
] satisfies CommentStatus[];

const COMMANDS: Record<string, Command> = {
  serve: {
    usage: 'serve',
    does: 'starts the service, as `npm start`',
    run: async () => {
      await import('./main.ts');
    },
  },
  migrate: {
    usage: 'migrate',
    does: 'brings the database up to this version and ends',
    run: () => withStore(async () => console.log('The database is up to date.')),
  },
  config: {
    usage: 'config',
    does: 'prints every setting with its value, default and meaning',
    run: async () => printConfig(),
  },
  'site add': {
    usage: 'site add --name NAME --origin ORIGIN [--origin …] [--id ID] [--set SETTING=VALUE …]',
    does: 'makes a site and prints the tag to paste',
    run: ({ values }) =>
      withStore(async ({ db }, publicUrl) => {
        if (!values.name) throw new UsageError('--name is missing.');
        const input = {
          id: values.id ?? slugOf(values.name),
          name: values.name,
          origins: originsOf(values.origin),
          settings: settingsOf(values.set),
        };
        const site = await createSite(db, input, new Date());
        console.log(
          `Site ${site.id} is there. Paste this where its comments should be:\n\n${tagOf(site, publicUrl)}`,
        );
      }),
  },
  'site list': {
    usage: 'site list',
    does: 'prints every site with its origins',
    run: () =>
      withStore(async ({ db }) => {
        const sites = await listSites(db);
        if (sites.length === 0) console.log('There is no site yet: `site add` makes one.');
        for (const { id, name, origins, suspendedAt } of sites) {
          console.log(`${id}\t${name}\t${origins.join(' ')}${suspendedAt ? '\tsuspended' : ''}`);
        }
      }),
  },
  'site set': {
    usage: 'site set ID [--name NAME] [--origin ORIGIN …] [--set SETTING=VALUE …]',
    does: `changes a site; --origin replaces all. Settings: ${Object.keys(SITE_SETTINGS.shape).join(', ')}`,
    run: ({ words, values }) =>
      withStore(async ({ db }) => {
        const change = {
          ...(values.name ? { name: values.name } : {}),
          ...(values.origin ? { origins: originsOf(values.origin) } : {}),
          settings: settingsOf(values.set),
        };
        const site = await changeSite(db, wordOf(words, 0, 'the site’s id'), change, new Date());
        console.log(
          JSON.stringify({ id: site.id, name: site.name, origins: site.origins, ...site.settings }, null, 2),
        );
      }),
  },
  'site suspend': {
    usage: 'site suspend ID',
    does: 'makes every route of the site refuse',
    run: ({ words }) =>
      withStore(async ({ db }) => suspendSite(db, wordOf(words, 0, 'the site’s id'), true, new Date())),
  },
  'site resume': {
    usage: 'site resume ID',
    does: 'takes the suspension back',
    run: ({ words }) =>
      withStore(async ({ db }) => suspendSite(db, wordOf(words, 0, 'the site’s id'), false, new Date())),
  },
  'thread close': {
    usage: 'thread close SITE KEY',
    does: 'ends commenting in a thread; KEY as the embed sends it, e.g. url:https://gazette.example/a',
    run: (args) => setThread(args, 'closed'),
  },
  'thread open': {
    usage: 'thread open SITE KEY',
    does: 'opens a closed thread again',
    run: (args) => setThread(args, 'open'),
  },
  'comment list': {
    usage: `comment list SITE [${STATUSES.join('|')}]`,
    does: `prints the newest ${LISTED} comments in a state, held ones unless said otherwise`,
    run: ({ words }) =>
      withStore(async ({ db }) => {
        const site = await readSite(db, wordOf(words, 0, 'the site’s id'));
        const status = words[1] ?? 'held';
        if (!isStatus(status)) throw new UsageError(`"${status}" is none of ${STATUSES.join(', ')}.`);
        const comments = await readQueue(db, site.id, status, LISTED);
        if (comments.length === 0) console.log(`No comment is ${status}.`);
        for (const { id, authorName, createdAt, url, raw } of comments) {
          const start = cleanLine(raw, EXCERPT);
          console.log(
            `${id}\t${createdAt.toISOString()}\t${authorName === '' ? 'Anonymous' : (authorName ?? 'nobody')}\t${url}\n    ${start}`,
          );
        }
      }),
  },
  'comment set': {
    usage: `comment set SITE ID ${STATUSES.join('|')}`,
    does: 'decides on a comment; ID is in its permalink, #comment-ID, and in `comment list`',
    run: ({ words }) =>
      withStore(async ({ db }) => {
        const { siteId, commentId } = commentOf(words);
        const status = wordOf(words, 2, 'a status');
        if (!isStatus(status)) throw new UsageError(`"${status}" is none of ${STATUSES.join(', ')}.`);
        const { before, after } = await decideComment(db, siteId, { commentId, status }, new Date());
        console.log(
          after !== status
            ? 'Its author had removed it and cannot undo that any more.'
            : before === status
              ? `It was ${status} already.`
              : `It was ${before} and is ${status} now.`,
        );
      }),
  },
  'comment pin': {
    usage: 'comment pin SITE ID',
    does: 'puts a comment on top of its thread; three at most, the newest pin first, no replies',
    run: ({ words }) =>
      withStore(async ({ db }) => {
        const { siteId, commentId } = commentOf(words);
        const isNew = await pinComment(db, siteId, commentId, new Date());
        console.log(isNew ? 'The comment is pinned now.' : 'It was pinned already.');
      }),
  },
  'comment unpin': {
    usage: 'comment unpin SITE ID',
    does: 'puts a pinned comment back in its place',
    run: ({ words }) =>
      withStore(async ({ db }) => {
        const { siteId, commentId } = commentOf(words);
        const wasPinned = await unpinComment(db, siteId, commentId, new Date());
        console.log(wasPinned ? 'The comment is not pinned any more.' : 'It was not pinned.');
      }),
  },
  ban: {
    usage: 'ban SITE PERSON [--until 2030-01-31T00:00Z] [--lift]',
    does: 'keeps a person from writing on a site, for ever without --until; PERSON is author.id in the API',
    run: ({ words, values }) =>
      withStore(async ({ db }) => {
        const until = values.lift ? null : values.until === undefined ? 'infinity' : new Date(values.until);
        if (until instanceof Date && Number.isNaN(until.getTime()))
          throw new UsageError('--until is no date.');
        await ban(
          db,
          wordOf(words, 0, 'the site’s id'),
          wordOf(words, 1, 'the person’s id'),
          until,
          new Date(),
        );
        console.log(
          until === null
            ? 'The ban is lifted.'
            : `Banned ${until === 'infinity' ? 'for ever' : `until ${until.toISOString()}`}.`,
        );
      }),
  },
};

function isStatus(text: string): text is CommentStatus {
  return STATUSES.includes(text);
}

function setThread({ words }: Args, status: 'open' | 'closed'): Promise<void> {
  return withStore(async ({ db }) => {
    const site = await readSite(db, wordOf(words, 0, 'the site’s id'));
    const key = threadKey(wordOf(words, 1, 'the thread’s key'), site.origins);
    await setThreadStatus(db, site.id, key, status, new Date());
    console.log(`The thread is ${status} now.`);
  });
}

async function withStore(work: (store: Store, publicUrl: string) => Promise<void>): Promise<void> {
  const { config } = readConfig(process.env, { providerIds: PROVIDER_IDS });
  const store = await openStore(config, { log: (line) => console.error(line) });
  try {
    await work(store, config.publicUrl);
  } finally {
    await store.close();
  }
}

function printConfig(): void {
  for (const { name, value, fallback, sentence } of explainConfig(process.env, {
    providerIds: PROVIDER_IDS,
  })) {
    console.log(`${name}=${value ?? ''}${value === null ? `  (default: ${fallback})` : ''}\n    ${sentence}`);
  }
  // Faults after the table: it shows what is meant, they show what is wrong.
  readConfig(process.env, { providerIds: PROVIDER_IDS });
}

function wordOf(words: string[], at: number, what: string): string {
  const word = words[at];
  if (!word) throw new UsageError(`${what} is missing.`);
  return word;
}

function commentOf(words: string[]): { siteId: string; commentId: number } {
  const siteId = wordOf(words, 0, 'the site’s id');
  const word = wordOf(words, 1, 'the comment’s id');
  const commentId = parseId(word);
  if (commentId === undefined) throw new UsageError(`"${word}" is no comment id.`);
  return { siteId, commentId };
}

function originsOf(given: string[] | undefined): string[] {
  if (!given?.length)
    throw new UsageError(
      '--origin is missing: the exact origin of the articles, e.g. https://gazette.example',
    );
  return given.map((text) => {
    const origin = parseOrigin(text);
    if (!origin) {
      throw new UsageError(
        `"${text}" is no origin: scheme, host and port alone, without path or wildcard; http: on loopback only.`,
      );
    }
    return origin;
  });
}

function settingsOf(given: string[] | undefined) {
  const settings: Record<string, unknown> = {};
  for (const pair of given ?? []) {
    const [name = '', ...rest] = pair.split('=');
    const value = rest.join('=');
    settings[name] = /^\d+$/.test(value)
      ? Number(value)
      : value === 'true' || value === 'false'
        ? value === 'true'
        : value;
  }
  const parsed = SITE_SETTINGS.partial().safeParse(settings);
  if (parsed.success)
    return Object.fromEntries(Object.entries(parsed.data).filter(([name]) => name in settings));
  throw new UsageError(
    parsed.error.issues.map(({ path, message }) => `--set ${path.join('.') || '?'}: ${message}`).join('\n') +
      `\nSettings: ${Object.keys(SITE_SETTINGS.shape).join(', ')}`,
  );
}

function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (!slug) throw new UsageError('The name gives no id: add --id.');
  return slug.slice(0, 63);
}

function tagOf(site: Site, publicUrl: string): string {
  return `<script async src="${publicUrl}/embed.js" data-site="${site.id}"></script>`;
}

function help(): string {
  const rows = Object.values(COMMANDS).map(({ usage, does }) => `  ${usage}\n      ${does}`);
  return `npm run cli -- COMMAND\n\n${rows.join('\n')}\n\nSettings come from the environment, as for \`npm start\`.`;
}

async function run(argv: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      name: { type: 'string' },
      id: { type: 'string' },
      origin: { type: 'string', multiple: true },
      set: { type: 'string', multiple: true },
      until: { type: 'string' },
      lift: { type: 'boolean' },
    },
  });
  const { help: wantsHelp, ...rest } = values;
  if (wantsHelp || positionals.length === 0) {
    console.log(help());
    return;
  }
  for (const length of [2, 1]) {
    const name = positionals.slice(0, length).join(' ');
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command) return command.run({ words: positionals.slice(length), values: rest });
  }
  throw new UsageError(`There is no command "${positionals.join(' ')}".\n\n${help()}`);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const isOurs = error instanceof UsageError || error instanceof Problem || error instanceof ConfigError;
  const isTyped =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  const isTold = isOurs || isTyped || process.env.LOG_LEVEL !== 'debug';
  console.error(isTold && error instanceof Error ? error.message : error);
  process.exitCode = isOurs || isTyped ? 2 : 1;
}
