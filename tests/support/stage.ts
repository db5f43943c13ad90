/**
 * Everything a browser needs to meet Parley as in life, each on a port of its own: the service on `localhost`, the
 * Gazette's articles on `127.0.0.1` (another site), the simulated identity providers. The service can be taken away
 * and brought back at the same address.
 */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { bundleEmbed } from '../../src/edge/embed-bundle.ts';
import { type Gazette, startGazette } from '../demo/gazette.ts';
import { type Simulators, startSimulators } from '../simulators/index.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

export interface Stage {
  world: World;
  gazette: Gazette;
  simulators: Simulators;
  /** The service's origin. */
  service: string;
  /** Refuses every connection, as a service that is down. */
  takeDown(): Promise<void>;
  /** Answers again. */
  bringBack(): Promise<void>;
  end(): Promise<void>;
}

export async function setStage(
  options: Omit<WorldOptions, 'publicUrl' | 'providers' | 'origins' | 'assets'> = {},
): Promise<Stage> {
  let world: World | undefined;
  const open = async (port: number) => {
    const server = createAdaptorServer({
      fetch: (request, env) => world?.app.fetch(request, env) ?? new Response(null, { status: 503 }),
    });
    server.listen(port, 'localhost');
    await once(server, 'listening');
    return server;
  };
  let server = await open(0);
  const { port } = server.address() as AddressInfo;
  const service = `http://localhost:${port}`;
  const [gazette, simulators, assets] = await Promise.all([
    startGazette({ service, siteId: 'gazette' }),
    startSimulators(),
    bundleEmbed(),
  ]);
  world = await createWorld({
    isLive: true,
    ...options,
    publicUrl: service,
    origins: [gazette.url],
    providers: simulators.settings(service),
    assets,
  });
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
  };
  return {
    world,
    gazette,
    simulators,
    service,
    takeDown: close,
    bringBack: async () => {
      server = await open(port);
    },
    async end() {
      if (server.listening) await close();
      await gazette.stop();
      await simulators.stop();
      await world.end();
    },
  };
}
