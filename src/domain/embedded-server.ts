/**
 * One PostgreSQL server process of an embedded cluster: making the cluster, starting the server, ending it. Holds no
 * decision on when; its callers hold `start.lock`. The server is a daemon, it outlives a killed service. `home` is its
 * account's, so nothing there is touched but `asAccount`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, asAccount } from './embedded-account.ts';
import { EMBEDDED_MAJOR, noBinary } from './embedded-binaries.ts';
import { ask, commandOf, type EmbeddedConnection, PORT, parentOf } from './embedded-socket.ts';

/** Recovery after a hard kill reads up to 1 GB of log. */
export const START_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 30_000; // a fast shutdown waits for one checkpoint
const POLL_MS = 10; // a start takes about 50 ms
const LOG_MAX_BYTES = 10_000_000; // the log of a server that complains for years must not fill the disk
const MAX_CONNECTIONS = 100;

export interface Cluster {
  home: string; // what belongs to PostgreSQL: data, socket, log
  data: string;
  account: Account | undefined;
  connection: EmbeddedConnection;
  unsafeNoSync: boolean;
  log: (line: string) => void;
}

/** A process we started, and whether it has ended. */
interface Running {
  ended: Promise<number | null>;
  hasEnded(): boolean;
  output(): string;
  /** Lets this process end before the other. */
  letLive(): void;
}

/** Whether a server answers, waiting while one says that it starts up or shuts down. */
export async function isServed(cluster: Cluster): Promise<boolean> {
  return (await answer(cluster, () => false)) === 'served';
}

/** Asks until a server answers, or nobody is listening and `isComing` does not expect anybody. */
async function answer(cluster: Cluster, isComing: () => boolean): Promise<'served' | 'absent'> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const wasComing = isComing(); // before asking: it may end between the two
    const state = await ask(cluster.connection);
    if (state === 'served') return state;
    if (state === 'absent' && !wasComing) return state;
    if (performance.now() > deadline) {
      throw new Error(`PostgreSQL does not answer on ${cluster.connection.host}: see ${logPath(cluster)}.`);
    }
    await sleep(POLL_MS);
  }
}

/** Makes the cluster unless it is there: next to its place and then renamed, so that half of one is never started. */
export async function makeCluster(cluster: Cluster, binaries: string): Promise<void> {
  const { home, data, account } = cluster;
  const unfinished = asAccount(account, () => {
    for (const name of readdirSync(home)) {
      if (!name.startsWith('data-unfinished-')) continue;
      // Retried, because an initdb whose launcher was killed may still be writing there; it ends when its files go.
      rmSync(join(home, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    }
    if (!existsSync(data)) return mkdtempSync(join(home, 'data-unfinished-'));
    const major = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
    if (major === EMBEDDED_MAJOR) return undefined;
    throw new Error(
      `${data} was made by PostgreSQL ${major}, this is ${EMBEDDED_MAJOR}: restore a backup instead.`,
    );
  });
  if (unfinished === undefined) return;
  const owner = ['--username', cluster.connection.user, '--auth', 'trust'];
  // PostgreSQL's own locale: the same order and case rules on every machine, whatever the system has installed.
  const locale = [
    '--encoding',
    'UTF8',
    '--locale-provider',
    'builtin',
    '--builtin-locale',
    'C.UTF-8',
    '--locale',
    'C',
  ];
  const flags = ['--no-instructions', ...(cluster.unsafeNoSync ? ['--no-sync'] : [])];
  const initdb = run(cluster, join(binaries, 'bin', 'initdb'), [
    '--pgdata',
    unfinished,
    ...owner,
    ...locale,
    ...flags,
  ]);
  if ((await initdb.ended) !== 0) throw new Error(`initdb failed: ${initdb.output().trim()}`);
  asAccount(account, () => renameSync(unfinished, data));
}

/** Starts the server and waits until it, or one that was already on its way, answers. */
export async function launch(cluster: Cluster, binaries: string): Promise<void> {
  const settings = Object.entries(settingsOf(cluster)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  for (let isFirstTry = true; ; isFirstTry = false) {
    const server = run(cluster, join(binaries, 'bin', 'postgres'), [
      ...['-D', cluster.data, '-p', String(PORT), ...settings],
    ]);
    if ((await answer(cluster, () => !server.hasEnded())) === 'served') {
      server.letLive();
      return;
    }
    await server.ended;
    // It may have found the pid of another server: either that one is on its way, its launcher having been killed, or
    // the pid has passed to another process since, as happens in containers.
    const pid = readPid(cluster);
    if (pid === undefined || !isFirstTry)
      throw new Error(`PostgreSQL did not start: ${server.output().trim()}`);
    if (commandOf(pid).includes(cluster.data)) {
      if ((await answer(cluster, () => readPid(cluster) === pid && commandOf(pid) !== '')) === 'served')
        return;
    }
    cluster.log(`Removing the pid ${pid} of a server that is gone from ${cluster.data}`);
    asAccount(cluster.account, () => {
      rmSync(join(cluster.data, 'postmaster.pid'), { force: true });
      rmSync(join(cluster.home, 'socket', `.s.PGSQL.${PORT}.lock`), { force: true });
    });
  }
}

/** Shuts down the server that answers: waits for no client, ends their transactions. Returns when it is gone. Throws
 *  when it cannot be proved which process it is. */
export async function shutDown(cluster: Cluster): Promise<void> {
  let pid: number | undefined;
  const state = await ask(cluster.connection, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    // The process that answers is a child of the server's; in another container neither pid would mean that here.
    const claimed = readPid(cluster);
    if (claimed !== undefined && parentOf(rows[0]!.pid) === claimed) pid = claimed;
  });
  if (state === 'absent') return;
  if (pid === undefined) {
    const reason = state === 'busy' ? 'it does not answer' : 'it runs in another container';
    throw new Error(`The PostgreSQL on ${cluster.connection.host} was not stopped: ${reason}.`);
  }
  process.kill(pid, 'SIGINT');
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (readPid(cluster) === pid) {
    if (performance.now() > deadline) {
      cluster.log(
        'PostgreSQL has not stopped in time: it is ended at once and will recover at the next start',
      );
      process.kill(pid, 'SIGQUIT');
      return;
    }
    await sleep(POLL_MS);
  }
}

function settingsOf(cluster: Cluster): Record<string, string | number> {
  return {
    listen_addresses: '',
    unix_socket_directories: cluster.connection.host,
    unix_socket_permissions: '0700',
    max_connections: MAX_CONNECTIONS,
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Refused statements are the service's to log; their details would be readers' words.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    ...(cluster.unsafeNoSync ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
}

function run(cluster: Cluster, program: string, args: string[]): Running {
  const path = logPath(cluster);
  const descriptor = openLog(cluster);
  const start = fstatSync(descriptor).size;
  let child: ChildProcess | undefined;
  let hasEnded = false;
  const ended = new Promise<number | null>((settle, fail) => {
    // The file is there, so what is missing is the loader it names: a system with musl instead of glibc.
    const refuse = (cause: NodeJS.ErrnoException) => {
      const isForeign = cause.code === 'ENOENT' && existsSync(program);
      fail(
        noBinary(isForeign ? 'its binaries need glibc, which this system lacks' : cause.message, { cause }),
      );
    };
    try {
      child = spawn(program, args, {
        detached: true, // a session of its own: Ctrl-C is for the service, which ends its requests first
        stdio: ['ignore', descriptor, descriptor],
        cwd: cluster.home,
        env: { LC_ALL: 'C', TZ: 'UTC' }, // nothing inherited: PGDATA, PGOPTIONS and the like would mislead it
        ...(cluster.account ? { uid: cluster.account.uid, gid: cluster.account.gid } : {}),
      });
      child.once('exit', settle);
      child.once('error', refuse);
    } catch (error) {
      refuse(error as NodeJS.ErrnoException); // some refusals of the system, EPERM among them, are thrown
    }
  }).finally(() => {
    hasEnded = true;
  });
  closeSync(descriptor);
  ended.catch(() => {}); // told to whoever waits; nobody may be waiting yet
  return {
    ended,
    hasEnded: () => hasEnded,
    output: () => asAccount(cluster.account, () => readFileSync(path).subarray(start).toString()),
    letLive: () => child?.unref(),
  };
}

function openLog({ account, ...cluster }: Cluster): number {
  const path = logPath(cluster);
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  return asAccount(account, () => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found && !found.isFile()) throw new Error(`${path} is a link, or not a file: remove it.`);
    if ((found?.size ?? 0) > LOG_MAX_BYTES) renameSync(path, `${path}.1`);
    return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  });
}

function logPath(cluster: { home: string }): string {
  return join(cluster.home, 'server.log');
}

/** The pid in the server's own file; no proof that it runs. */
function readPid(cluster: Cluster): number | undefined {
  try {
    const file = join(cluster.data, 'postmaster.pid');
    const pid = Number(asAccount(cluster.account, () => readFileSync(file, 'utf8')).split('\n')[0]);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
