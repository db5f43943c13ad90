/**
 * Which account the embedded PostgreSQL, and the service beside it, run as when started by root: PostgreSQL refuses
 * root. Holds the choice, what that account can reach, acting in its name, and the drop to it; starts nothing.
 * Reachability is judged from owner, group and mode of every folder on the way, since an attempt needs a program that
 * the account can already run. The rule that keeps root safe: where the account can write, root touches no path, since
 * the account can put a link there that leads root to any file; what is to be done there is done `asAccount`.
 */
import {
  accessSync,
  constants,
  existsSync,
  lchownSync,
  lstatSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
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
    // Else the owner of the data folder could have root act in the name of anybody, with a link to that one's folder.
    const setBy = lstatSync(folder).uid;
    if (setBy !== 0 && setBy !== uid)
      throw new Error(`${folder} is a link of uid ${setBy} to a folder of uid ${uid}: remove it.`);
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
  if (!existsSync(path)) return canEnter(account, path);
  const real = realpathSync(path);
  return grants(account, real, statSync(real).isDirectory() ? 0o5 : 0o4) && canEnter(account, dirname(real));
}

/** Whether `account` can pass every folder down to `folder` and that one too; those to be made are taken as passable. */
export function canEnter(account: Account, folder: string): boolean {
  for (let current = existsSync(folder) ? realpathSync(folder) : folder; ; current = dirname(current)) {
    if (existsSync(current) && !grants(account, current, 0o1)) return false;
    if (current === dirname(current)) return true;
  }
}

/** Whether `account` can make, rename and link files in `folder`. */
export function canWrite(account: Account, folder: string): boolean {
  return canEnter(account, folder) && grants(account, folder, 0o2);
}

/** Does `act` with the rights of `account`, which the kernel then judges, links and races included; with those of this
 *  process when `account` is `undefined` or root is given up already. `act` must be synchronous: the whole process has
 *  these rights meanwhile. `access` asks for the real user, which stays root. */
export function asAccount<T>(account: Account | undefined, act: () => T): T {
  if (!account || process.geteuid?.() !== 0) return act();
  const groups = process.getgroups!();
  const group = process.getegid!();
  try {
    try {
      process.setgroups!([account.gid]);
      process.setegid!(account.gid);
      process.seteuid!(account.uid);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new Error(`The system does not let root act as ${account.name} (${code}): set DATABASE_URL.`, {
        cause,
      });
    }
    return act();
  } finally {
    if (process.geteuid() !== 0) process.seteuid!(0);
    if (process.getegid!() !== group) process.setegid!(group);
    if (process.getgroups!().join() !== groups.join()) process.setgroups!(groups);
  }
}

/** Has `make` make something in `folder` and return its path, so that it belongs to `account`: made by the account
 *  where it can write, else by root and given to it, since there nobody can put another file in its place. */
export function makeFor(account: Account | undefined, folder: string, make: () => string): string {
  if (!account || canWrite(account, folder)) return asAccount(account, make);
  const path = make();
  lchownSync(path, account.uid, account.gid);
  return path;
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
