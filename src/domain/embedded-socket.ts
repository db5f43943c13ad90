/**
 * Talking to an embedded server before there is a pool: is anybody there, and which process is it. Holds the socket's
 * address, and nothing that starts or signals a process.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Account, asAccount } from './embedded-account.ts';

/** Names the socket file; no port is opened. */
export const PORT = 5432;

const SOCKET_PATH_MAX_BYTES = 100; // the kernel's own limit is 103 on macOS, 107 on Linux
const ANSWER_TIMEOUT_MS = 5_000; // a server under load answers late; one that is stopped (SIGSTOP) never does
const LINK_RENEWAL_MS = 3_600_000; // systemd clears the temporary folder of what is older than ten days

export interface EmbeddedConnection {
  host: string; // the socket's folder
  port: number;
  user: string;
  database: string;
  ssl: false; // else PGSSLMODE in the environment would break the socket
}

/** Asks the server behind `connection`, and lets `talk` speak to it in the database `postgres`, which always exists.
 *  `absent`: the kernel knows no listener, which is the only proof that there is none. `busy`: someone listens, but
 *  starts up, shuts down or is too slow. Throws what `talk` throws, and a refusal that waiting will not change. */
export async function ask(
  connection: EmbeddedConnection,
  talk?: (client: pg.Client) => Promise<void>,
): Promise<'served' | 'busy' | 'absent'> {
  const client = new pg.Client({
    ...connection,
    database: 'postgres',
    connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
    application_name: 'parley start',
  });
  client.on('error', () => {}); // it may go away while we talk; the query reports it
  try {
    await client.connect();
  } catch (error) {
    const { code = '' } = error as { code?: string };
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'absent';
    // 57P01–57P03: shutting down or starting up; 53300: all connections taken; no code: closed while connecting.
    if (code === '' || code === 'ECONNRESET' || code === 'EPIPE' || /^(57P0|53300)/.test(code)) return 'busy';
    throw error;
  }
  try {
    await talk?.(client);
    return 'served';
  } finally {
    await client.end();
  }
}

/** The parent of a process that this process can see. */
export function parentOf(pid: number): number | undefined {
  try {
    if (process.platform !== 'linux') return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)]));
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** The command line of a process, empty when there is no such process. */
export function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** `folder`, or a link to it in the temporary folder where the socket's path would be too long for the kernel. The link
 *  lies in a new folder of our own: nobody else can have put one there that leads to a server of theirs. */
export function shortened(folder: string, account: Account | undefined): { path: string; remove(): void } {
  if (fits(folder)) return { path: folder, remove: () => {} };
  // The account's, which renews and removes it once the service has given up root.
  const place = asAccount(account, () => mkdtempSync(join(tmpdir(), 'parley-')));
  const path = join(place, 's');
  asAccount(account, () => symlinkSync(folder, path));
  const refresh = setInterval(() => asAccount(account, () => renew(path, folder)), LINK_RENEWAL_MS).unref();
  return {
    path,
    remove: () => {
      clearInterval(refresh);
      asAccount(account, () => rmSync(place, { recursive: true, force: true }));
    },
  };
}

function renew(path: string, folder: string): void {
  try {
    symlinkSync(folder, `${path}.new`);
    renameSync(`${path}.new`, path); // at no moment without a link
  } catch {
    // Somebody removed the folder: the next connection fails, and says so to those who asked for it.
  }
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}.lock`)) <= SOCKET_PATH_MAX_BYTES;
}
