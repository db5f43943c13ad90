/**
 * Opens what the service keeps things in: the configured PostgreSQL or the embedded one, migrated, and the secret. Used
 * by `main` and `cli` alike, so that a command and the service never disagree about where the data is.
 */
import { chmod, mkdir, open, readFile } from 'node:fs/promises';
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
 * account, which serves whoever breaks into it, cannot read what signs the sessions.
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
  await chmod(path, 0o600);
  const secret = (await readFile(path, 'utf8')).trim();
  if (!secret) throw new Error(`${path} is empty: remove it, and everybody has to sign in again.`);
  return secret;
}
