/**
 * Starts the PostgreSQL that npm installed on a folder, for whoever sets no DATABASE_URL. Holds the life of that server
 * and knows no table; binaries, accounts and locks are in the files beside it. The rules that keep it safe:
 *
 * - Who answers on the socket is the server, and is used. A pid alone proves nothing: in two containers on one volume
 *   two servers once started and both took writes. So a pid is signalled only when the process that answers is its child.
 * - Starting and stopping happen under `start.lock`, which the kernel releases (file-lock.ts).
 * - Everyone who uses the server shares `use.lock` as long as it lives. Whoever stops last ends the server: so what a
 *   command started does not vanish under the service that came later, and what a killed service left behind is ended.
 * - It listens on a unix socket only, in a folder of mode 0700: beside root, only the account it runs as can connect,
 *   hence no password. Every process of that account is a superuser of the database, also one that has nothing to do with
 *   Parley: so the account should be its own, and a start as the shared `nobody` says so.
 * - What lies in the reach of that account, root touches only in its name (`asAccount`).
 */
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, statSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type Account,
  asAccount,
  canReach,
  makeFor,
  SERVER_FILES,
  unprivilegedAccount,
} from './embedded-account.ts';
import { findBinaries, removeStaleBinaries } from './embedded-binaries.ts';
import {
  type Cluster,
  isServed,
  launch,
  makeCluster,
  START_TIMEOUT_MS,
  shutDown,
} from './embedded-server.ts';
import { ask, type EmbeddedConnection, PORT, shortened } from './embedded-socket.ts';
import { type FileLock, LockRefused, openFileLock } from './file-lock.ts';

/** Where the files go when root keeps the data folder in a home that no other account can enter. */
const ELSEWHERE = '/var/lib/parley';
const DATABASE = 'parley';

export interface EmbeddedDatabase {
  /** Fit for `new pg.Pool()`. */
  connection: EmbeddedConnection;
  /** Whether the server was already answering. */
  reused: boolean;
  /** Ends the use of the server: shuts it down (fast) unless another process uses it, or in any case with `force`. */
  stop(options?: { force?: boolean }): Promise<void>;
}

/**
 * Makes sure that a server answers for `dataDir` and has the database `parley`; the first start makes the cluster.
 * Under root the server runs as `unprivilegedAccount([dataDir])`. `unsafeNoSync` gives up durability
 * for speed, for tests alone. Throws one sentence for the operator when there is no binary for this machine, when the
 * folder belongs to somebody else or has a link where a file of ours should be, or when the server does not come up.
 */
export async function startEmbedded(options: {
  dataDir: string;
  log?: (line: string) => void;
  unsafeNoSync?: boolean;
}): Promise<EmbeddedDatabase> {
  const dataDir = resolve(options.dataDir);
  const log = options.log ?? (() => {});
  mkdirSync(dataDir, { recursive: true });
  const account = unprivilegedAccount([dataDir]);
  if (account && statSync(dataDir).uid === 0) chmodSync(dataDir, statSync(dataDir).mode | 0o011); // pass, not list
  const starting = await openOwnedLock(join(dataDir, 'start.lock'), account);
  const using = await openOwnedLock(join(dataDir, 'use.lock'), account);
  let link: ReturnType<typeof shortened> | undefined;
  const letGo = () => {
    starting.close();
    using.close();
    link?.remove();
  };
  try {
    await starting.take(START_TIMEOUT_MS);
    const home = prepareHome(dataDir, account, log);
    link = shortened(join(home, 'socket'), account);
    const connection = {
      host: link.path,
      port: PORT,
      user: DATABASE,
      database: DATABASE,
      ssl: false,
    } as const;
    const unsafeNoSync = options.unsafeNoSync ?? false;
    const cluster = { home, data: join(home, 'data'), account, connection, unsafeNoSync, log };
    const reused = await isServed(cluster);
    if (!reused) await start(cluster);
    await createDatabase(cluster);
    if (!using.tryTake('shared'))
      throw new Error(`${dataDir}/use.lock is held by something that is not Parley.`);
    starting.release();
    let stopped: Promise<void> | undefined;
    return {
      connection,
      reused,
      stop: (how) => {
        stopped ??= leave(cluster, starting, using, how?.force ?? false).finally(letGo);
        return stopped;
      },
    };
  } catch (error) {
    letGo();
    throw error;
  }
}

async function start(cluster: Cluster): Promise<void> {
  if (cluster.account?.name === 'nobody') {
    cluster.log(
      'PostgreSQL runs as nobody, as whom other programs may run too, and those can read and change its data: make an account parley, which is used instead in a new DATA_DIR',
    );
  }
  const binaries = findBinaries(cluster.home, cluster.account);
  removeStaleBinaries(cluster.home, binaries, cluster.account);
  await makeCluster(cluster, binaries);
  await launch(cluster, binaries);
}

async function leave(cluster: Cluster, starting: FileLock, using: FileLock, force: boolean): Promise<void> {
  await starting.take(START_TIMEOUT_MS);
  using.release();
  if (force || using.tryTake('exclusive')) await shutDown(cluster);
}

async function openOwnedLock(path: string, account: Account | undefined): Promise<FileLock> {
  try {
    return await openFileLock(path, account); // the account's, so that it may start the server without root
  } catch (cause) {
    if (cause instanceof LockRefused) throw cause;
    throw new Error(`${path} cannot be opened: run as the owner of its folder, or set DATA_DIR.`, { cause });
  }
}

/** The real folder of PostgreSQL's own files. It is `postgres` in the data folder, or a link to a place that the account
 *  can reach: under root a checkout often lies in a home that is closed to all others. */
function prepareHome(dataDir: string, account: Account | undefined, log: (line: string) => void): string {
  const home = join(dataDir, SERVER_FILES);
  if (lstatSync(home, { throwIfNoEntry: false }) === undefined) {
    if (!account || canReach(account, home)) {
      makeFor(account, dataDir, () => {
        mkdirSync(home, { mode: 0o700 });
        return home;
      });
    } else {
      mkdirSync(ELSEWHERE, { recursive: true, mode: 0o755 });
      const elsewhere = makeFor(account, ELSEWHERE, () => mkdtempSync(join(ELSEWHERE, 'postgres-')));
      symlinkSync(elsewhere, home);
      log(`PostgreSQL runs as ${account.name}, which cannot enter ${dataDir}: its files are in ${elsewhere}`);
    }
  }
  const real = realpathSync(home);
  const { uid } = statSync(real);
  const owner = account?.uid ?? process.getuid?.();
  if (uid !== owner || !canReach(account, real)) {
    throw new Error(`${real} belongs to uid ${uid} or cannot be entered: run as its owner, or set DATA_DIR.`);
  }
  const socket = join(real, 'socket');
  asAccount(account, () => {
    if (!lstatSync(socket, { throwIfNoEntry: false })) mkdirSync(socket, { mode: 0o700 });
  });
  const made = lstatSync(socket);
  if (!made.isDirectory() || made.uid !== owner) {
    throw new Error(`${socket} is a link, or not a folder of PostgreSQL's account: remove it.`);
  }
  return real;
}

async function createDatabase({ connection }: Cluster): Promise<void> {
  await ask(connection, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  });
}
