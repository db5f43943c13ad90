/**
 * Which account the embedded PostgreSQL, and the service beside it, run as when started by root: PostgreSQL refuses
 * root. Holds the choice, what that account can reach, and the drop to it; starts nothing. Reachability is judged from
 * owner, group and mode of every folder on the way, since an attempt needs a program that the account can already run.
 */
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder in DATA_DIR that belongs to PostgreSQL's account. */
export const SERVER_FILES = 'postgres';

export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** The account to use instead of root, or `undefined` where we are not root. In this order: whom the embedded server's
 *  files in one of `dataDirs` belong to; the owner of that folder, so that an operator chooses with `chown` before the
 *  first start; `parley`; `nobody`. Root never counts, nor does an account that is not in /etc/passwd: PostgreSQL does not start under
 *  a uid without a name. Throws when there is none. */
export function unprivilegedAccount(dataDirs: string[] = []): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readAccounts();
  for (const folder of dataDirs.flatMap((dataDir) => [join(dataDir, SERVER_FILES), dataDir])) {
    const uid = statSync(folder, { throwIfNoEntry: false })?.uid ?? 0;
    if (uid === 0) continue;
    const owner = accounts.find((account) => account.uid === uid);
    if (owner) return owner;
    throw new Error(
      `${folder} belongs to uid ${uid}, which has no entry in /etc/passwd: chown it to an account.`,
    );
  }
  const account =
    accounts.find(({ name }) => name === 'parley') ?? accounts.find(({ name }) => name === 'nobody');
  if (account) return account;
  throw new Error('PostgreSQL does not run as root, and /etc/passwd has no "nobody": set DATABASE_URL.');
}

function readAccounts(): Account[] {
  const accounts: Account[] = [];
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    // Unsigned, because macOS writes nobody as -2.
    if (name && uid && gid) accounts.push({ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 });
  }
  return accounts.filter(({ uid }) => uid !== 0);
}

/** Whether `account` (`undefined`: this process) can pass every folder down to `path` and read it, if it exists. */
export function canReach(account: Account | undefined, path: string): boolean {
  if (!account) {
    try {
      accessSync(path, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  }
  let current = path;
  if (existsSync(path)) {
    current = realpathSync(path);
    if (!grants(account, current, statSync(current).isDirectory() ? 0o5 : 0o4)) return false;
    current = dirname(current);
  }
  for (; ; current = dirname(current)) {
    if (existsSync(current) && !grants(account, current, 0o1)) return false;
    if (current === dirname(current)) return true;
  }
}

function grants({ uid, gid }: Account, path: string, bits: number): boolean {
  const { mode, uid: owner, gid: group } = statSync(path);
  const shift = owner === uid ? 6 : group === gid ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}

/** Gives up root for good: this process runs as `account` afterwards. Returns why not when it stays what it is: modules
 *  are still loaded later, so every one of `neededPaths` must be readable to the account first. */
export function dropPrivileges(
  account: Account,
  neededPaths: string[],
): { dropped: true } | { dropped: false; why: string } {
  if (process.getuid?.() !== 0) return { dropped: false, why: 'it does not run as root' };
  const unreadable = neededPaths.find((path) => !canReach(account, path));
  if (unreadable) return { dropped: false, why: `${account.name} cannot read ${unreadable}` };
  try {
    // In this order: without root neither groups nor gid can be changed.
    process.setgroups?.([account.gid]);
    process.setgid?.(account.gid);
    process.setuid?.(account.uid);
  } catch (error) {
    return { dropped: false, why: `the system refuses it (${(error as NodeJS.ErrnoException).code})` };
  }
  return { dropped: true };
}
