/**
 * Opens what the service keeps things in: the configured PostgreSQL or the embedded one, migrated, and the secret. Used
 * by `main` and `cli` alike, so that a command and the service never disagree about where the data is.
 */
import { constants } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Keyring, newSecret } from '../core/secret.ts';
import { type Database, openDatabase } from './database.ts';
import { startEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';

export interface StoreConfig {
  /** Absent: the embedded server in `dataDir`. */
  databaseUrl: string | undefined;
  dataDir: string;
  /** Empty: the secret made for the embedded server. */
  secrets: readonly string[];
}

export interface Store extends Database {
  keyring: Keyring;
}

/** Opens and migrates. `log` hears of long work, in sentences. Throws one sentence for the operator. */
export async function openStore(
  config: StoreConfig,
  options: { log?: (line: string) => void; onError?: (error: Error) => void } = {},
): Promise<Store> {
  const log = options.log ?? (() => {});
  const embedded =
    config.databaseUrl === undefined ? await startEmbedded({ dataDir: config.dataDir, log }) : undefined;
  const database = openDatabase(embedded?.connection ?? { connectionString: config.databaseUrl }, {
    ...(options.onError ? { onError: options.onError } : {}),
  });
  const close = async () => {
    await database.close();
    await embedded?.stop();
  };
  try {
    await migrate(database.pool, { log });
    const secrets = config.secrets.length > 0 ? config.secrets : [await ownSecret(config.dataDir)];
    return { ...database, keyring: new Keyring(secrets), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The secret of a service that was given none: made once, mode 0600. Under root it stays root's, so that PostgreSQL's
 * account, which serves whoever breaks into it, cannot read what signs the sessions. Throws when it is a link: who owns
 * the folder could lead root to any file.
 */
async function ownSecret(dataDir: string): Promise<string> {
  const folder = resolve(dataDir);
  const path = join(folder, 'secret');
  await mkdir(folder, { recursive: true });
  try {
    // `wx`: two first starts at once must end with one secret.
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(newSecret());
    await file.sync();
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = await readSecret(path, [process.geteuid?.(), (await stat(folder)).uid]);
  if (!secret) throw new Error(`${path} is empty: remove it, and everybody has to sign in again.`);
  return secret;
}

async function readSecret(path: string, owners: (number | undefined)[]): Promise<string> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants; // the last one for a pipe, which would keep us waiting
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ELOOP'
      ? new Error(`${path} is a link: put the file itself there.`, { cause })
      : cause;
  });
  try {
    const found = await file.stat();
    if (!found.isFile() || found.nlink !== 1 || !owners.includes(found.uid)) {
      throw new Error(
        `${path} is not a file of its own, or belongs to uid ${found.uid}: remove it, or chown it.`,
      );
    }
    await file.chmod(0o600);
    return (await file.readFile('utf8')).trim();
  } finally {
    await file.close();
  }
}
