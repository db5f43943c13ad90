/**
 * Parley as `npm start` serves it, on a database that is there already: the whole application behind
 * `@hono/node-server` on a port, with every provider that there is, since the page names them. The embed's files are
 * there when they are sent along; what the benchmarks never ask for, the sweep, is left out.
 */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type pg from 'pg';
import { createApp } from '../../src/app.ts';
import { Keyring, newSecret } from '../../src/core/secret.ts';
import { openDatabase } from '../../src/domain/database.ts';
import { createLimits } from '../../src/domain/limits.ts';
import type { EmbedAsset } from '../../src/edge/embed-bundle.ts';
import { createLog } from '../../src/edge/log.ts';
import { connectProviders, PROVIDER_IDS } from '../../src/edge/oauth.ts';
import { serveOrders } from './processes.ts';

export interface ServiceOrder {
  connection: pg.PoolConfig;
  assets?: readonly EmbedAsset[];
}

serveOrders<ServiceOrder>(async ({ connection, assets = [] }) => {
  const log = createLog('error');
  const { db, pool, close } = openDatabase(connection, {
    onError: (error) => log.warn({ err: error }, 'lost a database connection'),
  });
  const keyring = new Keyring([newSecret()]);
  const publicUrl = 'https://comments.example';
  const credentials = { clientId: 'benchmark', clientSecret: 'benchmark' };
  const app = createApp({
    db,
    enqueue: async () => {}, // nobody signs in here
    keyring,
    limits: createLimits(pool, keyring),
    signIn: connectProviders(Object.fromEntries(PROVIDER_IDS.map((id) => [id, credentials])), publicUrl),
    assets: new Map(assets.map((asset) => [asset.path, asset])),
    log,
    publicUrl,
    isTrustedProxy: () => false,
    build: 'bench',
    now: () => new Date(),
  });
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const starting = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(starting));
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      await new Promise((resolve) => server.close(resolve));
      await close();
    },
  };
});
