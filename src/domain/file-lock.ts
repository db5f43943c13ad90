/**
 * A lock between processes that the kernel releases when its holder dies, however it dies. Holds the lock and nothing
 * about what it guards. Node offers no `flock`; a listening socket in a folder leaves its name behind when killed, and
 * two processes that find it stale can both remove and replace it; an abstract socket is not shared between two
 * containers on one volume; a pid in a file proves nothing. SQLite, which is inside Node, takes its locks with `fcntl`:
 * so a lock here is a transaction on an empty SQLite file that is never written.
 */
import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

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

/** Opens the lock at `path`, making the file if need be, readable by its owner alone: who can open it could hold it. */
export async function openFileLock(path: string): Promise<FileLock> {
  // Imported here: Node 22 prints a warning when it is loaded, and only an embedded database needs it.
  const { DatabaseSync } = await import('node:sqlite');
  // Only when absent: closing any descriptor of a file drops every lock this process holds on it (POSIX).
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  // On a file it may only read, SQLite would grant an exclusive lock that excludes nobody.
  accessSync(path, constants.W_OK);
  const database = new DatabaseSync(path, { timeout: 0 });

  function tryTake(mode: 'shared' | 'exclusive'): boolean {
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
