/**
 * A lock between processes that the kernel releases when its holder dies, however it dies. Holds the lock and nothing
 * about what it guards. Node offers no `flock`; a listening socket in a folder leaves its name behind when killed, and
 * two processes that find it stale can both remove and replace it; an abstract socket is not shared between two
 * containers on one volume; a pid in a file proves nothing. SQLite, which is inside Node, takes its locks with `fcntl`:
 * so a lock here is a transaction on an empty SQLite file that is never written.
 */
import { accessSync, closeSync, constants, lchownSync, lstatSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, asAccount, canEnter, canWrite, makeFor } from './embedded-account.ts';

const SQLITE_BUSY = 5; // https://www.sqlite.org/rescode.html#busy
const RETRY_MS = 20; // short against the 50 ms that a start holds the lock

export interface FileLock {
  /** Takes the lock if it is free at once. `shared` holders exclude `exclusive` ones, not each other. */
  tryTake(mode: 'shared' | 'exclusive'): boolean;
  /** Takes the lock exclusively, waiting up to `timeoutMs`. Throws when others keep it longer. */
  take(timeoutMs: number): Promise<void>;
  release(): void;
  close(): void;
}

/** What is at the lock's path is no file of ours. Its message is a sentence for the operator. */
export class LockRefused extends Error {}

/** Opens the lock at `path`, making the file if need be, readable by its owner alone: who can open it could hold it.
 *  Under root it is `account`'s. Throws `LockRefused` where a link or a file of somebody else is in its place. */
export async function openFileLock(path: string, account?: Account): Promise<FileLock> {
  // Imported here: Node 22 prints a warning when it is loaded, and only an embedded database needs it.
  const { DatabaseSync } = await import('node:sqlite');
  prepareFile(path, account);
  // On a file it may only read, SQLite would grant an exclusive lock that excludes nobody.
  accessSync(path, constants.W_OK);
  // Whose rights SQLite uses: it follows links and plays back a journal that lies beside the file. In a folder that the
  // account cannot enter, it can have put nothing.
  const user = account && canEnter(account, dirname(path)) ? account : undefined;
  const database = asAccount(user, () => new DatabaseSync(path, { timeout: 0 }));

  function tryTake(mode: 'shared' | 'exclusive'): boolean {
    return asAccount(user, () => tryTakeHere(mode));
  }

  function tryTakeHere(mode: 'shared' | 'exclusive'): boolean {
    try {
      database.exec('pragma journal_mode = memory'); // else a journal appears beside it; refused while it is locked
      database.exec(mode === 'exclusive' ? 'begin exclusive' : 'begin');
      // A plain `begin` locks nothing until something is read.
      if (mode === 'shared') database.prepare('select count(*) from sqlite_schema').get();
      return true;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
      release();
      return false;
    }
  }

  async function take(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!tryTake('exclusive')) {
      if (performance.now() > deadline) throw new Error(`Another process has held ${path} for too long.`);
      await sleep(RETRY_MS);
    }
  }

  function release(): void {
    if (database.isTransaction) database.exec('rollback');
  }

  return { tryTake, take, release, close: () => database.close() };
}

function prepareFile(path: string, account: Account | undefined): void {
  const folder = dirname(path);
  // Only when absent: closing any descriptor of a file drops every lock this process holds on it (POSIX).
  if (!lstatSync(path, { throwIfNoEntry: false })) {
    try {
      makeFor(account, folder, () => {
        closeSync(openSync(path, 'wx', 0o600)); // follows no link
        return path;
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another start was faster
    }
  }
  const found = lstatSync(path);
  if (!found.isFile()) throw new LockRefused(`${path} is a link, or not a file: remove it.`);
  if (!account || found.uid === account.uid) return;
  // A start that was killed, or is a moment ahead, has not given it to the account yet.
  if (found.uid === 0 && !canWrite(account, folder)) lchownSync(path, account.uid, account.gid);
  else throw new LockRefused(`${path} belongs to uid ${found.uid}, not to ${account.name}: remove it.`);
}
