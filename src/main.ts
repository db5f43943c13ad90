/**
 * `npm start`: reads the environment, opens the store, serves until told to stop. The only file beside `cli.ts` that
 * knows the environment, the clock and signals.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { serve } from '@hono/node-server';
import { createApp } from './app.ts';
import { ConfigError, readConfig } from './core/config.ts';
import { keepAssets } from './domain/assets.ts';
import { dropPrivileges, unprivilegedAccount } from './domain/embedded-account.ts';
import { createLimits } from './domain/limits.ts';
import { openStore } from './domain/store.ts';
import { bundleEmbed } from './edge/embed-bundle.ts';
import { startJobs } from './edge/jobs.ts';
import { createLog, type Log } from './edge/log.ts';
import { connectProviders, PROVIDER_IDS } from './edge/oauth.ts';
import { workOn } from './edge/work.ts';

/** Requests in flight get this long to finish after SIGTERM. */
const DRAIN_MS = 10_000;
const VERSION: unknown = JSON.parse(
  readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'),
).version;
/** A request must have arrived by then, body and all. */
const REQUEST_TIMEOUT_MS = 30_000;

try {
  await main();
} catch (error) {
  if (error instanceof ConfigError) {
    console.error(
      `Parley cannot start:\n${error.faults.map(({ name, fault }) => `  ${name} ${fault}`).join('\n')}`,
    );
    console.error('`npm run cli -- config` shows every setting.');
  } else {
    console.error('Parley cannot start:', error instanceof Error ? error.message : error);
    if (process.env.LOG_LEVEL === 'debug') console.error(error);
  }
  process.exit(1);
}

async function main(): Promise<void> {
  const { config } = readConfig(process.env, { providerIds: PROVIDER_IDS });
  const log = createLog(config.logLevel);
  const store = await openStore(config, {
    log: (line) => log.info(line),
    onError: (error) => log.warn({ err: error }, 'lost a database connection'),
  });
  const assets = await bundleEmbed();
  await keepAssets(
    store.db,
    assets.filter(({ immutable }) => immutable),
    new Date(),
  );
  dropRoot(config.dataDir, log);

  const now = () => new Date();
  const jobs = await startJobs(store, workOn(store, { publicUrl: config.publicUrl, log, now }), log);
  const signIn = connectProviders(config.providers, config.publicUrl);
  const app = createApp({
    db: store.db,
    enqueue: jobs.enqueue,
    keyring: store.keyring,
    limits: createLimits(store.pool, store.keyring),
    signIn,
    assets: new Map(assets.map((asset) => [asset.path, asset])),
    log,
    publicUrl: config.publicUrl,
    isTrustedProxy: proxies(config.trustedProxies),
    // Whatever else an answer is made of: the code of this version, the embed, the providers.
    build: createHash('sha256')
      .update(
        JSON.stringify([VERSION, assets.map(({ path, body }) => path + body), signIn.describeProviders()]),
      )
      .digest('base64url')
      .slice(0, 8),
    now,
  });

  // A handler goes on when its client has left, and needs the database until it ends.
  const underWay = new Set<Promise<unknown>>();
  const fetch: typeof app.fetch = async (...request) => {
    const answer = Promise.resolve(app.fetch(...request));
    underWay.add(answer);
    try {
      return await answer;
    } finally {
      underWay.delete(answer);
    }
  };

  const serverOptions = { requestTimeout: REQUEST_TIMEOUT_MS };
  const server = serve({ fetch, port: config.port, hostname: config.host, serverOptions }, () => {
    log.info(`Parley answers at ${config.publicUrl}`);
    const names = Object.keys(config.providers);
    if (names.length === 0)
      log.warn('No identity provider is set up: nobody can sign in. See `npm run cli -- config`.');
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    log.fatal(error.code === 'EADDRINUSE' ? `Port ${config.port} is taken: set PORT.` : error.message);
    stop(1);
  });

  let isStopping = false;
  function stop(code: number): void {
    if (isStopping) return;
    isStopping = true;
    const force = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), DRAIN_MS);
    force.unref();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    if ('closeIdleConnections' in server) server.closeIdleConnections();
    Promise.all([closed.then(() => Promise.allSettled(underWay)), jobs.stop()])
      .then(() => store.close())
      .then(
        () => process.exit(code),
        (error) => {
          log.error({ err: error }, 'the database did not close');
          process.exit(1);
        },
      );
  }
  // npm passes SIGTERM to its shell, and the shell dies of it without telling anybody.
  if (process.env.npm_lifecycle_event) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && stop(0), 500).unref();
  }
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
}

/** Under root, gives root up: an embedded server must not run as root, and neither need the service. */
function dropRoot(dataDir: string, log: Log): void {
  if (process.getuid?.() !== 0) return;
  const account = unprivilegedAccount([dataDir]);
  if (!account) return;
  const outcome = dropPrivileges(account, [dirname(import.meta.dirname)]);
  if (outcome.dropped) log.info(`Serving as ${account.name}, no longer as root`);
  else log.warn(`Still serving as root, because ${outcome.why}`);
}

function proxies(subnets: readonly { address: string; prefix: number; family: 'ipv4' | 'ipv6' }[]) {
  const list = new BlockList();
  for (const { address, prefix, family } of subnets) list.addSubnet(address, prefix, family);
  return (address: string) => {
    // A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d.
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  };
}
